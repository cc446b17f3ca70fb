import Vocabulary

/// IP directly inside IP: RFC 2003, RFC 4213, RFC 2473.
enum IPInIP {
    static let doors: [Door] = [.ipProtocol(4, four), .ipProtocol(41, six)]

    @Sendable static func four(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        cursor.headers.layers.push(cursor.headers.source.isIPv4 ? .ipip : .fourInSix)
        return .ipv4
    }

    @Sendable static func six(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        cursor.headers.layers.push(cursor.headers.source.isIPv4 ? .sixInFour : .ipip)
        return .ipv6
    }
}
