// swift-tools-version: 6.2
import PackageDescription

// The manifest is the house plan (Docs/Architecture.md): one line a room, its arrows beside its name.
// `HousePlanTests` compares every import in Sources with these lines, so an arrow that is not here fails the build.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// A room and its tests. `uses` are the rooms below it; `outside` are packages, one room per outside thing.
func room(
    _ name: String, in wing: String, uses: [String] = [], outside: [Target.Dependency] = [],
    resources: [Resource] = [], vectors: Bool = false, settings: [SwiftSetting] = []
) -> [Target] {
    [
        .target(
            name: name, dependencies: uses.map { .init(stringLiteral: $0) } + outside,
            path: "Sources/\(wing)/\(name)", resources: resources, swiftSettings: strict + settings),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.init(stringLiteral: name), "Support"] + uses.map { .init(stringLiteral: $0) } + outside,
            path: "Tests/\(wing)/\(name)Tests", exclude: vectors ? ["Vectors"] : [], swiftSettings: strict),
    ]
}

func library(_ name: String, pkgConfig: String, apt: String) -> [Target] {
    [.systemLibrary(name: name, path: "Sources/Ground/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])]
}

var targets: [Target] = []

// Ground: nothing here looks at a neighbour.
targets += library("CPcap", pkgConfig: "libpcap", apt: "libpcap-dev")
targets += library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev")
targets += library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev")
targets += library("CSodium", pkgConfig: "libsodium", apt: "libsodium-dev")
targets += library("COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev")
targets += library("CQrencode", pkgConfig: "libqrencode", apt: "libqrencode-dev")
targets += library("CXlsxWriter", pkgConfig: "xlsxwriter", apt: "libxlsxwriter-dev")
targets += [.target(name: "CMachine", path: "Sources/Ground/CMachine")]
targets += room("Bytes", in: "Ground", uses: ["CZlib", "CZstd"])
targets += room("Vocabulary", in: "Ground")
var kernelLevels = ["KernelsBaseline"]
targets += [
    .target(
        name: "KernelsBaseline", dependencies: ["CMachine"], path: "Sources/Ground/KernelsBaseline",
        swiftSettings: strict)
]
#if arch(x86_64)
    for (name, level) in [("KernelsV3", "x86-64-v3"), ("KernelsV4", "x86-64-v4")] {
        kernelLevels.append(name)
        targets += [
            .target(
                name: name, dependencies: ["CMachine"], path: "Sources/Ground/\(name)",
                swiftSettings: strict + [
                    .define(name.uppercased()), .unsafeFlags(["-Xcc", "-march=\(level)"]),
                ])
        ]
    }
#endif
targets += room("Kernels", in: "Ground", uses: ["CMachine"] + kernelLevels)

// The network wing: frame to session. What every packet passes through may be built into the rooms above it: a call for
// each packet is a tenth of its cost.
let open: [SwiftSetting] = [.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]
targets += room("Capture", in: "Network", uses: ["Bytes", "Vocabulary", "CMachine", "CPcap"])
targets += room("Wire", in: "Network", uses: ["Bytes", "Vocabulary"], settings: open)
targets += room(
    "Flows", in: "Network", uses: ["Bytes", "Vocabulary", "CMachine", "Wire"], vectors: true, settings: open)
targets += room("Carriers", in: "Network", uses: ["Bytes", "Vocabulary", "Flows"], vectors: true)
targets += room("Stratum", in: "Network", uses: ["Bytes", "Vocabulary"], vectors: true)
targets += room("Shares", in: "Network", uses: ["Stratum", "CSodium"])
targets += room(
    "Sessions", in: "Network", uses: ["Bytes", "Vocabulary", "Wire", "Flows", "Carriers", "Stratum", "Shares"])

// The power wing: reading to load features.
targets += room("Meters", in: "Power", uses: ["Bytes", "Vocabulary", "CMachine", "Kernels"])
targets += room(
    "Archive", in: "Power", uses: ["Bytes", "Vocabulary", "Meters", "CMachine"], outside: [grdb, sqlite], vectors: true)
targets += room("LoadCurves", in: "Power", uses: ["Vocabulary", "Kernels", "Meters"])

// Judgement: the wings meet here and nowhere below.
targets += room("Detectors", in: "Judgement", uses: ["Vocabulary", "Kernels", "Sessions", "LoadCurves", "Meters"])
targets += room("Fusion", in: "Judgement", uses: ["Vocabulary"])
targets += room("Evaluation", in: "Judgement", uses: ["Vocabulary"])

// Casework: what is remembered and what is told.
targets += room("Casebook", in: "Casework", uses: ["Vocabulary", "COpenSSL"], outside: [grdb, sqlite, crypto])
targets += room("Accounts", in: "Casework", uses: ["Vocabulary", "CSodium"], outside: [grdb, crypto])
targets += room(
    "Reports", in: "Casework", uses: ["Vocabulary", "CQrencode", "Casebook"], outside: [crypto],
    resources: [.copy("Resources")])
targets += room(
    "Exchange", in: "Casework", uses: ["Vocabulary", "CXlsxWriter", "Casebook"], outside: [crypto], vectors: true)

// Doors.
let belowDoors = [
    "Bytes", "Vocabulary", "Kernels", "Capture", "Wire", "Flows", "Carriers", "Stratum", "Sessions", "Meters",
    "Archive",
    "LoadCurves", "Detectors", "Evaluation", "Fusion", "Casebook", "Reports", "Exchange",
]
targets += room("Operations", in: "Doors", uses: ["CMachine", "Terminal"] + belowDoors, outside: [crypto, yams])
targets += room(
    "Dashboard", in: "Doors", uses: ["Vocabulary", "Casebook", "Accounts", "Reports", "Exchange"],
    outside: [crypto, httpTypes, hummingbird, logging, mustache, nio],
    resources: [.copy("Resources")])
targets += room("Terminal", in: "Doors", uses: ["Vocabulary"])
targets += [
    .executableTarget(
        name: "countermine",
        dependencies: [
            "Operations", "Dashboard", "Terminal", "Bytes", "Vocabulary", "Casebook", "Accounts", "Exchange",
            argumentParser,
        ],
        path: "Sources/Doors/countermine", swiftSettings: strict),
    // What Benchmarks/meters.sh runs: the meter path without the judgement, and a twin of its kernels in C.
    .target(name: "MeterTwin", path: "Benchmarks/MeterTwin"),
    .executableTarget(
        name: "MeterBench",
        dependencies: ["Archive", "Kernels", "LoadCurves", "Meters", "MeterTwin", "Operations", "Vocabulary"],
        path: "Benchmarks/MeterBench", swiftSettings: strict),
    // What Benchmarks/casebook.sh runs: a province's casebook, made by rule.
    .executableTarget(
        name: "CasebookBench", dependencies: ["Casebook", "Vocabulary", grdb], path: "Benchmarks/CasebookBench",
        swiftSettings: strict),
    .target(name: "Support", path: "Tests/Support", swiftSettings: strict),
    .testTarget(
        name: "EndToEndTests",
        dependencies: ["Bytes", "Capture", "Operations", "Sessions", "Support", "Terminal", "Vocabulary"],
        path: "Tests/EndToEnd",
        swiftSettings: strict),
]

let package = Package(
    name: "Countermine",
    products: [.executable(name: "countermine", targets: ["countermine"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: targets
)
