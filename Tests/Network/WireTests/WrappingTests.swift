import Testing
import Vocabulary
import Wire

struct WrappingTests {
    @Test(arguments: WrappedPacket.all)
    func `a wrapping gives the segment inside`(packet: WrappedPacket) throws {
        let opened = try #require(Frames.open(packet.frame, link: packet.link))
        #expect(opened.text == "hello")
        #expect(opened.headers.layers.names == packet.layers)
        #expect(opened.headers.transport == .tcp)
        #expect(opened.headers.sourcePort == 1000 && opened.headers.destinationPort == 3333)
        #expect(opened.headers.payloadLength == 5)
        #expect(!opened.headers.truncated)
        #expect(opened.headers.outer.count == min(2, packet.outer))
        #expect(opened.headers.outer.total == packet.outer)
    }

    @Test(arguments: WrappedPacket.all)
    func `a cut at any byte is a cut, and a lie at any byte is no flow`(packet: WrappedPacket) {
        for length in 0..<packet.headerLength {
            let frame = Array(packet.frame[..<length])
            let cut = Frames.decode(frame, link: packet.link, original: packet.frame.count).word
            #expect(cut == "truncated", "\(length) of \(packet.frame.count)")
            let lie = Frames.decode(frame, link: packet.link).word
            #expect(lie == "malformed" || lie == "noFlow", "\(length) of \(packet.frame.count)")
        }
        for length in packet.headerLength..<packet.frame.count {
            let frame = Array(packet.frame[..<length])
            let result = Frames.decode(frame, link: packet.link, original: packet.frame.count)
            guard case .decoded(let headers) = result else {
                Issue.record("a cut payload is no fault: \(length) of \(packet.frame.count): \(result.word)")
                continue
            }
            #expect(headers.truncated)
            #expect(headers.payload.count == length - packet.headerLength)
            #expect(headers.payloadLength == 5)
        }
    }

    @Test(arguments: WrappedPacket.all)
    func `twenty thousand changed packets do not trap`(packet: WrappedPacket) {
        var decoder = Decoder()
        var seed = UInt64(truncatingIfNeeded: packet.frame.count &* 7_919 &+ packet.name.utf8.count)
        func draw() -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33)
        }
        for _ in 0..<20_000 {
            var frame = packet.frame
            for _ in 0...(draw() % 4) { frame[draw() % frame.count] ^= UInt8(1 << (draw() % 8)) }
            if draw() % 4 == 0 { frame[draw() % frame.count] = UInt8(draw() & 255) }
            if draw() % 4 == 0 { frame.removeLast(draw() % frame.count) }
            let skip = draw() % 8 == 0 ? draw() % (frame.count + 1) : 0
            let result = decoder.decode(
                frame, skip..<frame.count, linkType: packet.link, originalLength: frame.count - skip + draw() % 3 * 20,
                time: nil)
            guard case .decoded(let headers) = result else { continue }
            let length = decoder.usedReassembly ? decoder.reassembled.count : frame.count
            if headers.payload.upperBound > length || headers.payloadLength < headers.payload.count {
                Issue.record("a payload outside its packet")
                return
            }
        }
    }

    @Test func `a tunnel's port makes no tunnel of another payload`() throws {
        let texts: [[UInt8]] = [
            Array("just some text, long enough for all of the headers that a tunnel may have".utf8),
            [UInt8](repeating: 0, count: 80), [UInt8](repeating: 255, count: 80), [0x60, 0, 0, 0], [0, 2], [], [0x45],
        ]
        for port in [4789, 8472, 4790, 6081, 2152, 3544, 1701, 6080, 6635] {
            for text in texts {
                let frame = Frames.ethernet(Frames.ipv4(Frames.udp(text, to: port), number: 17))
                let opened = try #require(Frames.open(frame), "\(port)")
                #expect(opened.headers.layers.names == ["udp"], "\(port)")
                #expect(opened.headers.payload.count == text.count, "\(port)")
            }
        }
    }

    @Test func `control messages are not data`() throws {
        let control = [0xC8, 2, 0, 12, 0, 1, 0, 0, 0, 0, 0, 0] as [UInt8]
        let opened = try #require(Frames.open(WrappedPacket.udp("", control, 1701, []).frame))
        #expect(opened.headers.layers.names == ["udp"])
        #expect(Frames.decode(WrappedPacket.ip("", 115, [0, 0, 0, 0] + control, []).frame).word == "noFlow")
        let service = [0x2F, 0xC2, 1, 1, 0, 0, 1, 255] + WrappedPacket.four
        #expect(Frames.decode(Frames.ethernet(service, type: 0x894F)).word == "noFlow")
        #expect(Frames.decode([0xD4, 0, 1, 2, 3, 4, 5, 6, 7, 8], link: 105).word == "noFlow")
    }

    @Test func `fields that cannot be are malformed`() {
        #expect(Frames.decode([0, 0, 7, 0, 1, 0, 0, 0] + WrappedPacket.ethernet, link: 192).word == "malformed")
        #expect(Frames.decode([2, 0, 0, 5, 3, 0, 1, 0] + WrappedPacket.four, link: 239).word == "malformed")
        #expect(Frames.decode([0, 0, 7, 0] + WrappedPacket.four, link: 127).word == "malformed")
        #expect(
            Frames.decode(Frames.ethernet([0, 0x41, 1, 1, 0, 0, 0, 0] + WrappedPacket.four, type: 0x894F)).word
                == "malformed")
        #expect(Frames.decode([0x44, 0, 0, 0, 255, 255, 0, 0] + WrappedPacket.four, link: 119).word == "malformed")
    }
}

