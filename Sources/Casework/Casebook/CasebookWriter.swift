import FoundationEssentials
import GRDB
import Vocabulary

/// The one that writes. Every method is one transaction; what it acknowledged is on disk (WAL, synchronous FULL).
package final class CasebookWriter: Sendable {
    let queue: DatabaseQueue
    let path: String
    package let province: String
    /// With which its audit rows are sealed; nil for a store that has no key yet.
    package let keys: AuditKeys?

    private init(queue: DatabaseQueue, path: String, province: String, keys: AuditKeys?) {
        self.keys = keys
        self.queue = queue
        self.path = path
        self.province = province
    }

    /// Opens or makes the casebook of `province` (six-digit code). A newer program's store, or another province's, is
    /// refused and left as it is. With `keys` (nil = those beside the store, if there are any) audit rows are sealed
    /// with HMAC from now on; there is no way back.
    package static func open(
        _ path: String, province: String, demo: Bool = false, keys: AuditKeys? = nil
    ) throws(CasebookError) -> CasebookWriter {
        try CasebookFile.guarded(path) {
            try CasebookFile.check(path)
            let keys = try keys ?? AuditKeys.existing(beside: path)
            var configuration = CasebookFile.configuration(readonly: false, keys: keys)
            configuration.journalMode = .wal
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // GRDB chooses NORMAL for WAL; what was acknowledged must outlive a power cut.
            try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
            try CasebookSchema.migrator.migrate(queue)
            try queue.write { db in
                if let there = try Meta.get(db, "province") {
                    guard there == province else { throw CasebookError.otherProvince(store: there, asked: province) }
                } else {
                    try Meta.set(db, "province", province)
                    try Meta.set(db, "demo", demo ? "1" : "0")
                    try Meta.set(db, "revision", "0")
                }
                try AuditChain.keyed(db, at: Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)))
            }
            if let keys, try keys.keyedFrom == nil, let from = try queue.read({ try AuditChain.keyedFrom($0) }) {
                try keys.remember(from)
            }
            return CasebookWriter(queue: queue, path: path, province: province, keys: keys)
        }
    }

    package func close() throws(CasebookError) { try CasebookFile.guarded(path) { try queue.close() } }

    func transaction<Value>(_ body: (Database) throws -> Value) throws(CasebookError) -> Value {
        try CasebookFile.guarded(path) { try queue.write { try body($0) } }
    }

    /// What the store knows of a file; nil when it was never recorded.
    package func input(sha256: String, path file: String) throws(CasebookError) -> InputRecord? {
        try transaction { db in
            try String.fetchOne(
                db, sql: "SELECT body FROM input WHERE sha256 = ? AND path = ?", arguments: [sha256, file]
            ).map { try Canonical.value(InputRecord.self, $0, table: "input", row: sha256) }
        }
    }

    /// Records a file. False when it was recorded just so before: then nothing changes, not even the time.
    @discardableResult
    package func record(_ input: InputRecord) throws(CasebookError) -> Bool {
        try transaction { db in
            let old = try String.fetchOne(
                db, sql: "SELECT body FROM input WHERE sha256 = ? AND path = ?", arguments: [input.sha256, input.path])
            if let old {
                var known = try Canonical.value(InputRecord.self, old, table: "input", row: input.sha256)
                known.recordedAt = input.recordedAt
                if known == input { return false }
            }
            let body = try Canonical.text(input)
            try db.execute(
                sql: "INSERT OR REPLACE INTO input (sha256, path, kind, state, body, last_event, recorded_at) "
                    + "VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    input.sha256, input.path, input.kind.rawValue, input.state.rawValue, body,
                    input.lastEvent?.nanoseconds, input.recordedAt.nanoseconds,
                ])
            var told = input
            told.recordedAt = Instant(nanoseconds: 0)
            try AuditChain.append(
                db, at: input.recordedAt, actor: "scan", action: old == nil ? "input" : "input-again",
                object: "input:\(input.sha256)", detail: Canonical.sha256(try Canonical.text(told)))
            return true
        }
    }

    /// Takes over the register. Rows that changed are retired and written anew under the next revision; nothing is
    /// lost. `complete`: rows that are not in it are retired too. Leave it false when rows of the files were rejected,
    /// else one slip of the pen would take a place off the register. False when nothing changed.
    @discardableResult
    package func register(
        sites: [Site], links: [SiteLink], units: [Unit], complete: Bool, now: Instant
    ) throws(CasebookError) -> Bool {
        try transaction { db in
            let revision = (Int(try Meta.get(db, "revision") ?? "0") ?? 0) + 1
            let rows: [(String, [(String, String)])] = [
                ("unit", try units.map { ($0.code, try Canonical.text($0)) }),
                ("site", try sites.map { ($0.id, try Canonical.text($0)) }),
                ("link", try links.map { (try CasebookWriter.key(of: $0), try Canonical.text($0)) }),
            ]
            var changed = 0
            for (table, bodies) in rows {
                changed += try Versions.replace(
                    db, table: table, with: bodies, column: "rev", at: revision, complete: complete)
            }
            guard changed > 0 else { return false }
            try Meta.set(db, "revision", "\(revision)")
            try AuditChain.append(
                db, at: now, actor: "scan", action: RegisterSet.action, object: "revision:\(revision)",
                detail: try RegisterSet.detail(db, changed: changed))
            return true
        }
    }

    /// A link is the same link while its site, its subject and its first day are.
    private static func key(of link: SiteLink) throws -> String {
        try Canonical.text([link.site, link.kind.rawValue, link.subject, link.from?.description ?? ""])
    }
}

/// Rows that are retired, never changed: the present ones have no end.
enum Versions {
    /// Rows retired plus rows written.
    static func replace(
        _ db: Database, table: String, with rows: [(id: String, body: String)], column: String, at: Int, complete: Bool
    ) throws -> Int {
        var old: [String: (row: Int64, body: String)] = [:]
        let cursor = try Row.fetchCursor(db, sql: "SELECT row, id, body FROM \(table) WHERE until_\(column) IS NULL")
        while let row = try cursor.next() { old[row["id"]] = (row["row"], row["body"]) }
        let wanted = Dictionary(rows.map { ($0.id, $0.body) }, uniquingKeysWith: { first, _ in first })
        var changed = 0
        let retire = try db.cachedStatement(sql: "UPDATE \(table) SET until_\(column) = ? WHERE row = ?")
        let insert = try db.cachedStatement(sql: "INSERT INTO \(table) (id, body, since_\(column)) VALUES (?, ?, ?)")
        for (id, kept) in old.sorted(by: { $0.value.row < $1.value.row }) {
            let next = wanted[id]
            if next == kept.body || next == nil && !complete { continue }
            try retire.execute(arguments: [at, kept.row])
            changed += 1
        }
        for (id, body) in wanted.sorted(by: { $0.key < $1.key }) where old[id]?.body != body {
            try insert.execute(arguments: [id, body, at])
            changed += 1
        }
        return changed
    }
}
