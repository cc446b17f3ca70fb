import GRDB
import Vocabulary

/// The return of one week: the figures and the running sites as they were known on Friday at six, or, for a correction,
/// later.
package struct WeeklyReturn: Hashable, Sendable, Codable {
    package struct Line: Hashable, Sendable, Codable {
        /// Answering unit, or `list:` and the name of a list.
        package var of: String
        package var received: Int
        package var settledThisWeek: Int
        package var settled: Int
        package var open: Int
        package var overdue: Int
        package var existing: Int
        package var new: Int
        package var undetermined: Int
        package var machines: Int
        /// Power shut in the week, kW, and energy measured, kWh; nil when nothing was measured.
        package var kilowatts: Double?
        package var kilowattHours: Double?
        package var measures: Int
        package var lookbacks: Int
        package var recurrences: Int
    }

    /// A site that was found to mine and has not stopped.
    package struct RunningSite: Hashable, Sendable, Codable {
        package var caseID: String
        package var site: String
        package var machines: Int?
        package var nameplateKilowatts: Double?
    }

    package struct Change: Hashable, Sendable, Codable {
        package var what: String
        package var before: String
        package var after: String
    }

    /// Friday 18:00 in the zone of the province.
    package var weekEnd: Instant
    package var lines: [Line]
    package var running: [RunningSite]
    package var figures: [KPIFigure]
}

/// A return as it was frozen.
package struct FrozenReturn: Hashable, Sendable, Codable {
    package var number: Int
    package var asOf: Instant
    /// Number of the return it corrects.
    package var corrects: Int?
    package var reason: String
    package var changes: [WeeklyReturn.Change]
    package var sha256: String
    package var body: WeeklyReturn
}

extension WeeklyReturn {
    static let weekSeconds: Int64 = 7 * 86_400
    static let closingSecond = 18 * 3600

    /// The last Friday, 18:00, that is not after `instant`.
    package static func weekEnd(before instant: Instant, offset: Int) -> Instant {
        let day = instant.date(offset: offset)
        let back = (day.weekday - 5 + 7) % 7
        let friday = CalendarDate(daysSince1970: day.daysSince1970 - back).start(offset: offset).adding(
            seconds: Int64(closingSecond))
        return friday <= instant ? friday : friday.adding(seconds: -weekSeconds)
    }

    static func make(_ db: Database, weekEnd: Instant, asOf: Instant, offset: Int) throws -> WeeklyReturn {
        let window = KPIWindow(
            start: weekEnd.adding(seconds: -weekSeconds), end: weekEnd, asOf: asOf, dayOffsetSeconds: offset)
        return try KPISheet.withFacts(db, asOf) { facts in
            let figures = try KPIDefinition.all.map { try $0.figure(db, facts: facts, window: window) }
            let running = try Row.fetchAll(
                db,
                sql: """
                    SELECT f.case_id, f.site, f.machines, (
                        SELECT json_extract(a.fields, '$.inspection.nameplateKilowatts')
                        FROM case_event e JOIN case_act a ON a.seq = e.seq
                        WHERE e.case_id = f.case_id AND e.recorded_at <= ? AND e.to_state = 'confirmed'
                            AND e.from_state = 'inspecting' ORDER BY e.seq DESC LIMIT 1) AS kw
                    FROM \(facts) f WHERE f.state IN ('confirmed', 'measures_ordered') ORDER BY f.case_id
                    """, arguments: [asOf.nanoseconds]
            ).map {
                RunningSite(
                    caseID: $0["case_id"], site: $0["site"], machines: $0["machines"], nameplateKilowatts: $0["kw"])
            }
            return WeeklyReturn(
                weekEnd: weekEnd, lines: try lines(db, facts: facts, window: window), running: running, figures: figures
            )
        }
    }

