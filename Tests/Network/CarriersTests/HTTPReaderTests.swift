import Carriers
import Support
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
                case .piece(let piece):
                    let text = String(decoding: piece, as: UTF8.self)
                    if told.last?.hasPrefix("piece") == true {
                        told[told.count - 1] += text
                    } else {
                        told.append("piece " + text)
                    }
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

    @Test func `an answer without a length is told as it comes and an empty one is not waited for`() {
        #expect(
            Self.parts("HTTP/1.1 200 OK\r\n\r\n{}POST / HTTP/1.1\r\n\r\n") == [
                "HTTP/1.1 200 OK", "piece {}POST / HTTP/1.1\r\n\r\n",
            ])
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

    @Test func `words ahead and answers to HEAD have no body`() {
        var reader = HTTPReader()
        var told: [String] = []
        var bytes = Array(
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 Two\nContent-Length: 2\n\r\nok")
                .utf8)[...]
        while let part = reader.next(&bytes) {
            if case .head(let head) = part {
                told.append(head.start)
                if head.start.hasSuffix("200 OK") { reader.expectNoBody() }
            } else if case .body(let body) = part {
                told.append(String(decoding: body, as: UTF8.self))
            }
        }
        #expect(
            told == ["HTTP/1.1 100 Continue", "HTTP/1.1 304 Not Modified", "HTTP/1.1 200 OK", "HTTP/1.1 200 Two", "ok"])
    }

    @Test func `long extensions and leading zeros of a chunk's length are read`() {
        let extra = String(repeating: "e", count: 2_000)
        #expect(
            Self.parts("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n000000000002;\(extra)\r\nok\r\n0\r\n\r\n")
                == ["POST / HTTP/1.1", "body ok"])
    }

    /// A body in each coding, by length and by chunks.
    static func coded() -> [(name: String, bytes: [UInt8])] {
        let text = Array(#"{"id":1,"method":"getwork","params":[]}"#.utf8)
        func sized(_ header: String, _ body: [UInt8]) -> [UInt8] {
            Array("POST / HTTP/1.1\r\n\(header)\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
        }
        func chunked(_ header: String, _ body: [UInt8]) -> [UInt8] {
            var bytes = Array("POST / HTTP/1.1\r\n\(header)\r\n\r\n".utf8)
            for at in stride(from: 0, to: body.count, by: 7) {
                let chunk = body[at..<min(at + 7, body.count)]
                bytes += Array((String(chunk.count, radix: 16) + "\r\n").utf8) + chunk + Array("\r\n".utf8)
            }
            return bytes + Array("0\r\nX-Trailer: 1\r\n\r\n".utf8)
        }
        return [
            ("gzip", sized("Content-Encoding: GZIP", DeflateWriter.gzip(text))),
            (
                "members",
                sized(
                    "Content-Encoding: x-gzip",
                    DeflateWriter.gzip(Array(text.prefix(9))) + DeflateWriter.gzip(Array(text.dropFirst(9))))
            ),
            ("zlib", sized("Content-Encoding: deflate", DeflateWriter.zlib(text))),
            ("raw", sized("Content-Encoding: identity, deflate", DeflateWriter.raw(text))),
            ("transfer", chunked("Transfer-Encoding: gzip, chunked", DeflateWriter.gzip(text))),
            (
                "both",
                chunked(
                    "Content-Encoding: deflate\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
                    DeflateWriter.gzip(DeflateWriter.zlib(text)))
            ),
        ]
    }

    @Test func `coded bodies are given plain wherever they are cut`() {
        let told = ["POST / HTTP/1.1", #"body {"id":1,"method":"getwork","params":[]}"#]
        for (name, bytes) in Self.coded() {
            for at in 0...bytes.count { #expect(Self.parts([bytes[..<at], bytes[at...]]).told == told, "\(name)") }
        }
    }

    @Test func `a coded body that ends with the connection is told as it comes`() {
        let text = String(repeating: #"{"id":1,"result":true}"# + "\n", count: 40)
        let head = Array("HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n".utf8)
        let bytes = head + DeflateWriter.gzip(Array(text.utf8))
        for at in 0...bytes.count {
            #expect(Self.parts([bytes[..<at], bytes[at...]]).told == ["HTTP/1.0 200 OK", "piece " + text])
        }
    }

    @Test func `an unknown coding is passed over and the next body is read`() {
        for coding in ["br", "gzip, gzip, gzip"] {
            let text =
                "POST / HTTP/1.1\r\nContent-Encoding: \(coding)\r\nContent-Length: 2\r\n\r\nzzPOST /b HTTP/1.1\r\n"
                + "Content-Length: 1\r\n\r\ny"
            #expect(Self.parts(text) == ["POST / HTTP/1.1", "POST /b HTTP/1.1", "body y"])
        }
    }

    @Test func `a bomb is counted and the next body is read`() {
        let bomb = DeflateWriter.gzip([UInt8](repeating: 0x20, count: 4 << 20))
        let twice = DeflateWriter.gzip(bomb)
        for body in [bomb, twice] {
            let coding = body == bomb ? "gzip" : "gzip, gzip"
            let head = "POST / HTTP/1.1\r\nContent-Encoding: \(coding)\r\nContent-Length: \(body.count)\r\n\r\n"
            let bytes = Array(head.utf8) + body + Array("POST /b HTTP/1.1\r\nContent-Length: 1\r\n\r\ny".utf8)
            let (told, reader) = Self.parts([bytes[...]])
            #expect(told == ["POST / HTTP/1.1", "POST /b HTTP/1.1", "body y"])
            #expect(reader.expansionLimited == 1)
        }
        let endless = Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".utf8) + bomb
        let (told, reader) = Self.parts([endless[...]])
        #expect((told.last?.utf8.count ?? 0) <= 1 << 20 + 6 && reader.expansionLimited == 1)
    }

    @Test func `cuts and random flips neither trap nor pass the limits`() {
        var random = SplitMix(seed: 3)
        let samples = Self.coded().map(\.bytes) + [Array(Self.calls.utf8)]
        for sample in samples { for length in 0..<sample.count { _ = Self.parts([sample[..<length]]) } }
        for round in 0..<20_000 {
            var bytes = samples[round % samples.count]
            for _ in 0...Int(random.next() % 3) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            let at = Int(random.next() % UInt64(bytes.count))
            let told = Self.parts([bytes[..<at], bytes[at...]]).told
            #expect(told.reduce(0) { $0 + $1.utf8.count } <= 3 * (16 << 10 + 100 * bytes.count))
        }
    }
}
