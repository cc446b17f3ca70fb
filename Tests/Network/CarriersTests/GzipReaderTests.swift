import Carriers
import Support
import Testing

struct GzipReaderTests {
    /// All that was heard, and where members began.
    static func heard(_ pieces: [ArraySlice<UInt8>]) -> (text: String, members: Int, reader: GzipReader) {
        var reader = GzipReader()
        var bytes: [UInt8] = []
        var members = 0
        for piece in pieces {
            var rest = piece
            while let part = reader.next(&rest) {
                switch part {
                case .plain(let plain): bytes += plain
                case .inflated(let plain, let begins):
                    bytes += plain
                    if begins { members += 1 }
                case .damaged: bytes += Array("<damaged>".utf8)
                }
            }
        }
        return (String(decoding: bytes, as: UTF8.self), members, reader)
    }

    static let one = #"{"id":1,"method":"mining.hello"}"# + "\n"
    static let two = #"{"id":2,"result":{"encoding":"gzip"}}"#

    @Test func `members behind lines or one another are expanded wherever they are cut`() {
        let bytes =
            Array((Self.one + Self.two).utf8) + DeflateWriter.gzip(Array(Self.one.utf8)) + [0x0A]
            + DeflateWriter.gzip(Array(Self.two.utf8)) + DeflateWriter.gzip(Array(Self.one.utf8)) + Array(Self.two.utf8)
        let expected = Self.one + Self.two + Self.one + "\n" + Self.two + Self.one + Self.two
        for at in 0...bytes.count {
            let (text, members, _) = Self.heard([bytes[..<at], bytes[at...]])
            #expect(text == expected && members == 3)
        }
        #expect(Self.heard(bytes.indices.map { bytes[$0...$0] }).text == expected)
    }

    @Test func `the mark inside a line is no member`() {
        let text = "ab" + String(decoding: [0x1F] as [UInt8], as: UTF8.self)
        let bytes = Array(text.utf8) + [0x8B, 8, 0, 1, 2, 3]
        let (_, members, reader) = Self.heard([bytes[...]])
        #expect(members == 0 && !reader.isBroken)
    }

    @Test func `damage is told and the plain bytes behind it are given`() {
        let member = DeflateWriter.gzip(Array(Self.one.utf8))
        let bytes = member.prefix(10) + [0xFF, 0xFF, 0xFF] + Array(("\n" + Self.two).utf8)
        let text = Self.heard([bytes[...]]).text
        #expect(text.hasPrefix("<damaged>") && text.hasSuffix(Self.two))
    }

    @Test func `a bomb ends at the cap`() {
        let bomb = DeflateWriter.gzip([UInt8](repeating: 0x20, count: 8 << 20))
        for pieces in [[bomb[...]], bomb.indices.map { bomb[$0...$0] }] {
            let (text, _, reader) = Self.heard(pieces)
            #expect(reader.isBroken && reader.expansionLimited == 1)
            #expect(text.utf8.count <= 16 << 10 + 100 * bomb.count)
        }
    }

    @Test func `cuts and random flips neither trap nor pass the limits`() {
        var random = SplitMix(seed: 9)
        let sample =
            Array(Self.one.utf8) + DeflateWriter.gzip(Array(Self.two.utf8)) + DeflateWriter.gzip(Array(Self.one.utf8))
        for length in 0..<sample.count { _ = Self.heard([sample[..<length]]) }
        for _ in 0..<20_000 {
            var bytes = sample
            for _ in 0...Int(random.next() % 3) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            let at = Int(random.next() % UInt64(bytes.count))
            #expect(Self.heard([bytes[..<at], bytes[at...]]).text.utf8.count <= 3 * (16 << 10 + 100 * bytes.count))
        }
    }
}
