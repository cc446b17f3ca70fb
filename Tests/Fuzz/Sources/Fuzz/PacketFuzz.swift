import Flows
import Vocabulary

enum PacketFuzz {
    /// Numbers of tcpdump.org's registry that are read, and one that is not.
    private static let linkTypes: [UInt32] = [
        1, 0, 9, 12, 14, 101, 104, 105, 108, 113, 127, 228, 229, 276, 50, 51, 119, 192, 239, 147,
    ]

    private static let protocols: [UInt8] = [17, 6, 4, 41, 44, 47, 137, 0]

    /// First byte: link type. Second: how much the capture cut off. The rest is one frame, in the middle of a buffer,
    /// so that a read outside the frame that stays inside the buffer is seen by its range.
    static func link(_ input: [UInt8]) {
        var feed = Feed(input)
        let linkType = linkTypes[Int(feed.u8()) % linkTypes.count]
        let missing = Int(feed.u8()) * 8
        let frame = feed.rest()
        let margin = 16
        var buffer = [UInt8](repeating: 0x5A, count: frame.count + 2 * margin)
        buffer.replaceSubrange(margin..<(margin + frame.count), with: frame)
        var pipeline = Pipeline(looksFirst: true)
        pipeline.add(
            buffer, margin..<(margin + frame.count), linkType: linkType, originalLength: frame.count + missing,
            time: Instant(seconds: 1_800_000_000)
        ) { _, _, _ in .follow }
        pipeline.finish { _, _, _ in .follow }
    }

    /// A series of IP fragments of few datagrams. Each: flags and identification, protocol, offset, length, bytes.
    static func fragments(_ input: [UInt8]) {
        var feed = Feed(input)
        var pipeline = Pipeline(looksFirst: true)
        var count = 0
        while !feed.isEmpty, count < 512 {
            count += 1
            let choice = feed.u8()
            let number = protocols[Int(feed.u8() & 7)]
            let place = feed.u16()
            let offset = Int(choice & 0x10 == 0 ? place & 0x3F : place & 0x1FFF)
            var payload = feed.take(Int(feed.u8()))
            let more = choice & 0x08 != 0
            if more { payload.removeLast(payload.count % 8) }
            let identification = UInt32(choice & 3)
            let piece = IPPiece(number: number, identification: identification, offset: offset, more: more)
            let packet = choice & 0x04 == 0 ? piece.version4(payload) : piece.version6(payload)
            pipeline.add(
                packet, 0..<packet.count, linkType: 101, originalLength: packet.count,
                time: Instant(seconds: 1_800_000_000 + Int64(choice >> 5) * Int64(count))
            ) { _, _, _ in .follow }
        }
        pipeline.finish { _, _, _ in .follow }
    }
}

/// Headers of one IP packet that are right but for what the input chose.
struct IPPiece {
    var number: UInt8
    var identification: UInt32 = 0
    /// In units of eight bytes.
    var offset = 0
    var more = false
    /// The two hosts are 10.0.0.1 and 10.0.0.2; turned round for answers.
    var isAnswer = false

    func version4(_ payload: [UInt8]) -> [UInt8] { header4(payload.count) + payload }

    /// The header of a packet that carries `count` bytes, with room for them.
    func header4(_ count: Int) -> [UInt8] {
        var packet: [UInt8] = []
        packet.reserveCapacity(20 + count)
        packet.append16(0x4500)
        packet.append16(UInt16(clamping: 20 + count))
        packet.append16(UInt16(truncatingIfNeeded: identification))
        packet.append16(UInt16(offset) & 0x1FFF | (more ? 0x2000 : 0))
        packet.append16(64 << 8 | UInt16(number))
        packet.append16(0)
        for isSecond in [isAnswer, !isAnswer] {
            packet.append16(0x0A00)
            packet.append16(isSecond ? 2 : 1)
        }
        return packet
    }

    func version6(_ payload: [UInt8]) -> [UInt8] {
        var packet: [UInt8] = []
        packet.reserveCapacity(48 + payload.count)
        packet.append16(0x6000)
        packet.append16(0)
        packet.append16(UInt16(clamping: 8 + payload.count))
        packet.append16(44 << 8 | 64)
        for isSecond in [isAnswer, !isAnswer] {
            packet.append16(0xFD00)
            for _ in 0..<6 { packet.append16(0) }
            packet.append16(isSecond ? 2 : 1)
        }
        packet.append16(UInt16(number) << 8)
        packet.append16(UInt16(truncatingIfNeeded: offset << 3) | (more ? 1 : 0))
        packet.append32(identification)
        return packet + payload
    }
}

extension [UInt8] {
    mutating func append16(_ value: UInt16) {
        append(UInt8(value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    mutating func append32(_ value: UInt32) {
        append16(UInt16(value >> 16))
        append16(UInt16(truncatingIfNeeded: value))
    }
}
