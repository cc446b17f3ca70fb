import Bytes
import Support
import Testing

struct InflaterTests {
    static let text = Array(
        String(
            repeating: #"{"id":1,"jsonrpc":"2.0","method":"mining.notify","params":["j1","00ff","00ff00ff"]}"# + "\n",
            count: 3
        )
        .utf8)

    static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }

    /// The text as zlib's own deflate writes it at level 9, in the three wrappings.
    static let written: [(Inflater.Format, [UInt8])] = [
        (
            .raw,
            bytes(
                "ab56ca4c51b232d451ca2acecf2b2a4856b25232d23350d251ca4d2dc9c8"
                    + "074a29e566e665e6a5ebe5e59764a65502250a128b1"
                    + "2738b95aca295b20c815c0383b434280566c6d672550f113301")
        ),
        (
            .zlib,
            bytes(
                "78daab56ca4c51b232d451ca2acecf2b2a4856b25232d23350d251ca4d2d"
                    + "c9c8074a29e566e665e6a5ebe5e59764a65502250a12"
                    + "8b12738b95aca295b20c815c0383b434280566c6d672550f1133012ce14a95")
        ),
        (
            .gzip,
            bytes(
                "1f8b0800000000000203ab56ca4c51b232d451ca2acecf2b2a4856b25232"
                    + "d23350d251ca4d2dc9c8074a29e566e665e6a5ebe5e5"
                    + "9764a65502250a128b12738b95aca295b20c815c0383b434280566c6d672550f113301540fda3efc000000")
        ),
    ]

    static func all(_ format: Inflater.Format, _ pieces: [ArraySlice<UInt8>], limit: Int = 1 << 20) throws -> (
        output: [UInt8], outcome: Inflater.Outcome, left: Int
    ) {
        let inflater = try #require(Inflater(format))
        var output: [UInt8] = []
        var outcome = Inflater.Outcome.more
        for piece in pieces {
            var rest = piece
            outcome = inflater.inflate(&rest, into: &output, limit: limit - output.count)
            if outcome != .more { return (output, outcome, rest.count) }
        }
        return (output, outcome, 0)
    }

    @Test func `each wrapping is undone and what follows is left`() throws {
        for (format, bytes) in Self.written {
            let (output, outcome, left) = try Self.all(format, [(bytes + [7, 7, 7])[...]])
            #expect(output == Self.text && outcome == .end && left == 3)
        }
    }

    @Test func `a cut at any place changes nothing`() throws {
        for (format, bytes) in Self.written {
            for at in 0...bytes.count {
                let (output, outcome, _) = try Self.all(format, [bytes[..<at], bytes[at...]])
                #expect(outcome == .end)
                #expect(output == Self.text)
            }
            let single = try Self.all(format, bytes.indices.map { bytes[$0...$0] })
            #expect(single.output == Self.text && single.outcome == .end)
        }
    }

    @Test func `a stream cut anywhere gives what it can and asks for more`() throws {
        for (format, bytes) in Self.written {
            for length in 0..<bytes.count {
                let (output, outcome, _) = try Self.all(format, [bytes[..<length]])
                #expect(outcome == .more && Self.text.starts(with: output))
            }
        }
    }

    @Test func `no more comes out than is allowed`() throws {
        for (format, bytes) in Self.written {
            for limit in 0...Self.text.count {
                let (output, outcome, _) = try Self.all(format, [bytes[...]], limit: limit)
                #expect(outcome == (limit < Self.text.count ? .limit : .end))
                #expect(output == Array(Self.text.prefix(limit)))
            }
            #expect(try Self.all(format, [bytes[...]], limit: -5).output.isEmpty)
        }
        let bomb = DeflateWriter.gzip([UInt8](repeating: 0x20, count: 3 << 20))
        let (output, outcome, _) = try Self.all(.gzip, [bomb[...]], limit: 1 << 20)
        #expect(output.count == 1 << 20 && outcome == .limit)
    }

    @Test func `only so many live at a time`() throws {
        let allowance = Inflater.Allowance(most: 2)
        var alive = [Inflater(.raw, within: allowance), Inflater(.gzip, within: allowance)]
        #expect(alive.allSatisfy { $0 != nil } && Inflater(.raw, within: allowance) == nil)
        alive.removeLast()
        #expect(Inflater(.raw, within: allowance) != nil && Inflater(.zlib, within: allowance) != nil)
        alive.append(Inflater(.raw, within: allowance))
        #expect(alive.allSatisfy { $0 != nil } && Inflater(.raw, within: allowance) == nil)
    }

    @Test func `a wrong check sum is damage`() throws {
        for (format, bytes) in Self.written.dropFirst() {
            var wrong = bytes
            wrong[bytes.count - 1] ^= 1
            #expect(try Self.all(format, [wrong[...]]).outcome == .damaged)
        }
    }

    @Test func `a window is kept where it is asked for`() throws {
        let inflater = try #require(Inflater(.raw))
        var writer = DeflateWriter()
        let message = (0..<516).map { UInt8(truncatingIfNeeded: $0) }
        // Both end with a last block; the second refers to the first.
        let first = writer.message(message, last: true)
        let second = writer.message(message, last: true)
        #expect(second.count < 20)
        var output: [UInt8] = []
        for bytes in [first, second] {
            var rest = bytes[...]
            #expect(inflater.inflate(&rest, into: &output, limit: 1 << 20) == .end)
            inflater.restart(keepsWindow: true)
        }
        #expect(output == message + message)
        inflater.restart(keepsWindow: false)
        var rest = second[...]
        #expect(inflater.inflate(&rest, into: &output, limit: 1 << 20) == .damaged)
    }

    @Test func `random flips neither trap nor pass the limit`() throws {
        var random = SplitMix(seed: 7)
        for round in 0..<20_000 {
            let (format, bytes) = Self.written[round % 3]
            var wrong = bytes
            for _ in 0...Int(random.next() % 3) {
                wrong[Int(random.next() % UInt64(wrong.count))] ^= UInt8(truncatingIfNeeded: 1 + random.next() % 255)
            }
            let (output, _, _) = try Self.all(format, [wrong[...]], limit: 5_000)
            #expect(output.count <= 5_000)
        }
    }
}
