import Foundation
import Stratum
import Support
import Testing

/// Runs `Vectors/<dialect>/<case>/`: each line of `input.jsonl` against the reading that `expected.json` names for it.
struct DialectVectorTests {
    private struct Expected: Decodable {
        var dialect: String
        var readings: [String?]
    }

    static let folder = Places.root.appendingPathComponent("Tests/Network/StratumTests/Vectors")

    @Test(arguments: DialectRegistry.all.map(\.name))
    func `every dialect reads its vectors and nothing of others`(name: String) throws {
        let dialect = try #require(DialectRegistry.all.first { $0.name == name })
        let place = Self.folder.appendingPathComponent(name)
        let cases = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
        try #require(cases.contains("session") && cases.contains("not-this"))
        for one in cases { try run(dialect, place.appendingPathComponent(one)) }
    }

    @Test func `no vector belongs to a dialect that is not registered`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        // `fuzz` keeps what Scripts/fuzz.sh found; those inputs belong to no dialect.
        let names = DialectRegistry.all.map(\.name) + BinaryRegistry.all.map { $0.name }
        #expect(Set(folders).subtracting(["fuzz"]) == Set(names))
    }

    @Test func `what is not one dialect is none of the others`() throws {
        for dialect in DialectRegistry.all {
            let place = Self.folder.appendingPathComponent(dialect.name).appendingPathComponent("not-this")
            for line in try Self.lines(place) {
                guard let message = StratumMessage(try JSONReader.read(line)) else { continue }
                for other in DialectRegistry.all {
                    #expect(other.read(message) == nil, "\(other.name) at \(dialect.name)")
                }
            }
        }
    }

    private func run(_ dialect: any Dialect, _ place: URL) throws {
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: place.appendingPathComponent("expected.json")))
        let lines = try Self.lines(place)
        #expect(try !String(contentsOf: place.appendingPathComponent("README.md"), encoding: .utf8).isEmpty)
        #expect(expected.dialect == dialect.name)
        try #require(expected.readings.count == lines.count)
        for (line, reading) in zip(lines, expected.readings) {
            let message = StratumMessage(try JSONReader.read(line))
            #expect(message.flatMap { dialect.read($0) }.map(Self.words) == reading, "\(place.lastPathComponent)")
        }
    }

    private static func lines(_ place: URL) throws -> [ArraySlice<UInt8>] {
        Array(try Data(contentsOf: place.appendingPathComponent("input.jsonl"))).split(separator: 0x0A)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String(format: "%02x", $0) }.joined()
    }

    private static func words(_ reading: Reading) -> String {
        "\(reading.certainty) \(reading.role) " + reading.events.map(words).joined(separator: "; ")
    }

    static func words(_ event: StratumEvent) -> String {
        func list(_ name: String, _ fields: (String, String?)...) -> String {
            ([name] + fields.compactMap { field in field.1.map { "\(field.0)=\($0)" } }).joined(separator: " ")
        }
        func number(_ value: Double) -> String { String(format: "%.6g", value) }
        return switch event {
        case .subscribe(let agent, let host): list("subscribe", ("agent", agent), ("host", host))
        case .authorize(let account, let worker): list("authorize", ("account", account), ("worker", worker))
        case .login(let account, let worker, let agent):
            list("login", ("account", account), ("worker", worker), ("agent", agent))
        case .difficulty(let value, let hashes): "difficulty \(number(value)) hashes=\(number(hashes))"
        case .job(let id, let difficulty, let hashes, let algorithm, _):
            list(
                "job", ("id", id), ("difficulty", difficulty.map(number)), ("hashes", hashes.map(number)),
                ("algorithm", algorithm))
        case .submit(let job, let account, let worker, let claimed, _):
            list("submit", ("job", job), ("account", account), ("worker", worker), ("claimed", claimed))
        case .declaredHashrate(let rate): "declaredHashrate \(number(rate))"
        case .extranonce(let bytes): "extranonce \(hexadecimal(bytes))"
        case .target(let bytes): "target \(hexadecimal(bytes))"
        case .versionMask(let mask): "versionMask \(String(mask, radix: 16))"
        case .subscribed, .loggedIn, .requestWork, .accepted, .rejected, .other: "\(event)"
        }
    }
}
