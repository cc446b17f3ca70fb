import Flows
import Vocabulary

enum PacketFuzz {
    /// Numbers of tcpdump.org's registry that are read, and one that is not.
    private static let linkTypes: [UInt32] = [
        1, 0, 9, 12, 14, 101, 104, 105, 108, 113, 127, 228, 229, 276, 50, 51, 119, 192, 239, 147,
    ]

    /// First byte: link type. Second: how much the capture cut off. The rest is one frame, in the middle of a buffer,
    /// so that a read outside the frame that stays inside the buffer is seen by its range.
    static func link(_ input: [UInt8]) {
        var feed = Feed(input)
        let linkType = linkTypes[Int(feed.u8()) % linkTypes.count]
        let missing = Int(feed.u8()) * 8
        let frame = feed.rest()
        let margin = 16
        let buffer = [UInt8](repeating: 0xA5, count: margin) + frame + [UInt8](repeating: 0x5A, count: margin)
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
            let protocols: [UInt8] = [17, 6, 4, 41, 44, 47, 137, 0]
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

    func version4(_ payload: [UInt8]) -> [UInt8] {
        let field = UInt16(offset) & 0x1FFF | (more ? 0x2000 : 0)
        let total = UInt16(clamping: 20 + payload.count)
        var packet: [UInt8] = [0x45, 0]
        packet += pair(total) + pair(UInt16(truncatingIfNeeded: identification)) + pair(field)
        packet += [64, number, 0, 0, 10, 0, 0, isAnswer ? 2 : 1, 10, 0, 0, isAnswer ? 1 : 2]
        return packet + payload
    }

    func version6(_ payload: [UInt8]) -> [UInt8] {
        let address: [UInt8] = [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        var packet: [UInt8] = [0x60, 0, 0, 0] + pair(UInt16(clamping: 8 + payload.count)) + [44, 64]
        packet += address + [isAnswer ? 2 : 1] + address + [isAnswer ? 1 : 2]
        packet += [number, 0] + pair(UInt16(truncatingIfNeeded: offset << 3) | (more ? 1 : 0))
        packet += pair(UInt16(identification >> 16)) + pair(UInt16(truncatingIfNeeded: identification))
        return packet + payload
    }
}

func pair(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
