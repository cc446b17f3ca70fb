/// The identities that spoke on one connection: a proxy or a farm logs in several (`stratum.md` 6, rows 17 and 18).
package struct WorkerCounts: Sendable {
    package struct One: Hashable, Sendable {
        package var account: String?
        package var worker: String?
        /// Shares that named it.
        package var submitted = 0
        package var accepted = 0
    }

    private struct Name: Hashable {
        var account: String?
        var worker: String?
    }

    /// In the order in which they came; at most `SessionLimits.workers`.
    package private(set) var all: [One] = []
    /// Names beyond the limit, each time one came: no name is kept of them.
    package private(set) var beyond = 0
    private var places: [Name: Int] = [:]

    /// An identity that a log-in or a share named. A worker alone belongs to the account that came with the same worker.
    mutating func meet(_ account: String?, _ worker: String?) {
        guard account != nil || worker != nil, place(account, worker) == nil else { return }
        guard all.count < SessionLimits.workers else {
            beyond += 1
            return
        }
        places[Name(account: account, worker: worker)] = all.count
        all.append(One(account: account, worker: worker))
    }

    /// Who sent a share that names these; without a name it is who is alone on the connection.
    func sender(_ account: String?, _ worker: String?) -> Int? {
        place(account, worker) ?? (all.count == 1 && beyond == 0 ? 0 : nil)
    }

    private func place(_ account: String?, _ worker: String?) -> Int? {
        places[Name(account: account, worker: worker)]
            ?? (account == nil && worker != nil ? all.firstIndex { $0.worker == worker } : nil)
    }

    mutating func submit(_ place: Int?) { if let place { all[place].submitted += 1 } }
    mutating func accept(_ place: Int?) { if let place { all[place].accepted += 1 } }
}
