/// Headers of early wireless cards before an 802.11 frame: Prism (LINKTYPE 119) and AVS (163, but found under 119 too).
enum Prism {
    static let doors: [Door] = [.linkType(119, peel), .linkType(163, peel)]

    /// A message number (0x44) and the header's length in the order of the capturing machine; AVS is big-endian and
    /// begins with a magic number.
    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(8) else { return cursor.short }
        let first = bytes.u32(cursor.at)
        let second = bytes.u32(cursor.at + 4)
        let length: UInt32
        if first & 0xFFFF_F000 == 0x8021_1000 || first == 0x44 {
            length = second
        } else if first == UInt32(0x44).byteSwapped {
            length = second.byteSwapped
        } else {
            return .stop(.noFlow)
        }
        // The shortest of them is AVS with its 64 bytes; a longer one than a page is a lie.
        guard length >= 24, length <= 4_096 else { return .stop(.malformed(cursor.at + 4)) }
        guard cursor.has(Int(length)) else { return cursor.short }
        cursor.at += Int(length)
        return .wireless
    }
}
