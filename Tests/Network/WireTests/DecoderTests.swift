import Testing
import Vocabulary
import Wire

struct DecoderTests {
    static let four = Frames.ipv4(Frames.tcp())
    static let six = Frames.ipv6(Frames.tcp())
    static let greeting = "hello"

    /// Name, frame, link type, layers that must be found.
    static let wrapped: [(String, [UInt8], UInt32, [String])] = {
        let ethernet = Frames.ethernet(four)
        let inner = Frames.udp([8, 0, 0, 0, 0, 0, 7, 0] + ethernet, to: 4789)
        let geneve = Frames.udp([1, 0, 0x65, 0x58, 0, 0, 7, 0, 9, 9, 9, 9] + ethernet, to: 6081)
        let gtpu = Frames.udp([0x30, 255] + Frames.u16(four.count) + [0, 0, 0, 1] + four, to: 2152)
        let pppoe = [0x11, 0, 0, 1] as [UInt8] + Frames.u16(four.count + 2) + [0, 0x21] + four
        return [
            ("Ethernet", ethernet, 1, ["tcp"]), ("IPv6", Frames.ethernet(six, type: 0x86DD), 1, ["tcp"]),
            ("VLAN", Frames.ethernet(Frames.tag(four), type: 0x8100), 1, ["vlan", "tcp"]),
            (
                "QinQ", Frames.ethernet(Frames.tag(Frames.tag(four), type: 0x8100), type: 0x88A8), 1,
                ["vlan", "vlan", "tcp"]
            ),
            ("cooked", [UInt8](repeating: 0, count: 14) + [8, 0] + four, 113, ["tcp"]),
            ("cooked 2", [8, 0] + [UInt8](repeating: 0, count: 18) + four, 276, ["tcp"]),
            ("raw", four, 101, ["tcp"]), ("raw IPv6", six, 229, ["tcp"]), ("raw IPv4", four, 228, ["tcp"]),
            ("null little", [2, 0, 0, 0] + four, 0, ["tcp"]), ("null big", [0, 0, 0, 30] + six, 0, ["tcp"]),
            ("loop", [0, 0, 0, 2] + four, 108, ["tcp"]), ("HDLC", [0x0F, 0, 8, 0] + four, 104, ["tcp"]),
            ("PPP", [0xFF, 3, 0, 0x21] + four, 9, ["tcp"]), ("PPP short", [0x21] + four, 9, ["tcp"]),
            ("SNAP", Frames.ethernet([0xAA, 0xAA, 3, 0, 0, 0, 8, 0] + four, type: 60), 1, ["tcp"]),
            (
                "802.11", [8, 1] + [UInt8](repeating: 0, count: 22) + [0xAA, 0xAA, 3, 0, 0, 0, 8, 0] + four, 105,
                ["tcp"]
            ),
            ("options", Frames.ethernet(Frames.ipv4(Frames.tcp(options: 3), options: 10)), 1, ["tcp"]),
            ("MPLS", Frames.ethernet([0, 1, 0, 64, 0, 1, 1, 64] + four, type: 0x8847), 1, ["mpls", "mpls", "tcp"]),
            ("PPPoE", Frames.ethernet(pppoe, type: 0x8864), 1, ["pppoe", "tcp"]),
            ("GRE", Frames.ethernet(Frames.ipv4([0x20, 0, 8, 0, 0, 0, 0, 5] + four, number: 47)), 1, ["gre", "tcp"]),
            (
                "GRE Ethernet", Frames.ethernet(Frames.ipv4([0, 0, 0x65, 0x58] + ethernet, number: 47)), 1,
                ["gre", "tcp"]
            ),
            ("IPIP", Frames.ethernet(Frames.ipv4(four, number: 4)), 1, ["ipip", "tcp"]),
            ("6in4", Frames.ethernet(Frames.ipv4(six, number: 41)), 1, ["6in4", "tcp"]),
            ("4in6", Frames.ethernet(Frames.ipv6(four, number: 4), type: 0x86DD), 1, ["4in6", "tcp"]),
            ("VXLAN", Frames.ethernet(Frames.ipv4(inner, number: 17)), 1, ["udp", "vxlan", "tcp"]),
            ("Geneve", Frames.ethernet(Frames.ipv4(geneve, number: 17)), 1, ["udp", "geneve", "tcp"]),
            ("GTP-U", Frames.ethernet(Frames.ipv4(gtpu, number: 17)), 1, ["udp", "gtpu", "tcp"]),
        ]
    }()

