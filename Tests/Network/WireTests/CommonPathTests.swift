import Testing
import Vocabulary
import Wire

/// The short way for common frames answers what the long way answers.
struct CommonPathTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 11 ^ state << 31
        }
    }

    private func both(_ frame: [UInt8], original: Int) -> (short: String, long: String) {
        var decoder = Decoder()
        var headers = PacketHeaders()
        let place = Frame(index: 1, time: nil, linkType: 1, bytes: 3..<(3 + frame.count), originalLength: original)
        let bytes = [9, 9, 9] + frame + [7, 7]
        let short = decoder.decode(bytes, place, into: &headers)
        let one = short == .decoded ? describe(headers, bytes) : "\(short)"
        var plain = Decoder()
        switch plain.decode(bytes, place.bytes, linkType: 1, originalLength: original, time: nil) {
        case .decoded(let headers): return (one, describe(headers, bytes))
        case .noFlow, .fragment: return (one, "noFlow")
        case let other: return (one, other.word)
        }
    }

    private func describe(_ headers: PacketHeaders, _ bytes: [UInt8]) -> String {
        let sum = bytes.withUnsafeBytes { headers.checksum(in: $0) }
        let ends = "\(headers.source):\(headers.sourcePort) \(headers.destination):\(headers.destinationPort)"
        let tcp = "\(headers.sequence) \(headers.acknowledgement) \(headers.tcpFlags) \(headers.options)"
        let rest = "\(headers.payload) \(headers.payloadLength) \(headers.truncated) \(headers.timeToLive)"
        return "\(ends) \(tcp) \(rest) \(headers.layers.names) \(sum.map { "\($0)" } ?? "-")"
    }

    @Test func `both ways agree on common frames, on cut ones and on damaged ones`() {
        let base: [[UInt8]] = [
            Frames.ethernet(Frames.ipv4(Frames.tcp())), Frames.ethernet(Frames.ipv4(Frames.tcp(options: 3))),
            Frames.ethernet(Frames.ipv4(Frames.udp([1, 2, 3]), number: 17)),
            Frames.ethernet(Frames.ipv6(Frames.tcp()), type: 0x86DD),
            Frames.ethernet(Frames.ipv6(Frames.udp([5]), number: 17), type: 0x86DD),
            Frames.ethernet(Frames.tag(Frames.ipv4(Frames.tcp())), type: 0x8100),
            Frames.ethernet(
                Frames.tag(Frames.tag(Frames.ipv6(Frames.tcp()), type: 0x86DD), type: 0x8100), type: 0x88A8),
            Frames.ethernet(Frames.ipv4(Frames.udp([1, 2, 3], to: 4789), number: 17)),
        ]
        var random = Random(state: 7)
        for frame in base {
            for length in 0...frame.count {
                let cut = Array(frame.prefix(length))
                for original in [length, frame.count] {
                    let (short, long) = both(cut, original: original)
                    #expect(short == long)
                }
            }
            for _ in 0..<5_000 {
                var damaged = frame + (random.next() & 3 == 0 ? [0, 0, 0, 0] : [])
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
                let (short, long) = both(damaged, original: damaged.count)
                if short != long {
                    Issue.record("\(damaged): \(short) | \(long)")
                    return
                }
            }
        }
    }

    @Test func `the sum of a segment is the plain sum of its words`() {
        var random = Random(state: 3)
        for length in 0..<80 {
            let segment = (0..<max(20, length)).map { _ in UInt8.random(in: 0...255, using: &random) }
            var headers = PacketHeaders()
            headers.source = IPAddress(ipv4: 0x0A01_0203)
            headers.destination = IPAddress(high: 0x2001_0DB8_0000_0001, low: 0xFFFF_FFFF_FFFF_FFFF)
            headers.tcpHeader = 0
            headers.payload = segment.count..<segment.count
            var sum = 6 + segment.count
            for word in [headers.source.low, headers.destination.high, headers.destination.low] {
                for shift: UInt64 in [0, 16, 32, 48] { sum += Int(word >> shift & 0xFFFF) }
            }
            for (index, byte) in segment.enumerated() { sum += index % 2 == 0 ? Int(byte) << 8 : Int(byte) }
            while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
            #expect(segment.withUnsafeBytes { headers.checksum(in: $0) } == (sum == 0xFFFF))
            // The same segment with the sum put right.
            var right = segment
            let now = Int(right[16]) << 8 | Int(right[17])
            var missing = 0xFFFF - sum + now
            while missing > 0xFFFF { missing = missing & 0xFFFF + missing >> 16 }
            right[16] = UInt8(missing >> 8)
            right[17] = UInt8(missing & 255)
            #expect(right.withUnsafeBytes { headers.checksum(in: $0) } == true)
        }
    }
}
