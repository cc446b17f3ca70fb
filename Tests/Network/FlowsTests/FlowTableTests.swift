import Flows
import Testing
import Vocabulary
import Wire

/// A capture in small: segments go in, streams come out.
struct Bench: ~Copyable {
    struct Stream: Equatable {
        var client = ""
        var server = ""
        var gaps: [Int] = []
        var closed = false
    }

    static let client = IPAddress(ipv4: 0x0A00_0001)
    static let server = IPAddress(ipv4: 0x0A00_0002)

    var table = FlowTable(looksFirst: false)
    var streams: [Int: Stream] = [:]
    var flags: [Int: Set<String>] = [:]
    var summaries: [Int: FlowSummary] = [:]
    var frame = 0

    mutating func send(
        _ text: String, at sequence: UInt32, fromServer: Bool = false, flags: UInt8 = 0x18, checksum: Bool? = nil,
        missing: Int = 0,
        clientPort: UInt16 = 40_000, transport: TransportProtocol = .tcp
    ) {
        frame += 1
        let bytes = Array(text.utf8)
        var headers = PacketHeaders()
        headers.source = fromServer ? Bench.server : Bench.client
        headers.destination = fromServer ? Bench.client : Bench.server
        headers.sourcePort = fromServer ? 3333 : clientPort
        headers.destinationPort = fromServer ? clientPort : 3333
        headers.transport = transport
        headers.sequence = sequence
        headers.tcpFlags = flags
        headers.payload = 0..<bytes.count
        headers.payloadLength = bytes.count + missing
        headers.truncated = missing > 0
        headers.checksumGood = checksum
        table.add(
            headers, frame: frame, time: Instant(seconds: Int64(frame)), wireLength: bytes.count + 54, bytes: bytes)
        drain()
    }

    /// SYN and SYN-ACK: the streams begin at `client` and `server` plus one.
    mutating func shakeHands(client: UInt32 = 999, server: UInt32 = 4_999) {
        send("", at: client, flags: 0x02)
        send("", at: server, fromServer: true, flags: 0x12)
    }

    mutating func finish() {
        table.finish(frame: frame, time: nil)
        drain()
    }

    private mutating func drain() {
        table.drain { event, bytes, summary in
            var stream = streams[event.flow] ?? Stream()
            switch event.kind {
            case .opened, .greeting: break
            case .data where event.direction == .clientToServer: stream.client += String(decoding: bytes, as: UTF8.self)
            case .data: stream.server += String(decoding: bytes, as: UTF8.self)
            case .gap: stream.gaps.append(event.gapLength)
            case .closed: stream.closed = true
            }
            streams[event.flow] = stream
            flags[event.flow] = summary.flags
            summaries[event.flow] = summary
            return .follow
        }
    }
}

