/// What the first bytes of one direction say about what carries the messages.
package enum StreamOpening: Equatable, Sendable {
    /// Not enough bytes to tell.
    case undecided
    /// May hold messages as it is.
    case plain
    /// HTTP: its bodies are documents or calls, not a Stratum stream.
    case http
    /// An HTTP CONNECT to this host and port; what follows the answer's empty line is the inner stream.
    case connect(String)
    /// TLS: only names can be read.
    case tls
    /// May be SOCKS, of the client or of the proxy: `SocksReader` tells.
    case socks
    /// WebSocket frames whose handshake was not captured.
    case webSocket
    /// A protocol with a greeting of its own that carries no Stratum (SSH, SMTP, language servers).
    case other

    /// Bytes looked at.
    package static let limit = 1024

    private static let httpWords = [
        "GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "DELETE ", "PATCH ", "HTTP/1.", "PRI * HTTP/2",
    ]
    private static let otherWords = [
        "SSH-", "220 ", "220-", "* OK", "+OK", "Content-Length:", "USER ", "NICK ", "EHLO ", "HELO ",
    ]

    package static func judge(_ bytes: ArraySlice<UInt8>) -> StreamOpening {
        guard let first = bytes.first else { return .undecided }
        if first == 0x16 { return bytes.count < 3 ? .undecided : bytes[bytes.startIndex + 1] == 3 ? .tls : .plain }
        if first == 5 || first == 4 { return .socks }
        if first == 0 { return bytes.count < 2 ? .undecided : bytes[bytes.startIndex + 1] == 0x5A ? .socks : .plain }
        switch WebSocketReader.guess(bytes) {
        case .more: return .undecided
        case .yes: return .webSocket
        case .no: break
        }
        if starts(bytes, "CONNECT ") {
            guard let end = bytes.firstIndex(of: 0x0A) else { return bytes.count < limit ? .undecided : .http }
            let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
            return words.count >= 2 ? .connect(String(words[1])) : .http
        }
        for word in httpWords where starts(bytes, word) { return .http }
        for word in otherWords where starts(bytes, word) { return .other }
        let mayGrow = (httpWords + otherWords + ["CONNECT "]).contains { word in
            bytes.count < word.utf8.count && word.utf8.starts(with: bytes)
        }
        return mayGrow ? .undecided : .plain
    }

    private static func starts(_ bytes: ArraySlice<UInt8>, _ word: String) -> Bool { bytes.starts(with: word.utf8) }
}
