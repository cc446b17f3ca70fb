import Casebook
import Foundation
import Support
import Vocabulary

/// A case with the people around it, and the shortest lawful way into every state.
struct CaseScene {
    static let rules: CaseRules = {
        do {
            let path = Places.root.appendingPathComponent("Models/lifecycle/2026-11/lifecycle.json").path
            return CaseRules(lifecycle: try Lifecycle.load(path))
        } catch {
            fatalError("\(error)")
        }
    }()

    static let units = [
        Unit(code: "330000", nameZH: "浙江", nameEN: "Zhejiang", level: .province, parent: "CN"),
        Unit(code: "330100", nameZH: "杭州", nameEN: "Hangzhou", level: .prefecture, parent: "330000"),
        Unit(code: "330110", nameZH: "余杭", nameEN: "Yuhang", level: .county, parent: "330100"),
        Unit(code: "330111", nameZH: "富阳", nameEN: "Fuyang", level: .county, parent: "330100"),
        Unit(code: "340000", nameZH: "安徽", nameEN: "Anhui", level: .province, parent: "CN"),
        Unit(code: "340100", nameZH: "合肥", nameEN: "Hefei", level: .prefecture, parent: "340000"),
    ]

    /// The desk at which each role sits in these tests.
    static func actor(_ role: String) -> CaseActor {
        switch role {
        case "scheduler": .scheduler(unit: "330000")
        case "analyst": CaseActor(name: "An Lin", role: role, unit: "330000")
        case "dispatcher": CaseActor(name: "Di Ping", role: role, unit: "330000")
        case "province_officer": CaseActor(name: "Sheng Wei", role: role, unit: "330000")
        case "exemption_approver": CaseActor(name: "Mian Shen", role: role, unit: "330000")
        case "prefecture_officer": CaseActor(name: "Shi Jun", role: role, unit: "330100")
        case "county_officer": CaseActor(name: "Xian Guan", role: role, unit: "330110")
        case "inspector": CaseActor(name: "Jian Cha", role: role, unit: "330110")
        case "reviewer": CaseActor(name: "Fu He", role: role, unit: "330000")
        case "enforcement_officer": CaseActor(name: "Zhi Fa", role: role, unit: "330110")
        default: CaseActor(name: "Nobody Here", role: role, unit: "330000")
        }
    }

    static let path: [String: [String]] = [
        "detected": [], "triaged": ["T01"], "assigned": ["T01", "T04"], "accepted": ["T01", "T04", "T05"],
        "inspecting": ["T01", "T04", "T05", "T07"], "confirmed": ["T01", "T04", "T05", "T07", "T09"],
        "measures_ordered": ["T01", "T04", "T05", "T07", "T09", "T12"],
        "stopped": ["T01", "T04", "T05", "T07", "T09", "T12", "T15"],
        "closure_submitted": ["T01", "T04", "T05", "T07", "T09", "T12", "T15", "T17"],
        "closed": ["T01", "T04", "T05", "T07", "T09", "T12", "T15", "T17", "T18"],
        "lookback": ["T01", "T04", "T05", "T07", "T09", "T12", "T15", "T17", "T18", "T20"],
        "archived": [
            "T01", "T04", "T05", "T07", "T09", "T12", "T15", "T17", "T18", "T20", "T21", "T20", "T21", "T20", "T22",
        ],
        "recurred": ["T01", "T04", "T05", "T07", "T09", "T12", "T15", "T17", "T18", "T23"],
        "excluded": ["T02"], "exempt": ["T03"], "void": ["T27"],
    ]

    let writer: CasebookWriter
    let store: String
    var caseID: String
    var now: Instant
    var version: Int
    var today: CalendarDate { now.date(offset: 28_800) }

    init(_ path: String, site: Int = 0) throws {
        store = path
        writer = try CasebookWriter.open(path, province: "330000", demo: true)
        now = Instant(seconds: 1_790_000_000)
        version = 1
        caseID = "330000-2026-0001"
        try writer.register(
            sites: World.sites, links: World.links, units: CaseScene.units, complete: true, now: now)
        _ = try World.publish(
            writer, "a", [World.assessment("S1", 0.93, finding: "f1"), World.assessment("S2", 0.85)],
            findings: [World.finding("f1"), later])
    }

    /// A finding that goes on long after every closing here.
    var later: Finding {
        Finding(
            id: "f-later", subject: .meter("M-S1"), modality: .grid, from: Instant(seconds: 1_780_000_000),
            to: Instant(seconds: 1_990_000_000), probability: 0.95, logLikelihoodRatio: 6, model: "test/1")
    }

    func day(_ after: Int) -> CalendarDate { CalendarDate(daysSince1970: today.daysSince1970 + after) }

