import Casebook
import Foundation
import GRDB
import Testing
import Vocabulary

struct CaseClockTests {
    /// 1 790 000 000 is Monday 2026-09-21, 21:33 in Beijing.
    @Test func `each state's due day follows from the table and the working calendar`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            func due(_ step: String) throws -> String { try scene.take(step, after: 60).due?.description ?? "-" }
            #expect(try due("T01") == "2026-09-22")
            #expect(try due("T04") == "2026-09-22")
            // The dispatcher set four and twelve days.
            #expect(try due("T05") == "2026-09-25")
            #expect(try due("T07") == "2026-10-03")
            #expect(try due("T09") == "2026-09-28")
            #expect(try due("T12") == "2026-09-28")
            #expect(try due("T15") == "2026-09-24")
            #expect(try due("T17") == "2026-09-24")
            #expect(try due("T18") == "2026-10-21")
            scene.now = scene.now.adding(seconds: 30 * 86_400)
            // Wednesday 2026-10-21; five working days to report.
            #expect(try scene.take("T20", as: "scheduler", after: 0).due?.description == "2026-10-28")
            // The second round: 90 days after the closing, not after the first round.
            #expect(try due("T21") == "2026-12-20")
        }
    }

    @Test func `a second visit after the set day gets the usual days, a holiday moves a clock`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "inspecting")
            scene.now = scene.now.adding(seconds: 20 * 86_400)
            #expect(try scene.take("T08", after: 0).due?.description == "2026-10-14")
        }
        try World.with { (path: String) throws in
            let scene = try CaseScene(path)
            var rules = CaseScene.rules
            rules.calendar = WorkingCalendar(holidays: [scene.day(1), scene.day(2)])
            let record = try scene.writer.transition(
                case: scene.caseID, by: "T01", actor: CaseScene.actor("analyst"), reason: "",
                fields: scene.fields("T01"),
                expectedVersion: 1, rules: rules, now: scene.now)
            #expect(record.due?.description == "2026-09-24")
        }
    }

    @Test func `a late case is found although nobody opened it, a settled one is not late`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            let reader = try CasebookReader.open(scene.store)
            // Both cases opened on Monday 2026-09-21 are due on Wednesday.
            #expect(try reader.overdue(on: scene.day(2)).isEmpty)
            let late = try reader.overdue(on: scene.day(5))
            #expect(late.map(\.id) == ["330000-2026-0001", "330000-2026-0002"])
            #expect(late.map(\.days) == [3, 3])
            try scene.take("T02")
            #expect(try reader.overdue(on: scene.day(5)).map(\.id) == ["330000-2026-0002"])
        }
    }

    @Test func `a clock pauses with a reason and an end, and not for the county's own`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "accepted")
            scene.now = scene.now.adding(seconds: 60)
            let rules = CaseScene.rules
            func pause(_ role: String, _ days: Int, _ reason: String = "flood") throws -> [String] {
                try CaseScene.codes {
                    try scene.writer.suspend(
                        case: scene.caseID, until: scene.day(days), actor: CaseScene.actor(role), reason: reason,
                        expectedVersion: scene.version, rules: rules, now: scene.now)
                }
            }
            #expect(try pause("county_officer", 10) == ["wrong-role"])
            #expect(try pause("prefecture_officer", 0) == ["bad-end"])
            #expect(try pause("prefecture_officer", 181) == ["bad-end"])
            #expect(try pause("prefecture_officer", 10, "  ") == ["reason-missing"])
            // Due Friday 2026-09-25 or four days from Tuesday: three working days lie between; the pause ends Friday
            // 10-02.
            #expect(try pause("prefecture_officer", 10) == [])
            let reader = try CasebookReader.open(scene.store)
            let paused = try #require(try reader.cases().first)
            #expect(paused.state == "accepted" && paused.version == scene.version + 1)
            #expect(paused.due?.description == "2026-10-07")
            scene.version += 1
            #expect(try pause("prefecture_officer", 20) == ["wrong-state"])
            let back = try scene.writer.resume(
                case: scene.caseID, actor: CaseScene.actor("province_officer"), reason: "water gone",
                expectedVersion: scene.version, rules: rules, now: scene.now.adding(seconds: 86_400))
            #expect(back.due?.description == "2026-09-28")
            scene.version += 1
            scene.now = scene.now.adding(seconds: 30 * 86_400)
            #expect(try pause("prefecture_officer", 10) == ["already-overdue"])
        }
    }

    @Test func `the scheduler opens look-backs on their day, each once, and can do nothing else`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "closed")
            let rules = CaseScene.rules
            #expect(try scene.writer.openLookbacks(rules: rules, now: scene.now.adding(seconds: 29 * 86_400)) == [])
            let day = scene.now.adding(seconds: 30 * 86_400)
            #expect(try scene.writer.openLookbacks(rules: rules, now: day) == [scene.caseID])
            #expect(try scene.writer.openLookbacks(rules: rules, now: day) == [])
            scene.now = day.adding(seconds: 60)
            scene.version += 1
            let why = try scene.refused("T21", actor: CaseScene.actor("scheduler"))
            #expect(why.contains("wrong-role") && why.contains("no-person"))
        }
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "closed")
            scene.now = scene.now.adding(seconds: 60)
            #expect(try scene.refused("T20", actor: CaseScene.actor("scheduler")) == ["not-due"])
        }
    }

    @Test func `ninety days from the filing are warned of`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "confirmed")
            let reader = try CasebookReader.open(scene.store)
            #expect(try reader.outerLimits(on: scene.day(70), rules: CaseScene.rules).isEmpty)
            let warned = try reader.outerLimits(on: scene.day(91), rules: CaseScene.rules)
            #expect(warned.map(\.daysLeft) == [-1])
            try scene.take("T12")
            #expect(try reader.outerLimits(on: scene.day(91), rules: CaseScene.rules).isEmpty)
        }
    }

    @Test func `undoing is a new step with a reason, which brings back state, desk and due day`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "triaged")
            let before = try #require(try CasebookReader.open(scene.store).cases().first)
            try scene.take("T04")
            let rules = CaseScene.rules
            func undo(_ actor: CaseActor, _ reason: String, second: CaseActor? = nil) throws -> [String] {
                try CaseScene.codes {
                    let record = try scene.writer.undo(
                        case: scene.caseID, actor: actor, reason: reason, second: second,
                        expectedVersion: scene.version,
                        rules: rules, now: scene.now)
                    scene.version = record.version
                }
            }
            #expect(try undo(CaseScene.actor("dispatcher"), "") == ["reason-missing"])
            #expect(try undo(CaseScene.actor("analyst"), "wrong") == ["wrong-role"])
            #expect(try undo(CaseScene.actor("dispatcher"), "wrong county") == [])
            let after = try #require(try CasebookReader.open(scene.store).cases().first)
            #expect(after.state == "triaged" && after.holder == before.holder && after.due == before.due)
            #expect(after.version == 4)
            #expect(try undo(CaseScene.actor("dispatcher"), "again") == ["cannot-undo"])
            // What took two takes two to take back.
            for step in ["T04", "T05", "T07", "T09"] { try scene.take(step) }
            try scene.take("T14")
            let reviewer = CaseScene.actor("reviewer")
            #expect(try undo(reviewer, "new papers") == ["second_reviewer"])
            let second = CaseActor(name: "Er Shen", role: "reviewer", unit: "330000")
            #expect(try undo(reviewer, "new papers", second: second) == [])
            // The confirmation stands again; so measures may follow.
            #expect(try scene.take("T12").state == "measures_ordered")
            let chain = try CasebookReader.open(scene.store).auditVerify()
            guard case .intact = chain else {
                Issue.record("\(chain)")
                return
            }
        }
    }

    @Test func `an undone confirmation opens no way to measures`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "confirmed")
            let record = try scene.writer.undo(
                case: scene.caseID, actor: CaseScene.actor("reviewer"), reason: "unsigned page",
                expectedVersion: scene.version, rules: CaseScene.rules, now: scene.now)
            #expect(record.state == "inspecting")
            try DatabaseQueue(path: scene.store).write {
                try $0.execute(sql: "UPDATE case_record SET state = 'confirmed' WHERE site = 'S1'")
            }
            scene.version = record.version
            #expect(try scene.refused("T12", actor: CaseScene.actor("enforcement_officer")) == ["wrong-state"])
        }
    }

    @Test func `a recurrence opens the next episode once, ties both and leaves the old one as it was`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "recurred")
            let old = scene.caseID
            let oldVersion = scene.version
            let new = try scene.take("T24")
            #expect(
                new.episode == 2 && new.state == "triaged" && new.id == "330000-2026-0003" && new.holder == "330000")
            let reader = try CasebookReader.open(scene.store)
            let cases = try reader.cases()
            #expect(cases.first?.state == "recurred" && cases.first?.due == nil && cases.first?.version == oldVersion)
            let fresh = scene
            scene.caseID = old
            scene.version = oldVersion
            #expect(try scene.refused("T24", actor: CaseScene.actor("analyst")) == ["episode-opened"])
            #expect(try reader.overdue(on: scene.day(400)).map(\.id).contains(old) == false)
            // The next episode is new by the rule, whatever the day it began.
            scene = fresh
            for step in ["T04", "T05", "T07", "T09"] { try scene.take(step) }
            let classes = try DatabaseQueue(path: scene.store).read {
                try Row.fetchOne(
                    $0, sql: "SELECT class_a1, class_a2 FROM case_fact WHERE case_id = ?", arguments: [new.id])
            }
            #expect(classes?["class_a1"] == "new" && classes?["class_a2"] == "new")
        }
    }

    @Test func `a late finding about the old days is no recurrence`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "closed")
            scene.now = scene.now.adding(seconds: 60)
            var form = TransitionFields()
            for finding in ["f1", "f-nowhere"] {
                form.finding = finding
                #expect(
                    try scene.refused("T23", actor: CaseScene.actor("reviewer"), fields: form) == ["new_finding_linked"]
                )
            }
        }
    }
}
