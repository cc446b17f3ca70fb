import Casebook
import Foundation
import GRDB
import Support
import Testing
import Vocabulary

/// A small world: two sites, one that speaks.
enum World {
    static let now = Instant(seconds: 1_790_000_000)
    static let units = [
        Unit(code: "330000", nameZH: "浙江", nameEN: "Zhejiang", level: .province, parent: "CN"),
        Unit(code: "330100", nameZH: "杭州", nameEN: "Hangzhou", level: .prefecture, parent: "330000"),
        Unit(code: "330110", nameZH: "余杭", nameEN: "Yuhang", level: .county, parent: "330100"),
    ]
    static let sites = ["S1", "S2", "S3"].map {
        Site(id: $0, name: $0, address: "1 号", kind: "factory", unit: "330110", contractedKilowatts: 100)
    }
    static let links = ["S1", "S2"].map {
        SiteLink(site: $0, kind: .meter, subject: "M-\($0)", basis: "supply-contract")
    }

    static func finding(_ id: String, ratio: Double = 6) -> Finding {
        Finding(
            id: id, subject: .meter("M-S1"), modality: .grid, from: Instant(seconds: 1_780_000_000),
            to: Instant(seconds: 1_789_000_000), probability: 0.9, logLikelihoodRatio: ratio, model: "test/1")
    }

    static func assessment(_ site: String, _ probability: Double?, finding: String? = nil) -> SiteAssessment {
        SiteAssessment(
            site: site, probability: probability, priorLogOdds: -3, logOdds: probability.map { $0 }, basis: .gridOnly,
            terms: finding.map { id in
                [.init(findingID: id, modality: .grid, subject: .meter("M-S1"), logOdds: 6, link: links[0])]
            } ?? [])
    }

    static func run(_ result: String) -> RunRecord {
        RunRecord(
            id: "run-" + result, started: now, finished: now, counts: ["meters": 2], resultSHA256: result,
            models: ["fusion/2026-11"], prior: 0.05)
    }

    static func publish(
        _ writer: CasebookWriter, _ result: String, _ assessments: [SiteAssessment],
        findings: [Finding] = [finding("f1")],
        lease: ScanLease? = nil, now: Instant = now
    ) throws -> PublishSummary {
        try writer.publishRun(
            run(result), findings: findings, assessments: assessments,
            curves: ["S1": LoadCurve(start: now, intervalSeconds: 900, kilowatts: [1, .nan, 3])], policy: CasePolicy(),
            lease: lease, now: now)
    }

    static func with(_ body: (String) throws -> Void) throws {
        let folder = try Places.scratch("casebook")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appendingPathComponent("casebook.sqlite").path)
    }

    static func fill(_ path: String) throws -> CasebookWriter {
        let writer = try CasebookWriter.open(path, province: "330000", demo: true)
        try writer.register(sites: sites, links: links, units: units, complete: true, now: now)
        _ = try publish(
            writer, "a", [assessment("S2", 0.85), assessment("S1", 0.93, finding: "f1"), assessment("S3", nil)])
        return writer
    }
}

struct CasebookTests {
    @Test func `a published run opens cases by sorted site and reads back`() throws {
        try World.with { path in
            let writer = try World.fill(path)
            let reader = try CasebookReader.open(path)
            let cases = try reader.cases()
            #expect(cases.map(\.id) == ["330000-2026-0001", "330000-2026-0002"])
            #expect(cases.map(\.site) == ["S1", "S2"])
            #expect(cases.allSatisfy { $0.state == "detected" && $0.holder == "330000" && $0.version == 1 })
            // 2026-09-21 is a Monday.
            #expect(cases[0].due?.description == "2026-09-23")
            #expect(cases[0].eventTime == Instant(seconds: 1_780_000_000))
            let snapshot = try reader.snapshot()
            #expect(snapshot.dossiers.map(\.site) == World.sites)
            #expect(snapshot.demo && snapshot.province == "330000" && snapshot.units.count == 3)
            let dossier = try #require(try reader.dossier(site: "S1"))
            #expect(dossier.findings.map(\.id) == ["f1"])
            #expect(dossier.links == [World.links[0]])
            #expect(dossier.curve?.kilowatts.map(\.isNaN) == [false, true, false])
            #expect(snapshot.dossiers[2].assessment?.probability == nil)
            #expect(snapshot.lastRun == World.run("a"))
            #expect(try reader.unplacedFindings().isEmpty)
            try writer.close()
        }
    }

