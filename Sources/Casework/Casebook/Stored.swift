import FoundationEssentials
import GRDB
import Vocabulary

/// Rows back into values. A row that does not read back is an error with its place, never skipped.
enum Stored {
    private static func bodies<Value: Decodable>(_ db: Database, _ type: Value.Type, table: String, now: String) throws
        -> [Value]
    {
        try Row.fetchAll(db, sql: "SELECT id, body FROM \(table) WHERE \(now) IS NULL ORDER BY id").map { row in
            try Canonical.value(type, row["body"], table: table, row: row["id"])
        }
    }

    /// Rows of a register that stand now.
    static func versioned<Value: Decodable>(_ db: Database, _ type: Value.Type, table: String) throws -> [Value] {
        try bodies(db, type, table: table, now: "until_rev")
    }

    static func units(_ db: Database) throws -> [Unit] { try bodies(db, Unit.self, table: "unit", now: "until_rev") }
    static func sites(_ db: Database) throws -> [Site] { try bodies(db, Site.self, table: "site", now: "until_rev") }
    static func links(_ db: Database) throws -> [SiteLink] {
        try bodies(db, SiteLink.self, table: "link", now: "until_rev")
    }
    static func findings(_ db: Database) throws -> [Finding] {
        try bodies(db, Finding.self, table: "finding", now: "until_run")
    }
    /// Those of the named that stand now.
    static func findings(_ db: Database, ids: [String]) throws -> [Finding] {
        let find = try db.cachedStatement(sql: "SELECT body FROM finding WHERE until_run IS NULL AND id = ?")
        return try ids.compactMap { id in
            try String.fetchOne(find, arguments: [id]).map {
                try Canonical.value(Finding.self, $0, table: "finding", row: id)
            }
        }
    }
    static func assessments(_ db: Database) throws -> [SiteAssessment] {
        try bodies(db, SiteAssessment.self, table: "assessment", now: "until_run")
    }

    static func inputs(_ db: Database) throws -> [InputRecord] {
        try Row.fetchAll(db, sql: "SELECT sha256, body FROM input ORDER BY path, sha256").map { row in
            try Canonical.value(InputRecord.self, row["body"], table: "input", row: row["sha256"])
        }
    }

    static func cases(_ db: Database) throws -> [CaseRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM case_record ORDER BY id").map(caseRecord)
    }

    static func caseRecord(_ row: Row) -> CaseRecord {
        CaseRecord(
            id: row["id"], episode: row["episode"], site: row["site"], unit: row["unit"], state: row["state"],
            holder: row["holder"], due: (row["due"] as String?).flatMap { CalendarDate($0) },
            eventTime: (row["event_time"] as Int64?).map { Instant(nanoseconds: $0) },
            recordedAt: Instant(nanoseconds: row["recorded_at"]), version: row["version"])
    }

    static func lastRun(_ db: Database) throws -> RunRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM run ORDER BY seq DESC LIMIT 1").map { row in
            let id: String = row["id"]
            return RunRecord(
                id: id, started: Instant(nanoseconds: row["started"]), finished: Instant(nanoseconds: row["finished"]),
                counts: try Canonical.value([String: Int].self, row["counts"], table: "run", row: id),
                resultSHA256: row["result_sha256"],
                models: try Canonical.value([String].self, row["models"], table: "run", row: id), prior: row["prior"])
        }
    }

    static func curve(_ db: Database, site: String) throws -> LoadCurve? {
        let find = try db.cachedStatement(sql: "SELECT start, interval_s, kilowatts FROM curve WHERE site = ?")
        guard let row = try Row.fetchOne(find, arguments: [site]) else { return nil }
        guard let values = CurveBlob.decode(row["kilowatts"]) else {
            throw CasebookError.corruptRow(table: "curve", row: site)
        }
        return LoadCurve(
            start: Instant(nanoseconds: row["start"]), intervalSeconds: row["interval_s"], kilowatts: values)
    }
}

enum LogicalDigest {
    /// Tables, their columns without wall-clock times, and the order. Case numbers and due days hang on the day of the
    /// run, seals on its second: they stay out.
    private static let tables: [(name: String, columns: String, order: String)] = [
        ("unit", "id, body, since_rev, until_rev", "id, since_rev"),
        ("site", "id, body, since_rev, until_rev", "id, since_rev"),
        ("link", "id, body, since_rev, until_rev", "id, since_rev"),
        ("run", "seq, id, result_sha256, counts, models, prior", "seq"),
        ("finding", "id, body, since_run, until_run", "id, since_run"),
        ("assessment", "id, body, since_run, until_run", "id, since_run"),
        ("curve", "site, start, interval_s, kilowatts", "site"),
        ("case_record", "substr(id, -4), episode, site, unit, state, holder, event_time, version", "site, episode"),
        ("case_event", "seq, transition, from_state, to_state, actor, reason, version, event_time", "seq"),
        (
            "case_act", "seq, role, unit, holder, suspended_until, undoes, previous, fields", "seq"
        ),
        ("case_evidence", "substr(case_id, -4), run, assessment_sha256", "case_id, run"),
        ("audit", "seq, actor, action", "seq"),
        ("register_import", "revision, kind, sha256, rows_sha256, counts", "revision"),
        ("assignment", "id, inside, device, to_ns, since_rev, until_rev", "id, since_rev"),
        ("party", "id, body, since_rev, until_rev", "id, since_rev"),
        ("party_role", "id, body, since_rev, until_rev", "id, since_rev"),
        ("exemption", "id, body, since_rev, until_rev", "id, since_rev"),
        ("application", "id, body, since_rev, until_rev", "id, since_rev"),
        ("lead_detail", "lead, body, since_rev", "lead"),
        ("case_comment", "substr(case_id, -4), by, role, unit, text", "row"),
    ]

    static func of(_ db: Database) throws -> String {
        var hash = FieldHash()
        for table in tables {
            hash.add(table.name)
            let rows = try Row.fetchCursor(
                db, sql: "SELECT \(table.columns) FROM \(table.name) ORDER BY \(table.order)")
            while let row = try rows.next() { for value in row.databaseValues { hash.add(value) } }
        }
        hash.add("input")
        for var input in try Stored.inputs(db) {
            input.recordedAt = Instant(nanoseconds: 0)
            hash.add(try Canonical.text(input))
        }
        for key in ["province", "demo", "revision"] { hash.add(try Meta.get(db, key)) }
        return hash.hex()
    }
}
