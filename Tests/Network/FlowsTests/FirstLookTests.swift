import Flows
import Testing
import Vocabulary
import Wire

/// Which flows are followed: seen from outside, by the events that come.
struct FirstLookTests {
    /// One flow, looked at first.
    struct Looked: ~Copyable {
        var table = FlowTable()
        var sent: [String] = []
        var kinds: [StreamEvent.Kind] = []
        var interest = FlowTable.Interest.follow
        var frame = 0
        var next: (client: UInt32, server: UInt32) = (1000, 5000)

        mutating func send(_ bytes: [UInt8], fromServer: Bool = false, at: UInt32? = nil, flags: UInt8 = 0x18) {
            frame += 1
            var headers = PacketHeaders()
            let client = IPAddress(ipv4: 0x0A00_0001)
            let server = IPAddress(ipv4: 0x0A00_0002)
            headers.source = fromServer ? server : client
            headers.destination = fromServer ? client : server
            headers.sourcePort = fromServer ? 443 : 40_000
            headers.destinationPort = fromServer ? 40_000 : 443
            headers.transport = .tcp
            headers.sequence = at ?? (fromServer ? next.server : next.client)
            headers.tcpFlags = flags
            headers.timeToLive = 64
            headers.payload = 0..<bytes.count
            headers.payloadLength = bytes.count
            if at == nil {
                if fromServer {
                    next.server &+= UInt32(bytes.count)
                } else {
                    next.client &+= UInt32(bytes.count)
                }
            }
            table.add(headers, frame: frame, time: Instant(seconds: Int64(frame)), wireLength: 60, bytes: bytes)
            table.drain { event, bytes, _ in
                kinds.append(event.kind)
                if event.kind == .data { sent.append(String(decoding: bytes, as: UTF8.self)) }
                return interest
            }
        }

        mutating func send(_ text: String, fromServer: Bool = false, at: UInt32? = nil) {
            send(Array(text.utf8), fromServer: fromServer, at: at)
        }
    }

    static func greeting(length: Int) -> [UInt8] {
        [0x16, 3, 1, UInt8(length >> 8), UInt8(length & 255), 1] + [UInt8](repeating: 7, count: length - 1)
    }