    @Test func `the same result again changes nothing, also after reopening`() throws {
        try World.with { path in
            try World.fill(path).close()
            let before = try CasebookReader.open(path).logicalDigest()
            let writer = try CasebookWriter.open(path, province: "330000")
            let again = try World.publish(
                writer, "a", [World.assessment("S1", 0.99)], now: World.now.adding(seconds: 900_000))
            #expect(again == PublishSummary(changed: false, opened: 0, updated: 0))
            #expect(
                try !writer.register(
                    sites: World.sites, links: World.links, units: World.units, complete: true, now: World.now))
            #expect(try CasebookReader.open(path).logicalDigest() == before)
        }
    }

    @Test func `a later run updates evidence and never a state`() throws {
        try World.with { path in
            let writer = try World.fill(path)
            try DatabaseQueue(path: path).write { db in
                try db.execute(sql: "UPDATE case_record SET state = 'excluded', version = 2 WHERE site = 'S1'")
            }
            let next = try World.publish(
                writer, "b",
                [
                    World.assessment("S1", 0.97, finding: "f1"), World.assessment("S2", 0.85),
                    World.assessment("S3", 0.9),
                ])
            #expect(next == PublishSummary(changed: true, opened: 1, updated: 1))
            let cases = try CasebookReader.open(path).cases()
            #expect(cases.map(\.state) == ["excluded", "detected", "detected"])
            #expect(cases.map(\.id).last == "330000-2026-0003")
        }
    }

    @Test func `wall-clock times do not enter the digest, content does`() throws {
        try World.with { path in
            try World.with { other in
                _ = try World.fill(path)
                let writer = try CasebookWriter.open(other, province: "330000", demo: true)
                let later = World.now.adding(seconds: 400_000)
                try writer.register(
                    sites: World.sites, links: World.links, units: World.units, complete: true, now: later)
                _ = try World.publish(
                    writer, "a",
                    [
                        World.assessment("S2", 0.85), World.assessment("S1", 0.93, finding: "f1"),
                        World.assessment("S3", nil),
                    ],
                    now: later)
                // The curve's start is the only time passed in as content.
                try DatabaseQueue(path: other).write { db in
                    try db.execute(sql: "UPDATE curve SET start = ?", arguments: [World.now.nanoseconds])
                }
                let digest = try CasebookReader.open(path).logicalDigest()
                #expect(try CasebookReader.open(other).logicalDigest() == digest)
                try DatabaseQueue(path: other).write { try $0.execute(sql: "UPDATE curve SET interval_s = 901") }
                #expect(try CasebookReader.open(other).logicalDigest() != digest)
            }
        }
    }

    @Test func `a failure inside a publication leaves nothing of it`() throws {
        try World.with { path in
            let writer = try World.fill(path)
            let before = try CasebookReader.open(path).logicalDigest()
            try DatabaseQueue(path: path).write { db in
                try db.execute(
                    sql:
                        "CREATE TRIGGER full BEFORE INSERT ON case_evidence BEGIN SELECT RAISE(ABORT, 'disk full'); END"
                )
            }
            #expect(throws: CasebookError.self) {
                try World.publish(writer, "b", [World.assessment("S3", 0.99)], findings: [World.finding("f2")])
            }
            #expect(try CasebookReader.open(path).logicalDigest() == before)
            try DatabaseQueue(path: path).write { try $0.execute(sql: "DROP TRIGGER full") }
            #expect(try World.publish(writer, "b", [World.assessment("S3", 0.99)]).opened == 1)
        }
    }

    @Test func `a rejected row does not take a place off the register`() throws {
        try World.with { path in
            let writer = try World.fill(path)
            try writer.register(sites: [World.sites[0]], links: [], units: World.units, complete: false, now: World.now)
            #expect(try CasebookReader.open(path).sites().count == 3)
            try writer.register(sites: [World.sites[0]], links: [], units: World.units, complete: true, now: World.now)
            #expect(try CasebookReader.open(path).sites().map(\.id) == ["S1"])
        }
    }

    @Test func `inputs are recorded once`() throws {
        try World.with { path in
            let writer = try World.fill(path)
            var input = InputRecord(
                sha256: "aa", kind: .meters, path: "in/a.csv", bytes: 10, state: .failed, error: "no rows",
                lastEvent: World.now, recordedAt: World.now)
            #expect(try writer.record(input))
            input.recordedAt = World.now.adding(seconds: 60)
            #expect(try !writer.record(input))
            input.state = .done
            #expect(try writer.record(input))
            #expect(try writer.input(sha256: "aa", path: "in/a.csv")?.state == .done)
            #expect(try CasebookReader.open(path).snapshot().asOf == World.now)
        }
    }

    @Test func `newer, foreign, missing and other provinces' stores are refused`() throws {
        try World.with { path in
            #expect(throws: CasebookError.missing(path: path)) { try CasebookReader.open(path) }
            try World.fill(path).close()
            #expect(throws: CasebookError.otherProvince(store: "330000", asked: "440000")) {
                try CasebookWriter.open(path, province: "440000")
            }
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2031-01-01 later')") }
            try queue.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let newer = CasebookError.newerVersion(path: path, step: "2031-01-01 later")
            #expect(throws: newer) { try CasebookWriter.open(path, province: "330000") }
            #expect(throws: newer) { try CasebookReader.open(path) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test func `two scans at once: one runs, the late one commits nothing`() throws {
        try World.with { path in
            let writer = try World.fill(path)
            let boot = Instant(seconds: 1000)
            let first = try writer.acquireLease(owner: "host-a 17", now: boot)
            #expect(throws: CasebookError.leaseHeld(owner: "host-a 17", since: boot)) {
                try writer.acquireLease(owner: "host-b 4", now: boot.adding(seconds: 100))
            }
            try writer.heartbeat(first, now: boot.adding(seconds: 100))
            #expect(throws: CasebookError.self) { try writer.acquireLease(owner: "b", now: boot.adding(seconds: 210)) }
            let second = try writer.acquireLease(owner: "b", now: boot.adding(seconds: 221))
            #expect(throws: CasebookError.leaseLost(owner: "b")) {
                try World.publish(writer, "z", [World.assessment("S3", 0.99)], lease: first)
            }
            try writer.release(first)
            #expect(try World.publish(writer, "z", [World.assessment("S3", 0.99)], lease: second).opened == 1)
            try writer.release(second)
            #expect(try writer.acquireLease(owner: "c", now: boot.adding(seconds: 222)).fencing == 3)
        }
    }

    @Test func `working days skip weekends and holidays and take make-up days`() throws {
        let friday = try #require(CalendarDate("2026-09-25"))
        let monday = try #require(CalendarDate("2026-09-28"))
        let saturday = try #require(CalendarDate("2026-09-26"))
        #expect(WorkingCalendar().adding(workingDays: 2, to: friday).description == "2026-09-29")
        #expect(WorkingCalendar(holidays: [monday]).adding(workingDays: 2, to: friday).description == "2026-09-30")
        #expect(WorkingCalendar(makeUpDays: [saturday]).adding(workingDays: 2, to: friday).description == "2026-09-28")
    }
}
