import FoundationEssentials
import GRDB
import Vocabulary

/// What the check of the chain found.
package enum AuditVerdict: Hashable, Sendable {
    /// Every row follows from the one before. `head` is the last hash (64 zeros for an empty chain).
    case intact(head: String, rows: Int)
    /// `row` is the first that does not; the rows before it are as they were written.
    case broken(firstBadRow: Int, why: String)
}

/// A head that was exported earlier: how many rows there were and the hash of the last. It catches a cut tail even when
/// whoever cut it mended the rest of the store.
package struct AuditHead: Hashable, Sendable, Codable {
    package var rows: Int
    package var hash: String

    package init(rows: Int, hash: String) {
        self.rows = rows
        self.hash = hash
    }
}

/// Append-only rows, each sealed with SHA-256 over the seal before it and its own fields.
enum AuditChain {
    static let genesis = String(repeating: "0", count: 64)

    static func append(
        _ db: Database, at: Instant, actor: String, action: String, object: String, detail: String
    ) throws {
        let last = try Row.fetchOne(db, sql: "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        let prev: String = last?["hash"] ?? genesis
        let seq: Int64 = (last?["seq"] ?? 0) + 1
        let hash = seal(seq, at.nanoseconds, actor, action, object, detail, prev)
        try db.execute(
            sql:
                "INSERT INTO audit (seq, at, actor, action, object, detail, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [seq, at.nanoseconds, actor, action, object, detail, prev, hash])
        try Meta.set(db, "audit_head", "\(seq) \(hash)")
    }

    private static func seal(
        _ seq: Int64, _ at: Int64, _ actor: String, _ action: String, _ object: String, _ detail: String, _ prev: String
    ) -> String {
        var hash = FieldHash()
        for field in ["\(seq)", "\(at)", actor, action, object, detail, prev] { hash.add(field) }
        return hash.hex()
    }

    static func verify(_ db: Database, exported: AuditHead?) throws -> AuditVerdict {
        var prev = genesis
        var rows = 0
        var events: [String: String] = [:]
        var resultSet: (row: Int, digest: String)?
        let cursor = try Row.fetchCursor(db, sql: "SELECT * FROM audit ORDER BY seq")
        while let row = try cursor.next() {
            let values = Array(row.databaseValues)
            let expected = rows + 1
            guard values.count == 8, let seq = Int64.fromDatabaseValue(values[0]), seq == Int64(expected) else {
                return .broken(firstBadRow: expected, why: "row missing or out of order")
            }
            guard let at = Int64.fromDatabaseValue(values[1]), case .string(let actor) = values[2].storage,
                case .string(let action) = values[3].storage, case .string(let object) = values[4].storage,
                case .string(let detail) = values[5].storage, case .string(let before) = values[6].storage,
                case .string(let hash) = values[7].storage, before == prev,
                seal(seq, at, actor, action, object, detail, before) == hash
            else { return .broken(firstBadRow: expected, why: "content does not match its seal") }
            if let exported, exported.rows == expected, exported.hash != hash {
                return .broken(firstBadRow: expected, why: "differs from the exported head")
            }
            if action == "case-event" { events[object] = detail }
            if action == "publish" { resultSet = (expected, detail) }
            prev = hash
            rows = expected
        }
        if let exported, exported.rows > rows {
            return .broken(firstBadRow: rows + 1, why: "rows missing at the end (exported head)")
        }
        guard try Meta.get(db, "audit_head") ?? "0 \(genesis)" == "\(rows) \(prev)" else {
            return .broken(firstBadRow: rows + 1, why: "rows missing at the end")
        }
        if let bad = try contents(db, events: events, resultSet: resultSet) { return bad }
        return .intact(head: prev, rows: rows)
    }

    /// The chain seals digests of what it tells about; here the tables are held against them.
    private static func contents(
        _ db: Database, events: [String: String], resultSet: (row: Int, digest: String)?
    ) throws -> AuditVerdict? {
        var seen = 0
        let acts = try Dictionary(
            Row.fetchAll(db, sql: "SELECT * FROM case_act").map { (($0["seq"] as Int64?) ?? -1, $0) },
            uniquingKeysWith: { first, _ in first })
        for row in try Row.fetchAll(db, sql: "SELECT * FROM case_event ORDER BY seq") {
            let seq = (row["seq"] as Int64?) ?? -1
            seen += 1
            guard events["case_event:\(seq)"] == digest(of: row, and: acts[seq]) else {
                return .broken(firstBadRow: try place(db, "case_event:\(seq)"), why: "case event \(seq) was altered")
            }
        }
        if seen != events.count {
            return .broken(firstBadRow: 1, why: "\(events.count - seen) case events are missing")
        }
        if let resultSet, try ResultSet.digest(db) != resultSet.digest {
            return .broken(firstBadRow: resultSet.row, why: "findings or assessments differ from what was published")
        }
        for row in try Row.fetchAll(
            db,
            sql: """
                SELECT c.id FROM case_record c LEFT JOIN case_event e
                ON e.case_id = c.id AND e.version = c.version WHERE e.to_state IS NOT c.state ORDER BY c.id
                """)
        {
            let id: String = row["id"]
            return .broken(
                firstBadRow: try place(db, "case:\(id)"), why: "case \(id) is not in the state of its last event")
        }
        return nil
    }

    private static func place(_ db: Database, _ object: String) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT seq FROM audit WHERE object = ? ORDER BY seq DESC LIMIT 1", arguments: [object]) ?? 1
    }

    /// An event and its act are sealed together; an event of the machine has no act.
    static func digest(of row: Row, and act: Row? = nil) -> String {
        var hash = FieldHash()
        for value in row.databaseValues { hash.add(value) }
        if let act { for value in act.databaseValues { hash.add(value) } }
        return hash.hex()
    }
}

/// Digest of the findings and assessments that stand now.
enum ResultSet {
    static func digest(_ db: Database) throws -> String {
        var hash = FieldHash()
        for table in ["finding", "assessment"] {
            hash.add(table)
            let rows = try Row.fetchCursor(db, sql: "SELECT id, body FROM \(table) WHERE until_run IS NULL ORDER BY id")
            while let row = try rows.next() { for value in row.databaseValues { hash.add(value) } }
        }
        return hash.hex()
    }
}

enum Meta {
    static func get(_ db: Database, _ key: String) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key])
    }

    static func set(_ db: Database, _ key: String, _ value: String) throws {
        try db.execute(
            sql: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            arguments: [key, value])
    }
}
