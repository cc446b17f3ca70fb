/// RFC 1661: one or two bytes of protocol, after an HDLC address and control (RFC 1662) when they are there.
enum PPP {
    static let doors: [Door] = [.linkType(9, peel), .linkType(50, framed)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        if cursor.has(2), bytes.u16(cursor.at) == 0xFF03 { cursor.at += 2 }
        // No packet is so short that a protocol of one byte ends it.
        guard cursor.has(2) else { return cursor.short }
        let isShort = bytes[cursor.at] & 1 == 1
        let number = isShort ? UInt16(bytes[cursor.at]) : bytes.u16(cursor.at)
        cursor.at += isShort ? 1 : 2
        return follower(number) ?? .stop(.noFlow)
    }

    private static func follower(_ number: UInt16) -> Next? {
        switch number {
        case 0x21: .ipv4
        case 0x57: .ipv6
        case 0x281, 0x283: .etherType(0x8847)
        default: nil
        }
    }

    /// For tunnels that must not be taken for one by chance: the protocol is one that carries IP.
    static func carriesIP(_ bytes: Bytes, at start: Int) -> Bool {
        let at = bytes.u16(start) == 0xFF03 ? start + 2 : start
        let number = bytes[at] & 1 == 1 ? UInt16(bytes[at]) : bytes.u16(at)
        return follower(number) != nil
    }

    /// On a serial line Cisco's framing may stand in the place of PPP's; its addresses differ.
    @Sendable static func framed(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(1) else { return cursor.short }
        let address = bytes[cursor.at]
        return address == 0x0F || address == 0x8F ? CiscoHDLC.peel(bytes, &cursor) : .ppp
    }
}
