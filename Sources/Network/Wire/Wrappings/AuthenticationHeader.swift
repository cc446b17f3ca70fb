/// IPsec's authentication header over IPv4 (RFC 4302): what follows is in clear. Over IPv6 it is an extension header.
enum AuthenticationHeader {
    static let doors: [Door] = [.ipProtocol(51, peel)]

    @Sendable static func peel(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(2) else { return cursor.short }
        let number = bytes[cursor.at]
        let length = (Int(bytes[cursor.at + 1]) + 2) * 4
        guard cursor.has(length) else { return cursor.short }
        cursor.at += length
        return .transport(number)
    }
}
