import Casebook
import Foundation
import GRDB
import Vocabulary

/// A casebook of a province's size, and how long the questions of its pages take.
///
///     CasebookBench make STORE [sites cases findings audit]     made by rule, the same each time
///     CasebookBench time STORE [rounds]                          medians, in milliseconds
@main
enum CasebookBench {
    static let province = "330000"
    static let start = Instant(nanoseconds: 1_700_000_000_000_000_000)

    static func main() throws {
        var words = CommandLine.arguments.dropFirst()
        guard let verb = words.popFirst(), let store = words.popFirst() else { return usage() }
        let numbers = words.compactMap { Int($0) }
        switch verb {
        case "make":
            try make(
                store, sites: numbers.first ?? 100_000, cases: numbers.dropFirst().first ?? 20_000,
                findings: numbers.dropFirst(2).first ?? 1_000_000, audit: numbers.dropFirst(3).first ?? 10_000_000)
        case "time": try time(store, rounds: max(1, numbers.first ?? 9))
        default: usage()
        }
    }

    private static func usage() {
        print("usage: CasebookBench make STORE [sites cases findings audit] | time STORE [rounds]")
    }

    private static func county(_ number: Int) -> String { "3301\(10 + number % 80)" }
    private static func site(_ number: Int) -> String { "S\(1_000_000 + number)" }

    // MARK: Making

    private static func make(_ store: String, sites: Int, cases: Int, findings: Int, audit: Int) throws {
        let clock = ContinuousClock()
        func tell(_ what: String, _ work: () throws -> Void) rethrows {
            print(what, try clock.measure(work))
        }
        let writer = try CasebookWriter.open(store, province: province)
        var units = [
            Unit(code: province, nameZH: "示例省", nameEN: "Example", level: .province, parent: nil),
            Unit(code: "330100", nameZH: "示例市", nameEN: "Example city", level: .prefecture, parent: province),
        ]
        for number in 0..<80 {
            units.append(
                Unit(
                    code: county(number), nameZH: "示例县\(number)", nameEN: "County \(number)", level: .county,
                    parent: "330100"))
        }
        let register = (0..<sites).map {
            Site(id: site($0), name: "示例场所\($0)", address: "示例路\($0)号", kind: "factory", unit: county($0))
        }
        let links = (0..<sites).map {
            SiteLink(site: site($0), kind: .meter, subject: "M\(1_000_000 + $0)", basis: "register")
        }
        try tell("register") {
            _ = try writer.register(sites: register, links: links, units: units, complete: true, now: start)
        }
        try tell("findings") { try publish(writer, sites: sites, cases: cases, findings: findings, links: links) }
        try tell("audit rows") {
            for batch in 0..<(audit + 99_999) / 100_000 {
                let entries = (0..<min(100_000, audit - batch * 100_000)).map {
                    AuditEntry(
                        actor: "person \($0 % 300)", action: "case-read", object: "case:330000-2026-\($0 % 20_000)",
                        detail: "")
                }
                try writer.log(entries, now: start.adding(seconds: Int64(batch)))
            }
        }
        // Before the steps, which are written past the chain.
        try verify(store)
        try writer.close()
        try tell("steps of cases") { try steps(store, cases: cases) }
        let again = try CasebookWriter.open(store, province: province)
        try tell("facts of cases") { try again.rebuildFacts() }
        try again.close()
    }

    private static func verify(_ store: String) throws {
        let reader = try CasebookReader.open(store)
        let clock = ContinuousClock()
        var verdict: AuditVerdict?
        let took = try clock.measure { verdict = try reader.auditVerify() }
        try reader.close()
        guard case .intact(_, let rows) = verdict else { return print("audit verify", verdict as Any) }
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        print("audit verify", rows, "rows,", Int(Double(rows) / max(seconds, 1e-9)), "rows/s (goal 100000)")
    }

