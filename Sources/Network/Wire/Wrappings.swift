/// What may stand between two headers: MPLS, PPPoE, PPP, GRE, and tunnels over UDP.
enum Wrappings {
    /// A stack of labels; what follows is told apart by its first bits (RFC 3032, RFC 4928).
    static func mpls(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        while true {
            guard cursor.has(4) else { return cursor.short }
            guard cursor.headers.layers.count < WireLimits.layers else { return .stop(.overLimit) }
            let bottom = bytes[cursor.at + 2] & 1 == 1
            cursor.at += 4
            cursor.headers.layers.push(.mpls)
            if bottom { break }
        }
        guard cursor.has(1) else { return cursor.short }
        switch bytes[cursor.at] >> 4 {
        case 4: return .ipv4
        case 6: return .ipv6
        case 0:
            // A pseudo-wire control word (RFC 4385) before Ethernet.
            guard cursor.has(4) else { return cursor.short }
            cursor.at += 4
            return .ethernet
        default: return .stop(.noFlow)
        }
    }

    /// RFC 2516, session stage.
    static func pppoe(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(8) else { return cursor.short }
        guard bytes[cursor.at] == 0x11, bytes[cursor.at + 1] == 0 else { return .stop(.noFlow) }
        cursor.at += 6
        cursor.headers.layers.push(.pppoe)
        return .ppp
    }

    /// RFC 1661: one or two bytes of protocol, after an HDLC address and control when they are there.
    static func ppp(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        if cursor.has(2), bytes.u16(cursor.at) == 0xFF03 { cursor.at += 2 }
        guard cursor.has(2) else { return cursor.short }
        let short = bytes[cursor.at] & 1 == 1
        let number = short ? UInt16(bytes[cursor.at]) : bytes.u16(cursor.at)
        cursor.at += short ? 1 : 2
        switch number {
        case 0x21: return .ipv4
        case 0x57: return .ipv6
        case 0x281: return .mpls
        default: return .stop(.noFlow)
        }
    }

    /// RFC 2784 and 2890; version 1 is PPTP (RFC 2637); 0x88BE and 0x22EB are ERSPAN.
    static func gre(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(4) else { return cursor.short }
        let flags = bytes.u16(cursor.at)
        let type = bytes.u16(cursor.at + 2)
        var length = 4
        if flags & 0x8000 != 0 || flags & 0x4000 != 0 { length += 4 }
        if flags & 0x2000 != 0 { length += 4 }
        if flags & 0x1000 != 0 { length += 4 }
        let version = flags & 7
        if version == 1, flags & 0x0080 != 0 { length += 4 }
        guard version <= 1, flags & 0x4000 == 0 else { return .stop(.noFlow) }
        guard cursor.has(length) else { return cursor.short }
        cursor.at += length
        cursor.headers.layers.push(.gre)
        if version == 1 { return type == 0x880B ? .ppp : .stop(.noFlow) }
        switch type {
        case 0x88BE where flags & 0x1000 == 0: return .ethernet
        case 0x88BE, 0x22EB:
            let header = type == 0x88BE ? 8 : 12
            guard cursor.has(header) else { return cursor.short }
            cursor.at += header
            return .ethernet
        default: return .etherType(type)
        }
    }

    /// Tunnels by their assigned ports; a payload that does not look like one is the flow's own.
    static func overUDP(_ from: UInt16, _ to: UInt16, _ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        let at = cursor.at
        if to == 4789, cursor.has(8 + 14), bytes[at] & 0x08 != 0, bytes[at + 1] == 0, bytes[at + 7] == 0 {
            cursor.at += 8
            cursor.headers.layers.push(.vxlan)
            return .ethernet
        }
        if to == 6081, cursor.has(8), bytes[at] >> 6 == 0 {
            let length = 8 + Int(bytes[at] & 0x3F) * 4
            let type = bytes.u16(at + 2)
            guard cursor.has(length), type == 0x6558 || type == 0x0800 || type == 0x86DD else {
                return .stop(.decoded(cursor.headers))
            }
            cursor.at += length
            cursor.headers.layers.push(.geneve)
            return .etherType(type)
        }
        if to == 2152 || from == 2152, cursor.has(8), bytes[at] >> 4 == 3, bytes[at + 1] == 255 {
            return gtpu(bytes, &cursor)
        }
        return .stop(.decoded(cursor.headers))
    }

    /// 3GPP TS 29.281: user data, with the optional fields and extension headers.
    private static func gtpu(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        let flags = bytes[cursor.at]
        var length = 8
        if flags & 7 != 0 {
            guard cursor.has(12) else { return .stop(.decoded(cursor.headers)) }
            length = 12
            var kind = flags & 4 != 0 ? bytes[cursor.at + 11] : 0
            for _ in 0..<8 where kind != 0 {
                let size = Int(bytes[cursor.at + length]) * 4
                guard size > 0, cursor.has(length + size) else { return .stop(.decoded(cursor.headers)) }
                kind = bytes[cursor.at + length + size - 1]
                length += size
            }
        }
        guard cursor.has(length + 1), bytes[cursor.at + length] >> 4 == 4 || bytes[cursor.at + length] >> 4 == 6 else {
            return .stop(.decoded(cursor.headers))
        }
        cursor.at += length
        cursor.headers.layers.push(.gtpu)
        return .ip
    }
}
