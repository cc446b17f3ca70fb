import Vocabulary

/// The state of the current pcapng section: byte order and interfaces. Interfaces number from 0 in each section.
struct PcapngSections {
    private struct Interface {
        var linkType: UInt32
        var snapLength: Int
        /// Ticks a second.
        var resolution: UInt64
        /// Seconds to add to each time.
        var offset: Int64
    }

    private(set) var order = ByteOrder.little
    private(set) var digits = 6
    /// Names and loss counts of all sections so far.
    private(set) var notes = PcapngNotes()
    private var interfaces: [Interface] = []

    mutating func begin(_ bytes: [UInt8], _ at: Int, _ offset: Int) throws(CaptureError) {
        switch ByteOrder.big.u32(bytes, at + 8) {
        case 0x1A2B_3C4D: order = .big
        case 0x4D3C_2B1A: order = .little
        default: throw CaptureError(.malformed, offset: offset, detail: "a section without its byte-order mark")
        }
        interfaces = []
        notes.beginSection()
    }

    /// Keeps what is worth keeping of a block that is no packet; counts the others.
    mutating func note(_ type: UInt32, _ bytes: [UInt8], _ block: Range<Int>) {
        notes.take(type, bytes, block, bigEndian: order == .big)
    }

    /// Link type of the interface; nil when the block cannot be believed.
    mutating func addInterface(_ bytes: [UInt8], _ block: Range<Int>) -> UInt32? {
        guard block.count >= 20, interfaces.count < CaptureLimits.interfaces else { return nil }
        let link = UInt32(order.u16(bytes, block.lowerBound + 8))
        var one = Interface(
            linkType: link, snapLength: Int(order.u32(bytes, block.lowerBound + 12)), resolution: 1_000_000, offset: 0)
        var at = block.lowerBound + 16
        let end = block.upperBound - 4
        while at + 4 <= end {
            let code = order.u16(bytes, at)
            let length = Int(order.u16(bytes, at + 2))
            guard code != 0, at + 4 + length <= end else { break }
            if code == 9, length >= 1 { one.resolution = PcapngSections.ticks(bytes[at + 4]) }
            if code == 14, length >= 8 {
                let low = UInt64(order.u32(bytes, at + (order == .little ? 4 : 8)))
                let high = UInt64(order.u32(bytes, at + (order == .little ? 8 : 4)))
                one.offset = Int64(bitPattern: high << 32 | low)
            }
            at += 4 + (length + 3) / 4 * 4
        }
        if one.resolution > 1_000_000 { digits = 9 }
        interfaces.append(one)
        return link
    }

    /// if_tsresol: a power of ten, or of two when the top bit is set. What does not fit 64 bits counts as nanoseconds.
    private static func ticks(_ value: UInt8) -> UInt64 {
        let exponent = UInt64(value & 0x7F)
        if value & 0x80 != 0 { return exponent < 63 ? 1 << exponent : 1_000_000_000 }
        guard exponent <= 18 else { return 1_000_000_000 }
        var ticks: UInt64 = 1
        for _ in 0..<exponent { ticks *= 10 }
        return ticks
    }

    private func instant(_ high: UInt32, _ low: UInt32, _ one: Interface) -> Instant {
        let ticks = UInt64(high) << 32 | UInt64(low)
        let seconds = ticks / one.resolution
        let rest = Double(ticks % one.resolution) / Double(one.resolution) * 1e9
        let whole = Int64(clamping: seconds).addingReportingOverflow(one.offset)
        return Instant(
            seconds: whole.overflow ? (one.offset < 0 ? .min : .max) : whole.partialValue,
            nanoseconds: Int64(rest.rounded()))
    }

    /// A packet of an enhanced (6), simple (3) or obsolete (2) packet block; nil for any other block.
    func packet(_ type: UInt32, _ bytes: [UInt8], _ block: Range<Int>, index: Int) -> Frame? {
        let body = block.lowerBound + 8
        let end = block.upperBound - 4
        func broken() -> Frame {
            Frame(index: index, time: nil, linkType: .max, bytes: body..<body, originalLength: 0, malformed: true)
        }
        switch type {
        case 6, 2:
            guard end - body >= 20 else { return broken() }
            let number = type == 6 ? Int(order.u32(bytes, body)) : Int(order.u16(bytes, body))
            let captured = Int(order.u32(bytes, body + 12))
            guard number < interfaces.count, captured <= end - body - 20, captured <= CaptureLimits.packetBytes else {
                return broken()
            }
            let one = interfaces[number]
            let time = instant(order.u32(bytes, body + 4), order.u32(bytes, body + 8), one)
            return Frame(
                index: index, time: time, linkType: one.linkType, bytes: (body + 20)..<(body + 20 + captured),
                originalLength: Int(order.u32(bytes, body + 16)))
        case 3:
            guard end - body >= 4, let one = interfaces.first else { return broken() }
            let original = Int(order.u32(bytes, body))
            let captured = min(original, one.snapLength == 0 ? original : one.snapLength, end - body - 4)
            guard captured <= CaptureLimits.packetBytes else { return broken() }
            return Frame(
                index: index, time: nil, linkType: one.linkType, bytes: (body + 4)..<(body + 4 + captured),
                originalLength: original)
        default: return nil
        }
    }
}
