import Bytes
import Foundation
import Testing

struct JSONWriterTests {
    @Test func `commas stand between values and nowhere else`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.int(-1)
        writer.key("b")
        writer.beginArray()
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.null()
        writer.bool(true)
        writer.string("x")
        writer.endArray()
        writer.key("c")
        writer.bool(false)
        writer.endObject()
        #expect(writer.text == #"{"a":-1,"b":[{},[],null,true,"x"],"c":false}"#)
    }

    @Test func `control characters quotes and backslashes are escaped`() {
        var writer = JSONWriter()
        writer.string("a\"\\\n\r\t\u{0}\u{1b}\u{7f}清矿")
        #expect(writer.text == "\"a\\\"\\\\\\n\\r\\t\\u0000\\u001b\\u007f清矿\"")
    }

    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1.5, "1.5"), (100, "100"), (-3, "-3"), (0.1, "0.1"), (.nan, "null"),
        (.infinity, "null"),
        (-.infinity, "null"), (999_999_999_999_999, "999999999999999"), (1e300, "1e+300"),
        (.leastNonzeroMagnitude, "5e-324"),
    ])
    func `a number is written in its shortest form`(value: Double, text: String) {
        var writer = JSONWriter()
        writer.double(value)
        #expect(writer.text == text)
    }

    @Test func `another reader understands every character`() throws {
        var text = ""
        for value: UInt32 in 0..<0x800 { text.unicodeScalars.append(Unicode.Scalar(value) ?? "?") }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key(text)
        writer.string(text)
        writer.endObject()
        let read = try JSONDecoder().decode([String: String].self, from: Data(writer.bytes))
        #expect(read == [text: text])
    }
}
