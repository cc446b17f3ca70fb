import Foundation
import Operations
import Sessions
import Support
import Terminal
import Testing
import Vocabulary

/// What `countermine explain` tells of the sample sessions.
@Suite struct SessionStoryTests {
    private static func seen(_ sample: String, _ identities: Identities) throws -> [CaptureAnalysis.SeenSession] {
        let request = CaptureRequest(
            paths: [Places.root.appendingPathComponent("Samples/\(sample)").path], filter: nil, identities: identities,
            minimumTier: nil, home: Places.root, digests: .none)
        var found: [CaptureAnalysis.SeenSession] = []
        _ = try CaptureAnalysis.run(request, progress: .silent) { if let one = $0.session { found.append(one) } }
        return found
    }

    @Test(arguments: [Language.zh, .en], CaptureFormsTests.samples)
    func `every sentence has its words, every frame its number`(language: Language, sample: String) throws {
        for one in try Self.seen(sample, .masked) {
            let parts = try SessionStory(one, identities: .masked, language: language).parts()
            let text = parts.flatMap { [$0.title] + $0.lines }
            #expect(parts.allSatisfy { !$0.title.isEmpty && !$0.lines.isEmpty })
            for line in text {
                for group in ["story.", "tier.", "flag.", "event.", "reason."] { #expect(!line.hasPrefix(group)) }
                #expect(!line.contains("{") || line.hasPrefix("tshark"), "\(line)")
            }
            let han = text.contains { $0.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) } }
            #expect(han == (language == .zh))
            for evidence in one.observation.evidence {
                #expect(text.contains { $0.contains("\(evidence.frame)") })
            }
            // The machine never says more than suspected.
            #expect(text.contains { $0.contains(language == .zh ? "疑似" : "Suspected") })
            if let account = one.observation.account, account.utf8.count > 8 {
                #expect(!text.contains { $0.contains(account) })
                let full = try SessionStory(one, identities: .full, language: language).parts()
                #expect(full.contains { $0.lines.contains { $0.contains(account) } })
            }
        }
    }

    @Test func `a miner is told with power and what speaks against it`() throws {
        let one = try #require(try Self.seen("homes-with-rigs/captures/home-one.pcap", .masked).first)
        let parts = try SessionStory(one, identities: .masked, language: .en).parts()
        let text = parts.flatMap(\.lines)
        #expect(text.contains { $0.hasPrefix("Power 796 W (169 W – 1682 W)") })
        #expect(text.contains("Jobs 140; shares submitted 102, accepted 101, rejected 1."))
        #expect(text.contains { $0.contains("names a line, not a person") })
    }
}
