/// VLAN tags of customers and providers (IEEE 802.1Q, 802.1ad), with the types that were used before the standard.
enum VLANTag {
    static let doors: [Door] = [
        .etherType(0x8100, peel), .etherType(0x88A8, peel), .etherType(0x9100, peel), .etherType(0x9200, peel),
    ]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(4) else { return cursor.short }
        let inner = bytes.u16(cursor.at + 2)
        cursor.at += 4
        cursor.headers.layers.push(.vlan)
        return .etherType(inner)
    }
}
