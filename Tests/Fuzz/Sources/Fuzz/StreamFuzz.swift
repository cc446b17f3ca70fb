import Flows
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
                var next = expected[place] ?? first
                for byte in bytes {
                    promise(byte == next, "flow \(event.flow) gives byte \(byte) where \(next) follows")
                    next &+= 1
                }
                expected[place] = next
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
        var bytes = pair(ports.0) + pair(ports.1)
        bytes += pair(UInt16(sequence >> 16)) + pair(UInt16(truncatingIfNeeded: sequence))
        bytes += [0, 0, 0, 1, 0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]
        let first = flags & 2 != 0 ? sequence &+ 1 : sequence
        let salt: UInt8 = contradicts ? choice >> 6 : 0
        for index in 0..<length {
            bytes.append(UInt8(truncatingIfNeeded: first &+ UInt32(truncatingIfNeeded: index)) &+ salt)
        }
        let good = checksum(bytes, isAnswer)
        let sum = choice & 0x0E == 0x0E ? good &+ 1 : good
        bytes.replaceSubrange(16..<18, with: pair(sum))
        let packet = IPPiece(number: 6, isAnswer: isAnswer).version4(bytes)
        // Now and then the capture cut the packet.
        let captured = choice & 0x0E == 0x0C ? min(packet.count, 40 + length / 2) : packet.count
        return (packet, captured)
    }

    /// RFC 9293, 3.1, over the pseudo header of `IPPiece`'s two hosts. The field itself is still zero.
    private static func checksum(_ segment: [UInt8], _ isAnswer: Bool) -> UInt16 {
        var sum: UInt32 = 0x0A00 * 2 + 1 + 2 + 6 + UInt32(segment.count)
        for (index, byte) in segment.enumerated() { sum += UInt32(byte) << (index & 1 == 0 ? 8 : 0) }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }
}
