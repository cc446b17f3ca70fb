/// MAC-in-MAC (IEEE 802.1ah): a service tag of four bytes, then the customer's whole Ethernet frame.
enum ProviderBackbone {
    static let doors: [Door] = [.etherType(0x88E7, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(4) else { return cursor.short }
        cursor.at += 4
        cursor.headers.layers.push(.pbb)
        return .ethernet
    }
}
