import Dashboard
import Testing

@Suite struct MultipartReaderTests {
    private static let type = "multipart/form-data; boundary=\"xYz\""
    private static let form = """
        preamble\r
        --xYz\r
        Content-Disposition: form-data; name="token"\r
        \r
        abc\r
        --xYz\r
        content-disposition: form-data; name="file"; filename="a\\"b;c.pcap"\r
        Content-Type: application/octet-stream\r
        \r
        line\r
        \r
        --xY not yet\r\r
        --xYz \t\r
        Content-Disposition: form-data; name="empty"\r
        \r
        \r
        --xYz--\r
        epilogue
        """

    private static func read(_ text: String, by size: Int) throws -> [MultipartReader.Event] {
        var reader = try #require(MultipartReader(contentType: type))
        var events: [MultipartReader.Event] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            for event in try reader.feed(bytes[start..<min(bytes.count, start + size)]) {
                // Pieces of a file may be cut anywhere.
                if case .bytes(let more) = event, case .bytes(let before) = events.last {
                    events[events.count - 1] = .bytes(before + more)
                } else {
                    events.append(event)
                }
            }
        }
        try reader.finish()
        return events
    }

    @Test("fields and files come out the same however the bytes arrive")
    func pieces() throws {
        let wanted: [MultipartReader.Event] = [
            .field(name: "token", value: "abc"), .file(name: "file", fileName: "a\"b;c.pcap"),
            .bytes(Array("line\r\n\r\n--xY not yet\r".utf8)), .fileEnd, .field(name: "empty", value: ""), .end,
        ]
        for size in 1...Self.form.utf8.count { #expect(try Self.read(Self.form, by: size) == wanted, "\(size)") }
    }

    @Test("a form that is cut off anywhere is a fault")
    func cut() throws {
        let bytes = Array(Self.form.utf8)
        let whole = Self.form.utf8.count - "\r\nepilogue".utf8.count
        for end in 0..<whole {
            #expect(throws: MultipartReader.Fault.self) {
                try Self.read(String(decoding: bytes[..<end], as: UTF8.self), by: 7)
            }
        }
    }

    @Test("limits hold: long heads, long fields, many parts, no boundary")
    func limits() throws {
        #expect(MultipartReader(contentType: "multipart/form-data") == nil)
        #expect(MultipartReader(contentType: "multipart/form-data; boundary=") == nil)
        #expect(
            MultipartReader(contentType: "multipart/form-data; boundary=" + String(repeating: "a", count: 300)) == nil)
        #expect(MultipartReader(contentType: "application/x-www-form-urlencoded") == nil)
        func part(_ head: String, _ value: String) -> String { "--xYz\r\n\(head)\r\n\r\n\(value)\r\n" }
        let named = "Content-Disposition: form-data; name=\"a\""
        let long = String(repeating: "x", count: MultipartReader.Limits.fieldBytes + 1)
        for text in [
            part(named, long) + "--xYz--", part(named + "\r\nX: " + long, "v") + "--xYz--",
            String(repeating: part(named, "v"), count: MultipartReader.Limits.parts + 1) + "--xYz--",
            part("X: y", "v") + "--xYz--", "--xYz garbage\r\n\r\n",
        ] {
            #expect(throws: MultipartReader.Fault.self) { try Self.read(text, by: 1000) }
        }
        let most = String(repeating: "x", count: MultipartReader.Limits.fieldBytes)
        #expect(try Self.read(part(named, most) + "--xYz--", by: 999).first == .field(name: "a", value: most))
    }

    @Test("no byte that is changed makes it trap")
    func flips() throws {
        let bytes = Array(Self.form.utf8)
        var outcomes: Set<String> = []
        for place in bytes.indices {
            for bit in 0..<8 {
                var copy = bytes
                copy[place] ^= 1 << UInt8(bit)
                var reader = try #require(MultipartReader(contentType: Self.type))
                do {
                    _ = try reader.feed(copy)
                    try reader.finish()
                    outcomes.insert("whole")
                } catch { outcomes.insert(error.what) }
            }
        }
        #expect(outcomes.contains("whole") && outcomes.count > 2)
    }
}
