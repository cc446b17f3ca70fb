import GRDB
import Vocabulary

/// What a purge took out for good.
package struct PurgeSummary: Hashable, Sendable {
    package var sites = 0
    /// Earlier versions: findings, assessments, register rows.
    package var rows = 0
    package var leads = 0

    package init() {}
}

extension CasebookWriter {
    /// Takes out what was kept of people who turned out to be no miners: for each site of which every case has been excluded
    /// since before `before`, earlier versions of its findings, assessments and register rows, and the words, senders and
    /// addresses of leads about it. What the last run says of the site stands, and so do cases and decisions; a row of the
    /// audit log says what is gone, with its digest. All or nothing.
    ///
    /// Source: retention defaults of the records baseline, 90 days after exclusion.
    package func purgeExcluded(before: Instant, now: Instant) throws(CasebookError) -> PurgeSummary {
        try transaction { db in
            var done = PurgeSummary()
            let sites = try String.fetchAll(
                db,
                sql: """
                    SELECT site FROM case_fact GROUP BY site
                    HAVING min(state = 'excluded') = 1 AND max(determined_at) < ? ORDER BY site
                    """, arguments: [before.nanoseconds])
            guard !sites.isEmpty else { return done }
            let guards = try Purge.lift(db)
            for site in sites {
                let purge = Purge(db: db, site: site)
                let (rows, leads, digest) = try purge.run()
                guard rows + leads > 0 else { continue }
                done.sites += 1
                done.rows += rows
                done.leads += leads
                try AuditChain.append(
                    db, at: now, actor: "system", action: "purge", object: "site:\(site)",
                    detail: "\(rows) earlier rows, \(leads) leads, sha256 \(digest)")
            }
            for sql in guards { try db.execute(sql: sql) }
            return done
        }
    }
}

/// One site's part of a purge.
private struct Purge {
    let db: Database
    let site: String

    /// Tables whose rows nothing else may change; their triggers are put back before the transaction ends.
    private static let tables = ["finding", "assessment", "site", "link", "lead_detail"]

    /// Takes the triggers away and answers the SQL that makes them again.
    static func lift(_ db: Database) throws -> [String] {
        let names = tables.flatMap { ["\($0)_fixed", "\($0)_kept"] }
        let marks = names.map { _ in "?" }.joined(separator: ", ")
        let rows = try Row.fetchAll(
            db, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name IN (\(marks))",
            arguments: StatementArguments(names))
        for row in rows { try db.execute(sql: "DROP TRIGGER \(row["name"] as String)") }
        return rows.map { $0["sql"] }
    }

    func run() throws -> (rows: Int, leads: Int, digest: String) {
        var hash = FieldHash()
        let findings = "SELECT DISTINCT finding FROM assessment_tie WHERE site = :site"
        let rows =
            try remove(
                "finding", "id IN (\(findings)) AND until_run IS NOT NULL", tie: ("finding_tie", "finding"), &hash)
            + remove("assessment", "id = :site AND until_run IS NOT NULL", tie: ("assessment_tie", "assessment"), &hash)
            + remove("site", "id = :site AND until_rev IS NOT NULL", tie: nil, &hash)
            + remove("link", "body ->> '$.site' = :site AND until_rev IS NOT NULL", tie: nil, &hash)
        return (rows, try leads(&hash), hash.hex())
    }

    private func remove(
        _ table: String, _ which: String, tie: (table: String, column: String)?, _ hash: inout FieldHash
    ) throws -> Int {
        let found = try Row.fetchAll(
            db, sql: "SELECT row, body FROM \(table) WHERE \(which) ORDER BY row", arguments: ["site": site])
        for one in found {
            let row: Int64 = one["row"]
            hash.add(one["body"] as String?)
            if let tie { try db.execute(sql: "DELETE FROM \(tie.table) WHERE \(tie.column) = ?", arguments: [row]) }
            try db.execute(sql: "DELETE FROM \(table) WHERE row = ?", arguments: [row])
        }
        return found.count
    }

    /// That there was a lead, when, from which source and about which unit stays: the figures count it.
    private func leads(_ hash: inout FieldHash) throws -> Int {
        let found = try Row.fetchAll(
            db,
            sql: """
                SELECT d.lead, d.body FROM lead_detail d JOIN lead l ON l.id = d.lead
                WHERE coalesce(l.duplicate_of, l.id) IN (
                    SELECT k.lead FROM lead_case k JOIN case_fact c ON c.case_id = k.case_id WHERE c.site = ?)
                ORDER BY d.lead
                """, arguments: [site])
        var changed = 0
        for one in found {
            let (id, body): (String, String) = (one["lead"], one["body"])
            var lead = try Canonical.value(Lead.self, body, table: "lead_detail", row: id)
            lead.text = nil
            lead.sender = nil
            if lead.subject?.hasPrefix("site:") == false {
                lead.subject = nil
                lead.port = nil
            }
            let rest = try Canonical.text(lead)
            guard rest != body else { continue }
            hash.add(body)
            changed += 1
            try db.execute(
                sql: """
                    UPDATE lead_detail SET body = ?, port = CASE WHEN ? THEN NULL ELSE port END,
                        subject_kind = CASE WHEN ? THEN NULL ELSE subject_kind END,
                        subject = CASE WHEN ? THEN NULL ELSE subject END WHERE lead = ?
                    """,
                arguments: [rest, lead.subject == nil, lead.subject == nil, lead.subject == nil, id])
        }
        return changed
    }
}
