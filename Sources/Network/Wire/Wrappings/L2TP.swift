/// Version 2 over UDP (RFC 2661) carries PPP; version 3 (RFC 3931) over UDP or IP carries Ethernet or PPP, behind a
/// cookie whose length only its two ends know.
enum L2TP {
    static let doors: [Door] = [.eitherPort(1701, overUDP), .ipProtocol(115, overIP)]

    @Sendable static func overUDP(_ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        if cursor.lost(2) { return .stop(.truncated) }
        guard cursor.has(2) else { return nil }
        let flags = bytes.u16(cursor.at)
        // Control messages are the flow's own; bits that must be empty tell other protocols apart.
        if flags == 3 { return session(bytes, &cursor, at: 4) }
        guard flags & 0x8000 == 0, flags & 0x34F0 == 0, flags & 15 == 2 else { return nil }
        return message(flags, bytes, &cursor)
    }

    /// A data message of version 2: length, numbers and offset are there when their bits are set.
    private static func message(_ flags: UInt16, _ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        let hasLength = flags & 0x4000 != 0
        var header = hasLength ? 8 : 6
        if flags & 0x0800 != 0 { header += 4 }
        if flags & 0x0200 != 0 {
            if cursor.lost(header + 2) { return .stop(.truncated) }
            guard cursor.has(header + 2) else { return nil }
            header += 2 + Int(bytes.u16(cursor.at + header))
        }
        if cursor.lost(header + 4) { return .stop(.truncated) }
        guard cursor.has(header + 4), PPP.carriesIP(bytes, at: cursor.at + header) else { return nil }
        if hasLength {
            let length = Int(bytes.u16(cursor.at + 2))
            guard length >= header, cursor.limit(length) else { return nil }
        }
        cursor.at += header
        cursor.headers.layers.push(.l2tp)
        return .ppp
    }

    /// Session 0 is the control channel.
    @Sendable static func overIP(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(4) else { return cursor.short }
        return session(bytes, &cursor, at: 0) ?? .stop(.noFlow)
    }

    /// A data message of version 3, whose session number stands at `start`. No cookie or one of four or eight bytes,
    /// with or without the four bytes of the default sublayer: the form that has a whole IP header at its place is
    /// taken.
    private static func session(_ bytes: Bytes, _ cursor: inout Cursor, at start: Int) -> Next? {
        if cursor.lost(start + 4) { return .stop(.truncated) }
        guard cursor.has(start + 4), start == 0 || bytes.u16(cursor.at + 2) == 0 else { return nil }
        guard bytes.u32(cursor.at + start) != 0 else { return nil }
        for skip in stride(from: start + 4, through: start + 16, by: 4) {
            let at = cursor.at + skip
            if let type = frameHeader(bytes, cursor, at), InternetLayer.plausible(bytes, cursor, at: type) {
                return carried(&cursor, skip, .ethernet)
            }
            if bytes.u32(at) == 0xFF03_0021 || bytes.u32(at) == 0xFF03_0057,
                InternetLayer.plausible(bytes, cursor, at: at + 4)
            {
                return carried(&cursor, skip, .ppp)
            }
        }
        // The capture may have cut the header that would have told.
        return cursor.cut && !cursor.has(start + 16 + 18 + 40) ? .stop(.truncated) : nil
    }

    private static func carried(_ cursor: inout Cursor, _ skip: Int, _ next: Next) -> Next {
        cursor.at += skip
        cursor.headers.layers.push(.l2tp)
        return next
    }

    /// Where the IP header stands when an Ethernet frame, with a tag at most, begins at `at`.
    private static func frameHeader(_ bytes: Bytes, _ cursor: Cursor, _ at: Int) -> Int? {
        guard cursor.end - at >= 18 else { return nil }
        let isTagged = bytes.u16(at + 12) == 0x8100
        let type = bytes.u16(isTagged ? at + 16 : at + 12)
        let version = bytes[isTagged ? at + 18 : at + 14] >> 4
        guard type == 0x0800 && version == 4 || type == 0x86DD && version == 6 else { return nil }
        return isTagged ? at + 18 : at + 14
    }
}
