/// One captured packet: where its bytes lie in the reader's buffer, valid until that is filled again. 32 bytes of plain
/// fields, because thousands of them are handed on at a time, from room to room.
package struct Frame: Sendable {
    /// 1-based number in the file.
    package var index: Int
    /// Nanoseconds since 1970; `unknownTime` when the file has no time for it (a simple packet block).
    package var moment: Int64
    /// First byte in the buffer, and the byte behind the last.
    package var start: UInt32
    package var end: UInt32
    /// Length on the wire.
    package var original: UInt32
    /// LINKTYPE_ number of tcpdump.org's registry; the highest bit is set for a record that cannot be believed.
    package var kind: UInt32

    package static let unknownTime = Int64.min

    /// - Parameters:
    ///   - bytes: places in a buffer, which is always smaller than 4 GiB.
    ///   - malformed: the record itself cannot be believed (its length runs past its block): counted, not decoded.
    package init(
        index: Int, time: Instant?, linkType: UInt32, bytes: Range<Int>, originalLength: Int, malformed: Bool = false
    ) {
        self.init(
            index: index, moment: time?.nanoseconds ?? Frame.unknownTime, start: UInt32(clamping: bytes.lowerBound),
            end: UInt32(clamping: bytes.upperBound), original: UInt32(clamping: originalLength),
            kind: linkType & 0x7FFF_FFFF | (malformed ? 0x8000_0000 : 0))
    }

    package init(index: Int, moment: Int64, start: UInt32, end: UInt32, original: UInt32, kind: UInt32) {
        self.index = index
        self.moment = moment
        self.start = start
        self.end = max(start, end)
        self.original = original
        self.kind = kind
    }

    package var time: Instant? { moment == Frame.unknownTime ? nil : Instant(nanoseconds: moment) }
    package var linkType: UInt32 { kind & 0x7FFF_FFFF }
    package var malformed: Bool { kind >> 31 != 0 }
    package var bytes: Range<Int> { Int(start)..<Int(end) }
    package var originalLength: Int { Int(original) }
}
