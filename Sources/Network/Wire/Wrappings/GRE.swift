/// RFC 2784 and 2890; version 1 is PPTP (RFC 2637); 0x88BE and 0x22EB are ERSPAN, 0x883E is WCCP's redirection.
enum GRE {
    static let doors: [Door] = [.ipProtocol(47, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(4) else { return cursor.short }
        let flags = bytes.u16(cursor.at)
        let type = bytes.u16(cursor.at + 2)
        let version = flags & 7
        // A routing list (RFC 1701) is long gone from the networks; its length cannot be known without walking it.
        guard version <= 1, flags & 0x4000 == 0 else { return .stop(.noFlow) }
        var length = 4
        if flags & 0x8000 != 0 { length += 4 }
        if flags & 0x2000 != 0 { length += 4 }
        let isNumbered = flags & 0x1000 != 0
        if isNumbered { length += 4 }
        if version == 1, flags & 0x0080 != 0 { length += 4 }
        guard cursor.has(length) else { return cursor.short }
        cursor.at += length
        cursor.headers.layers.push(.gre)
        switch type {
        case 0x880B: return .ppp
        case _ where version == 1: return .stop(.noFlow)
        case 0x88BE: return mirrored(bytes, &cursor, header: isNumbered ? 8 : 0)
        case 0x22EB: return mirroredWithTime(bytes, &cursor)
        case 0x883E: return redirected(bytes, &cursor)
        default: return .etherType(type)
        }
    }

    /// ERSPAN type I (no header) and II.
    private static func mirrored(_ bytes: Bytes, _ cursor: inout Cursor, header: Int) -> Next {
        guard cursor.has(header) else { return cursor.short }
        cursor.at += header
        cursor.headers.layers.push(.erspan)
        return .ethernet
    }

    /// ERSPAN type III: twelve bytes, and eight of the platform's when the last bit says so.
    private static func mirroredWithTime(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(12) else { return cursor.short }
        let length = bytes[cursor.at + 11] & 1 == 1 ? 20 : 12
        guard cursor.has(length) else { return cursor.short }
        let frameType = bytes.u16(cursor.at + 10) >> 10 & 0x1F
        cursor.at += length
        cursor.headers.layers.push(.erspan)
        switch frameType {
        case 0: return .ethernet
        case 2: return .ip
        default: return .stop(.noFlow)
        }
    }

    /// Version 2 of WCCP puts four bytes before the packet; their first half byte is never 4.
    private static func redirected(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(4) else { return cursor.short }
        if bytes[cursor.at] >> 4 != 4 { cursor.at += 4 }
        return .ipv4
    }
}
