/// RFC 8926: options of up to 252 bytes, then Ethernet or IP.
enum Geneve {
    static let doors: [Door] = [.port(6081, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        if cursor.lost(8) { return .stop(.truncated) }
        guard cursor.has(8), bytes[cursor.at] >> 6 == 0 else { return nil }
        let length = 8 + Int(bytes[cursor.at] & 0x3F) * 4
        let type = bytes.u16(cursor.at + 2)
        guard type == 0x6558 || type == 0x0800 || type == 0x86DD else { return nil }
        if cursor.lost(length) { return .stop(.truncated) }
        guard cursor.has(length) else { return nil }
        cursor.at += length
        cursor.headers.layers.push(.geneve)
        return .etherType(type)
    }
}