    @Test func `every wrapping gives the same segment`() throws {
        for (name, frame, link, layers) in Self.wrapped {
            let opened = try #require(Frames.open(frame, link: link), "\(name)")
            #expect(opened.text == Self.greeting, "\(name)")
            #expect(opened.headers.layers.names == layers, "\(name)")
            #expect(opened.headers.transport == .tcp, "\(name)")
            #expect(opened.headers.sourcePort == 1000 && opened.headers.destinationPort == 3333, "\(name)")
            #expect(opened.headers.sequence == 77 && opened.headers.acknowledgement == 88, "\(name)")
            #expect(opened.headers.tcpFlags == 24 && opened.headers.timeToLive == 64, "\(name)")
            #expect(!opened.headers.truncated, "\(name)")
        }
    }

    @Test func `addresses are those of the innermost packet`() throws {
        let four = try #require(Frames.open(Frames.ethernet(Self.four))).headers
        #expect(four.source.description == "10.0.0.1" && four.destination.description == "10.0.0.2")
        let six = try #require(Frames.open(Frames.ethernet(Frames.ipv4(Self.six, number: 41)))).headers
        #expect(six.source.description == "2001:db8::1" && six.destination.description == "2001:db8::2")
    }

    @Test func `every extension header is passed over`() throws {
        let authentication: [UInt8] = [60, 1] + [UInt8](repeating: 0, count: 10)
        let chain: [UInt8] =
            [43, 0, 0, 0, 0, 0, 0, 0] + [51, 1] + [UInt8](repeating: 0, count: 14) + authentication
            + [44, 0, 0, 0, 0, 0, 0, 0] + [6, 0, 0, 0, 0, 0, 0, 9]
        let opened = try #require(Frames.open(Frames.ipv6(chain + Frames.tcp(), number: 0), link: 101))
        #expect(opened.text == Self.greeting)
        let endless = [UInt8](repeating: 0, count: 8 * 40)
        #expect(Frames.decode(Frames.ipv6(endless, number: 0), link: 101).word == "overLimit")
    }

    @Test func `padding is not payload`() throws {
        let short = Frames.ethernet(Frames.ipv4(Frames.tcp([]))) + [UInt8](repeating: 0x55, count: 20)
        #expect(try #require(Frames.open(short)).text.isEmpty)
        let six = Frames.ethernet(Frames.ipv6(Frames.tcp([65])) + [9, 9, 9], type: 0x86DD)
        #expect(try #require(Frames.open(six)).text == "A")
        let udp = Frames.ipv4(Frames.udp([66]) + [9, 9], number: 17)
        #expect(try #require(Frames.open(udp, link: 101)).text == "B")
    }

    @Test func `a frame cut by the capture is truncated and the same frame whole is malformed`() {
        let whole = Frames.ethernet(Self.four)
        for length in 0..<54 {
            let frame = Array(whole[..<length])
            #expect(Frames.decode(frame, original: whole.count).word == "truncated", "\(length)")
            #expect(Frames.decode(frame).word == "malformed", "\(length)")
        }
    }

    @Test func `a payload that was cut keeps its length on the wire`() throws {
        let whole = Frames.ethernet(Self.four)
        let frame = Array(whole[..<56])
        guard case .decoded(let headers) = Frames.decode(frame, original: whole.count) else {
            Issue.record("a cut payload is no fault")
            return
        }
        #expect(headers.truncated)
        #expect(headers.payload.count == 2)
        #expect(headers.payloadLength == 5)
        #expect(headers.checksumGood == nil)
    }

