import Vocabulary

/// The inner loop over the records of a pcap buffer: whole, believable records only. The first that is anything else is left
/// to the reader, which names what is wrong with it.
enum PcapWalk {
    static func run(
        _ buffer: [UInt8], _ end: Int, _ position: inout Int, _ index: inout Int, _ layout: PcapLayout,
        _ frames: inout [Frame]
    ) {
        var at = position
        var number = index
        let isSwapped = layout.order == .big
        let header = layout.recordHeader
        let scale: Int64 = layout.nanoseconds ? 1 : 1000
        buffer.withUnsafeBytes { bytes in
            guard end <= bytes.count, let base = bytes.baseAddress else { return }
            while end - at >= header {
                let seconds = load(base, at, isSwapped)
                let fraction = load(base, at + 4, isSwapped)
                let captured = load(base, at + 8, isSwapped)
                let original = load(base, at + 12, isSwapped)
                guard captured <= CaptureLimits.packetBytes, end - at - header >= Int(captured) else { return }
                let start = at + header
                number += 1
                frames.append(
                    Frame(
                        index: number, moment: Int64(seconds) * 1_000_000_000 + Int64(fraction) * scale,
                        start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: start) &+ captured,
                        original: original, kind: layout.linkType))
                at = start + Int(captured)
            }
        }
        position = at
        index = number
    }

    @inline(__always)
    private static func load(_ base: UnsafeRawPointer, _ at: Int, _ isSwapped: Bool) -> UInt32 {
        let value = UInt32(littleEndian: base.loadUnaligned(fromByteOffset: at, as: UInt32.self))
        return isSwapped ? value.byteSwapped : value
    }
}
