/// Start line and headers of one HTTP/1 message.
package struct HTTPHead: Sendable {
    /// First line, without its end.
    package let start: String
    private let headers: [(name: String, value: String)]

    init(_ bytes: ArraySlice<UInt8>) {
        var lines = bytes.split(separator: 0x0A).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
        start = lines.isEmpty ? "" : lines.removeFirst()
        headers = lines.compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return (line[..<colon].lowercased(), String(value))
        }
    }

    /// First value of a header. `name` in lower case.
    package subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The words of a list header, from all its lines, in lower case and in order (RFC 9110, 5.6.1).
    package func list(_ name: String) -> [String] {
        headers.filter { $0.name == name }.flatMap { $0.value.split(separator: ",") }.compactMap { word in
            let trimmed = word.drop { $0 == " " || $0 == "\t" }
            let end = trimmed.lastIndex { $0 != " " && $0 != "\t" }
            return end.map { trimmed[...$0].lowercased() }
        }
    }

    package var isAnswer: Bool { start.hasPrefix("HTTP/") }

    /// Status of an answer.
    package var status: Int? { isAnswer ? word(1).flatMap { Int($0) } : nil }

    /// Verb of a request.
    package var verb: String? { isAnswer ? nil : word(0) }

    /// What a request asks for: a path, or host and port of CONNECT.
    package var target: String? { isAnswer ? nil : word(1) }

    package var asksForWebSocket: Bool { list("upgrade").contains("websocket") }

    /// The answer to CONNECT in words that no other answer uses; for where the request was not captured.
    package var opensTunnel: Bool {
        guard let status, (200..<300).contains(status) else { return false }
        return start.lowercased().contains("connection established")
    }

    /// `host` or `host:port` of the header Host, in lower case; nil where it could be no name.
    package var host: String? {
        guard let text = self["host"]?.lowercased(), !text.isEmpty, text.utf8.count <= NameReaders.nameBytes + 6,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return text
    }

    /// What may be said of a WebSocket's extensions (RFC 7692, 7.1): `permessage-deflate;
    /// client_no_context_takeover`, …
    package func agrees(_ parameter: String) -> Bool {
        list("sec-websocket-extensions").contains { text in
            text.split(separator: ";").contains { $0.split(separator: " ").first.map(String.init) == parameter }
        }
    }

    /// User of Basic authorisation (RFC 7617); the password is not kept.
    package var basicUser: String? {
        guard let words = self["authorization"]?.split(separator: " "), words.count == 2,
            words[0].lowercased() == "basic", let bytes = Base64Text.decode(words[1].utf8)
        else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }

    private func word(_ index: Int) -> String? {
        let words = start.split(separator: " ")
        return index < words.count ? String(words[index]) : nil
    }
}

/// Base 64 (RFC 4648, 4), with or without padding.
enum Base64Text {
    static func decode(_ text: Substring.UTF8View) -> [UInt8]? {
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text {
            if byte == UInt8(ascii: "=") { break }
            guard let value = value(byte) else { return nil }
            bits = (bits << 6 | value) & 0xFF_FFFF
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return result
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x61...0x7A: UInt32(byte - 0x61) + 26
        case 0x30...0x39: UInt32(byte - 0x30) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
