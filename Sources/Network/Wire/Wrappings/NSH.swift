/// Network service header (RFC 8300): its own length, and the number of what follows.
enum NSH {
    static let doors: [Door] = [.etherType(0x894F, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(8) else { return cursor.short }
        let base = bytes.u16(cursor.at)
        let length = Int(base & 0x3F) * 4
        guard length >= 8 else { return .stop(.malformed(cursor.at + 1)) }
        // Another version, or a message about the service path itself.
        guard base & 0xE000 == 0 else { return .stop(.noFlow) }
        guard cursor.has(length) else { return cursor.short }
        let next = follower(bytes[cursor.at + 3])
        cursor.at += length
        cursor.headers.layers.push(.nsh)
        return next ?? .stop(.noFlow)
    }

    /// Numbers that the generic form of VXLAN shares.
    static func follower(_ number: UInt8) -> Next? {
        switch number {
        case 1: .ipv4
        case 2: .ipv6
        case 3: .ethernet
        case 4: .etherType(0x894F)
        case 5: .etherType(0x8847)
        default: nil
        }
    }
}
