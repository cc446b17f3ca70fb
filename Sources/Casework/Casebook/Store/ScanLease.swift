import GRDB
import Vocabulary

/// The right to write the results of a scan. The fencing number rises with each owner, so that one who slept through
/// the end of its lease cannot commit over its successor.
package struct ScanLease: Hashable, Sendable {
    package let owner: String
    package let fencing: Int
}

extension CasebookWriter {
    /// Takes the lease, or throws `leaseHeld` with the owner's name while another holds it and beats. `now` must come
    /// from a clock that does not jump back (the machine's boot clock); it is only compared with itself.
    ///
    /// - Parameter ownerIsGone: the caller knows that no other scan of this store runs (it holds the store's lock file, which
    ///   the system frees when its owner dies): then a lease that a killed scan left behind is taken over at once.
    package func acquireLease(
        owner: String, now: Instant, ownerIsGone: Bool = false
    ) throws(CasebookError) -> ScanLease {
        try transaction { db in
            let row = try Row.fetchOne(db, sql: "SELECT * FROM lease WHERE name = 'scan'")
            if !ownerIsGone, let row, (row["held"] as Int) == 1 {
                let beat = Instant(nanoseconds: row["heartbeat_at"])
                // After a restart of the machine its boot clock begins anew: a beat in the future is stale.
                let age = now.timeInterval(since: beat)
                if age >= 0, age < Double(CasebookLimits.leaseSeconds) {
                    throw CasebookError.leaseHeld(owner: row["owner"], since: Instant(nanoseconds: row["taken_at"]))
                }
            }
            let fencing: Int = ((row?["fencing"] as Int?) ?? 0) + 1
            try db.execute(
                sql: "INSERT OR REPLACE INTO lease (name, owner, fencing, held, taken_at, heartbeat_at) "
                    + "VALUES ('scan', ?, ?, 1, ?, ?)", arguments: [owner, fencing, now.nanoseconds, now.nanoseconds])
            return ScanLease(owner: owner, fencing: fencing)
        }
    }

    /// Says that the owner lives; throws `leaseLost` when the lease has gone to another.
    package func heartbeat(_ lease: ScanLease, now: Instant) throws(CasebookError) {
        try transaction { db in
            try CasebookWriter.require(lease, db)
            try db.execute(sql: "UPDATE lease SET heartbeat_at = ? WHERE name = 'scan'", arguments: [now.nanoseconds])
        }
    }

    /// Gives the lease back. Harmless when it was lost.
    package func release(_ lease: ScanLease) throws(CasebookError) {
        try transaction { db in
            try db.execute(
                sql: "UPDATE lease SET held = 0 WHERE name = 'scan' AND fencing = ?", arguments: [lease.fencing])
        }
    }

    static func require(_ lease: ScanLease, _ db: Database) throws {
        let row = try Row.fetchOne(db, sql: "SELECT owner, fencing, held FROM lease WHERE name = 'scan'")
        guard let row, (row["fencing"] as Int) == lease.fencing, (row["held"] as Int) == 1 else {
            throw CasebookError.leaseLost(owner: row?["owner"] ?? "none")
        }
    }
}
