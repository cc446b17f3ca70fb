import GRDB
import Synchronization
import Vocabulary

/// The readings of an installation: blocks in segment files, catalogued in one SQLite database. What was acknowledged
/// is on disk; each input becomes visible at once or not at all. Layout in Docs/Formats/archive.md.
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
        /// Meter-days that the delivery put into the store: those that said nothing new are not among them.
        package var meterDays = 0
        /// Meter-days of which an older version is kept because of this delivery.
        package var replacedDays = 0
    }

    let pool: DatabasePool
    let path: String
    /// Holds the segment files.
    let folder: String
    /// Seconds that the store's local days are ahead of UTC.
    package let offsetSeconds: Int
    let files = Mutex<[String: SegmentFile]>([:])

    private init(pool: DatabasePool, path: String, folder: String, offsetSeconds: Int) {
        self.pool = pool
        self.path = path
        self.folder = folder
        self.offsetSeconds = offsetSeconds
    }

    static func folder(of path: String) -> String { path + "-segments" }

    /// Opens or makes the archive at `path`; its segments lie in the folder `path` + `-segments`. A store of a newer
    /// program is refused and left as it is; one of format version 1 is moved to version 2.
    /// - Parameter offsetSeconds: how far local days are ahead of UTC. A store keeps the offset it was made with.
    package static func open(_ path: String, offsetSeconds: Int = 28_800) throws(ArchiveError) -> Archive {
        try guarded(path) {
            guard abs(offsetSeconds) <= ArchiveLimits.offsetSeconds else {
                throw ArchiveError.storage(path: path, what: "an offset of \(offsetSeconds) s from UTC")
            }
            if try ArchiveFile.exists(path) { try ArchiveFile.refuseForeign(path) }
            var configuration = Configuration()
            configuration.busyMode = .timeout(ArchiveLimits.busySeconds)
            configuration.label = "archive"
            let pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB chooses NORMAL for WAL; acknowledged readings must outlive a power cut.
            try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
            let folder = Archive.folder(of: path)
            try Files.makeFolder(folder)
            try migrate(pool, path, ArchiveSchema.Place(folder: folder, offset: offsetSeconds))
            let offset = try pool.read { db in
                try Int.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'offset_s'") ?? 0
            }
            guard abs(offset) <= ArchiveLimits.offsetSeconds else {
                throw ArchiveError.damaged(file: path, offset: 0, what: "an offset of \(offset) s from UTC")
            }
            try Files.syncFolder(Files.parent(of: path))
            let archive = Archive(pool: pool, path: path, folder: folder, offsetSeconds: offset)
            try archive.sweep()
            archive.settle()
            return archive
        }
    }

    private static func migrate(_ pool: DatabasePool, _ path: String, _ place: ArchiveSchema.Place) throws {
        let migrator = ArchiveSchema.migrator(place)
        if try pool.read({ db in try migrator.hasCompletedMigrations(db) }) { return }
        // A step writes segments before the database knows them; the lock keeps them from being swept.
        guard let lock = try FileLock("\(place.folder)/lock", .exclusive, seconds: ArchiveLimits.busySeconds) else {
            throw ArchiveError.busy(path: path)
        }
        try withExtendedLifetime(lock) { try migrator.migrate(pool) }
    }

    package func close() throws(ArchiveError) {
        files.withLock { $0.removeAll() }
        settle()
        try Archive.guarded(path) { try pool.close() }
    }

    /// Moves the log into the database: a flipped bit in a log would undo commits silently. Nothing is lost when
    /// somebody is reading just now; the next commit or close does it.
    func settle() { _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) } }

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

    /// Identifiers by series number, for what cursors hand out. A meter delivered on two grids has two numbers.
    package func names(_ kind: Kind = .meter) throws(ArchiveError) -> [UInt32: String] {
        try Archive.guarded(path) {
            try pool.read { db in
                var names: [UInt32: String] = [:]
                let rows = try Row.fetchCursor(
                    db, sql: "SELECT id, meter FROM series WHERE kind = ?", arguments: [kind.rawValue])
                while let row = try rows.next() {
                    names[UInt32(clamping: try row.integer("id"))] = try row.text("meter")
                }
                return names
            }
        }
    }

    /// Inputs in the order in which they were stored.
    package func inputs() throws(ArchiveError) -> [InputSummary] {
        try Archive.guarded(path) {
            try pool.read { db in
                try Row.fetchAll(db, sql: "SELECT * FROM input ORDER BY id").map { try InputSummaryRow($0).summary }
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

    /// Whole local days that hold a reading of the kind; nil when there is none.
    package func window(_ kind: Kind = .meter) throws(ArchiveError) -> Range<Instant>? {
        try Archive.guarded(path) {
            let feeders = try numbers(of: .feeder)
            var low = Int32.max
            var high = Int32.min
            for segment in try gather([.readings], days: ArchiveLimits.days).segments {
                for (number, entry) in segment.entries.enumerated() {
                    // Most stores have no feeders: then the block list answers alone.
                    if feeders.isEmpty {
                        guard kind == .meter else { continue }
                        (low, high) = (min(low, entry.lowDay), max(high, entry.highDay))
                        continue
                    }
                    guard entry.lowDay < low || entry.highDay > high else { continue }
                    let block = try segment.block(number)
                    for row in 0..<block.rows where feeders.contains(block.series[row]) == (kind == .feeder) {
                        (low, high) = (min(low, block.days[row]), max(high, block.days[row]))
                    }
                }
            }
            guard low <= high else { return nil }
            let start = Int64(low) * 86_400 - Int64(offsetSeconds)
            let end = (Int64(high) + 1) * 86_400 - Int64(offsetSeconds)
            return Instant(seconds: start)..<Instant(seconds: end)
        }
    }

    /// How many older versions of days are kept because a later delivery said otherwise.
    package func replacedDays() throws(ArchiveError) -> Int {
        try Archive.guarded(path) {
            try pool.read { db in try Int.fetchOne(db, sql: "SELECT sum(replaced_days) FROM input") ?? 0 }
        }
    }

    /// Turns whatever SQLite or the system says into this room's errors.
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
        do {
            try readOnly(path).close()
            return true
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            return false
        }
    }

    /// A connection that cannot write. What a killed writer left in the log is brought into order first: that takes a
    /// connection that can, and until then SQLite lets nobody read.
    private static func readOnly(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(ArchiveLimits.busySeconds)
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            var writing = configuration
            writing.readonly = false
            try DatabaseQueue(path: path, configuration: writing).close()
            return try DatabaseQueue(path: path, configuration: configuration)
        }
    }

    static func refuseForeign(_ path: String) throws {
        try readOnly(path).read { db in
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            guard tables > 0 else { return }
            let identifier = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            let migrator = ArchiveSchema.migrator(.init(folder: "", offset: 0))
            let applied = try db.tableExists("grdb_migrations") ? migrator.appliedIdentifiers(db) : []
            let known = Set(migrator.migrations)
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