    private static func lines(_ db: Database, facts: String, window: KPIWindow) throws -> [Line] {
        let sql = """
            WITH grp AS (SELECT unit AS g, case_id FROM \(facts)
                    UNION ALL SELECT 'list:' || list, case_id FROM list_item WHERE recorded_at <= :asof),
                step AS MATERIALIZED (SELECT e.case_id, e.to_state AS t, e.from_state AS f,
                    coalesce(e.event_time, e.recorded_at) AS h, a.baseline_kw - a.after_kw AS kw
                    FROM case_event e JOIN case_act a ON a.seq = e.seq
                    WHERE e.recorded_at <= :asof AND e.transition <> 'undo' AND e.from_state <> e.to_state
                        AND coalesce(e.event_time, e.recorded_at) >= :start AND coalesce(e.event_time,
                            e.recorded_at) < :end
                        AND e.seq NOT IN (SELECT u.undoes FROM case_act u JOIN case_event ue ON ue.seq = u.seq
                            WHERE u.undoes IS NOT NULL AND ue.recorded_at <= :asof)),
                week AS MATERIALIZED (SELECT case_id,
                    max(t IN ('closed', 'excluded', 'exempt') AND f NOT IN ('lookback')) AS settled,
                    sum(t = 'measures_ordered' AND f = 'confirmed') AS measures, sum(f = 'lookback') AS lookbacks,
                    sum(t = 'recurred') AS recurrences,
                    sum(CASE WHEN t = 'stopped' AND f = 'measures_ordered' THEN max(0, kw) END) AS kw
                    FROM step GROUP BY case_id),
                cycle AS MATERIALIZED (SELECT m.case_id, sum(m.mining_kwh) AS kwh FROM measured_energy m
                    WHERE m.recorded_at <= :asof AND m.last_day >= :firstday AND m.last_day < :endday
                        AND m.row = (SELECT max(n.row) FROM measured_energy n WHERE n.case_id = m.case_id
                            AND n.first_day = m.first_day AND n.last_day = m.last_day AND n.recorded_at <= :asof)
                    GROUP BY m.case_id)
            SELECT g.g, sum(f.detected_at >= :start AND f.detected_at < :end) AS received,
                coalesce(sum(w.settled), 0) AS week, sum(f.open = 0 AND f.state <> 'void' AND f.successor IS NULL
                    OR f.state = 'lookback') AS settled,
                sum(f.open) AS open, coalesce(sum(f.open = 1 AND f.due < :endday), 0) AS overdue,
                sum(f.standing IS 'confirmed' AND f.class_a1 IS 'existing') AS existing,
                sum(f.standing IS 'confirmed' AND f.class_a1 IN ('new', 'new-not-running')) AS new,
                sum(f.standing IS 'confirmed' AND coalesce(f.class_a1,
                    'undetermined') = 'undetermined') AS undetermined,
                coalesce(sum(CASE WHEN f.standing = 'confirmed' THEN f.machines END), 0) AS machines,
                sum(w.kw) AS kw, sum(c.kwh) AS kwh, coalesce(sum(w.measures), 0) AS measures,
                coalesce(sum(w.lookbacks), 0) AS lookbacks, coalesce(sum(w.recurrences), 0) AS recurrences
            FROM grp g JOIN \(facts) f ON f.case_id = g.case_id LEFT JOIN week w ON w.case_id = g.case_id
                LEFT JOIN cycle c ON c.case_id = g.case_id
            GROUP BY g.g ORDER BY g.g
            """
        return try Row.fetchAll(db, sql: sql, arguments: window.arguments).map { row in
            Line(
                of: row["g"], received: row["received"], settledThisWeek: row["week"], settled: row["settled"],
                open: row["open"], overdue: row["overdue"], existing: row["existing"], new: row["new"] ?? 0,
                undetermined: row["undetermined"], machines: row["machines"], kilowatts: row["kw"],
                kilowattHours: row["kwh"], measures: row["measures"], lookbacks: row["lookbacks"],
                recurrences: row["recurrences"])
        }
    }

    /// Every number that differs, by its place.
    func changes(to other: WeeklyReturn) throws -> [Change] {
        let before = try flat()
        let after = try other.flat()
        return Set(before.keys).union(after.keys).sorted().compactMap { key in
            before[key] == after[key] ? nil : Change(what: key, before: before[key] ?? "–", after: after[key] ?? "–")
        }
    }

    private func flat() throws -> [String: String] {
        var all: [String: String] = [:]
        for line in lines { all["line \(line.of)"] = try Canonical.text(line) }
        for site in running { all["running \(site.caseID)"] = try Canonical.text(site) }
        for figure in figures {
            for row in figure.rows { all["\(figure.id) \(row.part)"] = try Canonical.text(row) }
        }
        return all
    }
}

extension CasebookWriter {
    /// Freezes the return of the week that ended at `weekEnd` (a Friday, 18:00 in the province's zone), as it was known
    /// at that moment, however late this runs. A week is frozen once: when it is there already, that one is handed
    /// back.
    package func freezeWeek(
        _ weekEnd: Instant, by actor: String, offset: Int = 28_800, now: Instant
    ) throws(CasebookError) -> FrozenReturn {
        try transaction { db in
            try CasebookWriter.check(weekEnd, offset, now)
            if let there = try FrozenReturn.newest(db, weekEnd: weekEnd, first: true) { return there }
            let body = try WeeklyReturn.make(db, weekEnd: weekEnd, asOf: weekEnd, offset: offset)
            return try FrozenReturn.insert(
                db, body, asOf: weekEnd, corrects: nil, reason: "weekly", changes: [], by: actor, now: now)
        }
    }

