import FoundationEssentials
import GRDB
import Vocabulary

/// One place as a list shows it.
package struct SiteLine: Hashable, Sendable {
    package var site: Site
    package var assessment: SiteAssessment?
    /// The newest episode.
    package var caseID: String?
    package var state: String?
}

/// What the list of places shows; a filter that is nil lets all through.
package struct SiteListQuery: Hashable, Sendable {
    /// Codes of units; the caller names the whole subtree.
    package var units: Set<String>?
    package var kind: String?
    /// Probabilities in `from ..< below`.
    package var from: Double?
    package var below: Double?
    package var state: String?
    /// Part of the identifier. Names are not searched: the names of homes are masked, and a search would tell them.
    package var text: String?
    package var limit = 50
    package var offset = 0
    package init() {}
}

/// Places of one unit added up. What nobody assessed is in no sum but the first.
package struct UnitSums: Hashable, Sendable {
    package var unit: String
    package var sites: Int
    package var scored: Int
    package var high: Int
    package var medium: Int
    /// Over high and medium; the bounds are added too, which makes them wide. Nil when none of them has an estimate.
    package var kilowatts: Estimate?
}

/// What the store was when something was read: equal stamps, equal answers.
package struct StoreStamp: Hashable, Sendable {
    package var run: Int
    package var revision: String
    /// Rows of the log: every act appends one.
    package var acts: Int
}

extension ScopedReader {
    package func stamp() throws(CasebookError) -> StoreStamp {
        try CasebookFile.guarded(path) {
            try queue.read { db in
                StoreStamp(
                    run: try Int.fetchOne(db, sql: "SELECT coalesce(max(seq), 0) FROM main.run") ?? 0,
                    revision: try Meta.get(db, "revision") ?? "",
                    acts: try Int.fetchOne(db, sql: "SELECT coalesce(max(seq), 0) FROM main.audit") ?? 0)
            }
        }
    }

    /// Places in scope, the likeliest first, then those of which nothing is known; names of homes masked as the right
    /// says.
    package func siteLines(_ query: SiteListQuery) throws(CasebookError) -> (lines: [SiteLine], total: Int) {
        let page: ([SiteLine], Int) = try reading(.caseRead) { try query.lines($0) }
        let clear = try unmasked(page.0.map(\.site).filter(FieldMask.isHome).map(\.id))
        var mask = FieldMask(matrix, clear: [.public, .internal])
        let lines = page.0.map { line in
            guard !clear.contains(line.site.id) else { return line }
            var line = line
            line.site = mask.site(line.site)
            return line
        }
        return (lines, page.1)
    }

    /// The places in scope added up by unit, by code.
    package func unitSums() throws(CasebookError) -> [UnitSums] {
        try reading(.rollUp) { try UnitSums.all($0) }
    }

    package func units() throws(CasebookError) -> [Vocabulary.Unit] {
        try reading(.rollUp) { try Stored.units($0) }
    }

    package func lastRun() throws(CasebookError) -> RunRecord? { try reading(.rollUp) { try Stored.lastRun($0) } }

    /// Files that were taken in; only for who has the whole of the store's province in scope.
    package func inputs() throws(CasebookError) -> [InputRecord] { try reading(.rollUp) { try Stored.inputs($0) } }

    package func leads(limit: Int, offset: Int) throws(CasebookError) -> (lines: [LeadLine], total: Int) {
        try reading(.lead) { try LeadLine.newest($0, limit: limit, offset: offset) }
    }

    package func exemptions() throws(CasebookError) -> [Exemption] {
        try reading(.caseRead) { try Stored.versioned($0, Exemption.self, table: "exemption") }
    }

    package func exemptionWork(
        on day: CalendarDate, within days: Int, lifecycle: Lifecycle
    ) throws(CasebookError) -> [ExemptionWork] {
        try reading(.caseRead) {
            try ExemptionWork.due($0, on: day, within: days, measured: nil, lifecycle: lifecycle)
        }
    }

