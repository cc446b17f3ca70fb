import FoundationEssentials
import GRDB
import Vocabulary

/// What a publication did.
package struct PublishSummary: Hashable, Sendable {
    /// False when the store already held this result: then nothing was touched.
    package var changed: Bool
    package var opened: Int
    package var updated: Int

    package init(changed: Bool, opened: Int, updated: Int) {
        self.changed = changed
        self.opened = opened
        self.updated = updated
    }
}

extension CasebookWriter {
    /// Makes a scan's result the one that stands, in one transaction. The machine opens cases in the state `detected`
    /// and ties new evidence to the cases there are; it never changes a state. A site that has a case in any state but
    /// `void` gets no second one: what a person settled, a person opens again (transitions T23 to T26).
    package func publishRun(
        _ run: RunRecord, findings: [Finding], assessments: [SiteAssessment], curves: [String: LoadCurve],
        policy: CasePolicy, lease: ScanLease? = nil, now: Instant
    ) throws(CasebookError) -> PublishSummary {
        try transaction { db in
            if let lease { try CasebookWriter.require(lease, db) }
            let last = try String.fetchOne(db, sql: "SELECT result_sha256 FROM run ORDER BY seq DESC LIMIT 1")
            guard last != run.resultSHA256 else { return PublishSummary(changed: false, opened: 0, updated: 0) }
            try db.execute(
                sql:
                    "INSERT INTO run (id, result_sha256, counts, models, prior, started, finished) VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    run.id, run.resultSHA256, try Canonical.text(run.counts), try Canonical.text(run.models), run.prior,
                    run.started.nanoseconds, run.finished.nanoseconds,
                ])
            let number = Int(db.lastInsertedRowID)
            _ = try Versions.replace(
                db, table: "finding", with: try findings.map { ($0.id, try Canonical.text($0)) }, column: "run",
                at: number,
                complete: true)
            _ = try Versions.replace(
                db, table: "assessment", with: try assessments.map { ($0.site, try Canonical.text($0)) }, column: "run",
                at: number, complete: true)
            try CasebookWriter.write(curves, db)
            try AuditChain.append(
                db, at: now, actor: "scan", action: "publish", object: "run:\(run.id)", detail: try ResultSet.digest(db)
            )
            var opening = try CaseOpening(
                db, province: province, run: number, policy: policy, now: now, findings: findings)
            for assessment in assessments.sorted(by: { $0.site < $1.site }) { try opening.consider(assessment) }
            return PublishSummary(changed: true, opened: opening.opened, updated: opening.updated)
        }
    }

    private static func write(_ curves: [String: LoadCurve], _ db: Database) throws {
        try db.execute(sql: "DELETE FROM curve")
        let insert = try db.cachedStatement(
            sql: "INSERT INTO curve (site, start, interval_s, kilowatts) VALUES (?, ?, ?, ?)")
        for (site, curve) in curves.sorted(by: { $0.key < $1.key }) {
            try insert.execute(
                arguments: [site, curve.start.nanoseconds, curve.intervalSeconds, CurveBlob.encode(curve.kilowatts)])
        }
    }
}

/// Float32, little-endian; a missing reading is the one canonical NaN, so that equal curves are equal bytes.
enum CurveBlob {
    static func encode(_ values: [Float]) -> Data {
        var bytes = Data(capacity: values.count * 4)
        for value in values {
            let bits = (value.isNaN ? Float.nan : value).bitPattern
            for shift in [UInt32(0), 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        return bytes
    }

    /// Nil when the length is not a multiple of four.
    static func decode(_ data: Data) -> [Float]? {
        let bytes = [UInt8](data)
        guard bytes.count % 4 == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: 4).map { at in
            let low = UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8
            return Float(bitPattern: low | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24)
        }
    }
}

private struct CaseOpening {
    let db: Database
    let province: String
    let run: Int
    let policy: CasePolicy
    let now: Instant
    let units: [String: Unit]
    let sites: [String: Site]
    let firstSigns: [String: Instant]
    var opened = 0
    var updated = 0

    init(
        _ db: Database, province: String, run: Int, policy: CasePolicy, now: Instant, findings: [Finding]
    ) throws {
        self.db = db
        self.province = province
        self.run = run
        self.policy = policy
        self.now = now
        units = Dictionary(
            try Stored.units(db).map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
        sites = Dictionary(try Stored.sites(db).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        firstSigns = Dictionary(findings.map { ($0.id, $0.from) }, uniquingKeysWith: { min($0, $1) })
    }

    mutating func consider(_ assessment: SiteAssessment) throws {
        let digest = Canonical.sha256(try Canonical.text(assessment))
        let row = try Row.fetchOne(
            db, sql: "SELECT id, episode, state FROM case_record WHERE site = ? ORDER BY episode DESC LIMIT 1",
            arguments: [assessment.site])
        if let row, (row["state"] as String) != "void" {
            let id: String = row["id"]
            let known = try String.fetchOne(
                db, sql: "SELECT assessment_sha256 FROM case_evidence WHERE case_id = ? ORDER BY run DESC LIMIT 1",
                arguments: [id])
            guard known != digest else { return }
            try tie(id, digest)
            updated += 1
        } else if let probability = assessment.probability, probability >= policy.threshold {
            try open(assessment, episode: ((row?["episode"] as Int?) ?? 0) + 1, digest: digest)
            opened += 1
        }
    }

    private func tie(_ id: String, _ digest: String) throws {
        try db.execute(
            sql: "INSERT INTO case_evidence (case_id, run, assessment_sha256) VALUES (?, ?, ?)",
            arguments: [id, run, digest])
        try AuditChain.append(db, at: now, actor: "scan", action: "evidence", object: "case:\(id)", detail: digest)
    }

    private func open(_ assessment: SiteAssessment, episode: Int, digest: String) throws {
        let unit = answering(sites[assessment.site]?.unit)
        let today = now.date(offset: policy.dayOffsetSeconds)
        let id = try CaseNumber.next(db, unit: unit, year: today.components.year)
        // The first sign: since when it goes on, else the start of the earliest finding that spoke for it.
        let first =
            assessment.since?.start(offset: policy.dayOffsetSeconds)
            ?? assessment.terms.filter { $0.logOdds > 0 }.compactMap { firstSigns[$0.findingID] }.min()
        let due = policy.calendar.adding(workingDays: policy.triageWorkingDays, to: today)
        try db.execute(
            sql:
                "INSERT INTO case_record (id, episode, site, unit, state, holder, due, event_time, recorded_at, version) "
                + "VALUES (?, ?, ?, ?, 'detected', ?, ?, ?, ?, 1)",
            arguments: [id, episode, assessment.site, unit, unit, due.description, first?.nanoseconds, now.nanoseconds])
        try db.execute(
            sql: "INSERT INTO case_opening (case_id, due, holder) VALUES (?, ?, ?)",
            arguments: [id, due.description, unit])
        try CaseLog.append(
            db, caseID: id, transition: Lifecycle.openingID, from: nil, to: Lifecycle.openingState, actor: "scan",
            reason: "threshold", version: 1, eventTime: first, now: now)
        try CaseFacts.refresh(db, id)
        try tie(id, digest)
    }

    /// Up the ladder to the province (or the Corps); the store's own province when the ladder has a gap.
    private func answering(_ code: String?) -> String {
        var current = code.flatMap { units[$0] }
        for _ in 0..<6 {
            guard let unit = current else { break }
            if unit.level == .province { return unit.code }
            current = unit.parent.flatMap { units[$0] }
        }
        return province
    }
}
