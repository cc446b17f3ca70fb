import Casebook
import Foundation
import GRDB
import Testing
import Vocabulary

/// Made from the table: what it allows goes, all else is refused.
struct TransitionTests {
    static let edges: [[String]] = CaseScene.rules.lifecycle.transitions.flatMap { step in
        step.from.flatMap { from in step.by.map { [step.id, from, $0] } }
    }
    static let states = CaseScene.rules.lifecycle.states.map(\.id)

    @Test(arguments: edges)
    func `every allowed transition goes once, from each state and by each role`(_ edge: [String]) throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: edge[1])
            if edge[0] == "T22" {
                for _ in 0..<2 {
                    try scene.take("T21")
                    try scene.take("T20")
                }
            }
            if edge[0] == "T20" { scene.now = scene.now.adding(seconds: 31 * 86_400) }
            #expect(scene.caseID == "330000-2026-0001")
            let before = scene.version
            let record = try scene.take(edge[0], as: edge[2])
            let step = try #require(CaseScene.rules.lifecycle.transition(edge[0]))
            #expect(record.state == step.to)
            #expect(step.nextEpisode == true ? record.episode == 2 : record.version == before + 1)
            // The step is an event with both dates and a link of an unbroken chain.
            guard case .intact = try CasebookReader.open(scene.store).auditVerify() else {
                Issue.record("chain broken after \(edge)")
                return
            }
        }
    }

    @Test(arguments: states)
    func `every other step, and every step by any other role, is refused and leaves no trace`(_ state: String) throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: state)
            scene.now = scene.now.adding(seconds: 3600)
            let reader = try CasebookReader.open(scene.store)
            let before = try reader.logicalDigest()
            let lifecycle = CaseScene.rules.lifecycle
            var tried = 0
            for step in lifecycle.transitions {
                for role in lifecycle.roles.keys.sorted() {
                    if step.from.contains(state), step.by.contains(role) { continue }
                    tried += 1
                    let why = try scene.refused(step.id, actor: CaseScene.actor(role))
                    if !step.from.contains(state) { #expect(why.contains("wrong-state"), "\(step.id) \(role)") }
                    if !step.by.contains(role) { #expect(why.contains("wrong-role"), "\(step.id) \(role)") }
                }
            }
            #expect(tried > 200)
            #expect(try scene.refused("T99", actor: CaseScene.actor("analyst")) == ["unknown-transition"])
            #expect(try scene.refused("T00", actor: CaseScene.actor("analyst")) == ["unknown-transition"])
            #expect(try reader.logicalDigest() == before)
        }
    }

    @Test(arguments: edges.filter { $0[0] != "T20" })
    func `an empty form is refused by every guard of the step that a form must meet`(_ edge: [String]) throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: edge[1])
            scene.now = scene.now.adding(seconds: 3600)
            let step = try #require(CaseScene.rules.lifecycle.transition(edge[0]))
            let actor = CaseScene.actor(edge[2])
            let offers = try #require(
                try CasebookReader.open(scene.store).offers(
                    case: scene.caseID, actor: actor, rules: CaseScene.rules, now: scene.now))
            let offer = try #require(offers.offers.first { $0.id == edge[0] })
            let why = try scene.refused(edge[0], actor: actor, fields: TransitionFields())
            // What the page announces is what the store asks for.
            let expected = Set(offer.needs.map(\.rawValue) + offer.refusals.map(\.code))
            if expected.isEmpty {
                #expect(why == [])
            } else {
                #expect(Set(why) == expected, "\(edge)")
            }
            #expect(offers.version == scene.version && offers.state == edge[1])
            _ = step
        }
    }

    @Test func `the offers say before the click what will be refused`() throws {
        for state in TransitionTests.states {
            try CaseScene.with { (scene: inout CaseScene) throws in
                try scene.go(to: state)
                scene.now = scene.now.adding(seconds: 3600)
                let reader = try CasebookReader.open(scene.store)
                for role in CaseScene.rules.lifecycle.roles.keys.sorted() {
                    let actor = CaseScene.actor(role)
                    let all = try #require(
                        try reader.offers(case: scene.caseID, actor: actor, rules: CaseScene.rules, now: scene.now))
                    #expect(all.offers.count + all.elsewhere.count == 27)
                    for offer in all.offers + all.elsewhere where !offer.isPossible {
                        let why = try scene.refused(offer.id, actor: actor)
                        #expect(Set(offer.refusals.map(\.code)).isSubset(of: why), "\(state) \(offer.id) \(role)")
                    }
                }
            }
        }
    }

    @Test func `a stale version is refused and says who was faster`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.take("T01")
            #expect(throws: CasebookError.staleCase(caseID: scene.caseID, version: 2, state: "triaged", by: "An Lin")) {
                try scene.writer.transition(
                    case: scene.caseID, by: "T02", actor: CaseScene.actor("analyst"), reason: "",
                    fields: scene.fields("T02"),
                    expectedVersion: 1, rules: CaseScene.rules, now: scene.now)
            }
            #expect(try scene.refused("T04", actor: CaseScene.actor("dispatcher"), version: 3) == ["stale"])
        }
    }

    @Test func `two eyes are not four`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            scene.now = scene.now.adding(seconds: 60)
            var form = scene.fields("T02")
            for second in [
                nil, CaseActor(name: " an  LIN", role: "reviewer", unit: "330000"),
                CaseActor(name: "Er Shen", role: "analyst", unit: "330000"),
                CaseActor(name: "Er Shen", role: "reviewer", unit: "340100"),
                CaseActor(name: "scan", role: "reviewer", unit: "330000"),
            ] {
                form.second = second
                #expect(
                    try scene.refused("T02", actor: CaseScene.actor("analyst"), fields: form)
                        == ["second_reviewer_if_score_high"])
            }
            // An inspector of the case cannot review it, whatever hat; nor can one who was replaced.
            try scene.go(to: "inspecting")
            let twoHats = CaseActor(name: "jian cha", role: "reviewer", unit: "330110")
            #expect(try scene.refused("T09", actor: twoHats) == ["reviewer_not_inspector"])
            #expect(try scene.refused("T10", actor: twoHats) == ["reviewer_not_inspector"])
            var applicant = scene.fields("T11")
            applicant.exemption?.applicant = "MIAN shen"
            #expect(
                try scene.refused("T11", actor: CaseScene.actor("exemption_approver"), fields: applicant)
                    == ["approver_not_applicant"])
        }
    }

    @Test func `a machine and a nameless person decide nothing`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            scene.now = scene.now.adding(seconds: 60)
            for name in ["", "  ", "scan", "Scheduler", "SYSTEM", "countermine"] {
                let why = try scene.refused("T01", actor: CaseActor(name: name, role: "analyst", unit: "330000"))
                #expect(why == ["human_actor", "no-person"])
            }
            try scene.go(to: "confirmed")
            let robot = CaseActor(name: "scheduler", role: "enforcement_officer", unit: "330110")
            #expect(try scene.refused("T12", actor: robot) == ["human_actor", "no-person"])
        }
    }

    @Test func `measures need a confirmation that stands`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "measures_ordered")
            try scene.take("T13")
            // Whoever mends the state by hand still gets no order: the confirmation itself is looked for.
            try DatabaseQueue(path: scene.store).write {
                try $0.execute(sql: "UPDATE case_record SET state = 'confirmed' WHERE site = 'S2'")
            }
            let why = try CaseScene.codes {
                try scene.writer.transition(
                    case: "330000-2026-0002", by: "T12", actor: CaseScene.actor("enforcement_officer"), reason: "",
                    fields: scene.fields("T12"), expectedVersion: 1, rules: CaseScene.rules, now: scene.now)
            }
            #expect(why.contains("wrong-state"))
        }
    }

    @Test func `people act within their own desk and level`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "assigned")
            scene.now = scene.now.adding(seconds: 60)
            func county(_ unit: String) -> CaseActor { CaseActor(name: "Wai Ren", role: "county_officer", unit: unit) }
            #expect(try scene.refused("T05", actor: county("330111")) == ["out-of-scope"])
            #expect(try scene.refused("T05", actor: county("330000")) == ["wrong-level"])
            #expect(try scene.refused("T05", actor: county("340100")) == ["out-of-scope", "wrong-level"])
            #expect(try scene.refused("T05", actor: county("999999")) == ["unknown-unit"])
            // Nobody approves what was submitted at the same level.
            try scene.take("T05")
            for step in ["T07", "T09", "T12", "T15", "T17"] { try scene.take(step) }
            let record = try #require(try CasebookReader.open(scene.store).cases().first)
            #expect(record.holder == "330100")
            let same = CaseActor(name: "Xian Guan", role: "prefecture_officer", unit: "330100")
            #expect(try scene.refused("T18", actor: same) == ["approver_level_above_submitter"])
            #expect(try scene.take("T18").holder == "330110")
        }
    }

    @Test func `a time before the last step, in the future or behind the clock is refused`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.take("T01")
            let last = scene.now
            scene.now = last.adding(seconds: 3600)
            let dispatcher = CaseScene.actor("dispatcher")
            #expect(try scene.refused("T04", actor: dispatcher, happened: last.adding(seconds: -1)) == ["out-of-order"])
            #expect(
                try scene.refused("T04", actor: dispatcher, happened: last.adding(seconds: 7200)) == ["in-the-future"])
            scene.now = last.adding(seconds: -10)
            #expect(try scene.refused("T04", actor: dispatcher).contains("clock-behind"))
            scene.now = last.adding(seconds: 7200)
            try scene.take("T04", happened: last.adding(seconds: 60))
        }
    }
}
