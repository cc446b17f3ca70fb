import Vocabulary

/// IPv4 (RFC 791) and IPv6 (RFC 8200) headers. A packet's own length ends the layer: Ethernet padding is not payload.
enum InternetLayer {
    static func either(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(1) else { return cursor.short }
        switch bytes[cursor.at] >> 4 {
        case 4: return ipv4(bytes, &cursor)
        case 6: return ipv6(bytes, &cursor)
        default: return .stop(.malformed(cursor.at))
        }
    }

    static func ipv4(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(20) else { return cursor.short }
        let at = cursor.at
        let header = Int(bytes[at] & 15) * 4
        guard bytes[at] >> 4 == 4, header >= 20 else { return .stop(.malformed(at)) }
        guard cursor.has(header) else { return cursor.short }
        var total = Int(bytes.u16(at + 2))
        // Segmentation offload leaves the length 0 in what the sender's own machine captures.
        if total == 0 { total = min(cursor.wireEnd - at, cursor.cut ? 65_535 : cursor.end - at) }
        guard total >= header else { return .stop(.malformed(at + 2)) }
        guard cursor.limit(total) else { return .stop(.malformed(at + 2)) }
        keepOuter(&cursor)
        cursor.headers.source = IPAddress(ipv4: bytes.u32(at + 12))
        cursor.headers.destination = IPAddress(ipv4: bytes.u32(at + 16))
        cursor.headers.timeToLive = bytes[at + 8]
        let fragment = bytes.u16(at + 6)
        let number = bytes[at + 9]
        let identification = UInt32(bytes.u16(at + 4))
        cursor.at += header
        let offset = Int(fragment & 0x1FFF) * 8
        if offset == 0, fragment & 0x2000 == 0 { return .transport(number) }
        return piece(&cursor, identification, number, offset, more: fragment & 0x2000 != 0)
    }

    static func ipv6(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(40) else { return cursor.short }
        let at = cursor.at
        guard bytes[at] >> 4 == 6 else { return .stop(.malformed(at)) }
        let length = Int(bytes.u16(at + 4))
        let total = length == 0 ? min(cursor.wireEnd - at, cursor.cut ? 65_575 : cursor.end - at) : length + 40
        guard cursor.limit(total) else { return .stop(.malformed(at + 4)) }
        keepOuter(&cursor)
        cursor.headers.source = IPAddress(high: bytes.u64(at + 8), low: bytes.u64(at + 16))
        cursor.headers.destination = IPAddress(high: bytes.u64(at + 24), low: bytes.u64(at + 32))
        cursor.headers.timeToLive = bytes[at + 7]
        cursor.at += 40
        return extensions(bytes[at + 6], bytes, &cursor)
    }

    static func extensions(_ first: UInt8, _ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        var number = first
        for _ in 0..<WireLimits.extensionHeaders {
            guard cursor.spend() else { break }
            switch number {
            case 0, 43, 60, 135, 139, 140:
                guard cursor.has(8) else { return cursor.short }
                let length = (Int(bytes[cursor.at + 1]) + 1) * 8
                guard cursor.has(length) else { return cursor.short }
                number = bytes[cursor.at]
                cursor.at += length
            case 51:
                guard cursor.has(8) else { return cursor.short }
                let length = (Int(bytes[cursor.at + 1]) + 2) * 4
                guard cursor.has(length) else { return cursor.short }
                number = bytes[cursor.at]
                cursor.at += length
            case 44:
                guard cursor.has(8) else { return cursor.short }
                let field = bytes.u16(cursor.at + 2)
                let identification = bytes.u32(cursor.at + 4)
                number = bytes[cursor.at]
                cursor.at += 8
                // An atomic fragment (RFC 6946) is a whole packet.
                if field & 0xFFF9 == 0 { continue }
                return piece(&cursor, identification, number, Int(field & 0xFFF8), more: field & 1 != 0)
            default: return .transport(number)
            }
        }
        return .stop(.overLimit)
    }

    /// The addresses that are about to be replaced belong to a packet around this one.
    private static func keepOuter(_ cursor: inout Cursor) {
        if cursor.insideIP { cursor.headers.outer.append(cursor.headers.source, cursor.headers.destination) }
        cursor.insideIP = true
    }

    /// A whole IP header at `at` whose lengths fit into the layer: for wrappings that cannot be told by a number. An
    /// IPv4 header has its check sum or fills the layer to the byte.
    static func plausible(_ bytes: Bytes, _ cursor: Cursor, at: Int) -> Bool {
        guard at >= cursor.at, cursor.end - at >= 20 else { return false }
        let room = cursor.wireEnd - at
        switch bytes[at] >> 4 {
        case 4:
            let header = Int(bytes[at] & 15) * 4
            let total = Int(bytes.u16(at + 2))
            guard header >= 20, total >= header, total <= room, cursor.end - at >= header else { return false }
            if total == room { return true }
            var sum: UInt32 = 0
            for word in stride(from: at, to: at + header, by: 2) { sum += UInt32(bytes.u16(word)) }
            return (sum & 0xFFFF) + (sum >> 16) == 0xFFFF
        case 6: return cursor.end - at >= 40 && Int(bytes.u16(at + 4)) + 40 <= room
        default: return false
        }
    }

    private static func piece(
        _ cursor: inout Cursor, _ identification: UInt32, _ number: UInt8, _ offset: Int, more: Bool
    ) -> Next {
        // A piece that was cut cannot be put together.
        if cursor.cut { return .stop(.truncated) }
        guard offset + (cursor.end - cursor.at) <= 65_535, !more || (cursor.end - cursor.at) % 8 == 0 else {
            return .stop(.malformed(cursor.at))
        }
        cursor.piece = FragmentMark(
            identification: identification, offset: UInt16(offset), protocolNumber: number, more: more)
        return .stop(.incomplete)
    }
}
