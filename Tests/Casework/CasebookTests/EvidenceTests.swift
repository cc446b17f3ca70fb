import Casebook
import Foundation
import Support
import Testing
import Vocabulary

struct EvidenceTests {
    private static let abc = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    private static let abcd = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"

    @Test func `SM3 gives the digests of the standard's two examples`() throws {
        #expect(try EvidenceDigest.of(Array("abc".utf8)).sm3 == EvidenceTests.abc)
        let sixtyFour = Array(String(repeating: "abcd", count: 16).utf8)
        #expect(try EvidenceDigest.of(sixtyFour).sm3 == EvidenceTests.abcd)
    }

    @Test func `both digests and the size do not hang on how a file is cut into pieces`() throws {
        let folder = try Places.scratch("evidence")
        defer { try? FileManager.default.removeItem(at: folder) }
        var random = SplitMix(seed: 1)
        for size in [0, 1, 55, 56, 64, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 700_001] {
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            let path = folder.appendingPathComponent("\(size)").path
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let digest = try EvidenceDigest.of(file: path)
            #expect(try digest == EvidenceDigest.of(bytes))
            #expect(digest.bytes == size && digest.sha256 != digest.sm3)
        }
        #expect(throws: CasebookError.self) { try EvidenceDigest.of(file: folder.path + "/none") }
    }

    /// Sealed, with the reviews asked for.
    private func sealed(_ writer: CasebookWriter) throws -> EvidenceItem {
        let item = try KeepingScene.evidence(writer)
        return try writer.custody(
            item.id, .sealed, by: "An Lin", at: KeepingScene.now, found: item.digest, now: KeepingScene.now)
    }

    private var technical: EvidenceReview {
        EvidenceReview(
            kind: .technical, reviewer: "Ji Shu", at: KeepingScene.now, reference: "T-1", dataComplete: true,
            clocksRight: true, deviceStandard: true)
    }

    private var legal: EvidenceReview {
        EvidenceReview(
            kind: .legal, reviewer: "Fa Wu", at: KeepingScene.now, reference: "L-1", lawfullyCollected: true)
    }

    @Test func `an export is stamped lead only until a legal and a technical review are tied to every item`() throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            let caseID = try #require(KeepingScene.cases["Z1"])
            let reader = try CasebookReader.open(path)
            let warning = "线索，不作为处罚证据 / lead only, not penalty evidence"
            #expect(try reader.stamp(forCase: caseID).text == warning)
            let item = try sealed(writer)
            #expect(try reader.stamp(for: [item.id]).text == warning)
            try writer.review(item.id, technical, now: KeepingScene.now)
            #expect(try reader.stamp(for: [item.id]).text == warning)
            try writer.review(item.id, legal, now: KeepingScene.now)
            #expect(try reader.stamp(for: [item.id]) == .reviewed(legal: ["Fa Wu"], technical: ["Ji Shu"]))
            #expect(try reader.stamp(forCase: caseID).text == nil)
            // A second item that nobody looked at spoils the package, not the item.
            let other = try KeepingScene.evidence(writer)
            #expect(other.id == "\(caseID)-E02")
            #expect(try reader.stamp(forCase: caseID).text == warning)
            #expect(try reader.stamp(for: [item.id]).text == nil)
            #expect(throws: CasebookError.noSuchObject("evidence none")) { try reader.stamp(for: ["none"]) }
            try writer.close()
        }
    }

    @Test func `a review counts no longer once it fails, or the seal was opened or broken`() throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            let item = try sealed(writer)
            try writer.review(item.id, technical, now: KeepingScene.now)
            try writer.review(item.id, legal, now: KeepingScene.now)
            let reader = try CasebookReader.open(path)
            var unsound = technical
            unsound.clocksRight = nil
            try writer.review(item.id, unsound, now: KeepingScene.now)
            #expect(try reader.stamp(for: [item.id]).text != nil)
            try writer.review(item.id, technical, now: KeepingScene.now)
            #expect(try reader.stamp(for: [item.id]).text == nil)
            let later = KeepingScene.now.adding(seconds: 60)
            try writer.custody(item.id, .unsealed, by: "An Lin", at: later, now: later)
            #expect(try reader.stamp(for: [item.id]).text != nil)
            try writer.custody(item.id, .sealed, by: "An Lin", at: later, found: item.digest, now: later)
            // Sealed again, but the reviews were of what lay there before.
            #expect(try reader.stamp(for: [item.id]).text != nil)
            let other = try EvidenceDigest.of([1])
            let broken = try writer.custody(item.id, .checked, by: "An Lin", at: later, found: other, now: later)
            #expect(broken.seal == .broken)
            #expect(
                try writer.custody(item.id, .sealed, by: "An Lin", at: later, found: item.digest, now: later).seal
                    == .broken)
            #expect(broken.custody.map(\.act) == [.collected, .sealed, .unsealed, .sealed, .checked])
            guard case .intact = try reader.auditVerify() else {
                Issue.record("the chain does not hold")
                return
            }
            try writer.close()
        }
    }

    @Test func `who collected it or made the other review may not review, and nothing open is reviewed`() throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            let open = try KeepingScene.evidence(writer)
            #expect(try CaseScene.codes { try writer.review(open.id, legal, now: KeepingScene.now) } == ["not-sealed"])
            let item = try sealed(writer)
            var own = legal
            own.reviewer = " an  LIN"
            #expect(
                try CaseScene.codes { try writer.review(item.id, own, now: KeepingScene.now) }
                    == ["reviewer-collected"])
            try writer.review(item.id, technical, now: KeepingScene.now)
            own.reviewer = "Ji Shu"
            #expect(
                try CaseScene.codes { try writer.review(item.id, own, now: KeepingScene.now) } == ["separate-duties"])
            own.reviewer = "scan"
            own.at = KeepingScene.now.adding(seconds: 1)
            #expect(
                try CaseScene.codes { try writer.review(item.id, own, now: KeepingScene.now) }
                    == ["in-the-future", "no-person"])
            try writer.close()
        }
    }

    @Test func `evidence that is not one is refused, and its rows cannot be changed`() throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            let digest = try EvidenceDigest.of([])
            func codes(_ origin: EvidenceItem.Origin, _ digest: EvidenceDigest, _ source: String = "s") throws
                -> [String]
            {
                try CaseScene.codes {
                    try writer.addEvidence(
                        case: KeepingScene.cases["Z1"] ?? "", digest: digest, source: source, origin: origin,
                        collectedBy: "An Lin", collectedAt: KeepingScene.now, now: KeepingScene.now)
                }
            }
            #expect(try codes(.document, digest) == [])
            #expect(try codes(.packets(captureSHA256: "", first: 1, last: 1), digest) == ["bad-field"])
            let long = String(repeating: "a", count: 64)
            #expect(try codes(.packets(captureSHA256: long, first: 0, last: 1), digest) == ["bad-field"])
            #expect(try codes(.packets(captureSHA256: long, first: 9, last: 8), digest) == ["bad-field"])
            #expect(try codes(.query(""), digest, "") == ["bad-field", "bad-field"])
            #expect(try codes(.document, EvidenceDigest(bytes: -1, sha256: "", sm3: "")) == ["bad-field"])
            #expect(throws: CasebookError.noSuchObject("case:none")) {
                try writer.addEvidence(
                    case: "none", digest: digest, source: "s", origin: .document, collectedBy: "An Lin",
                    collectedAt: KeepingScene.now, now: KeepingScene.now)
            }
            try writer.close()
        }
    }
}
