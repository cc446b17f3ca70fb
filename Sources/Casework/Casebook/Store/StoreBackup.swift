import FoundationEssentials
import GRDB
import Glibc
import Vocabulary

/// Copies of a store, made while it is written to, checked before they get their name, and put back where nothing is.
/// Beside the copy lies `<copy>.json`, one line that says what it holds.
package struct StoreBackup: Hashable, Sendable, Codable {
    /// Shape of the line.
    package var format: Int
    package var province: String
    package var demo: Bool
    package var madeAt: Instant
    /// The last thing the store had written down, and the newest event of any input. Work since then is not in it.
    package var holdsUntil: Instant?
    package var lastEvent: Instant?
    /// Steps of the schema.
    package var steps: [String]
    /// Rows a table.
    package var counts: [String: Int]
    package var head: AuditHead
    package var digest: EvidenceDigest
    /// Ed25519 over the line without it; nil when the store has no keys.
    package var signature: String?

    private init(_ db: Database, head: AuditHead, digest: EvidenceDigest, madeAt: Instant) throws {
        format = 1
        province = try Meta.get(db, "province") ?? ""
        demo = try Meta.get(db, "demo") == "1"
        self.madeAt = madeAt
        holdsUntil = try Int64.fetchOne(db, sql: "SELECT at FROM audit ORDER BY seq DESC LIMIT 1")
            .map { Instant(nanoseconds: $0) }
        lastEvent = try Int64.fetchOne(db, sql: "SELECT max(last_event) FROM input").map { Instant(nanoseconds: $0) }
        steps = try CasebookSchema.migrator.appliedIdentifiers(db).sorted()
        counts = try StoreBackup.counts(db)
        self.head = head
        self.digest = digest
    }

    private static func counts(_ db: Database) throws -> [String: Int] {
        let tables = try String.fetchAll(
            db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return try Dictionary(
            tables.map { ($0, try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0.quotedDatabaseIdentifier)") ?? 0) },
            uniquingKeysWith: { first, _ in first })
    }

    private var signed: String {
        get throws {
            var bare = self
            bare.signature = nil
            return "countermine store backup\n" + (try Canonical.text(bare))
        }
    }

    // MARK: Making

    /// Copies the store as it stands at one moment. A writer is not held up.
    ///
    /// - Parameters:
    ///   - path: Name of the copy; something that has it already is left as it is.
    ///   - keys: nil = those beside the store, if there are any. They are not copied: keep them elsewhere.
    package static func make(
        of store: String, at path: String, keys: AuditKeys? = nil, now: Instant
    ) throws(CasebookError) -> StoreBackup {
        try CasebookFile.guarded(path) {
            guard try CasebookFile.check(store) else { throw CasebookError.missing(path: store) }
            guard KeptFile.mode(path) == nil else { throw CasebookError.exists(path: path) }
            let keys = try keys ?? AuditKeys.existing(beside: store)
            let draft = path + ".part-\(getpid())"
            sweep(draft)
            sweepDead(path)
            defer { sweep(draft) }
            let counted = try copy(store, to: draft)
            guard chmod(draft, 0o600) == 0 else { throw KeptFile.fault(draft) }
            var backup = try examine(draft, keys: keys, madeAt: now)
            guard backup.counts == counted else {
                throw CasebookError.badBackup(path: path, what: "its counts are not those of the store")
            }
            try KeptFile.sync(draft)
            backup.signature = try keys?.sign(try backup.signed)
            // A line without its copy tells of a making that was cut short.
            unlink(path + ".json")
            try KeptFile.make(path + ".json", Array((try Canonical.text(backup) + "\n").utf8), mode: 0o600)
            guard try KeptFile.settle(draft, as: path) else { throw CasebookError.exists(path: path) }
            return backup
        }
    }

    /// In one reading, so that the counts are those of the moment that is copied.
    private static func copy(_ store: String, to draft: String) throws -> [String: Int] {
        let source = try CasebookFile.readOnly(store)
        defer { try? source.close() }
        let target = try DatabaseQueue(path: draft)
        let counted = try source.read { from in
            let counted = try counts(from)
            try target.writeWithoutTransaction { try from.backup(to: $0) }
            return counted
        }
        // One file, with nothing beside it.
        try target.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try target.close()
        return counted
    }

    // MARK: Checking

    /// Checks a copy against its line, and in itself. A byte that was flipped anywhere in it is found.
    ///
    /// - Parameter keys: nil = those beside the copy, if there are any.
    package static func verify(_ path: String, keys: AuditKeys? = nil) throws(CasebookError) -> StoreBackup {
        try CasebookFile.guarded(path) {
            guard KeptFile.mode(path) != nil else { throw CasebookError.missing(path: path) }
            let keys = try keys ?? AuditKeys.existing(beside: path)
            let told = try line(of: path, keys: keys)
            try compare(path, of: path, with: told, keys: keys)
            return told
        }
    }

    /// Holds a file against the line of the copy at `path`, which it is or was copied from.
    private static func compare(_ file: String, of path: String, with told: StoreBackup, keys: AuditKeys?) throws {
        let digest = try EvidenceDigest.of(file: file)
        guard digest == told.digest else {
            throw CasebookError.badBackup(path: path, what: "its bytes are not those that were written")
        }
        var bare = told
        bare.signature = nil
        guard try examine(file, keys: keys, madeAt: told.madeAt, digest: digest) == bare else {
            throw CasebookError.badBackup(path: path, what: "it does not hold what its line says")
        }
    }

    private static func line(of path: String, keys: AuditKeys?) throws -> StoreBackup {
        guard let size = KeptFile.size(path + ".json"), size <= CasebookLimits.keyFileBytes else {
            throw CasebookError.badBackup(path: path, what: "no \(path).json that says what it holds")
        }
        let data = try Data(contentsOf: URL(filePath: path + ".json"))
        guard let told = try? JSONDecoder().decode(StoreBackup.self, from: data), told.format == 1 else {
            throw CasebookError.badBackup(path: path, what: "\(path).json cannot be read")
        }
        if let keys {
            guard let signature = told.signature, keys.verifies(signature, of: try told.signed) else {
                throw CasebookError.badBackup(
                    path: path, what: "\(path).json was not signed with the keys of the store")
            }
        }
        return told
    }

    /// The database alone: every page, every reference, the chain.
    private static func examine(
        _ path: String, keys: AuditKeys?, madeAt: Instant, digest: EvidenceDigest? = nil
    ) throws -> StoreBackup {
        guard try CasebookFile.check(path) else { throw CasebookError.missing(path: path) }
        let reader = try CasebookReader.open(path)
        defer { try? reader.close() }
        let pages = try reader.reading { db in
            let pages = try String.fetchAll(db, sql: "PRAGMA integrity_check(1)")
            let loose = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check")
            return loose == nil ? pages.first ?? "" : "a row refers to nothing"
        }
        guard pages == "ok" else { throw CasebookError.badBackup(path: path, what: pages) }
        switch try reader.auditVerify(keys: keys) {
        case .broken(let row, let why):
            throw CasebookError.badBackup(path: path, what: "audit row \(row): \(why)")
        case .intact(let hash, let rows):
            let digest = try digest ?? EvidenceDigest.of(file: path)
            return try reader.reading {
                try StoreBackup($0, head: AuditHead(rows: rows, hash: hash), digest: digest, madeAt: madeAt)
            }
        }
    }

    // MARK: Putting back

    /// Checks a copy and puts it where no store is. A store that is there, or what its writer left beside it, is not
    /// touched; a copy from a newer program is refused.
    ///
    /// - Parameter keys: nil = those beside the place of the store, if there are any.
    /// - Returns: What the store now holds, and until when: what came in later is to be taken in again.
    package static func restore(
        _ path: String, to store: String, keys: AuditKeys? = nil
    ) throws(CasebookError) -> StoreBackup {
        try CasebookFile.guarded(store) {
            for name in [store, store + "-wal", store + "-shm", store + "-journal"] where KeptFile.mode(name) != nil {
                throw CasebookError.exists(path: name)
            }
            guard try CasebookFile.check(path) else { throw CasebookError.missing(path: path) }
            let keys = try keys ?? AuditKeys.existing(beside: store)
            let told = try line(of: path, keys: keys)
            let draft = store + ".part-\(getpid())"
            sweep(draft)
            sweepDead(store)
            defer { sweep(draft) }
            try FileManager.default.copyItem(atPath: path, toPath: draft)
            // What is put back is looked at, not what it was copied from.
            try compare(draft, of: path, with: told, keys: keys)
            try KeptFile.sync(draft)
            guard try KeptFile.settle(draft, as: store) else { throw CasebookError.exists(path: store) }
            return told
        }
    }

    private static func sweep(_ draft: String) {
        for name in [draft, draft + "-wal", draft + "-shm", draft + "-journal"] { unlink(name) }
    }

    /// What a making that was killed left behind.
    private static func sweepDead(_ path: String) {
        let place = URL(filePath: path)
        let folder = place.deletingLastPathComponent().path
        let prefix = place.lastPathComponent + ".part-"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(prefix) {
            let digits = name.dropFirst(prefix.count).prefix { $0.isNumber }
            guard let process = Int32(digits), process > 0, kill(process, 0) != 0, errno == ESRCH else { continue }
            unlink(folder + "/" + name)
        }
    }

    // MARK: New steps

    /// Steps of the schema that the store lacks, in their order.
    package static func pending(_ store: String) throws(CasebookError) -> [String] {
        try CasebookFile.guarded(store) {
            guard try CasebookFile.check(store) else { throw CasebookError.missing(path: store) }
            let queue = try CasebookFile.readOnly(store)
            defer { try? queue.close() }
            let there = try queue.read { try CasebookSchema.migrator.appliedIdentifiers($0) }
            return CasebookSchema.migrator.migrations.filter { !there.contains($0) }
        }
    }

    /// Brings a store to the present shape, with a copy of it before at `backup`. Nothing to do makes no copy: nil.
    package static func migrate(
        _ store: String, backup: String, keys: AuditKeys? = nil, now: Instant
    ) throws(CasebookError) -> StoreBackup? {
        guard try !pending(store).isEmpty else { return nil }
        let kept = try make(of: store, at: backup, keys: keys, now: now)
        try CasebookWriter.open(store, province: kept.province, keys: keys).close()
        return kept
    }
}
