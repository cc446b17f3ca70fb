import GRDB
import Vocabulary

/// The readings of an installation, one row for each (meter, day), in one SQLite file. What was acknowledged is on disk
/// (write-ahead log, synchronous FULL); each input is one transaction, so a kill leaves all of it or none.
package final class Archive: Sendable {
    package enum Kind: String, Sendable, CaseIterable { case meter, feeder }

    /// One delivery, as it was stored. `readings = added + replaced + unchanged`.
    package struct InputSummary: Hashable, Sendable {
        package var sha256: String
        package var kind: Kind
        package var series: Int
        /// Readings that were present in the delivery.
        package var readings: Int
        /// Slots that had held nothing.
        package var added: Int
        /// Slots that had held another value; the older one is kept as a version.
        package var replaced: Int
    }

    let pool: DatabasePool
    let path: String

    private init(pool: DatabasePool, path: String) {
        self.pool = pool
        self.path = path
    }

    /// Opens or makes the archive at `path`. A store of a newer program is refused and left as it is.
    package static func open(_ path: String) throws(ArchiveError) -> Archive {
        try guarded(path) {
            if try ArchiveFile.exists(path) { try ArchiveFile.refuseForeign(path) }
            var configuration = Configuration()
            configuration.busyMode = .timeout(ArchiveLimits.busySeconds)
            configuration.label = "archive"
            let pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB chooses NORMAL for WAL; acknowledged readings must outlive a power cut.
            try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
            try ArchiveSchema.migrator.migrate(pool)
            return Archive(pool: pool, path: path)
        }
    }

    package func close() throws(ArchiveError) { try Archive.guarded(path) { try pool.close() } }

    /// Every identifier of a kind, sorted.
    package func meters(_ kind: Kind = .meter) throws(ArchiveError) -> [String] {
        try Archive.guarded(path) {
            try pool.read { db in
                try String.fetchAll(
                    db, sql: "SELECT DISTINCT meter FROM series WHERE kind = ? ORDER BY meter",
                    arguments: [kind.rawValue])
            }
        }
    }

    /// Inputs in the order in which they were stored.
    package func inputs() throws(ArchiveError) -> [InputSummary] {
        try Archive.guarded(path) {
            try pool.read { db in
                try Row.fetchAll(db, sql: "SELECT * FROM input ORDER BY id").map { row in
                    InputSummary(
                        sha256: row["sha256"], kind: Kind(rawValue: row["kind"]) ?? .meter, series: row["series"],
                        readings: row["readings"], added: row["added"], replaced: row["replaced"])
                }
            }
        }
    }

    package func holds(input sha256: String) throws(ArchiveError) -> Bool {
        try Archive.guarded(path) {
            try pool.read { db in
                try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM input WHERE sha256 = ?)", arguments: [sha256])
                    ?? false
            }
        }
    }

    /// Whole days (UTC, by each grid's phase) that hold a reading of the kind; nil when there is none.
    package func window(_ kind: Kind = .meter) throws(ArchiveError) -> Range<Instant>? {
        try Archive.guarded(path) {
            try pool.read { db in
                let row = try Row.fetchOne(
                    db,
                    sql: """
                        SELECT min(d.day * 86400 + s.phase_ns / 1000000000) AS low,
                            max((d.day + 1) * 86400 + s.phase_ns / 1000000000) AS high
                        FROM reading_day d JOIN series s ON s.id = d.series WHERE s.kind = ?
                        """, arguments: [kind.rawValue])
                guard let low = row?["low"] as Int64?, let high = row?["high"] as Int64?, low < high else { return nil }
                return Instant(seconds: low)..<Instant(seconds: high)
            }
        }
    }

    /// How many older versions of days are kept because a later delivery said otherwise.
    package func replacedDays() throws(ArchiveError) -> Int {
        try Archive.guarded(path) {
            try pool.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM reading_version") ?? 0 }
        }
    }

    /// Turns whatever SQLite says into this room's errors.
    static func guarded<Value>(_ path: String, _ body: () throws -> Value) throws(ArchiveError) -> Value {
        do {
            return try body()
        } catch let error as ArchiveError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw .notAnArchive(path: path)
        } catch {
            throw .storage(path: path, what: "\(error)")
        }
    }
}

/// Looks at a file before it is opened for writing, so that a store of another program or version stays as it is.
enum ArchiveFile {
    static func exists(_ path: String) throws -> Bool {
        var configuration = Configuration()
        configuration.readonly = true
        do {
            _ = try DatabaseQueue(path: path, configuration: configuration)
            return true
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            return false
        }
    }

    static func refuseForeign(_ path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(ArchiveLimits.busySeconds)
        try DatabaseQueue(path: path, configuration: configuration).read { db in
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            guard tables > 0 else { return }
            let identifier = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            let applied = try db.tableExists("grdb_migrations") ? ArchiveSchema.migrator.appliedIdentifiers(db) : []
            let known = Set(ArchiveSchema.migrator.migrations)
            if let step = applied.subtracting(known).min() { throw ArchiveError.newerVersion(path: path, step: step) }
            // A kill between GRDB's own table and the first step leaves that table alone; it is still ours.
            let bookkeeping = try db.tableExists("grdb_migrations")
            let bookkeepingOnly = applied.isEmpty && tables <= 2 && bookkeeping
            guard identifier == ArchiveSchema.applicationID || bookkeepingOnly else {
                throw ArchiveError.notAnArchive(path: path)
            }
        }
    }
}
