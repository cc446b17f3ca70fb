import GRDB
import Vocabulary

/// One line of the list of cases.
package struct CaseLine: Hashable, Sendable, Codable {
    package var id: String
    package var site: String
    package var episode: Int
    package var unit: String
    package var holder: String
    package var state: String
    package var due: CalendarDate?
    package var overdue: Bool
    package var suspended: Bool
    package var version: Int
}

/// What the list shows; every filter that is nil lets all through.
package struct CaseListQuery: Hashable, Sendable {
    package var state: String?
    package var holder: String?
    package var onlyOpen = false
    package var limit = 200
    package var offset = 0
    package init() {}
}

extension CasebookReader {
    /// Open cases, and how many of them have passed their day.
    package func openCases(on day: CalendarDate) throws(CasebookError) -> (open: Int, overdue: Int) {
        try reading { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT count(*) AS n, coalesce(sum(due < ?), 0) AS late FROM case_fact WHERE open = 1",
                arguments: [day.description])
            return (row?["n"] ?? 0, row?["late"] ?? 0)
        }
    }

    /// Cases, the one that is due first at the top; `total` counts what the filters let through.
    package func caseList(_ query: CaseListQuery, on day: CalendarDate) throws(CasebookError) -> (
        lines: [CaseLine], total: Int
    ) { try reading { try query.lines($0, on: day) } }
}

extension CaseListQuery {
    func lines(_ db: Database, on day: CalendarDate) throws -> (lines: [CaseLine], total: Int) {
        let filter = """
            FROM case_fact WHERE (:state IS NULL OR state = :state) AND (:holder IS NULL OR holder = :holder)
                AND (:open = 0 OR open = 1)
            """
        var arguments: StatementArguments = [
            "state": state, "holder": holder, "open": onlyOpen ? 1 : 0,
        ]
        let total = try Int.fetchOne(db, sql: "SELECT count(*) " + filter, arguments: arguments) ?? 0
        arguments += ["limit": max(0, min(limit, CasebookLimits.pageRows)), "offset": max(0, offset)]
        let rows = try Row.fetchAll(
            db, sql: "SELECT * " + filter + " ORDER BY due IS NULL, due, case_id LIMIT :limit OFFSET :offset",
            arguments: arguments)
        return (
            rows.map { row in
                let due = (row["due"] as String?).flatMap { CalendarDate($0) }
                let open: Bool = row["open"]
                return CaseLine(
                    id: row["case_id"], site: row["site"], episode: row["episode"], unit: row["unit"],
                    holder: row["holder"], state: row["state"], due: due,
                    overdue: open && (due.map { $0 < day } ?? false),
                    suspended: (row["suspended_until"] as String?).flatMap { CalendarDate($0) }.map { $0 >= day }
                        ?? false,
                    version: row["version"])
            }, total
        )
    }
}
