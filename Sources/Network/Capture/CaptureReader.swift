import Bytes
import Vocabulary

/// Reads pcap and pcapng, in every byte order and time resolution, block by block.
/// References: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
package final class CaptureReader {
    package enum Format: String, Sendable { case pcap, pcapng }

    let source: ByteSource
    /// Unread bytes are `buffer[position..<filled]`.
    package private(set) var buffer: [UInt8]
    private(set) var position = 0
    private var filled = 0
    /// False while a batch is cut from what is there: nothing may move.
    private var mayFill = true
    private var wantsFill = false
    /// Offset in the unpacked file of `buffer[0]`.
    private var base = 0
    private var ended = false
    private var sourceError: InputError?
    private var frames = 0
    private var finished = false
    private var pcap: PcapLayout?
    private var sections = PcapngSections()
    package let format: Format
    /// What one batch is cut from: fits the second-level cache.
    static let bufferBytes = 1 << 18
    private static let smallestBuffer = 1 << 12
    /// What one batch of this file is cut from: no more than the file holds.
    private var room = CaptureReader.bufferBytes
    package private(set) var linkTypes: [UInt32] = []
    /// Decimals of a second that the times have.
    package private(set) var timeDigits = 6
    /// What the file says besides packets: names, losses.
    package var notes: PcapngNotes { sections.notes }
    /// Why reading ended before the end of the file; nil when it did not.
    package private(set) var error: CaptureError?
    /// The file ends inside a record or a compressed stream.
    package private(set) var truncated = false

    package init(_ source: ByteSource) throws(CaptureError) {
        self.source = source
        // A byte more than the file holds: only one that grows fills it.
        if let size = source.remaining { room = min(room, max(CaptureReader.smallestBuffer, size &+ 1)) }
        var magic: UInt32 = 0
        var first: [UInt8] = []
        do {
            while first.count < 4, try source.read(into: &first, max: 4 - first.count) > 0 {}
        } catch {
            throw CaptureError(error)
        }
        guard !first.isEmpty else { throw CaptureError(.empty, offset: 0, detail: "the file is empty") }
        for byte in first { magic = magic << 8 | UInt32(byte) }
        buffer = [UInt8](repeating: 0, count: room)
        buffer.replaceSubrange(0..<first.count, with: first)
        filled = first.count
        if first.count == 4, magic == 0x0A0D_0D0A {
            format = .pcapng
            return
        }
        format = .pcap
        guard first.count == 4, let layout = PcapLayout(magic: magic) else {
            throw CaptureError(.notACapture, offset: 0, detail: "neither pcap nor pcapng")
        }
        guard try have(24) else {
            throw CaptureError(.truncated, offset: filled, detail: "the file header is cut short")
        }
        let link = layout.order.u32(buffer, 20) & 0x0FFF_FFFF
        var complete = layout
        complete.linkType = link
        pcap = complete
        linkTypes = [link]
        timeDigits = layout.nanoseconds ? 9 : 6
        position = 24
    }

    /// The next packet; nil at the end, or where the file cannot be believed any further (`error` then says why).
    package func next() -> Frame? {
        guard !finished else { return nil }
        wantsFill = false
        do {
            let frame = try pcap != nil ? nextPcap() : nextPcapng()
            if frame == nil, !wantsFill { finish(nil) }
            return frame
        } catch {
            finish(error)
            return nil
        }
    }

    private func finish(_ fault: CaptureError?) {
        finished = true
        if let fault {
            error = fault
            if fault.kind == .truncated { truncated = true }
        }
        if let sourceError, error == nil {
            error = CaptureError(sourceError)
            if sourceError.kind == .truncated { truncated = true }
        }
    }

    var offset: Int { base + position }

    /// The packets that the next part of the file holds, with the bytes they lie in; false at the end. What `batch` held
    /// before is used again. Not to be mixed with `next()`.
    package func nextBatch(_ batch: inout FrameBatch) -> Bool {
        batch.frames.removeAll(keepingCapacity: true)
        guard let first = next() else { return false }
        batch.frames.append(first)
        mayFill = false
        wantsFill = false
        if let pcap { PcapWalk.run(buffer, filled, &position, &frames, pcap, &batch.frames) }
        while let frame = next() { batch.frames.append(frame) }
        mayFill = true
        // The bytes go with the batch; what is left over begins the next buffer.
        let rest = filled - position
        if batch.bytes.count < max(rest, room) { batch.bytes = [UInt8](repeating: 0, count: max(rest, room)) }
        batch.bytes.withUnsafeMutableBytes { $0.copyBytes(from: buffer[position..<filled]) }
        swap(&buffer, &batch.bytes)
        base += position
        position = 0
        filled = rest
        return true
    }

    /// At least `count` bytes stand at `position`; reads more when they do not. False at the end of the file.
    private func have(_ count: Int) throws(CaptureError) -> Bool {
        if filled - position >= count { return true }
        guard mayFill else {
            wantsFill = true
            return false
        }
        if position > 0 {
            buffer.withUnsafeMutableBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                start.copyMemory(from: start + position, byteCount: filled - position)
            }
            base += position
            filled -= position
            position = 0
        }
        while filled < count, !ended {
            if filled == buffer.count { grow(to: count) }
            do {
                let read = try source.fill(&buffer, from: filled)
                if read == 0 { ended = true }
                filled += read
            } catch {
                // What was read before the fault stands; the fault is told at the end.
                sourceError = error
                ended = true
            }
        }
        return filled >= count
    }

    /// Makes room in a full buffer for a record of `count` bytes, by doubling: its length is believed only as far as
    /// bytes come for it.
    private func grow(to count: Int) {
        // A small buffer is full when the file has become longer since it was opened.
        room = CaptureReader.bufferBytes
        let size = min(count, max(room, 2 * buffer.count))
        buffer.append(contentsOf: repeatElement(0, count: size - buffer.count))
    }

    private func cut() throws(CaptureError) {
        if wantsFill { return }
        throw CaptureError(.truncated, offset: base + filled, detail: "the file ends inside a record")
    }

    private func nextPcap() throws(CaptureError) -> Frame? {
        guard let layout = pcap else { return nil }
        guard try have(layout.recordHeader) else {
            if filled > position { try cut() }
            return nil
        }
        let order = layout.order
        let seconds = order.u32(buffer, position)
        let fraction = order.u32(buffer, position + 4)
        let captured = Int(order.u32(buffer, position + 8))
        let original = Int(order.u32(buffer, position + 12))
        guard captured <= CaptureLimits.packetBytes else {
            throw CaptureError(.malformed, offset: offset, detail: "a record of \(captured) bytes is not believed")
        }
        guard try have(layout.recordHeader + captured) else {
            try cut()
            return nil
        }
        let start = position + layout.recordHeader
        position = start + captured
        frames += 1
        let nanoseconds = layout.nanoseconds ? Int64(fraction) : Int64(fraction) * 1000
        return Frame(
            index: frames, time: Instant(seconds: Int64(seconds), nanoseconds: nanoseconds), linkType: layout.linkType,
            bytes: start..<(start + captured), originalLength: original)
    }

    private func nextPcapng() throws(CaptureError) -> Frame? {
        while true {
            guard try have(12) else {
                if filled > position { try cut() }
                return nil
            }
            let isSection =
                buffer[position] == 0x0A && buffer[position + 1] == 0x0D && buffer[position + 2] == 0x0D
                && buffer[position + 3] == 0x0A
            if isSection { try sections.begin(buffer, position, offset) }
            let order = sections.order
            let type = order.u32(buffer, position)
            let length = Int(order.u32(buffer, position + 4))
            guard length >= 12, length % 4 == 0, length <= CaptureLimits.blockBytes else {
                throw CaptureError(.malformed, offset: offset, detail: "a block of \(length) bytes is not believed")
            }
            guard try have(length) else {
                try cut()
                return nil
            }
            let block = position..<(position + length)
            let place = offset
            position += length
            guard Int(order.u32(buffer, block.upperBound - 4)) == length else {
                throw CaptureError(.malformed, offset: place, detail: "a block's two lengths differ")
            }
            if type == 1 {
                if let link = sections.addInterface(buffer, block) {
                    if !linkTypes.contains(link), linkTypes.count < 256 { linkTypes.append(link) }
                    timeDigits = max(sections.digits, timeDigits)
                } else {
                    throw CaptureError(
                        .malformed, offset: place, detail: "an interface block that is too short, or too many")
                }
            } else if let frame = sections.packet(type, buffer, block, index: frames + 1) {
                frames += 1
                return frame
            } else {
                sections.note(type, buffer, block)
            }
        }
    }
}

