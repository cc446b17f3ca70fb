import Casebook
import Foundation
import GRDB
import Testing
import Vocabulary

struct CaseFactsTests {
    private func facts(_ path: String, _ table: String = "case_fact") throws -> [String] {
        try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY case_id").map { "\($0)" }
        }
    }

    @Test(arguments: TransitionTests.states)
    func `the facts kept step by step are those of the events`(_ state: String) throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: state)
            if state == "recurred" { try scene.take("T24") }
            if state == "confirmed" {
                try scene.writer.undo(
                    case: scene.caseID, actor: CaseScene.actor("reviewer"), reason: "unsigned",
                    expectedVersion: scene.version, rules: CaseScene.rules, now: scene.now)
            }
            let kept = try facts(scene.store)
            try scene.writer.rebuildFacts()
            #expect(try facts(scene.store) == kept)
            let records = try DatabaseQueue(path: scene.store).read {
                try Int.fetchOne(
                    $0,
                    sql: """
                        SELECT count(*) FROM case_record c JOIN case_fact f ON f.case_id = c.id
                        AND f.state = c.state AND f.holder = c.holder AND f.due IS c.due AND f.version = c.version
                        """)
            }
            #expect(records == kept.count)
        }
    }

    @Test func `the book as of any moment is the book that stood at that moment`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            var stood: [(Instant, [KPIFigure], [String: Int])] = []
            func window(_ asOf: Instant?) -> KPIWindow {
                KPIWindow(
                    start: Instant(seconds: 1_780_000_000), end: Instant(seconds: 1_900_000_000), asOf: asOf)
            }
            let reader = try CasebookReader.open(scene.store)
            let timeless: Set<String> = ["K02", "K03", "K04", "K05", "K08", "K11", "K21", "K22"]
            for step in (CaseScene.path["archived"] ?? []) + ["T23", "T24", "T04", "T06"] {
                try scene.take(step)
                stood.append(
                    (scene.now, try reader.figures(window(nil), only: timeless), try reader.stateCounts()))
            }
            for (moment, figures, counts) in stood {
                #expect(try reader.figures(window(moment), only: timeless) == figures)
                #expect(try reader.stateCounts(asOf: moment) == counts)
            }
        }
    }

    /// The store of before: the same file without the later step.
    @Test func `an older store keeps its cases, their due days and an unbroken chain`() throws {
        try World.with { (path: String) throws in
            let before = try World.fill(path)
            try before.close()
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA foreign_keys = OFF")
                let tables = [
                    "case_fact", "case_act", "case_opening", "lead_case", "lead", "handover_reply", "handover",
                    "list_item",
                    "measured_energy", "emission_factor", "surcharge_rate", "meter_coverage", "link_coverage",
                    "source_seen", "weekly_return",
                ]
                for table in tables { try db.execute(sql: "DROP TABLE \(table)") }
                let indexes = try String.fetchAll(
                    db,
                    sql:
                        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL AND name NOT LIKE '%_now'"
                )
                for index in indexes { try db.execute(sql: "DROP INDEX \(index)") }
                try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '%lifecycle%'")
            }
            let records = try queue.read { try Row.fetchAll($0, sql: "SELECT * FROM case_record").map { "\($0)" } }
            try queue.close()
            let writer = try CasebookWriter.open(path, province: "330000")
            try writer.register(
                sites: World.sites, links: World.links, units: CaseScene.units, complete: true, now: World.now)
            let reader = try CasebookReader.open(path)
            #expect(
                try reader.overdue(on: CalendarDate(daysSince1970: 20_720)).map(\.due.description) == [
                    "2026-09-23", "2026-09-23",
                ])
            #expect(try queueRows(path) == records)
            try writer.transition(
                case: "330000-2026-0002", by: "T27", actor: CaseScene.actor("province_officer"), reason: "test",
                fields: void, expectedVersion: 1, rules: CaseScene.rules, now: World.now.adding(seconds: 60))
            guard case .intact = try reader.auditVerify() else {
                Issue.record("chain broken")
                return
            }
        }
    }

    private func queueRows(_ path: String) throws -> [String] {
        try DatabaseQueue(path: path).read { try Row.fetchAll($0, sql: "SELECT * FROM case_record").map { "\($0)" } }
    }

    private var void: TransitionFields {
        var form = TransitionFields()
        form.code = "test-entry"
        form.second = CaseActor(name: "Er Shen", role: "reviewer", unit: "330000")
        return form
    }

    @Test(arguments: [
        "case_act", "case_opening", "lead", "handover", "measured_energy", "surcharge_rate", "source_seen",
    ])
    func `what was written of cases and figures is only appended`(_ table: String) throws {
        try World.with { (path: String) throws in
            let book = try FigureBook(path)
            try book.twoWeeks()
            try book.records(path)
            let queue = try DatabaseQueue(path: path)
            let column = try #require(
                try queue.read { try Row.fetchOne($0, sql: "SELECT * FROM \(table)") }?.columnNames.first)
            #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: "DELETE FROM \(table)") } }
            #expect(throws: DatabaseError.self) {
                try queue.write { try $0.execute(sql: "UPDATE \(table) SET \(column) = \(column)") }
            }
        }
    }

    @Test(arguments: [
        "UPDATE case_act SET unit = '330111'", "DELETE FROM case_act WHERE seq = (SELECT max(seq) FROM case_act)",
        "UPDATE case_act SET fields = replace(fields, 'M1', 'M5') WHERE category = 'M1'",
        "UPDATE case_act SET due = '2030-01-01'",
    ])
    func `who did a step, and with what, cannot be altered unseen`(_ sql: String) throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "confirmed")
            let queue = try DatabaseQueue(path: scene.store)
            try queue.writeWithoutTransaction { db in
                try db.execute(
                    sql: "PRAGMA foreign_keys = OFF; DROP TRIGGER case_act_fixed; DROP TRIGGER case_act_kept")
                try db.execute(sql: sql)
            }
            guard case .broken = try CasebookReader.open(scene.store).auditVerify() else {
                Issue.record("not found: \(sql)")
                return
            }
        }
    }
}