    @Test func `offload may leave the length empty`() throws {
        #expect(try #require(Frames.open(Frames.ipv4(Frames.tcp(), length: 0), link: 101)).text == Self.greeting)
    }

    @Test func `fields that contradict each other are malformed`() {
        #expect(Frames.decode(Frames.ipv4(Frames.tcp(), length: 19), link: 101).word == "malformed")
        #expect(Frames.decode(Frames.ipv4(Frames.tcp(), length: 900), link: 101).word == "malformed")
        var header = Self.four
        header[0] = 0x44
        #expect(Frames.decode(header, link: 101).word == "malformed")
        var offset = Self.four
        offset[32] = 0x40
        #expect(Frames.decode(offset, link: 101).word == "malformed")
        offset[32] = 0xF0
        #expect(Frames.decode(offset, link: 101).word == "malformed")
        var udp = Frames.ipv4(Frames.udp([1, 2]), number: 17)
        udp[25] = 7
        #expect(Frames.decode(udp, link: 101).word == "malformed")
        udp[25] = 90
        #expect(Frames.decode(udp, link: 101).word == "malformed")
    }

    @Test func `a tunnel's port alone makes no tunnel`() throws {
        for port in [4789, 6081, 2152] {
            let opened = try #require(
                Frames.open(
                    Frames.ipv4(Frames.udp(Array("just text, no tunnel at all".utf8), to: port), number: 17), link: 101)
            )
            #expect(opened.headers.transport == .udp)
            #expect(opened.text == "just text, no tunnel at all")
            #expect(opened.headers.layers.names == ["udp"])
        }
    }

    @Test func `frames without a flow are whole`() {
        #expect(Frames.decode(Frames.ethernet([0, 1, 8, 0], type: 0x0806)).word == "noFlow")
        #expect(Frames.decode(Frames.ipv4([8, 0, 0, 0], number: 1), link: 101).word == "noFlow")
        #expect(Frames.decode([1, 2, 3], link: 4_242).word == "unsupported")
    }

    @Test func `a packet that wraps itself ends at the limit`() {
        var packet = Self.four
        for _ in 0..<40 { packet = Frames.ipv4(packet, number: 4) }
        #expect(Frames.decode(packet, link: 101).word == "overLimit")
        var tagged = Self.four
        for _ in 0..<40 { tagged = Frames.tag(tagged, type: 0x8100) }
        #expect(Frames.decode(Frames.ethernet(tagged, type: 0x8100)).word == "overLimit")
    }

    private static func checksum(_ packet: [UInt8]) throws -> Bool? {
        let headers = try #require(Frames.open(packet, link: 101)).headers
        return packet.withUnsafeBytes { headers.checksum(in: $0) }
    }

    @Test func `the check sum is judged over pseudo header and segment`() throws {
        var segment = Frames.tcp(Array("odd".utf8))
        var sum = 0x0A00 + 0x0001 + 0x0A00 + 0x0002 + 6 + segment.count
        for at in stride(from: 0, to: segment.count, by: 2) {
            sum += Int(segment[at]) << 8 + (at + 1 < segment.count ? Int(segment[at + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        segment.replaceSubrange(16..<18, with: Frames.u16(0xFFFF - sum))
        #expect(try Self.checksum(Frames.ipv4(segment)) == true)
        segment[20] ^= 1
        #expect(try Self.checksum(Frames.ipv4(segment)) == false)
    }

    @Test func `twenty thousand random frames do not trap`() {
        let links: [UInt32] = [0, 1, 9, 12, 14, 101, 104, 105, 108, 113, 127, 228, 229, 276, 7]
        var seed: UInt64 = 20_260_301
        func draw() -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33)
        }
        var decoder = Decoder()
        var decoded = 0
        for round in 0..<20_000 {
            var frame: [UInt8]
            var link = links[draw() % links.count]
            if round % 2 == 0 {
                frame = (0..<(draw() % 120)).map { _ in UInt8(draw() & 255) }
            } else {
                let sample = Self.wrapped[draw() % Self.wrapped.count]
                (frame, link) = (sample.1, sample.2)
                for _ in 0..<(draw() % 4) { frame[draw() % frame.count] = UInt8(draw() & 255) }
                frame.removeLast(draw() % 5 == 0 ? draw() % frame.count : 0)
            }
            let skip = frame.isEmpty ? 0 : draw() % min(3, frame.count)
            let result = decoder.decode(
                frame, skip..<frame.count, linkType: link, originalLength: frame.count - skip + draw() % 3, time: nil)
            if case .decoded(let headers) = result {
                decoded += 1
                let length = decoder.usedReassembly ? decoder.reassembled.count : frame.count
                #expect(headers.payload.upperBound <= length)
                #expect(headers.payloadLength >= headers.payload.count)
            }
        }
        #expect(decoded > 1_000)
    }
}

struct FragmentTests {
    static let segment = Frames.tcp(Array("a payload in pieces of eight".utf8))

    static func pieces(_ size: Int) -> [[UInt8]] {
        stride(from: 0, to: segment.count, by: size).map { at in
            let end = min(at + size, segment.count)
            return Frames.ipv4(Array(segment[at..<end]), fragment: (end < segment.count ? 0x2000 : 0) | at / 8)
        }
    }

    /// The payload once the last of `frames` completes it.
    static func run(_ frames: [[UInt8]]) -> (words: [String], text: String?) {
        var decoder = Decoder()
        var words: [String] = []
        var text: String?
        for frame in frames {
            let result = decoder.decode(frame, 0..<frame.count, linkType: 101, originalLength: frame.count, time: nil)
            words.append(result.word)
            if case .decoded(let headers) = result, decoder.usedReassembly {
                text = String(decoding: decoder.reassembled[headers.payload], as: UTF8.self)
            }
        }
        return (words, text)
    }

    @Test(arguments: [8, 16, 24, 40])
    func `pieces in any order make the datagram`(size: Int) {
        for frames in [Self.pieces(size), Self.pieces(size).reversed()] {
            let outcome = Self.run(frames)
            #expect(outcome.text == "a payload in pieces of eight")
            #expect(outcome.words.dropLast().allSatisfy { $0 == "fragment" })
        }
    }

    @Test func `the first copy of a byte stands`() {
        var pieces = Self.pieces(24)
        let changed = Frames.ipv4([UInt8](repeating: 0x58, count: 24), fragment: 0x2000 | 3)
        pieces.insert(changed, at: 2)
        #expect(Self.run(pieces).text == "a payload in pieces of eight")
    }

    @Test func `IPv6 pieces meet too`() {
        func piece(_ range: Range<Int>, more: Int) -> [UInt8] {
            Frames.ipv6([6, 0] + Frames.u16(range.lowerBound | more) + [0, 0, 0, 9] + Self.segment[range], number: 44)
        }
        let outcome = Self.run([piece(24..<Self.segment.count, more: 0), piece(0..<24, more: 1)])
        #expect(outcome.words == ["fragment", "decoded"])
        #expect(outcome.text == "a payload in pieces of eight")
    }

    @Test func `pieces that cannot be are malformed`() {
        #expect(Self.run([Frames.ipv4([1, 2, 3], fragment: 0x2000)]).words == ["malformed"])
        #expect(Self.run([Frames.ipv4([UInt8](repeating: 0, count: 40), fragment: 0x1FFF)]).words == ["malformed"])
    }

    @Test func `pieces that never end do not grow without bound`() {
        var decoder = Decoder()
        for index in 0..<20_000 {
            var frame = Frames.ipv4([UInt8](repeating: 0, count: 16), fragment: 0x2000 | 4)
            frame[4] = UInt8(index >> 8 & 255)
            frame[5] = UInt8(index & 255)
            let result = decoder.decode(frame, 0..<frame.count, linkType: 101, originalLength: frame.count, time: nil)
            #expect(result.word == "fragment")
        }
    }
}