    /// All that the steps could need, as an orderly desk would fill it in.
    func fields(_ step: String) -> TransitionFields {
        var all = TransitionFields()
        switch step {
        case "T01":
            all.evidenceViewed = true
            all.alternativesChecked = ["cold-store", "data-centre"]
            all.jurisdiction = "330110"
        case "T02":
            all.code = "X3"
            all.second = CaseActor(name: "Er Shen", role: "reviewer", unit: "330000")
        case "T03", "T11":
            all.exemption = exemption
        case "T04":
            all.county = "330110"
            all.dueDates = ["accept": day(1), "inspect_start": day(4), "inspect_report": day(12)]
        case "T06": all.code = "wrong-place"
        case "T07":
            all.inspectors = [
                NamedInspector(name: "Jian Cha", credential: "ZJ-1"),
                NamedInspector(name: "Li Xun", credential: "ZJ-2"),
            ]
        case "T08": all.code = "no-entry"
        case "T09", "T10":
            all.inspection = InspectionRecord(
                visitedOn: today, reference: "record-1", signedBy: ["Jian Cha", "li xun"], machines: 80,
                nameplateKilowatts: 280)
            if step == "T10" {
                all.code = "X1"
            } else {
                all.category = .industrial
                all.commissioning = Commissioning(sources: [.init(.sustainedLoad, day(-90), day(-80))])
            }
        case "T12":
            all.order = OrderRecord(
                measures: ["stop-use", "surcharge"], legalReviewer: "Fa Wu", notifiedOn: today, defenceUntil: day(3),
                residentialChecked: true, residential: false)
        case "T13": all.defenceOutcome = "order-amended"
        case "T14":
            all.defenceOutcome = "defence-accepted"
            all.code = "X3"
            all.second = CaseActor(name: "Er Shen", role: "reviewer", unit: "330000")
        case "T15": all.stopProof = proof
        case "T16": all.code = "load-returned"
        case "T17":
            all.checklist = CaseScene.rules.lifecycle.closureChecklist
        case "T19": all.code = "proof-not-sufficient"
        case "T21", "T22": all.lookback = LookbackRecord(visitedOn: today, reference: "round", passed: true)
        case "T23": all.finding = "f-later"
        case "T25": all.newEvidence = "capture-2"
        case "T26":
            all.exemption = exemption
            all.exemption?.revokedOn = today
        case "T27":
            all.code = "entered-in-error"
            all.second = CaseActor(name: "Er Shen", role: "reviewer", unit: "330000")
        default: break
        }
        return all
    }

    var exemption: ExemptionTerms {
        ExemptionTerms(
            id: "E1", licence: "ZJ-2026-7", site: "S1", ceilingKilowatts: 100, loadKilowatts: 90, applicant: "Firm Q",
            from: day(-30), to: day(300))
    }

    var proof: StopProof {
        StopProof(
            baselineKilowatts: 300, afterKilowatts: 10, baselineDays: 28, afterDays: 14, readingCoverage: 0.97,
            sessions: 0, captureDays: 14, captureCoverage: 0.9, lowKilowatts: 280, highKilowatts: 295)
    }

    static func role(_ step: String) -> String { rules.lifecycle.transition(step)?.by.first ?? "" }

    /// Takes a step `seconds` later, by the first role that may.
    @discardableResult
    mutating func take(
        _ step: String, as role: String? = nil, after seconds: Int64 = 3600, fields given: TransitionFields? = nil,
        happened: Instant? = nil
    ) throws -> CaseRecord {
        now = now.adding(seconds: seconds)
        if step == "T20", role == nil { now = now.adding(seconds: 200 * 86_400) }
        let record = try writer.transition(
            case: caseID, by: step, actor: CaseScene.actor(role ?? CaseScene.role(step)), reason: "by the book",
            fields: given ?? fields(step), expectedVersion: version, rules: CaseScene.rules, happened: happened,
            now: now)
        caseID = record.id
        version = record.version
        return record
    }

    mutating func go(to state: String) throws {
        for step in CaseScene.path[state] ?? [] { try take(step) }
    }

    /// Codes of the refusal, sorted; empty when the step went through.
    func refused(
        _ step: String, actor: CaseActor, fields given: TransitionFields? = nil, version other: Int? = nil,
        happened: Instant? = nil
    ) throws -> [String] {
        try CaseScene.codes {
            try writer.transition(
                case: caseID, by: step, actor: actor, reason: "try", fields: given ?? fields(step),
                expectedVersion: other ?? version, rules: CaseScene.rules, happened: happened, now: now)
        }
    }

    /// Codes of the refusal, sorted; `stale` for a version that is not the current one; empty when it went through.
    static func codes(_ body: () throws -> Void) throws -> [String] {
        do {
            try body()
            return []
        } catch {
            switch error as? CasebookError {
            case .refused(_, let why): return why.map(\.code).sorted()
            case .staleCase: return ["stale"]
            default: throw error
            }
        }
    }

    static func with(_ body: (inout CaseScene) throws -> Void) throws {
        try World.with { path in
            var scene = try CaseScene(path)
            try body(&scene)
            try scene.writer.close()
        }
    }
}
