import GRDB
import Vocabulary

/// What a person's step leaves behind beside the event.
struct CaseActRow {
    var role: String
    var unit: String
    var second: String?
    var holder: String
    var due: CalendarDate?
    var suspendedUntil: CalendarDate?
    var undoes: Int64?
    var previous: String?
    var classes: [String: ProjectClass] = [:]
    var exclusion: String?
    var fields = TransitionFields()

    func insert(_ db: Database, seq: Int64) throws {
        let proof = fields.stopProof
        try db.execute(
            sql: """
                INSERT INTO case_act (seq, role, unit, second, holder, due, suspended_until, undoes, previous, category,
                    exclusion, class_a1, class_a2, machines, baseline_kw, after_kw, low_kw, high_kw, power_basis,
                        fields)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                seq, role, unit, second, holder, due?.description, suspendedUntil?.description, undoes, previous,
                fields.category?.rawValue, exclusion, classes["A1"]?.rawValue, classes["A2"]?.rawValue,
                fields.inspection?.machines, proof?.baselineKilowatts, proof?.afterKilowatts, proof?.lowKilowatts,
                proof?.highKilowatts, proof?.basis.rawValue, try Canonical.text(fields),
            ])
    }
}

/// The append-only log of what happened to a case; each entry is sealed in the audit chain, with its act.
enum CaseLog {
    static func append(
        _ db: Database, caseID: String, transition: String, from: String?, to: String, actor: String, reason: String,
        version: Int, eventTime: Instant?, now: Instant, act: CaseActRow? = nil
    ) throws {
        try db.execute(
            sql: "INSERT INTO case_event "
                + "(case_id, transition, from_state, to_state, actor, reason, version, event_time, recorded_at) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                caseID, transition, from, to, actor, reason, version, eventTime?.nanoseconds, now.nanoseconds,
            ])
        let seq = db.lastInsertedRowID
        try act?.insert(db, seq: seq)
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM case_event WHERE seq = ?", arguments: [seq]) else {
            return
        }
        try AuditChain.append(
            db, at: now, actor: actor, action: "case-event", object: "case_event:\(seq)",
            detail: AuditChain.digest(
                of: row, and: try Row.fetchOne(db, sql: "SELECT * FROM case_act WHERE seq = ?", arguments: [seq])))
    }
}

/// `<answering unit>-<year>-<number>`, numbers without a gap.
enum CaseNumber {
    static func next(_ db: Database, unit: String, year: Int) throws -> String {
        let prefix = "\(unit)-\(year)-"
        // A range over the primary key: '.' is the sign after '-'.
        let highest =
            try Int.fetchOne(
                db, sql: "SELECT max(CAST(substr(id, ?) AS INTEGER)) FROM case_record WHERE id >= ? AND id < ?",
                arguments: [prefix.utf8.count + 1, prefix, "\(unit)-\(year)."]) ?? 0
        let text = String(highest + 1)
        return prefix + String(repeating: "0", count: max(0, 4 - text.count)) + text
    }
}