struct FlowTableTests {
    @Test func `segments out of order come out in order`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("ef", at: 1004)
        bench.send("cd", at: 1002)
        bench.send("world", at: 5_000, fromServer: true)
        bench.send("ab", at: 1000)
        bench.finish()
        #expect(bench.streams == [0: .init(client: "abcdef", server: "world", gaps: [], closed: true)])
        #expect(bench.flags[0] == [])
        #expect(bench.summaries[0]?.packets == 6)
        #expect(bench.summaries[0]?.client.port == 40_000)
        #expect(bench.summaries[0]?.handshakeSeen == true)
    }

    @Test func `a segment sent again is taken once`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("abcd", at: 1000)
        bench.send("abcd", at: 1000)
        bench.send("cdef", at: 1002)
        bench.finish()
        #expect(bench.streams[0]?.client == "abcdef")
        #expect(bench.flags[0] == [])
    }

    @Test func `two copies that differ are a conflict and the first stands`() {
        var behind = Bench()
        behind.shakeHands()
        behind.send("abcd", at: 1000)
        behind.send("aXcdef", at: 1000)
        behind.finish()
        #expect(behind.streams[0]?.client == "abcdef")
        #expect(behind.flags[0]?.contains("overlap_conflict") == true)
        var ahead = Bench()
        ahead.shakeHands()
        ahead.send("cd", at: 1002)
        ahead.send("bXd", at: 1001)
        ahead.send("a", at: 1000)
        ahead.finish()
        #expect(ahead.streams[0]?.client == "abcd")
        #expect(ahead.flags[0]?.contains("overlap_conflict") == true)
    }

    @Test func `a hole becomes a gap when the flow closes`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("ab", at: 1000)
        bench.send("ef", at: 1004)
        bench.finish()
        #expect(bench.streams[0] == .init(client: "abef", server: "", gaps: [2], closed: true))
        #expect(bench.flags[0]?.contains("gap") == true)
    }

    @Test func `a hole that does not fill is given up at the limit`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("a", at: 1000)
        let block = String(repeating: "x", count: 1_000)
        for index in 0..<80 { bench.send(block, at: 1_100 + UInt32(index) * 1_000) }
        #expect(bench.streams[0]?.gaps == [99])
        #expect(bench.streams[0]?.client.utf8.count == 80_001)
    }

    @Test func `bytes that the capture cut are a gap`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("ab", at: 1000, missing: 3)
        bench.send("fg", at: 1005)
        bench.finish()
        #expect(bench.streams[0] == .init(client: "abfg", server: "", gaps: [3], closed: true))
        #expect(bench.flags[0] == ["truncated"])
    }

    @Test func `sequence numbers wrap`() {
        var bench = Bench()
        bench.shakeHands(client: .max - 2)
        bench.send("efgh", at: 2)
        bench.send("abcd", at: .max - 1)
        bench.finish()
        #expect(bench.streams[0] == .init(client: "abcdefgh", server: "", gaps: [], closed: true))
    }

    @Test func `a port used again is another flow`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("one", at: 1000)
        bench.send("", at: 900_000_000, flags: 0x02)
        bench.send("two", at: 900_000_001)
        bench.finish()
        #expect(bench.table.flowCount == 2)
        #expect(bench.streams[0]?.client == "one")
        #expect(bench.streams[0]?.closed == true)
        #expect(bench.streams[1]?.client == "two")
    }

    @Test func `a SYN sent again is the same flow`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("", at: 999, flags: 0x02)
        bench.send("one", at: 1000)
        bench.finish()
        #expect(bench.table.flowCount == 1)
        #expect(bench.streams[0]?.client == "one")
    }

    @Test func `a reset outside the window ends nothing`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("ab", at: 1000)
        bench.send("", at: 70_000, flags: 0x04)
        bench.send("", at: 70_000, fromServer: true, flags: 0x04)
        #expect(bench.streams[0]?.closed == false)
        bench.send("cd", at: 1002)
        bench.finish()
        #expect(bench.streams[0]?.client == "abcd")
    }

    @Test func `an end from both sides closes the flow`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("ab", at: 1000, flags: 0x19)
        #expect(bench.streams[0]?.closed == false)
        bench.send("", at: 5_000, fromServer: true, flags: 0x11)
        #expect(bench.streams[0]?.closed == true)
    }

    @Test func `a reset where the stream stands closes the flow`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("ab", at: 1000)
        bench.send("", at: 5_000, fromServer: true, flags: 0x04)
        #expect(bench.streams[0]?.closed == true)
    }

    @Test func `a reset of a side that was never seen ends nothing`() {
        var bench = Bench()
        bench.send("ab", at: 1000)
        bench.send("", at: 123, fromServer: true, flags: 0x04)
        bench.send("cd", at: 1002)
        #expect(bench.table.flowCount == 1)
        #expect(bench.streams[0] == .init(client: "abcd", server: "", gaps: [], closed: false))
    }

    @Test func `a wrong check sum beside good ones is not taken`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("ab", at: 1000, checksum: true)
        bench.send("XX", at: 1002, checksum: false)
        bench.send("cd", at: 1002, checksum: true)
        bench.finish()
        #expect(bench.streams[0]?.client == "abcd")
        #expect(bench.flags[0] == ["bad_checksum"])
    }

    @Test func `check sums that are all wrong are the sender's offload`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("ab", at: 1000, checksum: false)
        bench.send("cd", at: 1002, checksum: false)
        bench.finish()
        #expect(bench.streams[0]?.client == "abcd")
        #expect(bench.flags[0] == [])
    }

    @Test func `a keep-alive says nothing`() {
        var bench = Bench()
        bench.shakeHands()
        bench.send("abcd", at: 1000)
        bench.send("\0", at: 1003)
        bench.send("ef", at: 1004)
        bench.finish()
        #expect(bench.streams[0]?.client == "abcdef")
        #expect(bench.flags[0] == [])
    }

    @Test func `without a handshake the larger port is the client`() {
        var bench = Bench()
        bench.send("answer", at: 5_000, fromServer: true)
        bench.send("question", at: 1000)
        bench.finish()
        #expect(bench.streams[0]?.client == "question")
        #expect(bench.streams[0]?.server == "answer")
        #expect(bench.summaries[0]?.handshakeSeen == false)
    }

    @Test func `datagrams come one by one`() {
        var bench = Bench()
        bench.send("a", at: 0, transport: .udp)
        bench.send("b", at: 0, fromServer: true, transport: .udp)
        bench.send("c", at: 0, transport: .other)
        bench.finish()
        #expect(bench.streams == [0: .init(client: "a", server: "b", gaps: [], closed: false)])
    }

    @Test func `a stream cut at every place gives the same bytes`() {
        let text = "the quick brown fox jumps over it"
        let bytes = Array(text.utf8)
        for first in 1..<bytes.count {
            var bench = Bench()
            bench.shakeHands()
            bench.send(String(decoding: bytes[first...], as: UTF8.self), at: 1000 + UInt32(first))
            bench.send(String(decoding: bytes[..<first], as: UTF8.self), at: 1000)
            #expect(bench.streams[0]?.client == text)
        }
    }

    @Test func `a stream in shuffled and doubled pieces gives the same bytes`() {
        var seed: UInt64 = 11
        func draw(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        let bytes = (0..<400).map { UInt8(97 + $0 * $0 % 26) }
        for round in 0..<200 {
            let base = round % 2 == 0 ? 1000 : UInt32.max - 150
            var pieces: [Range<Int>] = []
            var at = 0
            while at < bytes.count {
                let end = min(bytes.count, at + 1 + draw(40))
                pieces.append(at..<end)
                at = end
            }
            for _ in 0..<10 {
                let start = draw(bytes.count - 1)
                // A single byte of the past would be a keep-alive.
                pieces.append(start..<min(bytes.count, start + 2 + draw(60)))
            }
            for index in stride(from: pieces.count - 1, to: 0, by: -1) { pieces.swapAt(index, draw(index + 1)) }
            var bench = Bench()
            bench.shakeHands(client: base &- 1)
            for piece in pieces {
                bench.send(String(decoding: bytes[piece], as: UTF8.self), at: base &+ UInt32(piece.lowerBound))
            }
            #expect(bench.streams[0]?.client == String(decoding: bytes, as: UTF8.self))
            #expect(bench.streams[0]?.gaps == [])
            #expect(bench.flags[0] == [])
        }
    }

    @Test func `random segments do not trap and every byte is held to its limit`() {
        var seed: UInt64 = 5
        func draw() -> UInt32 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt32(truncatingIfNeeded: seed >> 32)
        }
        var bench = Bench()
        for _ in 0..<20_000 {
            let near = draw() % 4 != 0
            bench.send(
                String(repeating: "z", count: Int(draw() % 20)), at: near ? draw() % 4_000 : draw(),
                fromServer: draw() % 2 == 0,
                flags: UInt8(draw() & 63), checksum: [nil, true, false][Int(draw() % 3)],
                missing: draw() % 9 == 0 ? Int(draw() % 50) : 0,
                clientPort: 40_000 + UInt16(draw() % 5))
        }
        bench.finish()
        #expect(bench.streams.values.allSatisfy { $0.closed })
    }
}
