import Flows
import Stratum
import Vocabulary

/// What was counted in a conversation. A count that could not be seen stays nil in the observation.
struct Tally {
    var account: String?
    var worker: String?
    var agent: String?
    var poolName: String?
    var algorithm: String?
    var difficulty: Double?
    var declared: Double?
    var jobs = 0
    var submitted = 0
    var accepted = 0
    var rejected = 0
    var minerSpoke = false
    var poolSpoke = false
    /// A request and its own answer were both seen.
    var loopClosed = false
    /// Accepted shares whose claimed hash lies under the target.
    var claimsMet = 0
    var foreignMethods = 0
    private(set) var counts: [String: Int] = [:]
    private(set) var evidence: [Evidence] = []
    private(set) var started: Instant?
    var last: Instant?
    /// Expected hashes of submitted and of accepted shares whose difficulty was known, and how many those are.
    private(set) var submittedWork = (hashes: 0.0, shares: 0)
    private(set) var acceptedWork = (hashes: 0.0, shares: 0)

    var events: Int { counts.values.reduce(0, +) }

    func shows(_ names: [String]) -> Bool { names.contains { counts[$0] != nil } }

    mutating func note(_ name: String, _ event: StreamEvent) {
        let count = counts[name, default: 0]
        counts[name] = count + 1
        if count < SessionLimits.evidenceOfAKind { evidence.append(Evidence(frame: event.frame, event: name)) }
    }

    /// A request got its answer. The name is nil when the dialect has already said what the answer was: it counts once.
    mutating func paired(_ name: String?, _ event: StreamEvent) {
        loopClosed = true
        if let name { note(name, event) }
    }

    /// The first moment at which work could be done: what a rate is measured from.
    mutating func begin(_ event: StreamEvent) {
        started = started ?? event.time
        last = event.time ?? last
    }

    mutating func submit(_ hashes: Double?) {
        submitted += 1
        if let hashes {
            submittedWork.hashes += hashes
            submittedWork.shares += 1
        }
    }

    mutating func settle(_ good: Bool, _ hashes: Double?, _ claimed: String?, _ event: StreamEvent) {
        loopClosed = true
        if good {
            accepted += 1
            if let hashes {
                acceptedWork.hashes += hashes
                acceptedWork.shares += 1
                if let claimed, CryptoNoteDialect.meets(claimed: claimed, hashes: hashes) { claimsMet += 1 }
            }
            note("share-accepted", event)
        } else {
            rejected += 1
            note("share-rejected", event)
        }
    }

    /// A reply whose request was not captured. With only the pool's side in view these are the shares' answers, once the
    /// session runs: a lower bound, as the first answers are to greetings.
    mutating func orphan(_ message: StratumMessage, _ good: Bool, _ event: StreamEvent) {
        guard jobs > 0 else { return }
        let isStatus = message.result?["status"]?.string == "OK"
        if good, isStatus || message.result == .bool(true) {
            accepted += 1
            note("share-accepted", event)
        } else if message.error != nil {
            rejected += 1
            note("share-rejected", event)
        }
    }

    /// Expected hashes a second over the time seen, with exact Poisson limits of the share count. Nil with no share, no
    /// difficulty or no time.
    func hashrate() -> Estimate? {
        let work = acceptedWork.shares > 0 ? acceptedWork : submittedWork
        guard work.shares > 0, let started, let last else { return nil }
        let seconds = last.timeInterval(since: started)
        guard seconds > 0 else { return nil }
        let limits = PoissonLimits.counts(work.shares)
        let value = work.hashes / seconds
        let each = value / Double(work.shares)
        return Estimate(
            value: value, low: each * limits.low, high: each * limits.high,
            basis: acceptedWork.shares > 0 ? "accepted shares" : "submitted shares")
    }

    var workSum: Double? {
        acceptedWork.shares > 0 ? acceptedWork.hashes : submittedWork.shares > 0 ? submittedWork.hashes : nil
    }
}
