import Foundation
import Stratum
import Support
import Testing

struct JSONReaderTests {
    static func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)[...]) }

    @Test func `values are taken as they are written`() throws {
        let value = try Self.read(
            #" {"a":[1,-2.5e3,true,false,null],"b":{"c":"\u00e9\n\ud83d\ude00"},"a2":18446744073709551617} "#)
        #expect(value["a"] == .array([.number("1"), .number("-2.5e3"), .bool(true), .bool(false), .null]))
        #expect(value["b"]?["c"]?.string == "é\n😀")
        #expect(value["a2"]?.word == "18446744073709551617")
        #expect(value["a"]?.items?[1].double == -2500)
        #expect(value["z"] == nil)
    }

    @Test func `of doubled keys the last counts`() throws {
        #expect(try Self.read(#"{"a":1,"a":2}"#)["a"]?.double == 2)
    }

    @Test func `a number that is not finite is no number`() throws {
        #expect(try Self.read("1e999").double == nil)
        #expect(JSONValue.string("nan").double == nil)
        #expect(JSONValue.string("0.25").double == 0.25)
        #expect(JSONValue.string(String(repeating: "1", count: 500)).double == nil)
    }

    @Test func `half a surrogate becomes the replacement character`() throws {
        #expect(try Self.read(#""\ud83dx""#).string == "\u{FFFD}x")
        #expect(try Self.read(#""\ud83d\u0041""#).string == "\u{FFFD}A")
    }

    @Test func `depth and count of values are limited`() {
        func failure(_ text: String) -> JSONReader.Failure? {
            do { _ = try JSONReader.read(Array(text.utf8)[...]) } catch { return error }
            return nil
        }
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(failure(nested(StratumLimits.depth)) == nil)
        #expect(failure(nested(StratumLimits.depth + 2)) == .tooDeep)
        #expect(failure(String(repeating: "[", count: 1_000_000)) == .tooDeep)
        #expect(failure("[" + String(repeating: "1,", count: StratumLimits.values) + "1]") == .tooManyValues)
        #expect(failure("[1,]") == .malformed(3))
    }

    @Test func `a text cut anywhere is refused`() {
        let text = Array(#"{"a":[1.5e3,"x\u0041",null,{"b":true}]}"#.utf8)
        for length in 0..<text.count {
            #expect(throws: JSONReader.Failure.self) { _ = try JSONReader.read(text[..<length]) }
        }
    }

    @Test func `the suite of hard texts is judged as it should be`() throws {
        guard let folder = try Places.corpus("adversarial")?.appendingPathComponent("json") else { return }
        var judged = (0, 0)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        where name.hasSuffix(".json") {
            let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
            let parses = (try? JSONReader.read(bytes[...])) != nil
            if name.hasPrefix("y_") {
                #expect(parses, "\(name)")
                judged.0 += 1
            } else if name.hasPrefix("n_") {
                #expect(!parses, "\(name)")
                judged.1 += 1
            }
        }
        #expect(judged.0 > 10 && judged.1 > 10)
    }
}
