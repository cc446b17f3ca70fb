import GRDB
import Vocabulary

/// A lead as the intake desk sees it. The receipt is the sender's alone.
package struct LeadLine: Hashable, Sendable {
    package var lead: Lead
    /// The earlier lead about the same thing; nil when this is the first.
    package var duplicateOf: String?
    package var cases: [String]
}

extension CasebookReader {
    /// Leads, the newest first. A lead of which nothing more is known than its count (from before there were details) is
    /// not in the list.
    package func leads(limit: Int = 200, offset: Int = 0) throws(CasebookError) -> (lines: [LeadLine], total: Int) {
        try reading { try LeadLine.newest($0, limit: limit, offset: offset) }
    }
}

extension LeadLine {
    static func newest(_ db: Database, limit: Int, offset: Int) throws -> (lines: [LeadLine], total: Int) {
        let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM lead_detail") ?? 0
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT l.id, l.duplicate_of, d.body,
                    (SELECT group_concat(k.case_id, ' ') FROM lead_case k WHERE k.lead = l.id) AS cases
                FROM lead_detail d JOIN lead l ON l.id = d.lead
                ORDER BY l.received_at DESC, l.id LIMIT ? OFFSET ?
                """, arguments: [max(0, min(limit, CasebookLimits.leadLines)), max(0, offset)])
        let lines = try rows.map { row in
            LeadLine(
                lead: try Canonical.value(Lead.self, row["body"], table: "lead_detail", row: row["id"]),
                duplicateOf: row["duplicate_of"],
                cases: (row["cases"] as String?).map { $0.split(separator: " ").map(String.init).sorted() } ?? [])
        }
        return (lines, total)
    }
}

extension CasebookLimits {
    /// Longest list of leads at once.
    static let leadLines = 10_000
}
