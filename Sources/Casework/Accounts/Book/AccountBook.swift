import FoundationEssentials
import GRDB
import Glibc
import Synchronization
import Vocabulary

/// Who may log in, and with what: passwords, second factors, sessions, tokens for programs, and the log of all that.
///
/// What a person may do is not here: roles are the casebook's, and an account only names a person of it. No account is
/// there from the start; the first one is made with a code that is shown on the server's own terminal.
///
/// Every method is one transaction, and what it acknowledged is on disk. Nothing reads a clock: `now` comes from the
/// caller. `logIn`, `redeem` and `changePassword` take a tenth of a second of a core: call them off the event loop.
package final class AccountBook: Sendable {
    /// What stays in memory between two calls.
    struct Passing {
        var delays: LoginDelays
        /// Hashes being computed, and those of them for addresses the person never logged in from.
        var hashes = 0
        var hashesOfStrangers = 0
        /// Last use of sessions, by digest, where it is newer than what is written.
        var used: [[UInt8]: Instant] = [:]
        /// The hour of which failures are counted, how many were written one by one, and how many were not.
        var hour: Int64 = 0
        var failures = 0
        var unwritten = 0
    }

    let path: String
    let queue: DatabaseQueue
    let keys: BookKeys
    let hasher: PasswordHasher
    let random: Secrets.Source
    let passing: Mutex<Passing>

    private init(
        path: String, queue: DatabaseQueue, keys: BookKeys, hasher: PasswordHasher, random: @escaping Secrets.Source,
        delays: LoginDelays
    ) {
        self.path = path
        self.queue = queue
        self.keys = keys
        self.hasher = hasher
        self.random = random
        passing = Mutex(Passing(delays: delays))
    }

    /// Opens the book at `path`, or makes it, readable by its owner alone.
    /// - Parameters:
    ///   - key: 32 bytes that are kept outside the database and its backups. With another key than the one it was made
    ///     with, a book is refused.
    ///   - hasher: Another one only in tests.
    ///   - random: As many random bytes as asked for; another source only in tests.
    package static func open(
        _ path: String, key: [UInt8], hasher: PasswordHasher = .argon2id,
        random: (@Sendable (Int) -> [UInt8])? = nil
    ) throws(AccountsError) -> AccountBook {
        guard key.count == AccountLimits.keyBytes else { throw .badKey(bytes: key.count) }
        let random = random ?? Secrets.system
        return try guarded(path) {
            try prepareFile(path)
            try check(path)
            try shut(path)
            var configuration = configuration(readonly: false)
            configuration.journalMode = .wal
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // GRDB chooses NORMAL for WAL; what was acknowledged must outlive a power cut.
            try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
            try AccountSchema.migrator.migrate(queue)
            let (keys, counts) = try queue.write { db in
                (try bookKeys(db, path: path, key: key, random: random), try storedDelays(db))
            }
            return AccountBook(
                path: path, queue: queue, keys: keys, hasher: hasher, random: random, delays: LoginDelays(counts))
        }
    }

    package func close() throws(AccountsError) { try AccountBook.guarded(path) { try queue.close() } }

    /// True while nobody can log in: then, and only then, a first-run code makes the first account.
    package var isEmpty: Bool {
        get throws(AccountsError) {
            try read { db in try AccountBook.isEmpty(db) }
        }
    }

    /// The newest events first, at most `limit`.
    package func events(limit: Int) throws(AccountsError) -> [AccountEvent] {
        try read { db in try AccountEvent.fetch(db, limit: limit) }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(AccountsError) -> Value {
        try AccountBook.guarded(path) { try queue.read { try body($0) } }
    }

    func transaction<Value>(_ body: (Database) throws -> Value) throws(AccountsError) -> Value {
        try AccountBook.guarded(path) { try queue.write { try body($0) } }
    }
}

// MARK: - Opening

extension AccountBook {
    private static func configuration(readonly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.busyMode = .timeout(AccountLimits.busySeconds)
        configuration.label = "accounts"
        configuration.foreignKeysEnabled = true
        // What is taken out (an old hash, a sealed secret) is written over, not only unlinked.
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA secure_delete = ON") }
        return configuration
    }

    /// Makes an empty file, its owner's alone, where there is none; SQLite gives its log and index the same mode. An
    /// existing file is not opened here: closing it would drop the locks that another connection of this process holds.
    private static func prepareFile(_ path: String) throws {
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { throw AccountsError.notAnAccountBook(path: path) }
            return
        }
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError(path) }
        Glibc.close(descriptor)
    }

    /// A book that was copied or restored may be open to others.
    private static func shut(_ path: String) throws {
        for ending in ["", "-wal", "-shm"] {
            guard chmod(path + ending, 0o600) == 0 || errno == ENOENT else { throw systemError(path + ending) }
        }
    }

    private static func systemError(_ path: String) -> AccountsError {
        .storage(path: path, what: String(cString: strerror(errno)))
    }

    /// A file is looked at before anything is written to it.
    private static func check(_ path: String) throws {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        guard size > 0 else { return }
        do {
            try look(path, readonly: true)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            // What a killed writer left in the log is brought into order first; until then SQLite lets nobody read.
            try look(path, readonly: false)
        }
    }

    private static func look(_ path: String, readonly: Bool) throws {
        let queue = try DatabaseQueue(path: path, configuration: configuration(readonly: readonly))
        try queue.read { db in
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            guard tables > 0 else { return }
            let bookkeeping = try db.tableExists("grdb_migrations")
            let applied = bookkeeping ? try AccountSchema.migrator.appliedIdentifiers(db) : []
            let identifier = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            // A kill between GRDB's own table and the first step leaves that table alone; it is still ours.
            guard identifier == AccountSchema.applicationID || bookkeeping && applied.isEmpty && tables <= 2 else {
                throw AccountsError.notAnAccountBook(path: path)
            }
            if let step = applied.subtracting(AccountSchema.migrator.migrations).min() {
                throw AccountsError.newerVersion(path: path, step: step)
            }
        }
        try queue.close()
    }

    /// Derives the keys, and looks whether they are those the book was made with.
    private static func bookKeys(
        _ db: Database, path: String, key: [UInt8], random: Secrets.Source
    ) throws -> BookKeys {
        let salt = try blob(db, "salt") ?? random(AccountLimits.keyBytes)
        let keys = try BookKeys(key, salt: salt)
        if let proof = try blob(db, "proof") {
            guard keys.open(proof, place: "proof") != nil else { throw AccountsError.wrongKey(path: path) }
        } else {
            let rows = [("salt", salt), ("proof", try keys.seal(Array("accounts".utf8), place: "proof"))]
            for (name, value) in rows {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", arguments: [name, Data(value)])
            }
        }
        return keys
    }

    private static func blob(_ db: Database, _ key: String) throws -> [UInt8]? {
        try Data.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key]).map { Array($0) }
    }

    private static func storedDelays(_ db: Database) throws -> [UInt32: LoginDelays.Count] {
        var counts: [UInt32: LoginDelays.Count] = [:]
        let cursor = try Row.fetchCursor(db, sql: "SELECT slot, failures, last_at FROM delay")
        while let row = try cursor.next() {
            guard let slot = UInt32(exactly: row["slot"] as Int64),
                let failures = Int(exactly: row["failures"] as Int64)
            else { continue }
            counts[slot] = LoginDelays.Count(failures: failures, last: Instant(nanoseconds: row["last_at"]))
        }
        return counts
    }

    /// Turns whatever SQLite says into this room's errors.
    static func guarded<Value>(_ path: String, _ body: () throws -> Value) throws(AccountsError) -> Value {
        do {
            return try body()
        } catch let error as AccountsError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw .notAnAccountBook(path: path)
        } catch let error as DatabaseError {
            // Never the statement: its arguments may be what somebody entered.
            throw .storage(path: path, what: "\(error.resultCode.rawValue) \(error.message ?? "")")
        } catch {
            throw .storage(path: path, what: "\(error)")
        }
    }
}
