import GRDB
import Vocabulary

/// One row a case: what the events known on a day add up to. The same query makes the kept table `case_fact` (all that
/// is known now, a case at a time) and the book as it was known on an earlier day.
enum CaseFacts {
    /// States in which nobody has anything to do; `Lifecycle` need not be read to count open cases.
    static let settled = ["closed", "archived", "excluded", "exempt", "void"]

    /// Which cases: all, `:case`, or those of which something was written down after `:asof`.
    enum Scope {
        case all, one, unsettled
        var filter: String {
            switch self {
            case .all: ""
            case .one: " AND case_id = :case"
            case .unsettled:
                " AND case_id IN (SELECT case_id FROM case_fact WHERE known_at > :asof AND detected_at <= :asof)"
            }
        }
    }

    /// Arguments: `:asof`, nanoseconds; for one case, `:case`.
    static func query(_ scope: Scope) -> String {
        let quoted = settled.map { "'\($0)'" }.joined(separator: ", ")
        let seen = "recorded_at <= :asof" + scope.filter
        // Undone steps do not count; nothing that was undone later than the day asked for is undone yet.
        return """
            WITH undone AS MATERIALIZED (
                SELECT a.undoes AS seq FROM case_act a JOIN case_event u ON u.seq = a.seq
                WHERE a.undoes IS NOT NULL AND u.\(seen)),
            step AS (
                SELECT case_id, seq, transition, from_state AS f, to_state AS t, recorded_at AS r,
                    CASE WHEN transition = 'T00' THEN recorded_at ELSE coalesce(event_time, recorded_at) END AS h
                FROM case_event WHERE \(seen) AND seq NOT IN (SELECT seq FROM undone)),
            mark AS MATERIALIZED (
                SELECT case_id, max(seq) AS last, min(r) AS detected_at, max(r) AS known,
                    min(CASE WHEN f = 'detected' AND t <> f THEN h END) AS left_detected_at,
                    min(CASE WHEN t = 'assigned' AND f <> t THEN h END) AS assigned_at,
                    min(CASE WHEN t IN ('confirmed', 'excluded', 'exempt') AND f <> t THEN h END) AS determined_at,
                    max(CASE WHEN t IN ('confirmed', 'excluded', 'exempt') AND f <> t AND transition <> 'undo'
                        THEN seq END) AS found,
                    max(CASE WHEN t = 'confirmed' AND f = 'inspecting' THEN seq END) AS confirming,
                    min(CASE WHEN t = 'confirmed' AND f = 'inspecting' THEN h END) AS confirmed_at,
                    min(CASE WHEN t = 'closed' AND f = 'closure_submitted' THEN h END) AS closed_at,
                    max(CASE WHEN t = 'stopped' AND f = 'measures_ordered' THEN h END) AS stopped_at,
                    min(CASE WHEN t = 'recurred' AND f <> t THEN h END) AS recurred_at
                FROM step GROUP BY case_id),
            next AS MATERIALIZED (
                SELECT a.previous, e.case_id, coalesce(e.event_time, e.recorded_at) AS at, e.recorded_at AS r
                FROM case_act a JOIN case_event e ON e.seq = a.seq
                WHERE a.previous IS NOT NULL AND e.recorded_at <= :asof)
            SELECT c.id AS case_id, c.site, c.episode, c.unit, l.to_state AS state,
                n.case_id IS NULL AND l.to_state NOT IN (\(quoted)) AS open,
                coalesce(la.holder, o.holder, c.unit) AS holder,
                CASE WHEN n.case_id IS NOT NULL THEN NULL WHEN la.seq IS NULL THEN o.due ELSE la.due END AS due,
                la.suspended_until, l.version, m.detected_at, m.left_detected_at, o.due AS triage_due, m.assigned_at,
                m.determined_at, d.to_state AS standing, m.confirmed_at, m.closed_at, m.stopped_at, m.recurred_at,
                n.case_id AS successor, n.at AS successor_at, k.category, da.exclusion, k.class_a1, k.class_a2,
                    k.machines,
                max(m.known, coalesce(n.r, m.known)) AS known_at
            FROM mark m JOIN case_record c ON c.id = m.case_id
                JOIN case_event l ON l.seq = m.last LEFT JOIN case_act la ON la.seq = m.last
                LEFT JOIN case_opening o ON o.case_id = c.id LEFT JOIN case_event d ON d.seq = m.found
                LEFT JOIN case_act da ON da.seq = m.found LEFT JOIN case_act k ON k.seq = m.confirming
                LEFT JOIN next n ON n.previous = c.id
            """
    }

    static let columns = """
        case_id, site, episode, unit, state, open, holder, due, suspended_until, version, detected_at, left_detected_at,
        triage_due, assigned_at, determined_at, standing, confirmed_at, closed_at, stopped_at, recurred_at, successor,
        successor_at, category, exclusion, class_a1, class_a2, machines, known_at
        """

    static func refresh(_ db: Database, _ id: String) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO case_fact (\(columns)) " + query(.one))
        try statement.execute(arguments: ["asof": Int64.max, "case": id])
    }

    /// All cases anew, from what was only ever appended.
    static func rebuild(_ db: Database) throws {
        try db.execute(sql: "DELETE FROM case_fact")
        try db.execute(
            sql: "INSERT INTO case_fact (\(columns)) " + query(.all), arguments: ["asof": Int64.max])
    }

    /// The book as it was known on `asOf`, under a name of its own for as long as the connection lives. Of a case of
    /// which nothing was written down since, the kept row is what was known; the others are added up anew.
    static let past = "case_fact_then"
    static func recall(_ db: Database, asOf: Instant) throws {
        try db.execute(sql: "DROP TABLE IF EXISTS temp.\(past)")
        try db.execute(
            sql: "CREATE TEMP TABLE \(past) AS SELECT \(columns) FROM case_fact WHERE known_at <= ?",
            arguments: [asOf.nanoseconds])
        try db.execute(
            sql: "INSERT INTO temp.\(past) (\(columns)) " + query(.unsettled), arguments: ["asof": asOf.nanoseconds])
        try db.execute(sql: "CREATE UNIQUE INDEX temp.\(past)_case ON \(past) (case_id)")
    }
}

extension CasebookWriter {
    /// Makes the kept facts anew from what was only ever appended; for a store that was mended by hand.
    package func rebuildFacts() throws(CasebookError) { try transaction { try CaseFacts.rebuild($0) } }
}
