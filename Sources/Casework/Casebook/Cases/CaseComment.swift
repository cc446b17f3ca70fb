import GRDB
import Vocabulary

/// What somebody wrote beside a case. It moves nothing; it is sealed like the steps, and never changed.
package struct CaseComment: Hashable, Sendable, Codable {
    /// Name of the person.
    package var by: String
    package var role: String
    package var unit: String
    package var text: String
    package var recordedAt: Instant
}

extension CasebookSchema {
    static let comments = """
        CREATE TABLE case_comment (
            row INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES case_record(id), by TEXT NOT NULL,
            role TEXT NOT NULL, unit TEXT NOT NULL, text TEXT NOT NULL, recorded_at INTEGER NOT NULL);
        CREATE INDEX case_comment_case ON case_comment (case_id, row);
        CREATE TRIGGER case_comment_fixed BEFORE UPDATE ON case_comment BEGIN SELECT RAISE(ABORT, 'append only'); END;
        CREATE TRIGGER case_comment_kept BEFORE DELETE ON case_comment BEGIN SELECT RAISE(ABORT, 'append only'); END;

        """
}

extension Stored {
    /// The oldest first.
    static func comments(_ db: Database, caseID: String) throws -> [CaseComment] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM case_comment WHERE case_id = ? ORDER BY row LIMIT ?",
            arguments: [caseID, CasebookLimits.pageRows]
        ).map { row in
            CaseComment(
                by: row["by"], role: row["role"], unit: row["unit"], text: row["text"],
                recordedAt: Instant(nanoseconds: row["recorded_at"]))
        }
    }
}

extension CasebookWriter {
    /// Writes beside a case.
    package func comment(
        case caseID: String, text: String, actor: CaseActor, now: Instant
    ) throws(CasebookError) {
        try transaction { db in
            var refusals: [Refusal] = []
            if !actor.isNamedPerson { refusals.append(Refusal("no-person", actor.name)) }
            if !text.contains(where: { !$0.isWhitespace }) || text.utf8.count > CasebookLimits.formTextBytes {
                refusals.append(Refusal("bad-field", "text"))
            }
            guard refusals.isEmpty else { throw CasebookError.refused(caseID: caseID, refusals) }
            guard try Stored.caseRecord(db, id: caseID) != nil else {
                throw CasebookError.noSuchObject("case:\(caseID)")
            }
            try db.execute(
                sql: "INSERT INTO case_comment (case_id, by, role, unit, text, recorded_at) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [caseID, actor.name, actor.role, actor.unit, text, now.nanoseconds])
            try AuditChain.append(db, sealing: .comment, row: db.lastInsertedRowID, at: now, actor: actor.name)
        }
    }
}

extension ScopedReader {
    /// Rights by which somebody works on cases, not only reads them.
    private static let working: [AccessAction] = [
        .triage, .dispatch, .inspect, .confirm, .order, .closure, .exemption,
    ]

    /// Whether this person works on the case in any way: who does may write beside it and bring papers.
    package func worksOn(case id: String) -> Bool {
        Self.working.contains { (try? permit($0, on: .case(id))) != nil }
    }

    package func comments(case id: String) throws(CasebookError) -> [CaseComment] {
        try reading(.caseRead) { db in
            guard try Stored.caseRecord(db, id: id) != nil else { throw ScopedReader.missing("case:\(id)") }
            return try Stored.comments(db, caseID: id)
        }
    }
}
