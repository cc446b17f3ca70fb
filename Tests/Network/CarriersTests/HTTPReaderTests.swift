import Carriers
import Testing

struct HTTPReaderTests {
    /// Heads' first lines and bodies, in order.
    static func parts(_ pieces: [ArraySlice<UInt8>]) -> (told: [String], reader: HTTPReader) {
        var reader = HTTPReader()
        var told: [String] = []
        for piece in pieces {
            var rest = piece
            while let part = reader.next(&rest) {
                switch part {
                case .head(let head): told.append(head.start)
                case .body(let body): told.append("body " + String(decoding: body, as: UTF8.self))
                }
            }
        }
        return (told, reader)
    }

    static func parts(_ text: String) -> [String] { parts([Array(text.utf8)[...]]).told }

    static let calls =
        "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nfirst"
        + "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsec\r\n3;x=1\r\nond\r\n0\r\nT: 1\r\n\r\n"
        + "GET /lp HTTP/1.1\r\n\r\n" + "POST /b HTTP/1.1\ncontent-length:2\n\nok"

    static let told = [
        "POST / HTTP/1.1", "body first", "POST /a HTTP/1.1", "body second", "GET /lp HTTP/1.1", "POST /b HTTP/1.1",
        "body ok",
    ]

    @Test func `bodies by length and by chunks are given whole`() {
        #expect(Self.parts(Self.calls) == Self.told)
    }

    @Test func `a cut at any place changes nothing`() {
        let bytes = Array(Self.calls.utf8)
        for at in 0...bytes.count { #expect(Self.parts([bytes[..<at], bytes[at...]]).told == Self.told) }
        #expect(Self.parts(bytes.indices.map { bytes[$0...$0] }).told == Self.told)
    }

    @Test func `a head names what was asked and by whom`() throws {
        var reader = HTTPReader()
        // user "account.rig1", password "x"
        var bytes = Array(
            "CONNECT pool.example.org:3333 HTTP/1.1\r\nAuthorization: basic YWNjb3VudC5yaWcxOng=\r\nX-A: \t b c\r\n\r\n{"
                .utf8)[...]
        guard case .head(let head)? = reader.next(&bytes) else {
            Issue.record("no head")
            return
        }
        #expect(head.verb == "CONNECT" && head.target == "pool.example.org:3333" && head.status == nil)
        #expect(head.basicUser == "account.rig1")
        #expect(head["x-a"] == "b c" && head["x-b"] == nil)
        #expect(Array(bytes) == Array("{".utf8))
    }

    @Test func `an answer without a length is passed over and an empty one is not waited for`() {
        #expect(Self.parts("HTTP/1.1 200 OK\r\n\r\n{}POST / HTTP/1.1\r\n\r\n") == ["HTTP/1.1 200 OK"])
        #expect(
            Self.parts("HTTP/1.1 204 No\r\n\r\nHTTP/1.1 304 No\r\n\r\n") == ["HTTP/1.1 204 No", "HTTP/1.1 304 No"])
    }

    @Test func `a body above the limit is passed over and the next one is read`() {
        let big = String(repeating: "x", count: 70_000)
        let text =
            "POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n\(big)POST /b HTTP/1.1\r\nContent-Length: 1\r\n\r\ny"
        #expect(Self.parts(text) == ["POST / HTTP/1.1", "POST /b HTTP/1.1", "body y"])
    }

    @Test(arguments: [
        String(repeating: "a", count: 20_000), "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ])
    func `what cannot be read ends the reading`(text: String) {
        #expect(Self.parts([Array((text + "more").utf8)[...]]).reader.isBroken)
    }
}

struct WebSocketReaderTests {
    static func frame(_ text: String, opcode: UInt8 = 0x81, mask: [UInt8]? = [1, 2, 3, 4]) -> [UInt8] {
        let bytes = Array(text.utf8)
        var frame = [opcode]
        let flag: UInt8 = mask == nil ? 0 : 0x80
        if bytes.count < 126 {
            frame.append(flag | UInt8(bytes.count))
        } else {
            frame += [flag | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        }
        guard let mask else { return frame + bytes }
        return frame + mask + bytes.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    }

    static func payload(_ pieces: [ArraySlice<UInt8>]) -> (text: String, reader: WebSocketReader) {
        var reader = WebSocketReader()
        var bytes: [UInt8] = []
        for piece in pieces {
            var rest = piece
            while let part = reader.next(&rest) { bytes += part }
        }
        return (String(decoding: bytes, as: UTF8.self), reader)
    }

    static let stream =
        frame("{\"a\":", opcode: 0x01) + frame("ping", opcode: 0x89) + frame("1}", opcode: 0x80) + frame("", mask: nil)
        + frame(String(repeating: "y", count: 300), mask: nil)

    @Test func `frames masked split and long give their payload and control frames none`() {
        let expected = "{\"a\":1}" + String(repeating: "y", count: 300)
        #expect(Self.payload([Self.stream[...]]).text == expected)
        for at in 0...Self.stream.count {
            #expect(Self.payload([Self.stream[..<at], Self.stream[at...]]).text == expected)
        }
    }

    @Test func `compressed frames and unknown kinds end the reading`() {
        #expect(Self.payload([Self.frame("x", opcode: 0xC1)[...]]).reader.isBroken)
        #expect(Self.payload([Self.frame("x", opcode: 0x83)[...]]).reader.isBroken)
    }

    @Test func `a frame of the largest length does not trap`() {
        let bytes: [UInt8] = [0x82, 0x7F] + [UInt8](repeating: 0xFF, count: 8) + [1, 2, 3]
        #expect(!Self.payload([bytes[...]]).reader.isBroken)
    }
}

struct SocksReaderTests {
    static let byName: [UInt8] = [5, 1, 0] + [5, 1, 0, 3, 4] + Array("Pool".utf8) + [0x0D, 0x05]

    @Test(arguments: [
        (byName, SocksReader.Step.done(length: 14, target: "pool:3333")),
        (
            [5, 2, 0, 2, 1, 1, 0x61, 1, 0x62, 5, 1, 0, 1, 192, 0, 2, 1, 0, 80],
            .done(length: 19, target: "192.0.2.1:80")
        ),
        ([5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], .done(length: 12, target: nil)),
        ([5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], .done(length: 14, target: nil)),
        (
            [4, 1, 0, 80, 0, 0, 0, 1, 0x75, 0] + Array("h.example".utf8) + [0],
            .done(length: 20, target: "h.example:80")
        ),
        ([0, 0x5A, 0, 0, 0, 0, 0, 0], .done(length: 8, target: nil)), ([5, 9, 1, 1], .notSocks), ([4, 9], .notSocks),
        ([5, 1, 0, 5, 2], .notSocks), ([0x7B], .notSocks),
    ])
    func `the opening is read to its end`(bytes: [UInt8], step: SocksReader.Step) {
        #expect(SocksReader.read((bytes + [0x7B])[..<bytes.count]) == step)
    }

    @Test func `half of it asks for more`() {
        for length in 1..<Self.byName.count { #expect(SocksReader.read(Self.byName[..<length]) == .more) }
    }

    @Test func `an opening without an end is none`() {
        #expect(
            SocksReader.read(([4, 1, 0, 80, 1, 2, 3, 4] + [UInt8](repeating: 0x61, count: 2_000))[...]) == .notSocks)
    }
}