    @Test func `a message is followed from its first byte`() {
        var flow = Looked()
        flow.send(#"{"id":1,"method":"mining.subscribe","params":[]}"#)
        flow.send(#"{"id":1,"result":true}"#, fromServer: true)
        #expect(flow.sent.count == 2)
    }

    @Test func `one byte at a time is followed too`() {
        var flow = Looked()
        for byte in #"{"id":1}"#.utf8 { flow.send([byte]) }
        #expect(flow.sent.joined() == #"{"id":1}"#)
    }

    @Test func `a whole TLS greeting is shown once and nothing after it`() {
        var flow = Looked()
        flow.send(Self.greeting(length: 200))
        flow.send([UInt8](repeating: 0x17, count: 500), fromServer: true)
        flow.send([UInt8](repeating: 9, count: 500))
        #expect(flow.kinds == [.greeting])
    }

    @Test func `a greeting cut over two segments is followed`() {
        var flow = Looked()
        let whole = Self.greeting(length: 1800)
        flow.send(Array(whole[..<1400]))
        flow.send(Array(whole[1400...]))
        #expect(flow.sent.map(\.utf8.count).count == 2)
    }

    @Test func `a page is asked for and nobody looks again`() {
        var flow = Looked()
        flow.send("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
        flow.send(#"{"id":1,"method":"mining.notify"}"#, fromServer: true)
        #expect(flow.kinds.isEmpty)
    }

    @Test func `an upgrade is followed, in any case and wherever it stands`() {
        for word in ["Upgrade: websocket", "uPGRADE: WebSocket"] {
            var flow = Looked()
            flow.send("GET / HTTP/1.1\r\nHost: example.org\r\n\(word)\r\n\r\n")
            #expect(flow.sent.count == 1)
        }
    }

    @Test func `a message after other bytes is followed from there`() {
        var flow = Looked()
        flow.send([UInt8](repeating: 0xAB, count: 100))
        flow.send([UInt8](repeating: 0xAC, count: 100), fromServer: true)
        flow.send(#"{"id":1}"#)
        #expect(flow.sent == [#"{"id":1}"#])
    }

    @Test func `bytes that come twice or too early are followed`() {
        var flow = Looked()
        flow.send([UInt8](repeating: 0xAB, count: 100))
        flow.send([UInt8](repeating: 0xAB, count: 50), at: flow.next.client &+ 100)
        flow.send([UInt8](repeating: 0x41, count: 100))
        #expect(flow.sent.first?.utf8.count == 100)
        #expect(flow.sent.count == 2)
    }

    @Test func `what the reader lets go is looked at again only where a segment begins a message`() {
        var flow = Looked()
        flow.send("some words { \"a\" } of another kind")
        flow.interest = .opaque
        flow.send("more words")
        flow.interest = .follow
        let before = flow.sent.count
        flow.send("words { \"b\": 1 }")
        #expect(flow.sent.count == before)
        flow.send(#"{"b": 1}"#)
        #expect(flow.sent.count == before + 1)
    }

    @Test func `a foreign flow is never looked at again`() {
        var flow = Looked()
        flow.interest = .foreign
        flow.send("SSH-2.0-OpenSSH_9.2 and more")
        flow.send(#"{"b": 1}"#)
        #expect(flow.sent.count == 1)
    }
}

/// Segments that their host has most likely never taken.
struct DoubtfulSegmentTests {
    private func bench(ttl: UInt8, chaff: String, real: String?) -> FirstLookTests.Looked {
        var flow = FirstLookTests.Looked()
        flow.send(#"{"a":1}"#)
        var headers = PacketHeaders()
        headers.source = IPAddress(ipv4: 0x0A00_0001)
        headers.destination = IPAddress(ipv4: 0x0A00_0002)
        headers.sourcePort = 40_000
        headers.destinationPort = 443
        headers.transport = .tcp
        headers.sequence = flow.next.client
        headers.tcpFlags = 0x18
        headers.timeToLive = ttl
        let bytes = Array(chaff.utf8)
        headers.payload = 0..<bytes.count
        headers.payloadLength = bytes.count
        flow.table.add(headers, frame: 2, time: nil, wireLength: 60, bytes: bytes)
        if let real { flow.send(real) }
        flow.table.finish(frame: 9, time: nil)
        var flags: Set<String> = []
        flow.table.drain { event, bytes, summary in
            if event.kind == .data { flow.sent.append(String(decoding: bytes, as: UTF8.self)) }
            flags = summary.flags
            return .follow
        }
        flow.sent.append(flags.sorted().joined(separator: " "))
        return flow
    }

    @Test func `too few hops left: the other copy stands and the conflict is told`() {
        #expect(
            bench(ttl: 1, chaff: "XXXXXXX", real: #"{"b":2}"#).sent.dropFirst() == [#"{"b":2}"#, "overlap_conflict"])
    }

    @Test func `without another copy it fills the hole`() {
        #expect(bench(ttl: 1, chaff: #"{"b":2}"#, real: nil).sent.dropFirst() == [#"{"b":2}"#, ""])
    }

    @Test func `a hop or two fewer is nothing`() {
        #expect(bench(ttl: 62, chaff: #"{"b":2}"#, real: nil).sent.dropFirst().first == #"{"b":2}"#)
    }
}

struct FlowEvictionTests {
    private func syn(_ table: inout FlowTable, _ number: Int, frame: Int, payload: String = "", flags: UInt8 = 0x02) {
        var headers = PacketHeaders()
        headers.source = IPAddress(ipv4: 0x0A00_0000 + UInt32(number))
        headers.destination = IPAddress(ipv4: 0xC000_0201)
        headers.sourcePort = 40_000
        headers.destinationPort = 3333
        headers.transport = .tcp
        headers.tcpFlags = flags
        headers.sequence = flags == 0x02 ? 1 : 2
        let bytes = Array(payload.utf8)
        headers.payload = 0..<bytes.count
        headers.payloadLength = bytes.count
        table.add(headers, frame: frame, time: Instant(seconds: Int64(frame)), wireLength: 60, bytes: bytes)
    }

    @Test func `half-open flows go first and a conversation stays`() {
        var table = FlowTable(limit: 1_000)
        syn(&table, 1, frame: 1)
        syn(&table, 1, frame: 2, payload: #"{"id":1,"method":"login"}"#, flags: 0x18)
        var closed: [Int] = []
        var texts: [String] = []
        func drain() {
            table.drain { event, bytes, _ in
                if event.kind == .closed { closed.append(event.flow) }
                if event.kind == .data { texts.append(String(decoding: bytes, as: UTF8.self)) }
                return .keep
            }
        }
        drain()
        for number in 2..<50_000 {
            syn(&table, number, frame: number + 1)
            drain()
        }
        #expect(table.flowCount == 49_999)
        #expect(table.evicted >= 48_000)
        #expect(closed.isEmpty)
        var headers = PacketHeaders()
        headers.source = IPAddress(ipv4: 0x0A00_0001)
        headers.destination = IPAddress(ipv4: 0xC000_0201)
        headers.sourcePort = 40_000
        headers.destinationPort = 3333
        headers.transport = .tcp
        headers.tcpFlags = 0x18
        headers.sequence = 27
        headers.payload = 0..<2
        headers.payloadLength = 2
        table.add(headers, frame: 60_000, time: nil, wireLength: 60, bytes: Array("{}".utf8))
        drain()
        #expect(texts == [#"{"id":1,"method":"login"}"#, "{}"])
    }
}

/// Inputs that were once wrong.
struct FlowRegressionTests {
    @Test func `bytes with the flags of a beginning and an end open a flow each time`() {
        var flow = FirstLookTests.Looked()
        for round in 0..<4 {
            flow.send(Array(#"{"id":\#(round)}"#.utf8), at: 1000, flags: 0x07)
            flow.send([], fromServer: true, at: 5000, flags: 0x14)
        }
        #expect(flow.kinds.filter { $0 == .opened }.count == flow.kinds.filter { $0 == .closed }.count)
        #expect(flow.sent.first == #"{"id":0}"#)
    }

    @Test func `single bytes out of order are bounded in number too`() {
        var flow = FirstLookTests.Looked()
        flow.send("{")
        for index in 0..<40_000 { flow.send([0x41], at: flow.next.client &+ 2 &+ UInt32(index) * 2) }
        let waiting = 40_000 - flow.sent.count
        #expect(waiting <= 8_300)
        #expect(flow.kinds.contains(.gap))
    }

    @Test func `a brace at the end of a segment and its message in the next are one message`() {
        for gap in ["", " ", "\n "] {
            var flow = FirstLookTests.Looked()
            flow.send("binary \u{1} and more of it ")
            flow.send("words and a brace {" + gap)
            flow.send(#""id":1,"method":"mining.subscribe"}"#)
            #expect(flow.sent.joined() == #"{"id":1,"method":"mining.subscribe"}"#)
        }
    }
}
