import Casebook
import Foundation
import GRDB
import Testing
import Vocabulary

/// The table of the provincial model, section 8, in its own words; the last column is the audit administrator, who sees
/// no case content.
private let table = """
    roll_up    |all|own|own|own|own|own|own|own|own links|own meters|–|own|–|–|–
    case_read  |counts only|✓|✓|✓|✓|✓|assigned|✓|–|–|handed over|read|–|–|–
    personal   |–|masked, unmask w/ reason|masked|–|masked|✓ own case|✓ own case|✓ own case|–|own customers|as packaged|masked|–|–|–
    raw_packets|–|–|✓ w/ reason|–|–|–|–|extract|✓ own|–|–|–|–|–|–
    raw_meter  |–|–|✓|–|–|own case|own case|extract|–|✓ own|–|–|–|–|–
    scan       |–|✓|✓|–|–|–|–|–|✓ own data|upload|–|–|–|–|–
    triage     |–|–|✓|–|–|–|–|–|–|–|–|–|–|–|–
    dispatch   |–|✓|–|✓|✓ down|–|–|–|–|–|–|–|–|–|–
    inspect    |–|–|–|–|–|✓|✓|–|–|–|–|–|–|–|–
    confirm    |–|✓|–|–|✓|✓ not own inspection|–|–|–|–|–|–|–|–|–
    order      |–|–|–|–|–|–|–|✓|–|–|–|–|–|–|–
    closure    |–|✓|–|–|✓|–|–|–|–|–|–|–|–|–|–
    exemption  |–|✓ ≠ applicant|–|–|–|–|–|–|–|–|–|–|–|–|–
    export     |–|✓ logged|✓ logged|–|✓|✓|own|✓|own runs|list only|receive|–|–|–|–
    rules      |–|approve|propose|–|–|–|–|–|–|–|–|–|–|–|–
    users      |–|–|–|–|–|–|–|–|–|–|–|–|create|grant|–
    audit      |–|own unit|–|–|–|–|–|–|–|–|–|✓ all|–|–|✓ all
    lead       |–|✓|✓|✓|✓|✓|✓|✓|✓|✓|✓|–|–|–|–
    """

private let roles = [
    "national_viewer", "province_officer", "analyst", "dispatcher", "prefecture_officer", "county_officer", "inspector",
    "enforcement_officer", "operator_analyst", "grid_liaison", "outside_authority", "auditor", "system_admin",
    "security_admin", "audit_admin",
]

struct ScopeTests {
    private static let own = KeepingScene.cases["Z1"] ?? ""
    private static let other = KeepingScene.cases["A1"] ?? ""

    /// The person as each role would have it: at its level, with the case, line and meter of Z1 for its own.
    private static func person(_ role: String, unit: String? = nil, own: Bool = true) -> Identity {
        let home =
            switch role {
            case "national_viewer": "CN"
            case "prefecture_officer": "330100"
            case "county_officer", "inspector": "330110"
            case "outside_authority": "police-330000"
            default: "330000"
            }
        return Identity(
            person: "p-\(role)", name: "Person \(role)", roles: [HeldRole(role: role, unit: unit ?? home)],
            capabilities: ["reviewer", "exemption_approver"], cases: own ? [ScopeTests.own] : [],
            links: own ? ["L-Z1"] : [], meters: own ? ["M-Z1"] : [])
    }

