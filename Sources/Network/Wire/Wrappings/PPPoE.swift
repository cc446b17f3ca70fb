/// PPP over Ethernet, session stage (RFC 2516).
enum PPPoE {
    static let doors: [Door] = [.etherType(0x8864, peel), .linkType(51, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(6) else { return cursor.short }
        guard bytes[cursor.at] == 0x11, bytes[cursor.at + 1] == 0 else { return .stop(.noFlow) }
        cursor.at += 6
        cursor.headers.layers.push(.pppoe)
        return .ppp
    }
}
