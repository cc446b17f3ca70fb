import Foundation
import Stratum
import Support
import Testing

/// Runs `Vectors/<dialect>/<case>/input.txt` of the dialects that are no JSON: each line is a side (`c` or `s`) and what it
/// sends, in hexadecimal; `-` begins another flow. `expected.json` has the verdict of each flow and what each line says.
struct BinaryVectorTests {
    struct Flow: Codable, Equatable {
        var verdict: String
        var readings: [String]
    }

    private struct Expected: Codable {
        var dialect: String
        var flows: [Flow]
    }

    typealias Line = (fromClient: Bool, bytes: [UInt8])

    static let names = Set(BinaryRegistry.all.map { $0.name }).sorted()

    @Test(arguments: names)
    func `every binary dialect reads its vectors`(name: String) throws {
        let place = DialectVectorTests.folder.appendingPathComponent(name)
        let cases = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
        try #require(Set(cases).isSuperset(of: ["session", "not-this", "mangled"]))
        for one in cases {
            let folder = place.appendingPathComponent(one)
            let expected = try JSONDecoder().decode(
                Expected.self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
            #expect(expected.dialect == name)
            #expect(try !String(contentsOf: folder.appendingPathComponent("README.md"), encoding: .utf8).isEmpty)
            let flows = try Self.flows(folder).map { Self.read($0, name) }
            #expect(flows == expected.flows, "\(one)")
            if one == "session" { #expect(flows.allSatisfy { $0.verdict != "none" }) }
        }
    }

    @Test(arguments: names)
    func `what is not one binary dialect is none of the others`(name: String) throws {
        let folder = DialectVectorTests.folder.appendingPathComponent(name).appendingPathComponent("not-this")
        for flow in try Self.flows(folder) {
            for other in Self.names { #expect(Self.read(flow, other).verdict == "none", "\(other)") }
        }
    }

    @Test(arguments: names)
    func `no dialect's session is another's`(name: String) throws {
        let folder = DialectVectorTests.folder.appendingPathComponent(name).appendingPathComponent("session")
        for flow in try Self.flows(folder) {
            for other in Self.names where other != name {
                #expect(Self.read(flow, other).verdict == "none", "\(other)")
            }
        }
    }

    @Test func `mangled flows are read without harm`() throws {
        var random = SplitMix(seed: 23)
        for name in Self.names {
            let folder = DialectVectorTests.folder.appendingPathComponent(name).appendingPathComponent("session")
            for flow in try Self.flows(folder) {
                for _ in 0..<60 {
                    var mangled = flow
                    let line = Int.random(in: mangled.indices, using: &random)
                    let byte = Int.random(in: mangled[line].bytes.indices, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: mangled[line].bytes[byte] = UInt8.random(in: 0...255, using: &random)
                    case 1: mangled[line].bytes.remove(at: byte)
                    default: mangled[line].bytes.insert(0xFF, at: byte)
                    }
                    for other in Self.names { _ = Self.read(mangled, other) }
                }
            }
        }
    }

    static func flows(_ folder: URL) throws -> [[Line]] {
        let text = try String(contentsOf: folder.appendingPathComponent("input.txt"), encoding: .utf8)
        return text.split(separator: "-\n").map { flow in
            flow.split(separator: "\n").map { line in
                let words = line.split(separator: " ")
                return (words[0] == "c", hexadecimalBytes(words.last.map(String.init), most: 1 << 16) ?? [])
            }
        }
    }

    /// What the dialects of a name make of a flow.
    static func read(_ lines: [Line], _ name: String) -> Flow {
        var dialects: [any BinaryDialect] = BinaryRegistry.all.filter { $0.name == name }.compactMap {
            $0.init(opening: (lines.first?.bytes ?? [])[...])
        }
        var readings = lines.map { line in
            var said: [BinarySaying] = []
            for place in dialects.indices {
                dialects[place].take(line.bytes[...], fromClient: line.fromClient, into: &said)
            }
            return said.map(words).joined(separator: "; ")
        }
        var said: [BinarySaying] = []
        for place in dialects.indices { dialects[place].finish(into: &said) }
        readings.append(said.map(words).joined(separator: "; "))
        let sure = dialects.map { "\($0.verdict)" }.filter { $0 != "open" && $0 != "refused" }
        return Flow(verdict: sure.first ?? "none", readings: readings)
    }

    private static func words(_ saying: BinarySaying) -> String {
        switch saying {
        case .said(let role, let id, let event): "\(role) \(id ?? "-") \(DialectVectorTests.words(event))"
        case .answered(let ids, let more, let good): "answered \(ids.joined(separator: ",")) +\(more) \(good)"
        case .activated(let job, let difficulty, let hashes, _):
            "activated \(job) " + String(format: "%.6g %.6g", difficulty, hashes)
        case .earlier(let fromClient): "earlier \(fromClient ? "c" : "s")"
        case .shown(let reason): "shown \(reason)"
        }
    }
}
