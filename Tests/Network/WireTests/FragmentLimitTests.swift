import Testing
import Vocabulary
import Wire

/// Work, memory and order of what waits for fragments.
struct FragmentLimitTests {
    /// A piece of an IPv4 datagram with a number of its own.
    private static func piece(_ id: Int, _ payload: [UInt8], at offset: Int, more: Bool = true, number: UInt8 = 6)
        -> [UInt8]
    {
        var frame = Frames.ipv4(payload, number: number, fragment: (more ? 0x2000 : 0) | offset / 8)
        frame.replaceSubrange(4..<6, with: Frames.u16(id))
        frame.replaceSubrange(12..<14, with: Frames.u16(id >> 16))
        return frame
    }

    private static func decode(_ decoder: inout Decoder, _ frame: [UInt8], at seconds: Int64? = nil) -> DecodeResult {
        decoder.decode(
            frame, 0..<frame.count, linkType: 101, originalLength: frame.count,
            time: seconds.map { Instant(seconds: $0) })
    }

    /// A datagram of the greatest length, with a TCP header at its beginning.
    private static let longest = Frames.tcp([UInt8](repeating: 7, count: 65_515 - 20))

    @Test func `the longest datagram in the smallest pieces takes time in proportion`() {
        func seconds(_ length: Int) -> Double {
            let starts = Array(stride(from: 0, to: length, by: 8))
            let frames = starts.reversed().map {
                Self.piece(1, Array(Self.longest[$0..<min($0 + 8, length)]), at: $0, more: $0 + 8 < length)
            }
            var best = Double.infinity
            for _ in 0..<3 {
                var decoder = Decoder()
                var last = DecodeResult.noFlow
                let clock = ContinuousClock()
                let spent = clock.measure { for frame in frames { last = Self.decode(&decoder, frame) } }
                #expect(last.word == "decoded")
                #expect(decoder.reassembled.elementsEqual(Self.longest[..<length]))
                #expect(decoder.waitingDatagrams == 0)
                best = min(best, Double(spent.components.attoseconds) * 1e-18 + Double(spent.components.seconds))
            }
            return best
        }
        // Eight times the pieces: eight times the time, or 64 times when each piece walks the datagram.
        let short = seconds(8_192)
        #expect(seconds(65_515) < short * 24 + 0.005)
    }

