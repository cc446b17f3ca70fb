import GRDB
import Vocabulary

/// One event of a case with its act, as it was written.
struct CaseStep {
    var seq: Int64
    var transition: String
    var from: String?
    var to: String
    var actor: CaseActor
    var version: Int
    var eventTime: Instant?
    var recordedAt: Instant
    var undone: Bool
    var holder: String
    var due: CalendarDate?
    var suspendedUntil: CalendarDate?
    var fields: TransitionFields

    /// When it happened. An opening's event time is the first sign of mining, which is not when the case was opened.
    var happened: Instant { transition == Lifecycle.openingID ? recordedAt : eventTime ?? recordedAt }
    var moves: Bool { from != to }
}

/// A case with all that was done to it, as one transaction sees it.
struct CaseHistory {
    let record: CaseRecord
    let site: Site?
    let steps: [CaseStep]
    /// The next episode, once it was opened.
    let successor: String?
    /// Highest probability the site ever had; nil when no score is known.
    let score: Double?

    init?(_ db: Database, id: String) throws {
        guard let record = try Stored.caseRecord(db, id: id) else { return nil }
        self.record = record
        site = try Stored.site(db, id: record.site)
        steps = try CaseHistory.steps(db, id: id)
        successor = try String.fetchOne(
            db, sql: "SELECT e.case_id FROM case_act a JOIN case_event e ON e.seq = a.seq WHERE a.previous = ?",
            arguments: [id])
        score = try Row.fetchAll(db, sql: "SELECT id, body FROM assessment WHERE id = ?", arguments: [record.site])
            .compactMap {
                try Canonical.value(SiteAssessment.self, $0["body"], table: "assessment", row: $0["id"]).probability
            }.max()
    }

    private static func steps(_ db: Database, id: String) throws -> [CaseStep] {
        let opening = try Row.fetchOne(
            db, sql: "SELECT due, holder FROM case_opening WHERE case_id = ?", arguments: [id])
        return try Row.fetchAll(
            db,
            sql: """
                SELECT e.seq, e.transition, e.from_state, e.to_state, e.actor, e.version, e.event_time, e.recorded_at,
                    a.role, a.unit, a.holder, a.due, a.suspended_until, a.fields,
                    EXISTS (SELECT 1 FROM case_act u WHERE u.undoes = e.seq) AS undone
                FROM case_event e LEFT JOIN case_act a ON a.seq = e.seq WHERE e.case_id = ? ORDER BY e.seq
                """, arguments: [id]
        ).map { row in
            let acted: String? = row["role"]
            let due: String? = acted == nil ? opening?["due"] : row["due"]
            let fields: String? = row["fields"]
            let seq: Int64 = row["seq"]
            return CaseStep(
                seq: seq, transition: row["transition"], from: row["from_state"], to: row["to_state"],
                actor: CaseActor(name: row["actor"], role: acted ?? "", unit: row["unit"] ?? ""),
                version: row["version"],
                eventTime: (row["event_time"] as Int64?).map { Instant(nanoseconds: $0) },
                recordedAt: Instant(nanoseconds: row["recorded_at"]), undone: row["undone"],
                holder: row["holder"] ?? opening?["holder"] ?? "", due: due.flatMap { CalendarDate($0) },
                suspendedUntil: (row["suspended_until"] as String?).flatMap { CalendarDate($0) },
                fields: try fields.map {
                    try Canonical.value(TransitionFields.self, $0, table: "case_act", row: "\(seq)")
                } ?? TransitionFields())
        }
    }

    /// What stands: undone steps and the undoing itself left out.
    var standing: [CaseStep] { steps.filter { !$0.undone && $0.transition != Lifecycle.undoID } }

    /// Every inspector ever named for this case; who was one may not review it.
    var inspectorsEver: Set<String> {
        Set(steps.flatMap { $0.fields.inspectors ?? [] }.map { CaseActor.key($0.name) })
    }

    /// Those named for the visit that is under way.
    var inspectorsNow: Set<String> {
        Set((standing.last { $0.fields.inspectors != nil }?.fields.inspectors ?? []).map { CaseActor.key($0.name) })
    }

    var submitter: CaseActor? { standing.last { $0.to == "closure_submitted" && $0.moves }?.actor }
    var category: CaseCategory? { standing.last { $0.fields.category != nil }?.fields.category }
    var exemption: ExemptionTerms? { standing.last { $0.to == "exempt" && $0.moves }?.fields.exemption }

    /// The closing that a level above approved; look-back days count from it.
    var closing: CaseStep? { standing.last { $0.to == "closed" && $0.from == "closure_submitted" } }

    /// Look-back rounds passed since that closing.
    var roundsPassed: Int {
        guard let closing else { return 0 }
        return standing.count { $0.seq > closing.seq && $0.from == "lookback" && $0.to == "closed" }
    }

    /// A named person found mining, and nobody has found otherwise since.
    var isConfirmed: Bool {
        let found = standing.last { $0.moves && ["confirmed", "excluded", "exempt"].contains($0.to) }
        return found?.to == Lifecycle.confirmed && found?.actor.isNamedPerson == true
    }
}

/// The ladder of units, rung by rung, up to the province or the Corps: the Corps' sites do not answer to the region
/// around.
struct UnitLadder {
    let db: Database

    func unit(_ code: String) throws -> Unit? {
        let find = try db.cachedStatement(sql: "SELECT body FROM unit WHERE id = ? AND until_rev IS NULL")
        return try String.fetchOne(find, arguments: [code]).map {
            try Canonical.value(Unit.self, $0, table: "unit", row: code)
        }
    }

    /// `code` first; empty when the register does not know it.
    func chain(_ code: String) throws -> [Unit] {
        var rungs: [Unit] = []
        var next: String? = code
        while let code = next, rungs.count < CasebookLimits.ladder, let unit = try unit(code) {
            rungs.append(unit)
            next = unit.level == .province ? nil : unit.parent
        }
        return rungs
    }
}

extension Stored {
    static func site(_ db: Database, id: String) throws -> Site? {
        try String.fetchOne(db, sql: "SELECT body FROM site WHERE id = ? AND until_rev IS NULL", arguments: [id]).map {
            try Canonical.value(Site.self, $0, table: "site", row: id)
        }
    }

    static func caseRecord(_ db: Database, id: String) throws -> CaseRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM case_record WHERE id = ?", arguments: [id]).map(caseRecord)
    }
}