    private static func publish(
        _ writer: CasebookWriter, sites: Int, cases: Int, findings: Int, links: [SiteLink]
    ) throws {
        let found = (0..<findings).map { number in
            Finding(
                id: "g-\(number)", subject: .meter("M\(1_000_000 + number % sites)"), modality: .grid, from: start,
                to: start.adding(seconds: 86_400 * 30), probability: 0.5, logLikelihoodRatio: 1,
                kilowatts: Estimate(value: 60, low: 40, high: 80),
                reasons: [Reason(id: "night-minimum-step", value: 66, reference: 2, unit: "kW", logOdds: 2)],
                model: "load-signature")
        }
        let judged = (0..<sites).map { number in
            let odds = number < cases ? 3.0 : -2.0
            return SiteAssessment(
                site: site(number), probability: 1 / (1 + exp(-odds)), priorLogOdds: -3.9, logOdds: odds,
                basis: .gridOnly,
                kilowatts: Estimate(value: 60, low: 40, high: 80), since: start.date(),
                terms: [
                    SiteAssessment.Term(
                        findingID: "g-\(number)", modality: .grid, subject: .meter("M\(1_000_000 + number)"),
                        logOdds: odds + 3.9, link: links[number])
                ])
        }
        let run = RunRecord(
            id: "r-1", started: start, finished: start.adding(seconds: 60), counts: ["findings": findings],
            resultSHA256: String(repeating: "1", count: 64), models: ["2026-11"], prior: 0.02)
        let done = try writer.publishRun(
            run, findings: found, assessments: judged, curves: [:], policy: CasePolicy(), now: start)
        print("cases opened:", done.opened)
    }

    /// Every case goes some way; one in eight to its end. Written as rows: by the doors it would take hours.
    private static func steps(_ store: String, cases: Int) throws {
        let chain = [
            ("T01", "detected", "triaged"), ("T04", "triaged", "assigned"), ("T05", "assigned", "accepted"),
            ("T07", "accepted", "inspecting"), ("T09", "inspecting", "confirmed"),
            ("T12", "confirmed", "measures_ordered"), ("T15", "measures_ordered", "stopped"),
            ("T17", "stopped", "closure_submitted"), ("T18", "closure_submitted", "closed"),
        ]
        let day: Int64 = 86_400
        let queue = try DatabaseQueue(path: store)
        try queue.write { db in
            let ids = try String.fetchAll(db, sql: "SELECT id FROM case_record ORDER BY id LIMIT ?", arguments: [cases])
            for (number, id) in ids.enumerated() {
                let opened = start.adding(seconds: Int64(number) * day / 60)
                for (index, step) in chain.prefix(number % 8 == 0 ? 9 : 4 + number % 5).enumerated() {
                    let at = opened.adding(seconds: Int64(index + 1) * day)
                    try db.execute(
                        sql:
                            "INSERT INTO case_event (case_id, transition, from_state, to_state, actor, reason, version, "
                            + "event_time, recorded_at) VALUES (?, ?, ?, ?, 'a person', 'r', ?, ?, ?)",
                        arguments: [
                            id, step.0, step.1, step.2, index + 2, at.nanoseconds,
                            at.adding(seconds: day / 4).nanoseconds,
                        ])
                    try db.execute(
                        sql:
                            "INSERT INTO case_act (seq, role, unit, holder, due, class_a1, class_a2, category, machines, "
                            + "baseline_kw, after_kw, fields) VALUES (?, 'r', ?, ?, ?, ?, 'new', 'M1', 20, ?, ?, '{}')",
                        arguments: [
                            db.lastInsertedRowID, county(number), county(number),
                            at.adding(seconds: 5 * day).date().description, number % 3 == 0 ? "new" : "existing",
                            step.0 == "T15" ? 300 : nil, step.0 == "T15" ? 10 : nil,
                        ])
                }
            }
        }
        try queue.close()
    }

    // MARK: Timing

    private static func time(_ store: String, rounds: Int) throws {
        let reader = try CasebookReader.open(store)
        let end = start.adding(seconds: 300 * 86_400)
        let overview: Set<String> = ["K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K11", "K21"]
        let week = KPIWindow(start: end.adding(seconds: -7 * 86_400), end: end)
        var past = week
        past.asOf = end
        var open = CaseListQuery()
        open.onlyOpen = true
        func median(_ name: String, _ goal: Int?, _ work: () throws -> Void) rethrows {
            let clock = ContinuousClock()
            let times = try (0..<rounds).map { _ in try clock.measure(work) }.sorted()
            let milliseconds =
                Double(times[rounds / 2].components.attoseconds) / 1e15
                + Double(times[rounds / 2].components.seconds) * 1000
            print(name, (milliseconds * 10).rounded() / 10, "ms", goal.map { "(goal \($0))" } ?? "")
        }
        try median("province overview", 50) {
            _ = try reader.figures(week, only: overview)
            _ = try reader.stateCounts()
        }
        try median("case list", 30) { _ = try reader.caseList(open, on: end.date()) }
        try median("overview as of", 300) { _ = try reader.figures(past, only: overview) }
        try median("all figures", nil) { _ = try reader.figures(week) }
        try median("overdue", nil) { _ = try reader.overdue(on: end.date()) }
        try reader.close()
    }
}
