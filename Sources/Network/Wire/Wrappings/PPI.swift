/// Per-packet information (LINKTYPE 192): a header with its own length and the link type of the frame behind it, in
/// little endian order.
enum PPI {
    static let doors: [Door] = [.linkType(192, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(8) else { return cursor.short }
        let length = Int(bytes.u16(cursor.at + 2).byteSwapped)
        let type = bytes.u32(cursor.at + 4).byteSwapped
        guard length >= 8 else { return .stop(.malformed(cursor.at + 2)) }
        guard cursor.has(length) else { return cursor.short }
        cursor.at += length
        return .link(type)
    }
}
