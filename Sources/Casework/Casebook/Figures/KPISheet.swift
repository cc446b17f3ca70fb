import GRDB
import Vocabulary

/// What is asked: acts that happened in [`start`, `end`), as they were known at `asOf`.
package struct KPIWindow: Hashable, Sendable, Codable {
    package var start: Instant
    package var end: Instant
    /// Nothing recorded later is looked at; nil = all that is known.
    package var asOf: Instant?
    /// Answering unit; nil = all of the store.
    package var unit: String?
    /// Seconds east of UTC of the civil day.
    package var dayOffsetSeconds: Int

    package init(
        start: Instant, end: Instant, asOf: Instant? = nil, unit: String? = nil, dayOffsetSeconds: Int = 28_800
    ) {
        self.start = start
        self.end = end
        self.asOf = asOf
        self.unit = unit
        self.dayOffsetSeconds = dayOffsetSeconds
    }

    var arguments: StatementArguments {
        let known = asOf ?? Instant(nanoseconds: .max)
        return [
            "start": start.nanoseconds, "end": end.nanoseconds, "asof": known.nanoseconds,
            "upto": min(end, known).nanoseconds, "unit": unit, "off": dayOffsetSeconds,
            "firstday": start.date(offset: dayOffsetSeconds).description,
            "uptoday": min(end, known).date(offset: dayOffsetSeconds).description,
            "endday": end.date(offset: dayOffsetSeconds).description,
        ]
    }
}

/// One line of a figure. A figure that cannot be had is nil, never zero.
package struct KPIRow: Hashable, Sendable, Codable {
    /// Empty for the figure itself; else which part of it (a source, a desk, an anchor).
    package var part: String
    package var value: Double?
    package var numerator: Double?
    package var denominator: Double?
    /// How many things it stands on.
    package var n: Int
    /// 95 % interval of a share (Wilson); of an amount, the sum of the intervals that came with the evidence.
    package var low: Double?
    package var high: Double?
    package var note: String?

    /// Of which nothing is known.
    package static let unknown = KPIRow(
        part: "", value: nil, numerator: nil, denominator: nil, n: 0, low: nil, high: nil, note: nil)
}

package struct KPIFigure: Hashable, Sendable, Codable {
    package var id: String
    package var zh: String
    package var en: String
    package var unit: String
    package var rows: [KPIRow]

    package subscript(part: String) -> KPIRow? { rows.first { $0.part == part } }
    package var value: Double? { self[""]?.value }
}

/// How a figure is made: one query, whose rows are `part, num, den, n, low, high, note`.
struct KPIDefinition: Sendable {
    enum Kind: Sendable { case share, amount }
    let id: String
    let zh: String
    let en: String
    let unit: String
    let kind: Kind
    /// `FACTS` stands for the book now or then, `STEPS` for its events that were not undone.
    let sql: String

    init(_ id: String, _ zh: String, _ en: String, _ unit: String, _ kind: Kind, _ sql: String) {
        self.id = id
        self.zh = zh
        self.en = en
        self.unit = unit
        self.kind = kind
        self.sql = sql
    }

    static let all = casework + speed + effect + coverage

    func figure(_ db: Database, facts: String, window: KPIWindow) throws -> KPIFigure {
        let rows = try Row.fetchAll(db, sql: expanded(facts: facts), arguments: window.arguments).map { row in
            let numerator: Double? = row["num"]
            let denominator: Double? = row["den"]
            let note: String? = row["note"]
            var found = KPIRow(
                part: row["part"], value: nil, numerator: numerator, denominator: denominator, n: row["n"] ?? 0,
                low: row["low"], high: row["high"], note: note)
            // A line of a share that has no denominator is an amount beside it.
            if kind == .share, row.hasColumn("den"), let denominator {
                if denominator > 0, let numerator {
                    found.value = numerator / denominator
                    // Of hours there is no sample, so no interval; of cases there is.
                    if numerator == numerator.rounded(), denominator == Double(found.n) {
                        (found.low, found.high) = Wilson.interval(numerator, denominator)
                    }
                }
            } else {
                found.value = numerator
            }
            if note == "hidden" { (found.value, found.low, found.high, found.numerator) = (nil, nil, nil, nil) }
            return found
        }
        return KPIFigure(id: id, zh: zh, en: en, unit: unit, rows: rows)
    }

    private func expanded(facts: String) -> String {
        let steps = """
            (SELECT e.seq, e.case_id, e.transition, e.from_state, e.to_state,
                coalesce(e.event_time, e.recorded_at) AS h, a.due, a.baseline_kw, a.after_kw, a.low_kw, a.high_kw,
                a.power_basis, a.machines
            FROM case_event e JOIN case_act a ON a.seq = e.seq
            WHERE e.recorded_at <= :asof AND e.transition <> 'undo' AND e.from_state IS NOT e.to_state
                AND e.seq NOT IN (SELECT u.undoes FROM case_act u JOIN case_event ue ON ue.seq = u.seq
                    WHERE u.undoes IS NOT NULL AND ue.recorded_at <= :asof))
            """
        // Every query says each argument once, for SQLite refuses names that a query does not have.
        return sql.replacing("STEPS", with: steps)
            .replacing("FACTS", with: "(SELECT * FROM \(facts) WHERE :unit IS NULL OR unit = :unit)")
    }

    /// The end of a due day, as SQL: nanoseconds.
    static func end(of day: String) -> String {
        "((CAST(strftime('%s', \(day)) AS INTEGER) + 86400 - :off) * 1000000000)"
    }
}

extension CasebookReader {
    /// The figures K01 to K22, or those named, each from its query. With `asOf` every one is what it would have been
    /// that day.
    package func figures(_ window: KPIWindow, only: Set<String>? = nil) throws(CasebookError) -> [KPIFigure] {
        try reading { try KPISheet.figures($0, window, only: only) }
    }

    /// Cases by state, as known at `asOf`.
    package func stateCounts(asOf: Instant? = nil) throws(CasebookError) -> [String: Int] {
        try reading { try KPISheet.stateCounts($0, asOf: asOf) }
    }
}

enum KPISheet {
    static func figures(_ db: Database, _ window: KPIWindow, only: Set<String>? = nil) throws -> [KPIFigure] {
        try withFacts(db, window.asOf) { facts in
            try KPIDefinition.all.filter { only?.contains($0.id) ?? true }.map {
                try $0.figure(db, facts: facts, window: window)
            }
        }
    }

    static func stateCounts(_ db: Database, asOf: Instant?) throws -> [String: Int] {
        let rows = try withFacts(db, asOf) {
            try Row.fetchAll(db, sql: "SELECT state, count(*) AS n FROM \($0) GROUP BY state")
        }
        return Dictionary(rows.map { ($0["state"], $0["n"]) }, uniquingKeysWith: { first, _ in first })
    }

    /// Runs `body` with the name of the table that holds the book now or then.
    static func withFacts<Value>(_ db: Database, _ asOf: Instant?, _ body: (String) throws -> Value) throws -> Value {
        guard let asOf else { return try body("case_fact") }
        try CaseFacts.recall(db, asOf: asOf)
        defer { try? db.execute(sql: "DROP TABLE temp.\(CaseFacts.past)") }
        return try body("temp.\(CaseFacts.past)")
    }
}
