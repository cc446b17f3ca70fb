/// Ethernet in IP (RFC 3378): version 3 and twelve empty bits.
enum EtherIP {
    static let doors: [Door] = [.ipProtocol(97, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(2) else { return cursor.short }
        guard bytes.u16(cursor.at) == 0x3000 else { return .stop(.noFlow) }
        cursor.at += 2
        cursor.headers.layers.push(.etherip)
        return .ethernet
    }
}
