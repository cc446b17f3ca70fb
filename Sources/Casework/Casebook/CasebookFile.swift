import FoundationEssentials
import GRDB

/// Opening, for both doors. A file is looked at read-only before anything is written to it.
enum CasebookFile {
    /// - Parameters:
    ///   - keys: With which a connection that writes seals audit rows.
    ///   - prepare: What else a new connection is made ready with.
    static func configuration(
        readonly: Bool, keys: AuditKeys? = nil, prepare: (@Sendable (Database) throws -> Void)? = nil
    ) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.busyMode = .timeout(CasebookLimits.busySeconds)
        configuration.label = "casebook"
        configuration.prepareDatabase { db in
            // The cases of a province fit; the default of 2 MB is read anew for every figure.
            try db.execute(sql: "PRAGMA cache_size = -\(CasebookLimits.cacheKibibytes); PRAGMA temp_store = MEMORY")
            AuditChain.prepare(db, keys: keys)
            try prepare?(db)
        }
        return configuration
    }

    /// A connection that cannot write. What a killed writer left in the log is brought into order first: that takes a
    /// connection that can, and until then SQLite lets nobody read.
    static func readOnly(
        _ path: String, prepare: (@Sendable (Database) throws -> Void)? = nil
    ) throws -> DatabaseQueue {
        let configuration = configuration(readonly: true, prepare: prepare)
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            try DatabaseQueue(path: path, configuration: self.configuration(readonly: false)).close()
            return try DatabaseQueue(path: path, configuration: configuration)
        }
    }

    /// Throws when the file is another program's or a newer one's. False when there is nothing in it yet.
    @discardableResult
    static func check(_ path: String) throws -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        return try readOnly(path).read { db in
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            guard tables > 0 else { return false }
            let bookkeeping = try db.tableExists("grdb_migrations")
            let applied = bookkeeping ? try CasebookSchema.migrator.appliedIdentifiers(db) : []
            if let step = applied.subtracting(CasebookSchema.migrator.migrations).min() {
                throw CasebookError.newerVersion(path: path, step: step)
            }
            let identifier = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            // A kill between GRDB's own table and the first step leaves that table alone; it is still ours.
            if identifier != CasebookSchema.applicationID {
                guard bookkeeping, applied.isEmpty, tables <= 2 else { throw CasebookError.notACasebook(path: path) }
                return false
            }
            return true
        }
    }

    /// Turns whatever SQLite says into this room's errors.
    static func guarded<Value>(_ path: String, _ body: () throws -> Value) throws(CasebookError) -> Value {
        do {
            return try body()
        } catch let error as CasebookError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw .notACasebook(path: path)
        } catch {
            throw .storage(path: path, what: "\(error)")
        }
    }
}
