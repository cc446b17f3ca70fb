/// RFC 7348 with the group policy bits, at its own port and at the one that Linux had first; and the generic form at
/// 4790.
enum VXLAN {
    static let doors: [Door] = [.port(4789, peel), .port(8472, peel), .port(4790, generic)]

    /// Only the identifier's flag may be set; a group's policy brings a flag, two bits and a number.
    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        if cursor.lost(8 + 14) { return .stop(.truncated) }
        let at = cursor.at
        guard cursor.has(8 + 14), bytes[at] & 0x08 != 0, bytes[at + 7] == 0 else { return nil }
        guard bytes[at + 1] == 0 || bytes[at] & 0x80 != 0 else { return nil }
        cursor.at += 8
        cursor.headers.layers.push(.vxlan)
        return .ethernet
    }

    /// The generic extension names what follows (draft-ietf-nvo3-vxlan-gpe, 3).
    @Sendable static func generic(_ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        if cursor.lost(8 + 4) { return .stop(.truncated) }
        let at = cursor.at
        guard cursor.has(8 + 4), bytes[at] & 0xF9 == 0x08, bytes.u16(at + 1) == 0, bytes[at + 7] == 0 else {
            return nil
        }
        guard let next = NSH.follower(bytes[at] & 0x04 != 0 ? bytes[at + 3] : 3) else { return nil }
        cursor.at += 8
        cursor.headers.layers.push(.vxlanGPE)
        return next
    }
}
