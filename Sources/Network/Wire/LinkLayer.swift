/// Link headers: Ethernet, Linux cooked, null and loop, raw IP, 802.11. The others register themselves (`Doors`).
enum LinkLayer {
    static func start(_ linkType: UInt32, _ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        switch linkType {
        case 1: return .ethernet
        case 12, 14, 101, 228, 229: return .ip
        case 0: return loop(bytes, &cursor, swapped: nil)
        case 108: return loop(bytes, &cursor, swapped: false)
        case 113: return cooked(bytes, &cursor, header: 16, typeAt: 14)
        case 276: return cooked(bytes, &cursor, header: 20, typeAt: 0)
        case 105: return .wireless
        case 127:
            guard cursor.has(8) else { return cursor.short }
            let length = Int(bytes[cursor.at + 2]) | Int(bytes[cursor.at + 3]) << 8
            guard length >= 8 else { return .stop(.malformed(cursor.at + 2)) }
            guard cursor.has(length) else { return cursor.short }
            cursor.at += length
            return .wireless
        default: return Doors.open(linkType: linkType, bytes, &cursor) ?? .stop(.unsupported)
        }
    }

    static func ethernet(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(14) else { return cursor.short }
        let type = bytes.u16(cursor.at + 12)
        cursor.at += 14
        return .etherType(type)
    }

    /// Values below 1536 are lengths of 802.3: no IP there, but for SNAP.
    static func etherType(_ type: UInt16, _ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        switch type {
        case 0x0800: return .ipv4
        case 0x86DD: return .ipv6
        case 0x6558: return .ethernet
        case 0..<1536:
            if cursor.cut, !cursor.has(8) { return .stop(.truncated) }
            guard cursor.has(8), bytes.u16(cursor.at) == 0xAAAA, bytes[cursor.at + 2] == 3 else {
                return .stop(.noFlow)
            }
            let inner = bytes.u16(cursor.at + 6)
            cursor.at += 8
            return inner < 1536 ? .stop(.noFlow) : .etherType(inner)
        default: return Doors.open(etherType: type, bytes, &cursor) ?? .stop(.noFlow)
        }
    }

    private static func cooked(_ bytes: Bytes, _ cursor: inout Cursor, header: Int, typeAt: Int) -> Next {
        guard cursor.has(header) else { return cursor.short }
        let type = bytes.u16(cursor.at + typeAt)
        cursor.at += header
        return .etherType(type)
    }

    /// BSD loopback: an address family of four bytes, in the byte order of the machine that captured (`NULL`) or
    /// big-endian.
    private static func loop(_ bytes: Bytes, _ cursor: inout Cursor, swapped: Bool?) -> Next {
        guard cursor.has(4) else { return cursor.short }
        let value = bytes.u32(cursor.at)
        let family = value > 0xFFFF ? value.byteSwapped : value
        cursor.at += 4
        switch family {
        case 2: return .ipv4
        case 10, 23, 24, 28, 30: return .ipv6
        default: return .stop(.noFlow)
        }
    }

    /// 802.11 data frames that are not encrypted, with LLC/SNAP (IEEE 802.11-2020, 9.2).
    static func wireless(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(2) else { return cursor.short }
        let control = bytes[cursor.at]
        let flags = bytes[cursor.at + 1]
        guard control >> 2 & 3 == 2, control & 0x40 == 0, flags & 0x40 == 0 else { return .stop(.noFlow) }
        guard cursor.has(24) else { return cursor.short }
        var length = 24
        if flags & 3 == 3 { length += 6 }
        if control & 0x80 != 0 { length += flags & 0x80 != 0 ? 6 : 2 }
        guard cursor.has(length + 8) else { return cursor.short }
        cursor.at += length
        guard bytes.u16(cursor.at) == 0xAAAA else { return .stop(.noFlow) }
        let type = bytes.u16(cursor.at + 6)
        cursor.at += 8
        return .etherType(type)
    }
}
