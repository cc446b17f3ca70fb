import Flows
import Testing

/// Openings that are no text and yet followed, and those that must stay cheap.
struct BinaryFirstLookTests {
    private static func sent(_ pieces: [[UInt8]]) -> Int {
        var flow = FirstLookTests.Looked()
        for piece in pieces { flow.send(piece) }
        return flow.sent.count
    }

    private static let noise = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ 131) }

    @Test func `a first message as long as a key, and random, is followed`() {
        #expect(Self.sent([Self.noise]) == 1)
        #expect(Self.sent([Array(Self.noise.prefix(32))]) == 1)
        // A key in pieces would make every private protocol one to be followed.
        #expect(Self.sent([Array(Self.noise.prefix(40)), Array(Self.noise.dropFirst(40))]) == 0)
        #expect(Self.sent([[UInt8](repeating: 0xF1, count: 64)]) == 0)
        // Also where it begins with a capital letter, as some do.
        #expect(Self.sent([[0x4D] + Self.noise.dropFirst()]) == 1)
    }

    @Test func `longer ones and text are not`() {
        #expect(Self.sent([Self.noise + [1]]) == 0)
        #expect(Self.sent([Array("1234567890 some words of a protocol".utf8)]) == 0)
        #expect(Self.sent([Array("SOME WORDS OF A PROTOCOL".utf8)]) == 0)
    }

    @Test func `DATUM's header and Duino-Coin's call are followed`() {
        let sealed = [UInt8](repeating: 0x61, count: 300)
        #expect(Self.sent([[0xB8, 0x19, 0x87, 0xD7] + sealed]) == 1)
        #expect(Self.sent([[0xB8, 0x19, 0x87, 0xD6] + sealed]) == 0)
        #expect(Self.sent([Array("JOB,someone,AVR,key1".utf8)]) == 1)
        // From the middle, too: the next call is seen.
        #expect(Self.sent([Array("1234,180.51,Invented Miner,rig1".utf8), Array("JOB,someone,AVR,key1".utf8)]) == 1)
    }

    @Test func `paths of management interfaces are followed, others are documents`() {
        let end = " HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n"
        for path in ["/1/summary", "/2/summary", "/api/system/info"] {
            #expect(Self.sent([Array(("GET " + path + end).utf8)]) == 1)
        }
        for path in ["/1/summar", "/api/system", "/", "/a", "/index.html"] {
            #expect(Self.sent([Array(("GET " + path + end).utf8)]) == 0)
        }
    }
}