    /// A later return of the same week, with what is known now, and what differs from the newest one. The old one stays
    /// as it is. Nil when nothing differs.
    package func correctWeek(
        _ weekEnd: Instant, by person: CaseActor, reason: String, offset: Int = 28_800, now: Instant
    ) throws(CasebookError) -> FrozenReturn? {
        try transaction { db in
            try CasebookWriter.check(weekEnd, offset, now)
            guard person.isNamedPerson else {
                throw CasebookError.refused(caseID: "weekly", [Refusal("no-person", person.name)])
            }
            guard reason.contains(where: { !$0.isWhitespace }), reason.utf8.count <= CasebookLimits.formTextBytes else {
                throw CasebookError.refused(caseID: "weekly", [Refusal("reason-missing")])
            }
            guard let old = try FrozenReturn.newest(db, weekEnd: weekEnd, first: false) else {
                throw CasebookError.refused(caseID: "weekly", [Refusal("not-due", "the week was not frozen")])
            }
            let body = try WeeklyReturn.make(db, weekEnd: weekEnd, asOf: now, offset: offset)
            let changes = try old.body.changes(to: body)
            guard !changes.isEmpty else { return nil }
            return try FrozenReturn.insert(
                db, body, asOf: now, corrects: old.number, reason: reason, changes: changes, by: person.name, now: now)
        }
    }

    private static func check(_ weekEnd: Instant, _ offset: Int, _ now: Instant) throws {
        guard WeeklyReturn.weekEnd(before: weekEnd, offset: offset) == weekEnd else {
            throw CasebookError.refused(caseID: "weekly", [Refusal("bad-end", "not a Friday, 18:00")])
        }
        guard weekEnd <= now else {
            throw CasebookError.refused(caseID: "weekly", [Refusal("not-due", weekEnd.rfc3339())])
        }
    }
}

extension CasebookReader {
    /// Every return that was frozen, by number.
    package func weeklyReturns() throws(CasebookError) -> [FrozenReturn] {
        try reading { try FrozenReturn.all($0) }
    }
}

extension FrozenReturn {
    static func all(_ db: Database) throws -> [FrozenReturn] {
        try Row.fetchAll(db, sql: "SELECT * FROM weekly_return ORDER BY number").map { try FrozenReturn(row: $0) }
    }

    /// A body that is not the one that was frozen is an error with its place.
    init(row: Row) throws {
        let text: String = row["body"]
        number = row["number"]
        sha256 = row["sha256"]
        guard Canonical.sha256(text) == sha256 else {
            throw CasebookError.corruptRow(table: "weekly_return", row: "\(number)")
        }
        asOf = Instant(nanoseconds: row["as_of"])
        corrects = row["corrects"]
        reason = row["reason"]
        changes = try Canonical.value(
            [WeeklyReturn.Change].self, row["diff"], table: "weekly_return", row: "\(number)")
        body = try Canonical.value(WeeklyReturn.self, text, table: "weekly_return", row: "\(number)")
    }

    static func newest(_ db: Database, weekEnd: Instant, first: Bool) throws -> FrozenReturn? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM weekly_return WHERE week_end = ? ORDER BY number \(first ? "ASC" : "DESC") LIMIT 1",
            arguments: [weekEnd.nanoseconds]
        ).map { try FrozenReturn(row: $0) }
    }

    static func insert(
        _ db: Database, _ body: WeeklyReturn, asOf: Instant, corrects: Int?, reason: String,
        changes: [WeeklyReturn.Change], by actor: String, now: Instant
    ) throws -> FrozenReturn {
        let text = try Canonical.text(body)
        let digest = Canonical.sha256(text)
        try db.execute(
            sql: "INSERT INTO weekly_return (week_end, as_of, corrects, reason, body, diff, sha256, recorded_at) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                body.weekEnd.nanoseconds, asOf.nanoseconds, corrects, reason, text, try Canonical.text(changes), digest,
                now.nanoseconds,
            ])
        let number = Int(db.lastInsertedRowID)
        try AuditChain.append(
            db, at: now, actor: actor, action: "weekly-return", object: "weekly_return:\(number)", detail: digest)
        return FrozenReturn(
            number: number, asOf: asOf, corrects: corrects, reason: reason, changes: changes, sha256: digest, body: body
        )
    }
}
