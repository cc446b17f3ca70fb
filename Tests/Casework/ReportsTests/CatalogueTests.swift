import Foundation
import Reports
import Support
import Testing
import Vocabulary

@Suite struct CatalogueTests {
    static func words(_ name: String) throws -> [String: String] {
        let place = Places.root.appendingPathComponent("Sources/Casework/Reports/Resources/\(name)")
        return try JSONDecoder().decode([String: String].self, from: Data(contentsOf: place))
    }

    @Test("both languages have the same keys and placeholders")
    func pairs() throws {
        let zh = try Self.words("zh-CN.json")
        let en = try Self.words("en.json")
        #expect(Set(zh.keys) == Set(en.keys))
        for (key, text) in zh {
            func slots(_ text: String) -> Set<String> { Set(text.matches(of: /\{\w+\}/).map { String($0.0) }) }
            #expect(slots(text) == slots(en[key] ?? ""), "\(key)")
        }
    }

    @Test("English words hold no Han character, no word is empty")
    func english() throws {
        // The switch to the other language is written in that language.
        for (key, text) in try Self.words("en.json") where key != "language" {
            #expect(!text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(key)")
            #expect(!text.isEmpty, "\(key)")
        }
    }

    @Test("every reason that the rooms below write has a sentence in both languages")
    func reasons() throws {
        let zh = try Self.words("zh-CN.json")
        var seen = 0
        for folder in ["Judgement/Detectors", "Judgement/Fusion", "Network/Sessions"] {
            let place = Places.root.appendingPathComponent("Sources/\(folder)")
            let walker = try #require(FileManager.default.enumerator(at: place, includingPropertiesForKeys: nil))
            for case let file as URL in walker where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in text.matches(of: /Reason\(\s*id:\s*"([a-z-]+)"/) {
                    seen += 1
                    #expect(zh["reason.\(match.1)"] != nil, "\(match.1) in \(file.lastPathComponent)")
                }
            }
        }
        #expect(seen > 20)
    }

    @Test("the machine's words carry no verdict")
    func noVerdict() throws {
        for (key, text) in try Self.words("zh-CN.json") where key.hasPrefix("reason.") || key.hasPrefix("band.") {
            #expect(!text.contains("查实") && !text.contains("违法"), "\(key): \(text)")
        }
    }

    @Test("a reason without its value says unknown, not zero")
    func unknownValue() throws {
        let words = try Catalogue.load(.en)
        let text = words.sentence(for: Reason(id: "night-minimum-step", unit: "kW"))
        #expect(text.contains(words["unknown"]))
        #expect(!text.contains("0 kW"))
        #expect(words.sentence(for: Reason(id: "no-such-reason")) == "no-such-reason")
    }
}