struct OuterAddressTests {
    private static func around(_ packet: [UInt8], times: Int) -> [UInt8] {
        var packet = packet
        for round in 0..<times {
            packet = Frames.ipv4(packet, number: packet[0] >> 4 == 4 ? 4 : 41)
            packet[15] = UInt8(100 + round)
        }
        return packet
    }

    @Test func `a plain packet has none`() throws {
        let headers = try #require(Frames.open(WrappedPacket.four, link: 101)).headers
        #expect(headers.outer.isEmpty && headers.outer.all.isEmpty && headers.outer[0] == nil)
    }

    @Test(arguments: [1, 2])
    func `all pairs stay, outermost first`(times: Int) throws {
        let headers = try #require(Frames.open(Self.around(WrappedPacket.six, times: times), link: 101)).headers
        #expect(headers.source.description == "2001:db8::1")
        #expect(headers.outer.all.map(\.source.description) == (0..<times).reversed().map { "10.0.0.\(100 + $0)" })
        #expect(headers.outer.all.allSatisfy { $0.destination.description == "10.0.0.2" })
    }

    @Test func `of more than two the first and the last stay`() throws {
        let headers = try #require(Frames.open(Self.around(WrappedPacket.four, times: 9), link: 101)).headers
        #expect(
            headers.outer.all.map(\.source.description) == ["10.0.0.108", "10.0.0.100"])
        #expect(headers.outer.total == 9)
        #expect(headers.outer[2] == nil && headers.outer[-1] == nil)
    }

    @Test func `families keep apart`() throws {
        let frame = Frames.ipv4(Frames.ipv6(WrappedPacket.four, number: 4), number: 41)
        let headers = try #require(Frames.open(frame, link: 101)).headers
        #expect(headers.outer.all.map(\.source.description) == ["10.0.0.1", "2001:db8::1"])
        #expect(headers.layers.names == ["6in4", "4in6", "tcp"])
    }
}

struct LayerLimitTests {
    @Test func `sixteen layers are read and seventeen are not`() throws {
        var packet = WrappedPacket.four
        for _ in 0..<15 { packet = Frames.ipv4(packet, number: 4) }
        let headers = try #require(Frames.open(packet, link: 101)).headers
        #expect(headers.layers.names == [String](repeating: "ipip", count: 15) + ["tcp"])
        #expect(!headers.layers.overflowed)
        #expect(Frames.decode(Frames.ipv4(packet, number: 4), link: 101).word == "overLimit")
    }

    @Test func `work without layers ends too`() {
        var chain = Frames.tcp()
        for _ in 0..<80 { chain = [51, 0] + [UInt8](repeating: 0, count: 6) + chain }
        #expect(Frames.decode(Frames.ipv4(chain, number: 51), link: 101).word == "overLimit")
        let info: [UInt8] = (0..<200).flatMap { _ -> [UInt8] in [0, 0, 8, 0, 192, 0, 0, 0] }
        #expect(Frames.decode(info, link: 192).word == "overLimit")
        let attributes: [UInt8] = [2, 0, 0, 5] + (0..<200).flatMap { _ -> [UInt8] in [4, 0, 1, 0] }
        #expect(Frames.decode(attributes, link: 239).word == "overLimit")
        let labels = [UInt8](repeating: 0, count: 400)
        #expect(Frames.decode(Frames.ethernet(labels, type: 0x8847)).word == "overLimit")
        // Every IPv6 header may have sixteen extension headers, but the packet has one purse for all.
        var six = Frames.ipv6(Frames.tcp())
        let empty = [UInt8](repeating: 0, count: 7)
        for _ in 0..<8 {
            let chain: [UInt8] = (0..<12).flatMap { at -> [UInt8] in [at == 11 ? 41 : 60] + empty }
            six = Frames.ipv6(chain + six, number: 60)
        }
        #expect(Frames.decode(six, link: 101).word == "overLimit")
    }
}
