import Flows
import Glibc
import Vocabulary

/// A series of TCP segments made from bytes. Each payload byte is the low byte of its own sequence number, so that
/// whatever way segments are cut, doubled, lost and shuffled, what comes out must count upwards, and jump by a gap's
/// length at a gap.
enum StreamFuzz {
    private struct Place: Hashable {
        var flow: Int
        var direction: Direction
    }

    static func segments(_ input: [UInt8]) {
        var feed = Feed(input)
        var expected: [Place: UInt8] = [:]
        // Segments that contradict each other, and urgent bytes that a host may take out, leave nothing to count.
        let contradicts = feed.u8() & 1 == 1
        // Near the wrap of sequence numbers, or in the middle.
        let settings = feed.u8()
        let base: UInt32 = settings & 1 == 1 ? .max - 300 : 1_000_000
        // A full table evicts flows all the time.
        var pipeline = Pipeline(looksFirst: settings & 2 == 2, limit: settings & 4 == 4 ? 16 : FlowLimits.flows)
        var count = 0
        let check: Pipeline.Body = { event, bytes, _ in
            guard !contradicts else { return .follow }
            let place = Place(flow: event.flow, direction: event.direction)
            switch event.kind {
            case .opened, .closed, .greeting: break
            case .gap:
                if let next = expected[place] {
                    expected[place] = next &+ UInt8(truncatingIfNeeded: event.gapLength)
                }
            case .data:
                guard let first = bytes.first else { break }
                let next = expected[place] ?? first
                promise(rises(bytes, from: next), "flow \(event.flow) gives \(bytes) where \(next) follows")
                expected[place] = next &+ UInt8(truncatingIfNeeded: bytes.count)
            }
            return .follow
        }
        while !feed.isEmpty, count < 1024 {
            count += 1
            let packet = segment(&feed, base, contradicts, manyPorts: settings & 8 == 8)
            let cut = packet.captured
            pipeline.add(
                packet.bytes, 0..<cut, linkType: 101, originalLength: packet.bytes.count,
                time: Instant(seconds: 1_800_000_000 + Int64(count)), check)
        }
        pipeline.finish(check)
    }

    /// Bytes that count upwards: any beginning, and the longest payload behind it.
    private static let rising: [UInt8] = (0..<(256 + 5 * 255)).map { UInt8(truncatingIfNeeded: $0) }

    /// By `memcmp`, which is not traced: most of the time would go into following each byte.
    private static func rises(_ bytes: ArraySlice<UInt8>, from first: UInt8) -> Bool {
        let part = 1_024
        let count = bytes.count
        return bytes.withUnsafeBytes { bytes in
            rising.withUnsafeBytes { rising in
                guard let bytes = bytes.baseAddress, let rising = rising.baseAddress else { return true }
                // Each part but the last is a multiple of 256 long: the next begins with the same byte.
                return stride(from: 0, to: count, by: part).allSatisfy {
                    memcmp(bytes + $0, rising + Int(first), min(part, count - $0)) == 0
                }
            }
        }
    }

    /// Choice, flags, sequence, length: five bytes a segment.
    private static func segment(
        _ feed: inout Feed, _ base: UInt32, _ contradicts: Bool, manyPorts: Bool
    ) -> (bytes: [UInt8], captured: Int) {
        let choice = feed.u8()
        var flags = feed.u8() & 0x3F
        if !contradicts { flags &= ~0x20 }
        let step = feed.u16()
        // Mostly within a few kilobytes, sometimes anywhere.
        let sequence = choice & 0x10 == 0 ? base &+ UInt32(step & 0x0FFF) : base &+ UInt32(step) << 16
        let length = Int(feed.u8()) * (choice & 0x20 == 0 ? 1 : 5)
        let isAnswer = choice & 1 == 1
        let port = manyPorts ? 40_000 + UInt16(step >> 10) : 40_000
        let ports: (UInt16, UInt16) = isAnswer ? (3333, port) : (port, 3333)
        var packet = IPPiece(number: 6, isAnswer: isAnswer).header4(20 + length)
        packet.append16(ports.0)
        packet.append16(ports.1)
        packet.append32(sequence)
        packet.append32(1)
        packet.append16(0x5000 | UInt16(flags))
        packet.append16(0xFFFF)
        packet.append32(0)
        let first = UInt8(truncatingIfNeeded: flags & 2 != 0 ? sequence &+ 1 : sequence)
        let salt: UInt8 = contradicts ? choice >> 6 : 0
        let begin = Int(first &+ salt)
        packet.append(contentsOf: rising[begin..<(begin + length)])
        let good = checksum(packet)
        let sum = choice & 0x0E == 0x0E ? good &+ 1 : good
        (packet[36], packet[37]) = (UInt8(sum >> 8), UInt8(truncatingIfNeeded: sum))
        // Now and then the capture cut the packet.
        let captured = choice & 0x0E == 0x0C ? min(packet.count, 40 + length / 2) : packet.count
        return (packet, captured)
    }

    /// RFC 9293, 3.1, over the pseudo header of `IPPiece`'s two hosts and what follows the IP header. The field itself
    /// is still zero.
    private static func checksum(_ packet: [UInt8]) -> UInt16 {
        packet.withUnsafeBytes { bytes in
            var sum: UInt64 = 0x0A00 * 2 + 1 + 2 + 6 + UInt64(bytes.count - 20)
            var at = 20
            // Words of any size have the same sum (RFC 1071, 2); few steps matter here, each is traced.
            while at + 16 <= bytes.count {
                for step in 0..<4 {
                    sum += UInt64(
                        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: at + 4 * step, as: UInt32.self)))
                }
                at += 16
            }
            while at < bytes.count {
                sum += UInt64(bytes[at]) << (at & 1 == 0 ? 8 : 0)
                at += 1
            }
            while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
            return ~UInt16(sum)
        }
    }
}
