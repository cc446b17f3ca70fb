import GRDB
import Vocabulary

/// What taking over a register file did.
package struct RegisterTaken: Hashable, Sendable {
    /// Revision of the register; nil when the store said the same already: then nothing was touched.
    package var revision: Int?
    /// Rows written plus rows retired.
    package var changed: Int
    /// The report of the file, with what the store refused.
    package var report: RegisterReport
}

extension CasebookWriter {
    /// Takes over parties and their roles. `complete`: those that are not in the file are retired; only where no row of
    /// the file was refused.
    package func take(_ file: PartyImport, complete: Bool = false, by actor: String, now: Instant)
        throws(CasebookError) -> RegisterTaken
    {
        let whole = complete && file.report.counts.refused == 0
        return try taking("parties", file.report, by: actor, now: now) { db, taken in
            let numbers = try Row.fetchAll(
                db, sql: "SELECT id, body ->> '$.register.key' AS key FROM party WHERE until_rev IS NULL")
            let owners = Dictionary(
                numbers.compactMap { row in (row["key"] as String?).map { ($0, row["id"] as String) } },
                uniquingKeysWith: { first, _ in first })
            let mine = Set(file.parties.map(\.id))
            var refused: Set<String> = []
            for party in file.parties {
                guard let number = party.register?.key, let owner = owners[number], owner != party.id,
                    !(whole && !mine.contains(owner))
                else { continue }
                refused.insert(party.id)
                taken.report.refuse(
                    taken: 0, "register_no", "that of \(party.id) is that of \(owner) in the store",
                    "one number is one party: mend the file, or use its number there")
            }
            let parties = file.parties.filter { !refused.contains($0.id) }.map { ($0.id, $0) }
            let roles = file.roles.filter { !refused.contains($0.party) }.map { ($0.id, $0) }
            try taken.replace(db, "party", parties, complete: whole)
            try taken.replace(db, "party_role", roles, complete: whole)
        }
    }

    package func take(_ file: ExemptionImport, complete: Bool = false, by actor: String, now: Instant)
        throws(CasebookError) -> RegisterTaken
    {
        let whole = complete && file.report.counts.refused == 0
        return try taking("exemptions", file.report, by: actor, now: now) { db, taken in
            try taken.replace(db, "exemption", file.exemptions.map { ($0.id, $0) }, complete: whole)
        }
    }

    package func take(_ file: ApplicationImport, complete: Bool = false, by actor: String, now: Instant)
        throws(CasebookError) -> RegisterTaken
    {
        let whole = complete && file.report.counts.refused == 0
        return try taking("applications", file.report, by: actor, now: now) { db, taken in
            try taken.replace(db, "application", file.applications.map { ($0.id, $0) }, complete: whole)
        }
    }

    /// Takes over address assignments. What contradicts the store is taken and said: a later question is then answered
    /// with both claims.
    package func take(_ file: AssignmentImport, by actor: String, now: Instant) throws(CasebookError) -> RegisterTaken {
        try taking("assignments", file.report, by: actor, now: now) { db, taken in
            var file = file
            let mine = Set(file.rows.map(\.id))
            let there = try Assignments.near(file.rows, db).filter { !mine.contains($0.id) }
            let count = file.rows.count
            file.doubt(AssignmentConflicts(file.rows + there)) {
                $0 < count ? "a row of this file" : "the store, from \(there[$0 - count].from.rfc3339())"
            }
            taken.report = file.report
            for row in file.rows {
                let written = try Assignments.write(row, revision: taken.next, db)
                if written > 0 { taken.add([row.id, "\(row.end)", row.inside?.description ?? ""], changes: written) }
            }
        }
    }

