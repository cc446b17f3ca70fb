/// A stack of labels; what follows is told apart by its first bits (RFC 3032, RFC 4928). Also over IP (RFC 4023) and
/// over UDP (RFC 7510).
enum MPLS {
    static let doors: [Door] = [
        .etherType(0x8847, peel), .etherType(0x8848, peel), .ipProtocol(137, peel), .port(6635, overUDP),
    ]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        var bottom = false
        while !bottom {
            guard cursor.has(4) else { return cursor.short }
            guard cursor.spend(), !cursor.headers.layers.overflowed else { return .stop(.overLimit) }
            bottom = bytes[cursor.at + 2] & 1 == 1
            cursor.at += 4
            cursor.headers.layers.push(.mpls)
        }
        guard cursor.has(1) else { return cursor.short }
        switch bytes[cursor.at] >> 4 {
        case 4 where !isFrame(bytes, cursor) || InternetLayer.plausible(bytes, cursor, at: cursor.at): return .ipv4
        case 6 where !isFrame(bytes, cursor) || InternetLayer.plausible(bytes, cursor, at: cursor.at): return .ipv6
        case 0:
            guard cursor.has(4) else { return cursor.short }
            // A control word (RFC 4385) before Ethernet, unless only the bytes without one make a frame.
            let worded = Doors.isKnown(etherType: bytes.u16(cursor.at + 16))
            if worded || !isFrame(bytes, cursor) { cursor.at += 4 }
            return .ethernet
        // The first half byte 1 is a control channel (RFC 5586).
        case 1: return .stop(.noFlow)
        default: return isFrame(bytes, cursor) ? .ethernet : .stop(.noFlow)
        }
    }

    /// An Ethernet frame with a type that is known begins here: a pseudo-wire without a control word.
    private static func isFrame(_ bytes: Bytes, _ cursor: Cursor) -> Bool {
        cursor.has(14) && Doors.isKnown(etherType: bytes.u16(cursor.at + 12))
    }

    /// The port alone is no proof: the stack must end, and IP must follow it.
    @Sendable static func overUDP(_ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        for label in 0..<WireLimits.layers {
            if cursor.lost(label * 4 + 5) { return .stop(.truncated) }
            guard cursor.has(label * 4 + 5) else { return nil }
            guard bytes[cursor.at + label * 4 + 2] & 1 == 1 else { continue }
            let first = bytes[cursor.at + label * 4 + 4] >> 4
            return first == 4 || first == 6 ? peel(bytes, &cursor) : nil
        }
        return nil
    }
}
