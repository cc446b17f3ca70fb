/// Generic UDP encapsulation (draft-ietf-intarea-gue): a small header with an IP protocol number, or IP at once.
enum GUE {
    static let doors: [Door] = [.port(6080, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        if cursor.lost(4) { return .stop(.truncated) }
        guard cursor.has(4) else { return nil }
        let first = bytes[cursor.at]
        if first >> 6 == 1 {
            if cursor.lost(first >> 4 == 4 ? 20 : 40) { return .stop(.truncated) }
            guard InternetLayer.plausible(bytes, cursor, at: cursor.at) else { return nil }
            cursor.headers.layers.push(.gue)
            return .ip
        }
        let length = 4 + Int(first & 0x1F) * 4
        let number = bytes[cursor.at + 1]
        guard first & 0xE0 == 0, number == 4 || number == 41 else { return nil }
        if cursor.lost(length + (number == 4 ? 20 : 40)) { return .stop(.truncated) }
        guard InternetLayer.plausible(bytes, cursor, at: cursor.at + length) else { return nil }
        cursor.at += length
        cursor.headers.layers.push(.gue)
        return .ip
    }
}
