import Foundation
import Stratum
import Support
import Testing

/// Every vector's lines with bytes and values exchanged: whatever comes out, reading it ends and traps nowhere.
struct MangledMessageTests {
    private static let values = [
        "null", "-1", "1e999", "1e308", "0", "18446744073709551616", "[]", "{}", "\"\"", "true", "[[[]]]",
        "\"\\u0000\"",
    ]

    @Test func `mangled vectors are read without harm`() throws {
        var random = SplitMix(seed: 17)
        var readings = 0
        for dialect in DialectRegistry.all {
            let place = DialectVectorTests.folder.appendingPathComponent(dialect.name)
            for one in try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() {
                let file = place.appendingPathComponent(one).appendingPathComponent("input.jsonl")
                for line in Array(try Data(contentsOf: file)).split(separator: 0x0A) where line.count < 4096 {
                    for _ in 0..<8 { readings += Self.read(Self.mangle(Array(line), &random)) }
                }
            }
        }
        #expect(readings > 0)
    }

    private static func read(_ line: [UInt8]) -> Int {
        guard let value = try? JSONReader.read(line[...]), let message = StratumMessage(value) else { return 0 }
        return DialectRegistry.all.count { $0.read(message) != nil }
    }

    /// Puts another value behind one of the line's colons or commas, or another byte anywhere.
    private static func mangle(_ line: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var line = line
        let places = line.indices.filter { line[$0] == UInt8(ascii: ":") || line[$0] == UInt8(ascii: ",") }
        guard let place = places.randomElement(using: &random), Bool.random(using: &random) else {
            line[Int.random(in: line.indices, using: &random)] = UInt8.random(in: 32...126, using: &random)
            return line
        }
        let ends: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")]
        let end = line[(place + 1)...].firstIndex { ends.contains($0) } ?? line.endIndex
        line.replaceSubrange((place + 1)..<end, with: Array((values.randomElement(using: &random) ?? "0").utf8))
        return line
    }
}
