/// Linux firewall log (LINKTYPE 239): four bytes, then attributes in the order of the capturing machine; one is the
/// packet.
enum NFLOG {
    static let doors: [Door] = [.linkType(239, peel)]
    private static let payload: UInt16 = 9

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(4) else { return cursor.short }
        guard bytes[cursor.at + 1] == 0 else { return .stop(.noFlow) }
        cursor.at += 4
        while cursor.has(4) {
            guard cursor.spend() else { return .stop(.overLimit) }
            var length = bytes.u16(cursor.at)
            var kind = bytes.u16(cursor.at + 2)
            // Attribute numbers are small: the byte that is empty tells the order.
            if kind & 0xFF == 0 { (length, kind) = (length.byteSwapped, kind.byteSwapped) }
            guard length >= 4 else { return .stop(.malformed(cursor.at)) }
            if kind == payload {
                guard cursor.limit(Int(length)) else { return .stop(.malformed(cursor.at)) }
                cursor.at += 4
                return .ip
            }
            let padded = (Int(length) + 3) & ~3
            guard cursor.has(padded) else { return cursor.short }
            cursor.at += padded
        }
        return cursor.cut ? .stop(.truncated) : .stop(.noFlow)
    }
}
