// swift-tools-version: 6.2
// A package of its own, so that the main build does not see it. The rooms are symbolic links to the main tree.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
]

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: strict)
}

func library(_ name: String, _ pkgConfig: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig)
}

var kernels: [Target] = [.target(name: "KernelsBaseline", dependencies: ["CMachine"], path: "Sources/KernelsBaseline")]
#if arch(x86_64)
    for (name, level) in [("KernelsV3", "x86-64-v3"), ("KernelsV4", "x86-64-v4")] {
        kernels.append(
            .target(
                name: name, dependencies: ["CMachine"], path: "Sources/\(name)",
                swiftSettings: strict + [.define(name.uppercased()), .unsafeFlags(["-Xcc", "-march=\(level)"])]))
    }
#endif

let package = Package(
    name: "Fuzz",
    targets: [
        library("CPcap", "libpcap"), library("CZlib", "zlib"), library("CZstd", "libzstd"),
        library("CSodium", "libsodium"),
        .target(name: "CMachine", path: "Sources/CMachine"),
        room("Bytes", ["CZlib", "CZstd"]),
        room("Vocabulary", []),
        room("Capture", ["Bytes", "Vocabulary", "CMachine", "CPcap"]),
        room("Wire", ["Bytes", "Vocabulary"]),
        room("Flows", ["Bytes", "Vocabulary", "CMachine", "Wire"]),
        room("Carriers", ["Bytes", "Vocabulary", "Flows"]),
        room("Stratum", ["Bytes", "Vocabulary"]),
        room("Shares", ["Stratum", "CSodium"]),
        room("Sessions", ["Bytes", "Vocabulary", "Wire", "Flows", "Carriers", "Stratum", "Shares"]),
        room("Kernels", ["CMachine"] + kernels.map { .target(name: $0.name) }),
        room("Meters", ["Bytes", "Vocabulary", "CMachine", "Kernels"]),
        // libFuzzer brings `main`.
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Bytes", "Vocabulary", "Capture", "Wire", "Flows", "Carriers", "Stratum", "Sessions", "Meters",
            ],
            path: "Sources/Fuzz", swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
    ] + kernels)
