import Vocabulary

/// Writes packets as one little-endian pcapng section (draft-ietf-opsawg-pcapng): an interface block for each pair of link
/// type, snap length and time resolution it meets, and an enhanced packet block for each packet.
///
/// The same calls give the same bytes: no clock, no host name. The file appears under its name when `finish` has succeeded,
/// whole, or not at all; a writer that is let go before takes its half-written file away.
package final class PcapngWriter {
    /// Named limits of what is written.
    package enum Limits {
        /// Comments of the section header; more are left out, and the last one says how many.
        package static let comments = 256
        /// Bytes of UTF-8 in one comment.
        package static let commentBytes = 4096
        /// Bytes collected before they are given to the system.
        static let blockBytes = 1 << 18
    }

    /// Stands as a comment on each packet that came without a time.
    package static let timelessNote = "the source has no time for this packet; the time is that of the packet before"

    private struct Interface: Hashable {
        var linkType: UInt16
        var snapLength: UInt32
        /// if_tsresol: decimals of a second, 6 or 9.
        var digits: UInt8
        /// Packets from before 1970: times are unsigned, so that they need an offset of their own (if_tsoffset).
        var early: Bool
    }

    private let file: ReplacementFile
    private var buffer: [UInt8] = []
    private var interfaces: [Interface: UInt32] = [:]
    private var lastTime = Instant(nanoseconds: 0)
    private var failure: CaptureWriteError?
    private var finished = false
    /// Packets written so far.
    package private(set) var packets = 0

    /// Opens a file beside `path` and writes the section header with one opt_comment for each of `comments`.
    package init(path: String, comments: [String]) throws(CaptureWriteError) {
        file = try ReplacementFile(path: path)
        buffer.reserveCapacity(Limits.blockBytes + CaptureLimits.packetBytes)
        var kept = comments
        if comments.count > Limits.comments {
            let over = comments.count - Limits.comments + 1
            kept = Array(comments.prefix(Limits.comments - 1)) + ["\(over) more comments left out"]
        }
        block(0x0A0D_0D0A) { body in
            body.u32(0x1A2B_3C4D)
            body.u16(1)
            body.u16(0)
            // The section's length is not told: readers need it only to skip a section.
            body.u64(.max)
            for comment in kept { body.option(1, CleanText.utf8(comment, limit: Limits.commentBytes)) }
            body.option(4, Array("Countermine".utf8))
            body.option(0, [])
        }
    }

    /// Writes one packet. `timeDigits` up to 6 keeps microseconds, more keeps nanoseconds; what is finer is cut off.
    /// A packet without a time gets that of the packet before and a comment that says so.
    package func write(
        bytes: UnsafeRawBufferPointer, linkType: UInt32, time: Instant?, originalLength: Int, comment: String? = nil,
        timeDigits: Int = 6, snapLength: Int = 0
    ) throws(CaptureWriteError) {
        try usable()
        guard bytes.count <= CaptureLimits.packetBytes, let link = UInt16(exactly: linkType) else {
            throw CaptureWriteError(
                .packet, path: file.path,
                detail: "packet \(packets + 1) has \(bytes.count) bytes and link type \(linkType)",
                remedy: "leave it out: pcapng holds \(CaptureLimits.packetBytes) bytes and link types below 65536")
        }
        let when = time ?? lastTime
        let one = Interface(
            linkType: link, snapLength: UInt32(clamping: snapLength), digits: timeDigits > 6 ? 9 : 6,
            early: when.nanoseconds < 0)
        let number = interface(one)
        let ticks = PcapngWriter.ticks(when, one.digits)
        let timeless = time == nil
        block(6) { body in
            body.u32(number)
            body.u32(UInt32(ticks >> 32))
            body.u32(UInt32(truncatingIfNeeded: ticks))
            body.u32(UInt32(bytes.count))
            body.u32(UInt32(clamping: max(originalLength, bytes.count)))
            body.append(contentsOf: bytes)
            body.pad()
            if let comment { body.option(1, CleanText.utf8(comment, limit: Limits.commentBytes)) }
            if timeless { body.option(1, Array(PcapngWriter.timelessNote.utf8)) }
            if comment != nil || timeless { body.option(0, []) }
        }
        lastTime = when
        packets += 1
        if buffer.count >= Limits.blockBytes { try flush() }
    }

    /// The same for bytes that lie in an array, as the reader's and the live capture's frames do.
    package func write(
        bytes: ArraySlice<UInt8>, linkType: UInt32, time: Instant?, originalLength: Int, comment: String? = nil,
        timeDigits: Int = 6, snapLength: Int = 0
    ) throws(CaptureWriteError) {
        // The closure's error type is not inferred through the standard library's rethrowing call.
        let result = bytes.withUnsafeBytes { raw -> Result<Void, CaptureWriteError> in
            do throws(CaptureWriteError) {
                try write(
                    bytes: raw, linkType: linkType, time: time, originalLength: originalLength, comment: comment,
                    timeDigits: timeDigits, snapLength: snapLength)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Puts the whole file under its name, durably. Nothing can be written afterwards.
    package func finish() throws(CaptureWriteError) {
        try usable()
        try flush()
        finished = true
        try file.commit()
    }

    private func usable() throws(CaptureWriteError) {
        if let failure { throw failure }
        guard !finished else {
            throw CaptureWriteError(
                .ended, path: file.path, detail: "the file is already finished", remedy: "open another one")
        }
    }

    private func flush() throws(CaptureWriteError) {
        do {
            try file.write(buffer)
            buffer.removeAll(keepingCapacity: true)
        } catch {
            failure = error
            throw error
        }
    }

    private func interface(_ one: Interface) -> UInt32 {
        if let number = interfaces[one] { return number }
        let number = UInt32(interfaces.count)
        interfaces[one] = number
        block(1) { body in
            body.u16(one.linkType)
            body.u16(0)
            body.u32(one.snapLength)
            body.option(9, [one.digits])
            if one.early {
                body.u16(14)
                body.u16(8)
                body.u64(UInt64(bitPattern: PcapngWriter.earlyOffset))
            }
            body.option(0, [])
        }
        return number
    }

    /// Seconds: the earliest whole second that an instant can fall in.
    private static let earlyOffset: Int64 = -9_223_372_037

    private static func ticks(_ time: Instant, _ digits: UInt8) -> UInt64 {
        var nanoseconds = UInt64(bitPattern: time.nanoseconds)
        if time.nanoseconds < 0 {
            // Modular arithmetic is exact here: the sum lies between 0 and 2^64.
            nanoseconds = nanoseconds &- UInt64(bitPattern: earlyOffset &* 1_000_000_000)
        }
        return digits == 9 ? nanoseconds : nanoseconds / 1000
    }

    /// Appends a block: its length is put in when the body is there.
    private func block(_ type: UInt32, _ body: (inout [UInt8]) -> Void) {
        let start = buffer.count
        buffer.u32(type)
        buffer.u32(0)
        body(&buffer)
        let length = UInt32(buffer.count - start + 4)
        buffer.u32(length)
        for index in 0..<4 { buffer[start + 4 + index] = UInt8(length >> UInt32(8 * index) & 255) }
    }
}

/// Little-endian appends.
extension [UInt8] {
    fileprivate mutating func u16(_ value: UInt16) {
        append(UInt8(value & 255))
        append(UInt8(value >> 8))
    }

    fileprivate mutating func u32(_ value: UInt32) {
        u16(UInt16(value & 0xFFFF))
        u16(UInt16(value >> 16))
    }

    fileprivate mutating func u64(_ value: UInt64) {
        u32(UInt32(value & 0xFFFF_FFFF))
        u32(UInt32(value >> 32))
    }

    /// To the next multiple of four; blocks and options are whole words, so that this is counted from the buffer's start.
    fileprivate mutating func pad() {
        while count % 4 != 0 { append(0) }
    }

    fileprivate mutating func option(_ code: UInt16, _ value: [UInt8]) {
        u16(code)
        u16(UInt16(value.count))
        append(contentsOf: value)
        pad()
    }
}
