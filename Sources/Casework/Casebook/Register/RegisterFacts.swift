import GRDB
import Vocabulary

/// What the register says of places beside what was watched there.
package struct RegisterFacts: Hashable, Sendable {
    /// Sources of leads by what they name (`site:…`, `meter:…`, `line:…`): each lead once, without repetitions, and without
    /// those whose case turned out to be no mining.
    package var leads: [String: Set<String>] = [:]
    package var exemptions: [Exemption] = []

    package init() {}
}

extension CasebookReader {
    package func registerFacts() throws(CasebookError) -> RegisterFacts {
        try reading { db in
            var facts = RegisterFacts()
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT DISTINCT d.subject_kind || ':' || d.subject AS subject, l.source
                    FROM lead_detail d JOIN lead l ON l.id = d.lead
                    WHERE l.duplicate_of IS NULL AND d.subject_kind IN ('site', 'meter', 'line') AND NOT EXISTS (
                        SELECT 1 FROM lead_case k JOIN case_fact c ON c.case_id = k.case_id
                        WHERE k.lead = l.id AND c.standing IN ('excluded', 'exempt'))
                    """)
            while let row = try rows.next() { facts.leads[row["subject"], default: []].insert(row["source"]) }
            facts.exemptions = try Stored.versioned(db, Exemption.self, table: "exemption")
            return facts
        }
    }
}
