/// 3GPP TS 29.281: user data, with the optional fields and extension headers.
enum GTPU {
    static let doors: [Door] = [.eitherPort(2152, peel)]

    /// Extension headers of one packet; the mobile networks use one or two.
    private static let extensions = 8

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        if cursor.lost(8) { return .stop(.truncated) }
        let flags = bytes[cursor.at]
        guard cursor.has(8), flags >> 4 == 3, bytes[cursor.at + 1] == 255 else { return nil }
        var length = 8
        if flags & 7 != 0 {
            if cursor.lost(12) { return .stop(.truncated) }
            guard cursor.has(12) else { return nil }
            length = 12
            var kind = flags & 4 != 0 ? bytes[cursor.at + 11] : 0
            for _ in 0..<extensions where kind != 0 {
                if cursor.lost(length + 4) { return .stop(.truncated) }
                guard cursor.has(length + 4) else { return nil }
                let size = Int(bytes[cursor.at + length]) * 4
                if cursor.lost(length + size) { return .stop(.truncated) }
                guard size > 0, cursor.has(length + size) else { return nil }
                kind = bytes[cursor.at + length + size - 1]
                length += size
            }
            guard kind == 0 else { return nil }
        }
        if cursor.lost(length + 1) { return .stop(.truncated) }
        guard cursor.has(length + 1) else { return nil }
        let first = bytes[cursor.at + length] >> 4
        guard first == 4 || first == 6 else { return nil }
        cursor.at += length
        cursor.headers.layers.push(.gtpu)
        return .ip
    }
}