    package func facilitators() throws(CasebookError) -> [Facilitator] {
        try reading(.caseRead) { try Facilitator.ranked($0) }
    }

    package func weeklyReturns() throws(CasebookError) -> [FrozenReturn] {
        try reading(.rollUp) { try FrozenReturn.all($0) }
    }

    /// What may be done to a case next, for each hat the person may wear there.
    package func offers(
        case id: String, rules: CaseRules, now: Instant
    ) throws(CasebookError) -> [(actor: CaseActor, offers: CaseOffers)] {
        let hats = identity.hats(matrix)
        return try reading(.caseRead) { db in
            guard try Stored.caseRecord(db, id: id) != nil else { throw ScopedReader.missing("case:\(id)") }
            return try hats.compactMap { hat in
                try CaseOffers.of(db, case: id, actor: hat, rules: rules, now: now).map { (hat, $0) }
            }
        }
    }

    /// Events of all cases in scope, the newest first.
    package func recentSteps(limit: Int) throws(CasebookError) -> [(
        caseID: String, to: String, actor: String, at: Instant
    )] {
        try reading(.caseRead) { db in
            try Row.fetchAll(
                db, sql: "SELECT case_id, to_state, actor, recorded_at FROM case_event ORDER BY seq DESC LIMIT ?",
                arguments: [max(0, min(limit, CasebookLimits.pageRows))]
            ).map { ($0["case_id"], $0["to_state"], $0["actor"], Instant(nanoseconds: $0["recorded_at"])) }
        }
    }
}

extension Identity {
    /// Under which names of the lifecycle this person acts: each role where it is held, and the capabilities at the
    /// desks whose role the matrix lets use them.
    package func hats(_ matrix: AccessMatrix) -> [CaseActor] {
        var hats = roles.map { CaseActor(name: name, role: $0.role, unit: $0.unit) }
        for (action, hat) in [(AccessAction.confirm, "reviewer"), (.exemption, "exemption_approver")] {
            hats += cells(action, in: matrix).map { CaseActor(name: name, role: hat, unit: $0.held.unit) }
        }
        return Set(hats).sorted { ($0.role, $0.unit) < ($1.role, $1.unit) }
    }
}

extension SiteListQuery {
    private static let probability = "a.body ->> '$.probability'"