    private static func with(_ body: (String, CasebookReader) throws -> Void) throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            _ = try KeepingScene.evidence(writer)
            _ = try KeepingScene.evidence(writer, case: other)
            try KeepingScene.appoint(writer)
            try writer.close()
            try KeepingScene.dispatch(path)
            try body(path, try CasebookReader.open(path))
        }
    }

    /// What each role is asked about, in its own unit and in another.
    private static func objects(_ action: AccessAction, _ role: String) -> (own: AccessObject, other: AccessObject) {
        switch (action, role) {
        case (.users, _): (.none, .none)
        case (_, "operator_analyst"): (.link("L-Z1"), .link("L-A1"))
        case (_, "grid_liaison"): (.meter("M-Z1"), .meter("M-A1"))
        case (_, "outside_authority"): (.case(own), .case(other))
        case (.rollUp, _), (.scan, _), (.rules, _), (.audit, _), (.lead, _): (.unit("330110"), .unit("340110"))
        default: (.case(own), .case(other))
        }
    }

    @Test func `every action by every role on own and other units is as the table of the model says`() throws {
        try ScopeTests.with { _, reader in
            var cells = 0
            var agreed = 0
            let rows = table.split(separator: "\n").map { $0.split(separator: "|").map(String.init) }
            #expect(rows.count == AccessAction.allCases.count && KeepingScene.matrix.roles.map(\.id) == roles)
            for row in rows {
                let name = row[0].split(separator: " ").joined()
                let action = try #require(AccessAction(rawValue: name))
                #expect(row.count == 16)
                for (role, words) in zip(roles, row.dropFirst()) {
                    let scoped = try ScopedReader(reader, as: ScopeTests.person(role), matrix: KeepingScene.matrix)
                    let (mine, others) = ScopeTests.objects(action, role)
                    let everywhere = words == "all" || words == "✓ all" || action == .users
                    let allowed = words != "–" && words != "counts only"
                    for (object, expected) in [(mine, allowed), (others, allowed && everywhere)] {
                        cells += 1
                        let permit = try? scoped.permit(action, on: object)
                        if (permit != nil) == expected {
                            agreed += 1
                        } else {
                            Issue.record("\(action) \(role) \(object): \(permit != nil), the table says \(words)")
                        }
                        guard let permit else { continue }
                        #expect(permit.terms.contains(.masked) == words.hasPrefix("masked"), "\(action) \(role)")
                        #expect(permit.terms.contains(.unmask) == words.contains("unmask"))
                        #expect(permit.terms.contains(.reason) == words.hasSuffix("✓ w/ reason"))
                        #expect(permit.terms.contains(.logged) == words.hasSuffix("logged"))
                        #expect(permit.terms.contains(.down) == words.hasSuffix("down"))
                        #expect(permit.terms.contains(.notInspector) == words.hasSuffix("inspection"))
                        #expect(permit.terms.contains(.notApplicant) == words.hasSuffix("applicant"))
                        #expect(permit.terms.contains(.extract) == (words == "extract"))
                        #expect(permit.terms.contains(.propose) == (words == "propose"))
                        #expect(permit.terms.contains(.approve) == (words == "approve"))
                        #expect(permit.terms.contains(.create) == (words == "create"))
                        #expect(permit.terms.contains(.grant) == (words == "grant"))
                    }
                    try scoped.close()
                }
            }
            #expect(cells == 18 * 15 * 2 && agreed == cells)
        }
    }

    @Test func `lists, details, dossiers and evidence hold only what the role may read`() throws {
        try ScopeTests.with { _, reader in
            let day = CalendarDate(daysSince1970: 20_720)
            let row = try #require(table.split(separator: "\n").first { $0.hasPrefix("case_read") })
            for (role, words) in zip(roles, row.split(separator: "|").dropFirst()) {
                let scoped = try ScopedReader(reader, as: ScopeTests.person(role), matrix: KeepingScene.matrix)
                let reads = words != "–" && words != "counts only"
                let list = try scoped.caseList(CaseListQuery(), on: day)
                let cases = Set(list.lines.map(\.id))
                #expect(cases.contains(ScopeTests.own) == reads && list.total == cases.count, "\(role)")
                #expect(!cases.contains(ScopeTests.other))
                let sites = Set(try scoped.siteList().sites.map(\.id))
                #expect(sites.contains("Z1") == reads && !sites.contains("A1"), "\(role): \(sites)")
                for (id, site, fine) in [(ScopeTests.own, "Z1", reads), (ScopeTests.other, "A1", false)] {
                    let answers: [(String, () throws -> Bool)] = [
                        ("case:\(id)", { try scoped.caseDetail(id).record.id == id }),
                        ("case:\(id)", { try scoped.evidence(case: id).count == 1 }),
                        ("site:\(site)", { try scoped.dossier(site: site).dossier.site.id == site }),
                    ]
                    for (name, ask) in answers {
                        if fine {
                            #expect(try ask())
                        } else {
                            #expect(throws: CasebookError.noSuchObject(name), "\(role)") { _ = try ask() }
                        }
                    }
                }
                #expect(try !scoped.caseCounts().isEmpty == (words != "–"))
                try scoped.close()
            }
        }
    }

    @Test func `what is forbidden and what is not there give the same error`() throws {
        try ScopeTests.with { _, reader in
            let scoped = try ScopedReader(
                reader, as: ScopeTests.person("county_officer"), matrix: KeepingScene.matrix)
            func text(_ ask: () throws -> Void) -> String {
                do { try ask() } catch { return "\(error)" }
                return "no error"
            }
            for (real, none) in [("340000-2026-0001", "340000-2026-0009"), (KeepingScene.cases["Z2"] ?? "", "zz")] {
                let answers = [real, none].map { id in
                    [
                        text { _ = try scoped.caseDetail(id) }, text { _ = try scoped.evidence(case: id) },
                        text { _ = try scoped.permit(.inspect, on: .case(id)) },
                    ].map { $0.replacingOccurrences(of: id, with: "ID") }
                }
                #expect(answers[0] == answers[1] && !answers[0].contains("no error"))
            }
            #expect(
                text { _ = try scoped.dossier(site: "A1") }
                    == text { _ = try scoped.dossier(site: "Q9") }.replacingOccurrences(of: "Q9", with: "A1"))
            #expect(text { _ = try scoped.auditRows() } == "audit: not found")
        }
    }

    @Test func `Xinjiang does not see the Corps inside it, nor the Corps Xinjiang, and the nation counts both`() throws
    {
        try ScopeTests.with { _, reader in
            for (role, unit, cases, sites) in [
                ("analyst", "650000", ["X1"], ["X1"]), ("analyst", "XPCC", ["C1"], ["C1"]),
                ("county_officer", "652301", [], ["X1"]), ("county_officer", "XPCC06", [], ["C1"]),
                ("analyst", "CN", ["A1", "C1", "X1", "Z1", "Z2"], ["A1", "C1", "X1", "Z1", "Z2"]),
            ] {
                let scoped = try ScopedReader(
                    reader, as: ScopeTests.person(role, unit: unit, own: false), matrix: KeepingScene.matrix)
                let seen = try scoped.caseList(CaseListQuery(), on: CalendarDate(daysSince1970: 20_720)).lines
                #expect(Set(seen.map(\.site)) == Set(cases), "\(unit)")
                #expect(try scoped.siteList().sites.map(\.id) == sites, "\(unit)")
                for (county, above) in [("XPCC06", "XPCC"), ("652301", "650000")] {
                    let may = (try? scoped.permit(.lead, on: .unit(county))) != nil
                    #expect(may == [county, above, "CN"].contains(unit))
                }
            }
        }
    }

    @Test func `figures are those of the rows in scope`() throws {
        try ScopeTests.with { _, reader in
            let window = KPIWindow(
                start: KeepingScene.now.adding(seconds: -5_000_000), end: KeepingScene.now.adding(seconds: 86_400))
            func open(_ role: String, _ unit: String?, own: Bool = true) throws -> (open: Int?, meters: Int?) {
                let scoped = try ScopedReader(
                    reader, as: ScopeTests.person(role, unit: unit, own: own), matrix: KeepingScene.matrix)
                let figures = try scoped.figures(window, only: ["K07", "K16"])
                return (figures.first { $0.id == "K07" }?[""]?.n, figures.first { $0.id == "K16" }?[""]?.n)
            }
            #expect(try open("national_viewer", nil) == (5, 2))
            #expect(try open("province_officer", "330000") == (2, 1))
            #expect(try open("province_officer", "340000") == (1, 1))
            #expect(try open("county_officer", "330110") == (1, 1))
            #expect(try open("county_officer", "330111") == (1, 0))
            #expect(try open("grid_liaison", nil) == (0, 1))
            #expect(try open("grid_liaison", nil, own: false) == (0, 0))
            let none = try ScopedReader(reader, as: ScopeTests.person("system_admin"), matrix: KeepingScene.matrix)
            #expect(throws: CasebookError.noSuchObject("figures")) { try none.figures(window) }
            // As known on a day before anything was written down.
            let county = try ScopedReader(
                reader, as: ScopeTests.person("county_officer"), matrix: KeepingScene.matrix)
            #expect(try county.caseCounts(asOf: Instant(seconds: 1)).isEmpty)
            #expect(try county.caseCounts(asOf: KeepingScene.now) == ["detected": 1])
        }
    }

    @Test func `a query written for the whole store gets the rows in scope alone, whatever the table`() throws {
        try ScopeTests.with { path, reader in
            let queue = try DatabaseQueue(path: path)
            let tables = try queue.read {
                try String.fetchAll($0, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            try queue.close()
            let told = Set(tables.filter { !$0.hasPrefix("sqlite_") }).subtracting(ScopedReader.open)
            #expect(told.count >= 23 && told.isSubset(of: ScopedReader.guarded))
            #expect(ScopedReader.open.isDisjoint(with: ScopedReader.guarded))
            let nobody = try ScopedReader(reader, as: Identity(person: "n", name: "N"), matrix: KeepingScene.matrix)
            let county = try ScopedReader(
                reader, as: ScopeTests.person("county_officer"), matrix: KeepingScene.matrix)
            let seen = try told.sorted().map { try county.count($0, .caseRead) }
            try KeepingScene.stranger(path, in: told)
            for name in told.sorted() {
                for action in AccessAction.allCases { #expect(try nobody.count(name, action) == 0, "\(name)") }
            }
            #expect(try told.sorted().map { try county.count($0, .caseRead) } == seen)
            let all = try ScopedReader(
                reader, as: ScopeTests.person("analyst", unit: "CN"), matrix: KeepingScene.matrix)
            #expect(try all.count("case_record", .caseRead) == 5)
            #expect(try all.count("evidence_item", .caseRead) == 2)
            #expect(try all.count("case_act", .caseRead) == 0)
            #expect(try all.count("evidence_item", .order) == 0)
        }
    }

    @Test func `a table nobody thought of is empty, and a view of the store shows the rows in scope`() throws {
        try ScopeTests.with { path, reader in
            let queue = try DatabaseQueue(path: path)
            try queue.write { db in
                try db.execute(
                    sql: """
                        CREATE TABLE afterthought (a); INSERT INTO afterthought VALUES (1);
                        CREATE VIEW place AS
                        SELECT s.id, c.id AS case_id FROM site s JOIN case_record c ON c.site = s.id
                        """)
            }
            try queue.close()
            let analyst = try ScopedReader(reader, as: ScopeTests.person("analyst"), matrix: KeepingScene.matrix)
            #expect(try analyst.count("place", .caseRead) == 2)
            #expect(try analyst.count("place", .order) == 0)
            let nation = try ScopedReader(
                reader, as: ScopeTests.person("analyst", unit: "CN"), matrix: KeepingScene.matrix)
            #expect(try nation.count("place", .caseRead) == 5)
            #expect(try nation.count("afterthought", .caseRead) == 0)
        }
    }

    @Test func `what is in scope follows the store from one question to the next`() throws {
        try ScopeTests.with { path, reader in
            let scoped = try ScopedReader(
                reader, as: ScopeTests.person("county_officer"), matrix: KeepingScene.matrix)
            let other = KeepingScene.cases["Z2"] ?? ""
            for _ in 0..<3 { #expect(try scoped.count("case_record", .caseRead) == 1) }
            let writer = try CasebookWriter.open(path, province: "330000")
            try writer.record(
                [
                    .handover(
                        id: "H9", caseID: other, receiver: "330110", sentAt: World.now,
                        due: CalendarDate(daysSince1970: 21_000))
                ], by: "scan", now: World.now)
            #expect(try scoped.count("case_record", .caseRead) == 2)
            #expect(try scoped.caseDetail(other).record.id == other)
            // Another action in between does not leave its rows behind.
            #expect(try scoped.count("case_record", .order) == 0)
            #expect(try scoped.count("case_record", .caseRead) == 2)
            try writer.close()
        }
    }

    @Test func `who inspected may not confirm, who applied may not exempt, and dispatch goes down`() throws {
        try World.with { path in
            var scene = try CaseScene(path)
            try scene.go(to: "inspecting")
            let reader = try CasebookReader.open(path)
            func may(_ role: String, _ unit: String, _ name: String, _ action: AccessAction, _ reviewer: Bool = true)
                throws -> Bool
            {
                let identity = Identity(
                    person: name, name: name, roles: [HeldRole(role: role, unit: unit)],
                    capabilities: reviewer ? ["reviewer", "exemption_approver"] : [])
                let scoped = try ScopedReader(reader, as: identity, matrix: KeepingScene.matrix)
                return (try? scoped.permit(action, on: .case(scene.caseID))) != nil
            }
            #expect(try may("county_officer", "330110", "Xian Guan", .confirm))
            #expect(try !may("county_officer", "330110", "Xian Guan", .confirm, false))
            #expect(try !may("county_officer", "330110", " jian  cha", .confirm))
            var fields = scene.fields("T11")
            fields.second = CaseActor(name: "Er Shen", role: "reviewer", unit: "330000")
            try scene.take("T11", fields: fields)
            #expect(try may("province_officer", "330000", "Sheng Wei", .exemption))
            #expect(try !may("province_officer", "330000", "firm q", .exemption))
            let prefecture = try ScopedReader(
                reader,
                as: Identity(person: "s", name: "S", roles: [HeldRole(role: "prefecture_officer", unit: "330100")]),
                matrix: KeepingScene.matrix)
            for (target, fine) in [("330110", true), ("330100", false), ("340100", false), ("330000", false)] {
                #expect(((try? prefecture.permit(.dispatch, on: .unit("330110"), to: target)) != nil) == fine)
            }
            try scene.writer.close()
        }
    }
}
