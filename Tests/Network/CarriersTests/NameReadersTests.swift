import Carriers
import Testing

struct NameReadersTests {
    static func question(_ labels: [String], flags: [UInt8] = [1, 0]) -> [UInt8] {
        [0x12, 0x34] + flags + [0, 1, 0, 0, 0, 0, 0, 0] + labels.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [
            0, 0, 1, 0, 1,
        ]
    }

    /// A ClientHello with the extensions supported_versions and server_name.
    static func hello(_ name: String) -> [UInt8] {
        func sized(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes }
        let names = [0] + sized(Array(name.utf8))
        let extensions: [UInt8] = [0, 43, 0, 3, 2, 3, 4] + [0, 0] + sized(sized(names))
        let body: [UInt8] =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [4, 1, 2, 3, 4] + [0, 2, 0x13, 1] + [1, 0] + sized(extensions)
        return [0x16, 3, 1] + sized([1, 0] + sized(body))
    }

    @Test func `a question's name comes in small letters`() {
        #expect(NameReaders.dnsQuestion(Self.question(["Pool", "Example", "ORG"])[...]) == "pool.example.org")
    }

    @Test func `what is no question gives nothing`() {
        #expect(NameReaders.dnsQuestion(Self.question(["pool"], flags: [0x81, 0x80])[...]) == nil)
        #expect(NameReaders.dnsQuestion(Self.question(["po ol"])[...]) == nil)
        #expect(NameReaders.dnsQuestion(Self.question([])[...]) == nil)
        #expect(
            NameReaders.dnsQuestion(
                Self.question(Array(repeating: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", count: 9))[...]) == nil)
        var pointer = Self.question(["pool"])
        pointer[12] = 0xC0
        #expect(NameReaders.dnsQuestion(pointer[...]) == nil)
    }

    @Test func `the name in a TLS greeting is read`() {
        #expect(NameReaders.tlsServerName(Self.hello("Pool.Example.org")[...]) == "pool.example.org")
        #expect(NameReaders.tlsServerName(([9, 9] + Self.hello("a.b"))[2...]) == "a.b")
        #expect(NameReaders.tlsServerName(Self.hello("bad name")[...]) == nil)
    }

    @Test func `a greeting cut anywhere gives nothing and does not trap`() {
        let whole = Self.hello("pool.example.org")
        for length in 0..<whole.count { #expect(NameReaders.tlsServerName(whole[..<length]) == nil) }
        let query = Self.question(["pool", "example", "org"])
        for length in 0..<query.count { _ = NameReaders.dnsQuestion(query[..<length]) }
        for at in 0..<whole.count {
            var bytes = whole
            bytes[at] = 0xFF
            _ = NameReaders.tlsServerName(bytes[...])
        }
    }
}

struct StreamOpeningTests {
    @Test(arguments: [
        ("{\"id\":1}", StreamOpening.plain), ("", .undecided), ("GET / HTTP/1.1\r\n", .http),
        ("HTTP/1.1 200 OK\r\n", .http),
        ("POST /x", .http), ("SSH-2.0-x", .other), ("Content-Length: 20\r\n", .other), ("220 mail", .other),
        ("PO", .undecided),
        ("GETX", .plain), ("CONNECT pool.example.org:3333 HTTP/1.1\r\n", .connect("pool.example.org:3333")),
        ("CONN", .undecided),
        ("CONNECT pool.example.org", .undecided), ("CONNECT\u{20}\n", .http), ("\u{16}\u{03}\u{01}", .tls),
        ("\u{16}\u{03}", .undecided),
        ("\u{16}ab", .plain), ("[1]", .plain),
    ])
    func `the first bytes say what carries the messages`(text: String, opening: StreamOpening) {
        #expect(StreamOpening.judge(Array(text.utf8)[...]) == opening)
    }

    @Test func `a frame without its handshake is known and half of it waited for`() {
        let frame: [UInt8] = [0x81, 8] + Array(#"{"id":1}"#.utf8)
        #expect(StreamOpening.judge(frame[...]) == .webSocket)
        for length in 0..<4 { #expect(StreamOpening.judge(frame[..<length]) == .undecided) }
        #expect(StreamOpening.judge([0x81, 8, 0x41, 0x41]) == .plain)
    }

    @Test func `a request line without an end is decided in the end`() {
        let endless = Array("CONNECT ".utf8) + [UInt8](repeating: 0x61, count: StreamOpening.limit)
        #expect(StreamOpening.judge(endless[...]) == .http)
    }
}