    /// The scored ones go along the index of rank where the scope is the whole store, else from the places that are in
    /// it; the others follow by identifier.
    func lines(_ db: Database) throws -> (lines: [SiteLine], total: Int) {
        var filter = ""
        var arguments: StatementArguments = [:]
        if let units {
            filter += " AND s.body ->> '$.unit' IN (SELECT value FROM json_each(:units))"
            arguments += ["units": try Canonical.text(units.sorted())]
        }
        if let kind {
            filter += " AND s.body ->> '$.kind' = :kind"
            arguments += ["kind": kind]
        }
        if let state {
            filter += " AND EXISTS (SELECT 1 FROM case_fact f WHERE f.site = s.id AND f.state = :state)"
            arguments += ["state": state]
        }
        if let text, !text.isEmpty {
            filter += " AND instr(upper(s.id), upper(:text)) > 0"
            arguments += ["text": text]
        }
        var score = ""
        if let from {
            score += " AND \(Self.probability) >= :from"
            arguments += ["from": from]
        }
        if let below {
            score += " AND \(Self.probability) < :below"
            arguments += ["below": below]
        }
        let isWhole = try Bool.fetchOne(db, sql: "SELECT isWhole FROM temp.scope_whole") ?? false
        let byRank = units == nil && isWhole
        let scored = """
            \(byRank
                ? "FROM assessment a CROSS JOIN site s ON s.id = a.id AND s.until_rev IS NULL"
                : "FROM site s CROSS JOIN assessment a ON a.id = s.id")
            WHERE s.until_rev IS NULL AND a.until_run IS NULL AND \(Self.probability) IS NOT NULL\(score)\(filter)
            """
        let plain = self.units == nil && kind == nil && state == nil && (text ?? "").isEmpty
        let unscored = """
            FROM site s WHERE s.until_rev IS NULL\(filter) AND NOT EXISTS (
                SELECT 1 FROM assessment a WHERE a.id = s.id AND a.until_run IS NULL AND \(Self.probability) IS NOT NULL)
            """
        // Without a filter on the place the index alone can count: the last run assessed no place that is not there.
        let counted =
            plain
            ? "FROM assessment a WHERE a.until_run IS NULL AND \(Self.probability) IS NOT NULL\(score)" : scored
        let known = try Int.fetchOne(db, sql: "SELECT count(*) " + counted, arguments: arguments) ?? 0
        let wantsAll = from == nil && below == nil
        var unknown = 0
        if wantsAll {
            unknown =
                plain
                ? try (Int.fetchOne(db, sql: "SELECT count(*) FROM site s WHERE s.until_rev IS NULL") ?? 0) - known
                : try Int.fetchOne(db, sql: "SELECT count(*) " + unscored, arguments: arguments) ?? 0
        }
        let most = max(0, min(limit, CasebookLimits.pageRows))
        let skipped = max(0, offset)
        var rows = try Row.fetchAll(
            db,
            sql: "SELECT s.id, s.body AS site, a.body AS found \(scored) ORDER BY \(Self.probability) DESC, a.id "
                + "LIMIT \(most) OFFSET \(min(skipped, known))", arguments: arguments)
        if wantsAll, rows.count < most, unknown > 0 {
            rows += try Row.fetchAll(
                db,
                sql: "SELECT s.id, s.body AS site, (SELECT body FROM assessment n WHERE n.id = s.id "
                    + "AND n.until_run IS NULL) AS found \(unscored) ORDER BY s.id "
                    + "LIMIT \(most - rows.count) OFFSET \(max(0, skipped - known))", arguments: arguments)
        }
        let newest = try db.cachedStatement(
            sql: "SELECT id, state FROM case_record WHERE site = ? ORDER BY episode DESC LIMIT 1")
        return (
            try rows.map { row in
                let id: String = row["id"]
                let one = try Row.fetchOne(newest, arguments: [id])
                return SiteLine(
                    site: try Canonical.value(Site.self, row["site"], table: "site", row: id),
                    assessment: try (row["found"] as String?).map {
                        try Canonical.value(SiteAssessment.self, $0, table: "assessment", row: id)
                    }, caseID: one?["id"], state: one?["state"])
            }, known + unknown
        )
    }
}

extension UnitSums {
    static func all(_ db: Database) throws -> [UnitSums] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT s.body ->> '$.unit' AS unit, count(*) AS sites, count(a.p) AS scored,
                    sum(a.p >= 0.8) AS high, sum(a.p >= 0.5 AND a.p < 0.8) AS medium,
                    sum(a.p >= 0.5 AND a.kw IS NOT NULL) AS measured,
                    sum(CASE WHEN a.p >= 0.5 THEN a.kw END) AS kw, sum(CASE WHEN a.p >= 0.5 THEN a.low END) AS low,
                    sum(CASE WHEN a.p >= 0.5 THEN a.high END) AS upper
                FROM site s LEFT JOIN (
                    SELECT id, body ->> '$.probability' AS p, body ->> '$.kilowatts.value' AS kw,
                        body ->> '$.kilowatts.low' AS low, body ->> '$.kilowatts.high' AS high
                    FROM assessment WHERE until_run IS NULL) a ON a.id = s.id
                WHERE s.until_rev IS NULL GROUP BY 1 ORDER BY 1
                """
        ).map { row in
            let measured: Int = row["measured"] ?? 0
            return UnitSums(
                unit: row["unit"], sites: row["sites"], scored: row["scored"], high: row["high"] ?? 0,
                medium: row["medium"] ?? 0,
                kilowatts: measured == 0
                    ? nil : Estimate(value: row["kw"] ?? 0, low: row["low"] ?? 0, high: row["upper"] ?? 0))
        }
    }
}
