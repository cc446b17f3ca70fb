import Foundation
import Support
import Testing

/// The words of the pages.
@Suite struct WordsTests {
    private static func words(_ path: String) throws -> [String: String] {
        let place = Places.root.appendingPathComponent("Sources/\(path)")
        return try JSONDecoder().decode([String: String].self, from: Data(contentsOf: place))
    }

    @Test("both languages have the same words, and every word that a page names is there")
    func complete() throws {
        let own = "Doors/Dashboard/Resources/words"
        let (zh, en) = (try Self.words("\(own)/zh-CN.json"), try Self.words("\(own)/en.json"))
        #expect(Set(zh.keys) == Set(en.keys))
        for (key, text) in zh {
            func slots(_ text: String) -> [String] { text.matches(of: /\{\w+\}/).map { String($0.0) }.sorted() }
            #expect(slots(text) == slots(en[key] ?? ""), "\(key)")
        }
        let all = Set(en.keys).union(try Self.words("Casework/Reports/Resources/en.json").keys)
        let folder = Places.root.appendingPathComponent("Sources/Doors/Dashboard")
        let walker = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var named = 0
        for case let file as URL in walker where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /words\["([^"\\]+)"\]/) {
                named += 1
                #expect(all.contains(String(match.1)), "\(match.1) in \(file.lastPathComponent)")
            }
        }
        #expect(named > 200)
    }

    @Test("the words of the pages carry no verdict of the machine's")
    func noVerdict() throws {
        for (key, text) in try Self.words("Doors/Dashboard/Resources/words/zh-CN.json") where key.hasPrefix("office.") {
            #expect(!text.contains("违法") && !text.contains("确认挖矿"), "\(key)")
        }
    }
}
