import Casebook
import Foundation
import GRDB
import Support
import Testing
import Vocabulary

@Suite struct PurgeTests {
    private static let key: RegisterKey? = RegisterKey(Array(repeating: 7, count: 32))

    /// A case with a lead, and a second run that retires the first one's findings.
    private static func scene(_ state: String, _ work: (CaseScene) throws -> Void) throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            let known = KnownRegister(units: CaseScene.units, sites: World.sites)
            let text =
                "source,reference,received_at,unit,subject,sender,text\n"
                + "cncert,C-1,2026-09-01,330110,203.0.113.7:3333,Zhang San,the flat above the shop\n"
            let file = LeadImport(
                RegisterFile(name: "leads.csv", text: text), known: known, key: try #require(key))
            _ = try scene.writer.take(file, by: "intake", now: scene.now)
            try scene.writer.record(
                [.leadCase(lead: file.leads[0].id, caseID: scene.caseID)], by: "a", now: scene.now)
            try scene.go(to: state)
            _ = try World.publish(
                scene.writer, "b", [World.assessment("S1", 0.2), World.assessment("S2", 0.85)], findings: [])
            try work(scene)
        }
    }

    private static func everything(_ store: String) throws -> String {
        try DatabaseQueue(path: store).read { db in
            try ["finding", "assessment", "lead_detail", "finding_tie", "assessment_tie"].map { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map(\.description).joined()
            }.joined()
        }
    }

    @Test func `ninety days after an exclusion nothing personal is left, and the log says what is gone`() throws {
        try Self.scene("excluded") { scene in
            let later = scene.now.adding(seconds: 100 * 86_400)
            let cut = later.adding(seconds: -90 * 86_400)
            let before = try Self.everything(scene.store)
            for word in ["Zhang San", "the flat above", "203.0.113.7", "f1"] { #expect(before.contains(word)) }
            let done = try scene.writer.purgeExcluded(before: cut, now: later)
            #expect(done.sites == 1 && done.rows >= 2 && done.leads == 1, "\(done)")
            let after = try Self.everything(scene.store)
            for word in ["Zhang San", "the flat above", "203.0.113.7"] { #expect(!after.contains(word), "\(word)") }
            let reader = try CasebookReader.open(scene.store)
            guard case .intact = try reader.auditVerify() else { throw CasebookError.missing(path: "chain") }
            let row = try DatabaseQueue(path: scene.store).read {
                try String.fetchOne($0, sql: "SELECT detail FROM audit WHERE action = 'purge'")
            }
            #expect(row?.contains("1 leads, sha256 ") == true)
            // The other site's case is open: all of it is there.
            #expect(try reader.leads().total == 1)
            #expect(
                try scene.writer.purgeExcluded(before: cut, now: later) == PurgeSummary(), "a second time does nothing")
            let queue = try DatabaseQueue(path: scene.store)
            #expect(throws: DatabaseError.self, "the guards are back") {
                try queue.write { try $0.execute(sql: "UPDATE lead_detail SET body = '{}'") }
            }
            #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: "DELETE FROM finding") } }
        }
    }

    @Test(arguments: ["excluded", "confirmed", "detected"])
    func `an exclusion of yesterday, and a case that is no exclusion, are left alone`(_ state: String) throws {
        try Self.scene(state) { scene in
            let before = try Self.everything(scene.store)
            let cut = state == "excluded" ? scene.now.adding(seconds: -86_400) : scene.now.adding(seconds: 900 * 86_400)
            let done = try scene.writer.purgeExcluded(before: cut, now: scene.now.adding(seconds: 1000 * 86_400))
            #expect(done == PurgeSummary())
            #expect(try Self.everything(scene.store) == before)
        }
    }
}