    /// Takes in leads. One about the same thing as an earlier one that is not settled is tied to it and counted apart.
    package func take(_ file: LeadImport, by actor: String, now: Instant) throws(CasebookError) -> RegisterTaken {
        try taking("leads", file.report, by: actor, now: now) { db, taken in
            for lead in file.leads.sorted(by: { ($0.received, $0.id) < ($1.received, $1.id) }) {
                let body = try Canonical.text(lead)
                if let known = try String.fetchOne(
                    db, sql: "SELECT body FROM lead_detail WHERE lead = ?", arguments: [lead.id])
                {
                    if known != body {
                        taken.report.refuse(
                            taken: 0, "reference", "lead \(lead.id) is there already with another content",
                            "give each lead its own reference")
                    }
                    continue
                }
                let answering = try UnitLadder(db: db).chain(lead.unit).first { $0.level == .province }
                try FigureRecord.lead(
                    id: lead.id, source: lead.source.rawValue, unit: answering?.code ?? province,
                    receivedAt: lead.received, duplicateOf: try Leads.first(like: lead, db)
                ).insert(db, now: now)
                let subject = lead.subject?.split(separator: ":", maxSplits: 1).map(String.init)
                try db.execute(
                    sql: "INSERT INTO lead_detail (lead, receipt, dedupe, subject_kind, subject, port, body, "
                        + "since_rev) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        lead.id, lead.receipt, lead.dedupeKey, subject?.first, subject?.last,
                        lead.port.map { Int($0) }, body, taken.next,
                    ])
                taken.add([lead.id, body])
            }
        }
    }

    /// A revision in the making.
    private struct Taking {
        var report: RegisterReport
        let next: Int
        var changed = 0
        var rows = FieldHash()

        mutating func add(_ fields: [String], changes: Int = 1) {
            changed += changes
            for field in fields { rows.add(field) }
        }

        mutating func replace(
            _ db: Database, _ table: String, _ values: [(id: String, value: some Encodable)], complete: Bool
        ) throws {
            let bodies = try values.map { ($0.id, try Canonical.text($0.value)) }
            for (id, body) in bodies {
                rows.add(id)
                rows.add(body)
            }
            changed += try Versions.replace(
                db, table: table, with: bodies, column: "rev", at: next, complete: complete)
        }
    }

    /// One transaction, one revision and one audit row; none of them when the body changes nothing.
    private func taking(
        _ kind: String, _ report: RegisterReport, by actor: String, now: Instant,
        _ body: (Database, inout Taking) throws -> Void
    ) throws(CasebookError) -> RegisterTaken {
        try transaction { db in
            var taking = Taking(report: report, next: (Int(try Meta.get(db, "revision") ?? "0") ?? 0) + 1)
            try body(db, &taking)
            guard taking.changed > 0 else { return RegisterTaken(revision: nil, changed: 0, report: taking.report) }
            try Meta.set(db, "revision", "\(taking.next)")
            let digest = taking.rows.hex()
            try db.execute(
                sql: "INSERT INTO register_import (revision, kind, file, sha256, rows_sha256, counts, recorded_at) "
                    + "VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    taking.next, kind, report.file, report.sha256, digest, try Canonical.text(taking.report.counts),
                    now.nanoseconds,
                ])
            try AuditChain.append(
                db, at: now, actor: actor, action: "register-\(kind)", object: "revision:\(taking.next)",
                detail: "\(taking.changed) rows, file \(report.sha256), rows \(digest)")
            return RegisterTaken(revision: taking.next, changed: taking.changed, report: taking.report)
        }
    }
}

enum Leads {
    /// The first lead about the same thing within the days in which a second one is a repetition; nil when all that
    /// came of it is settled, for then the new one is news.
    static func first(like lead: Lead, _ db: Database) throws -> String? {
        let span = CasebookLimits.leadDuplicateDays * 86_400
        let settled = CaseFacts.settled.map { "'\($0)'" }.joined(separator: ", ")
        return try String.fetchOne(
            db,
            sql: """
                SELECT l.id FROM lead_detail d JOIN lead l ON l.id = d.lead
                WHERE d.dedupe = ? AND l.duplicate_of IS NULL AND l.received_at BETWEEN ? AND ?
                    AND (NOT EXISTS (SELECT 1 FROM lead_case k WHERE k.lead = l.id)
                        OR EXISTS (SELECT 1 FROM lead_case k JOIN case_fact c ON c.case_id = k.case_id
                            WHERE k.lead = l.id AND c.state NOT IN (\(settled))))
                ORDER BY l.received_at, l.id LIMIT 1
                """,
            arguments: [
                lead.dedupeKey, lead.received.adding(seconds: -span).nanoseconds,
                lead.received.adding(seconds: span).nanoseconds,
            ])
    }
}

extension CasebookReader {
    /// What came of a lead, for whoever holds its receipt and is of the source that sent it; nil for all others,
    /// whether there is such a receipt or not.
    package func leadReply(receipt: String, source: Lead.Source) throws(CasebookError) -> LeadReply? {
        try reading { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT l.received_at, coalesce(l.duplicate_of, l.id) AS first FROM lead_detail d
                    JOIN lead l ON l.id = d.lead WHERE d.receipt = ? AND l.source = ?
                    """, arguments: [receipt, source.rawValue])
            guard let row else { return nil }
            let standings = try Row.fetchAll(
                db,
                sql: "SELECT c.standing FROM lead_case k JOIN case_fact c ON c.case_id = k.case_id WHERE k.lead = ?",
                arguments: [row["first"] as String]
            ).map { $0["standing"] as String? }
            let status: LeadReply.Status
            if standings.isEmpty {
                status = .received
            } else if standings.contains("confirmed") {
                status = .confirmed
            } else {
                status = standings.contains(nil) ? .inHand : .notConfirmed
            }
            return LeadReply(
                receipt: receipt, received: Instant(nanoseconds: row["received_at"]), status: status)
        }
    }
}
