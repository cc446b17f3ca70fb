/// RFC 4380: IPv6 over UDP through address translators, after an authentication and an origin indication when they
/// are there.
enum Teredo {
    static let doors: [Door] = [.eitherPort(3544, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        var length = 0
        if cursor.lost(2) { return .stop(.truncated) }
        guard cursor.has(2) else { return nil }
        if bytes.u16(cursor.at) == 1 {
            if cursor.lost(4) { return .stop(.truncated) }
            // Two lengths, the client's name, the proof, a nonce of eight bytes and a byte of confirmation.
            length = 4 + Int(bytes[cursor.at + 2]) + Int(bytes[cursor.at + 3]) + 9
            if cursor.lost(length + 2) { return .stop(.truncated) }
            guard cursor.has(length + 2) else { return nil }
        }
        if bytes.u16(cursor.at + length) == 0 { length += 8 }
        if cursor.lost(length + 40) { return .stop(.truncated) }
        guard cursor.has(length + 40), InternetLayer.plausible(bytes, cursor, at: cursor.at + length),
            bytes[cursor.at + length] >> 4 == 6
        else { return nil }
        cursor.at += length
        cursor.headers.layers.push(.teredo)
        return .ipv6
    }
}