    @Test func `a repeated piece changes nothing`() {
        var decoder = Decoder()
        for _ in 0..<100 {
            #expect(Self.decode(&decoder, Self.piece(1, Array(Self.longest[8..<1_024]), at: 8)).word == "fragment")
        }
        #expect(
            Self.decode(&decoder, Self.piece(1, Array(Self.longest[1_024..<2_000]), at: 1_024, more: false)).word
                == "fragment")
        guard case .decoded(let headers) = Self.decode(&decoder, Self.piece(1, Array(Self.longest[..<8]), at: 0)) else {
            Issue.record("whole")
            return
        }
        #expect(!headers.fragmentConflict)
        #expect(headers.payload == 20..<2_000)
    }

    @Test func `bytes behind the end do not count as those that are missing`() {
        var decoder = Decoder()
        let bytes = Self.longest
        #expect(Self.decode(&decoder, Self.piece(1, Array(bytes[64..<128]), at: 64)).word == "fragment")
        #expect(Self.decode(&decoder, Self.piece(1, Array(bytes[24..<29]), at: 24, more: false)).word == "fragment")
        #expect(Self.decode(&decoder, Self.piece(1, Array(bytes[24..<64]), at: 24)).word == "fragment")
        #expect(Self.decode(&decoder, Self.piece(1, Array(bytes[16..<24]), at: 16)).word == "fragment")
        #expect(Self.decode(&decoder, Self.piece(1, Array(bytes[..<16]), at: 0)).word == "decoded")
        #expect(decoder.reassembled == Array(bytes[..<29]))
    }

    @Test func `the end of a block that came in parts is filled up, its beginning stands`() {
        var decoder = Decoder()
        let bytes = Array(Self.longest[..<20]) + Array("abcdefghijkl".utf8)
        #expect(Self.decode(&decoder, Self.piece(1, Array(bytes[24..<27]), at: 24, more: false)).word == "fragment")
        #expect(Self.decode(&decoder, Self.piece(1, Array("ZZZZZZZZ".utf8), at: 24)).word == "fragment")
        guard case .decoded(let headers) = Self.decode(&decoder, Self.piece(1, Array(bytes[..<24]), at: 0)) else {
            Issue.record("whole")
            return
        }
        #expect(headers.fragmentConflict)
        #expect(decoder.reassembled == Array(bytes[..<27]))
    }

    @Test func `random pieces agree with a plain model`() {
        var seed: UInt64 = 99
        func draw(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for round in 0..<400 {
            var decoder = Decoder()
            var model = [UInt8?](repeating: nil, count: 4_096)
            var length: Int?
            var conflict = false
            for _ in 0..<400 {
                let last = draw(12) == 0
                let start = (draw(40) + (last ? 1 : 0)) * 8 * (round % 4 == 0 ? 9 : 1)
                let size = last ? draw(20) + 1 : (draw(12) + 1) * 8
                // A datagram that begins with a whole TCP header, so that its end is seen as a result.
                let piece = (start..<start + size).map { at -> UInt8 in
                    at == 12 ? 0x50 : at < 20 ? 0 : UInt8(draw(40) == 0 ? 1 : 0)
                }
                if last, length == nil { length = start + size }
                for (index, value) in piece.enumerated() {
                    if let old = model[start + index] {
                        if old != value { conflict = true }
                    } else {
                        model[start + index] = value
                    }
                }
                let result = Self.decode(
                    &decoder, Self.piece(7, piece, at: start, more: !last || start + size < (length ?? 0)))
                let isWhole = length.map { model[..<$0].allSatisfy { $0 != nil } } ?? false
                guard isWhole, let length else {
                    #expect(result.word == "fragment" || result.word == "noFlow" || result.word == "malformed")
                    if result.word != "fragment" { break }
                    continue
                }
                #expect(decoder.reassembled == model[..<length].compactMap { $0 })
                if case .decoded(let headers) = result { #expect(headers.fragmentConflict == conflict) }
                break
            }
        }
    }

    @Test func `the oldest datagram goes first and is counted`() {
        var decoder = Decoder()
        let limit = WireLimits.fragmentedDatagrams
        for id in 0..<limit + 10 { _ = Self.decode(&decoder, Self.piece(id, Array(Self.longest[..<24]), at: 0)) }
        #expect(decoder.waitingDatagrams == limit)
        #expect(decoder.evictedDatagrams == 10)
        func finish(_ id: Int) -> String {
            Self.decode(&decoder, Self.piece(id, Array(Self.longest[24..<30]), at: 24, more: false)).word
        }
        #expect(finish(10) == "decoded")
        #expect(finish(limit + 9) == "decoded")
        #expect(finish(9) == "fragment")
    }

    @Test func `a flood stays in its memory, whatever the place of its pieces`() {
        for offset in [0, 30_000, 65_000] {
            var decoder = Decoder()
            let payload = [UInt8](repeating: 1, count: offset == 0 ? 16_384 : 8)
            for id in 0..<20_000 {
                _ = Self.decode(&decoder, Self.piece(id, payload, at: offset))
                if decoder.fragmentMemory > WireLimits.fragmentBytes {
                    Issue.record("\(decoder.fragmentMemory) bytes")
                    return
                }
            }
            #expect(decoder.evictedDatagrams + decoder.waitingDatagrams == 20_000)
            // Pieces of eight bytes take a page each, so the limit on datagrams is what they meet.
            if offset > 0 { #expect(decoder.waitingDatagrams == WireLimits.fragmentedDatagrams) }
        }
    }

    @Test func `more pieces than a datagram can have are over the limit`() {
        var decoder = Decoder()
        let frame = Self.piece(1, [1, 2, 3, 4, 5, 6, 7, 8], at: 8)
        for _ in 0..<WireLimits.fragments { #expect(Self.decode(&decoder, frame).word == "fragment") }
        #expect(Self.decode(&decoder, frame).word == "overLimit")
        #expect(decoder.evictedDatagrams == 1)
        #expect(Self.decode(&decoder, frame).word == "fragment")
    }

    @Test func `a datagram that waits for too long is not mixed with the next of its number`() {
        var decoder = Decoder()
        _ = Self.decode(&decoder, Self.piece(1, Array(Self.longest[..<24]), at: 0), at: 1_000)
        let end = Self.piece(1, Array(Self.longest[24..<30]), at: 24, more: false)
        #expect(Self.decode(&decoder, end, at: 1_121).word == "fragment")
        #expect(decoder.evictedDatagrams == 0)
        #expect(Self.decode(&decoder, Self.piece(1, Array(Self.longest[..<24]), at: 0), at: 1_100).word == "decoded")
    }

    @Test func `IPv6 pieces may name other protocols, and the first one's counts`() {
        func piece(_ number: UInt8, _ bytes: [UInt8], _ at: Int, more: Int) -> [UInt8] {
            Frames.ipv6([number, 0] + Frames.u16(at | more) + [0, 0, 0, 9] + bytes, number: 44)
        }
        // The part that was cut begins with an extension header of its own.
        let inner = [6, 0, 1, 4, 0, 0, 0, 0] + Frames.tcp()
        var decoder = Decoder()
        let first = piece(60, Array(inner[..<24]), 0, more: 1)
        let last = piece(17, Array(inner[24...]), 24, more: 0)
        #expect(Self.decode(&decoder, last).word == "fragment")
        guard case .decoded(let headers) = Self.decode(&decoder, first) else {
            Issue.record("whole")
            return
        }
        #expect(headers.transport == .tcp)
        #expect(String(decoding: decoder.reassembled[headers.payload], as: UTF8.self) == "hello")
    }

    @Test func `fragments inside a fragmented tunnel are put together`() {
        let inner = Frames.tcp(Array("a payload that was cut twice on its way".utf8))
        let pieces = [
            Frames.ipv4(Array(inner[..<24]), fragment: 0x2000), Frames.ipv4(Array(inner[24...]), fragment: 3),
        ]
        var decoder = Decoder()
        var words: [String] = []
        for (index, packet) in pieces.enumerated() {
            words.append(Self.decode(&decoder, Self.piece(index, Array(packet[..<16]), at: 0, number: 4)).word)
            let rest = Self.piece(index, Array(packet[16...]), at: 16, more: false, number: 4)
            let result = Self.decode(&decoder, rest)
            words.append(result.word)
            guard case .decoded(let headers) = result else { continue }
            let text = String(decoding: decoder.reassembled[headers.payload], as: UTF8.self)
            #expect(text == "a payload that was cut twice on its way")
            #expect(headers.layers.names == ["ipip", "tcp"])
            #expect(headers.outer.count == 1)
        }
        #expect(words == ["fragment", "fragment", "fragment", "decoded"])
        #expect(decoder.waitingDatagrams == 0)
    }
}
