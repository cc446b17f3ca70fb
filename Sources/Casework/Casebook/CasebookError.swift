import Vocabulary

/// What can go wrong with the casebook, with the place it went wrong at.
package enum CasebookError: Error, Equatable, CustomStringConvertible {
    /// The store was written by a newer program; it was not touched. Carries the first step this program does not know.
    case newerVersion(path: String, step: String)
    case notACasebook(path: String)
    /// No store there: a reader never makes one.
    case missing(path: String)
    /// SQLite's words: disk full, locked, damaged page.
    case storage(path: String, what: String)
    /// A row that cannot be read back.
    case corruptRow(table: String, row: String)
    /// Another scan holds the store.
    case leaseHeld(owner: String, since: Instant)
    /// The lease ran out and someone else took it: what this scan found was not committed.
    case leaseLost(owner: String)
    /// The store answers for another province than the caller.
    case otherProvince(store: String, asked: String)
    /// A step on a case that may not be taken, with every reason there is.
    case refused(caseID: String, [Refusal])
    /// Someone else was faster: the case stands at `version` in `state`, moved there by `by`. Nothing was changed.
    case staleCase(caseID: String, version: Int, state: String, by: String)
    /// Not there, or not this reader's to see: the two are told apart by nobody.
    case noSuchObject(String)
    /// The keys of the audit chain cannot be used, or a head was not signed with them.
    case auditKey(String)
    /// A copy of a store is not what it says it is.
    case badBackup(path: String, what: String)
    /// Something has this name already; nothing is overwritten.
    case exists(path: String)

    package var description: String {
        switch self {
        case .newerVersion(let path, let step):
            "\(path): written by a newer version (step \(step)); update the program, the store was not touched"
        case .notACasebook(let path): "\(path): not a casebook"
        case .missing(let path): "\(path): there is no casebook yet; run a scan first"
        case .storage(let path, let what): "\(path): \(what)"
        case .corruptRow(let table, let row): "table \(table), row \(row): damaged"
        case .leaseHeld(let owner, let since): "a scan is running: \(owner), since \(since.rfc3339())"
        case .leaseLost(let owner): "the scan lost its lease (holder now: \(owner)); nothing was committed"
        case .otherProvince(let store, let asked): "the store answers for \(store), not for \(asked)"
        case .refused(let id, let why):
            "case \(id): \(why.map { $0.code + ($0.detail.isEmpty ? "" : " (\($0.detail))") }.joined(separator: ", "))"
        case .staleCase(let id, let version, let state, let by):
            "case \(id) was changed by \(by): version \(version), \(state)"
        case .noSuchObject(let what): "\(what): not found"
        case .auditKey(let what): "audit key: \(what)"
        case .badBackup(let path, let what): "\(path): not a sound backup: \(what)"
        case .exists(let path): "\(path): is there already and is not overwritten; move it away first"
        }
    }
}

/// Bounds of this room, in one place.
package enum CasebookLimits {
    /// Seconds a connection waits for another's lock.
    package static let busySeconds = 5.0
    /// Seconds without a heartbeat after which a scan's lease may be taken over.
    package static let leaseSeconds: Int64 = 120
    /// Largest register file: the sites of a province with all their links.
    package static let registerBytes = 512 << 20
    /// Longest field of a register file, UTF-8 bytes; an address is under 300.
    package static let registerFieldBytes = 4096
    /// Problems kept for one import; the rest are counted.
    package static let registerProblems = 10_000
    /// Shortest prefix an address link may have (IPv4, IPv6): a wider one would tie half the network to one place.
    package static let shortestPrefix = (four: 8, six: 20)
    /// Pages a connection keeps, KiB.
    package static let cacheKibibytes = 32 << 10
    /// Largest lifecycle file.
    package static let lifecycleBytes = 1 << 20
    /// Longest clock, days.
    package static let clockDays = 3660
    /// Longest text and longest list a form may carry, UTF-8 bytes and elements.
    package static let formTextBytes = 4096
    package static let formList = 64
    /// Rungs of the ladder of units: county, prefecture, province, nation, and two to spare.
    package static let ladder = 6
    /// Longest name or business scope that is looked through, signs.
    static let screenedSigns = 4096
    /// Stretches of ports that are compared for one address; with more of them, all that is said of it is in doubt.
    static let portSteps = 50_000_000
    /// Claims to one address and port at one time that are shown.
    static let claims = 100
    /// Largest connection or exemption that is no slip of the pen, kW: ten times the largest known farm.
    static let kilowatts = 10e6
    /// Share of readings that must be present to hold a load against a ceiling (the provincial model's share for
    /// proofs).
    static let readingShare = 0.8
    /// Days in which a second lead about the same thing is a repetition of the first.
    static let leadDuplicateDays: Int64 = 90
    /// Edges that one step of the graph looks at, nodes that a trace visits, evidence that it hands out.
    package static let graphEdges = 1000
    package static let graphNodes = 2000
    package static let graphEvidence = 500
    /// Shortest secret for comparing numbers, bytes.
    package static let secretBytes = 16
    /// Numbers shorter than this are shown by their last two signs only.
    static let maskedEnds = 14
    /// Bytes read at a time where a file is read once.
    package static let pieceBytes = 1 << 18
    /// Longest key file.
    package static let keyFileBytes = 1 << 16
    /// Longest file of exported heads, and most files of one: one a day for a hundred years.
    package static let headFileBytes = 16 << 20
    package static let headFiles = 36_525
    /// Largest matrix of roles.
    package static let matrixBytes = 1 << 20
    /// Rows of one answer.
    package static let pageRows = 10_000
}
