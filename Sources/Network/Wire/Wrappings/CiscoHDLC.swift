/// Cisco's HDLC: address, control, ether type. The same interface may have been set to PPP.
enum CiscoHDLC {
    static let doors: [Door] = [.linkType(104, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(4) else { return cursor.short }
        if bytes.u16(cursor.at) == 0xFF03 { return .ppp }
        let type = bytes.u16(cursor.at + 2)
        cursor.at += 4
        return .etherType(type)
    }
}