/// What the first four bytes of a pcap file say.
struct PcapLayout {
    var order: ByteOrder
    var nanoseconds: Bool
    /// 16; the "modified" variant of old Linux patches has 8 bytes more.
    var recordHeader = 16
    var linkType: UInt32 = 0

    init?(magic: UInt32) {
        switch magic {
        case 0xA1B2_C3D4: (order, nanoseconds) = (.big, false)
        case 0xD4C3_B2A1: (order, nanoseconds) = (.little, false)
        case 0xA1B2_3C4D: (order, nanoseconds) = (.big, true)
        case 0x4D3C_B2A1: (order, nanoseconds) = (.little, true)
        case 0xA1B2_CD34: (order, nanoseconds, recordHeader) = (.big, false, 24)
        case 0x34CD_B2A1: (order, nanoseconds, recordHeader) = (.little, false, 24)
        default: return nil
        }
    }
}

/// Loads from a byte array in a given order. The caller has checked that the bytes are there.
enum ByteOrder {
    case big, little

    func u16(_ bytes: [UInt8], _ at: Int) -> UInt16 {
        let value = UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
        return self == .big ? value : value.byteSwapped
    }

    func u32(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        let high = UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16
        let value = high | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
        return self == .big ? value : value.byteSwapped
    }
}
