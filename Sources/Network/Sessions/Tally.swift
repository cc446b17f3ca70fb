import Flows
import Stratum
import Vocabulary

/// What one share is worth: expected hashes, and the difficulty as the dialect counts it.
struct Worth {
    var hashes: Double
    var difficulty: Double
}

/// Work of the shares whose worth was known, and how many those are.
struct Work {
    var hashes = 0.0
    var difficulty = 0.0
    var shares = 0

    static func += (sum: inout Work, share: Worth) {
        sum.hashes += share.hashes
        sum.difficulty += share.difficulty
        sum.shares += 1
    }
}

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
    private(set) var claimsUnmet = 0
    /// Accepted shares that were recomputed: those that met their target, and those that did not.
    private(set) var verified = 0
    var unmet = 0
    var foreignMethods = 0
    var workers = WorkerCounts()
    var claimed = ClaimedWork()
    /// Why shares were not taken, where the request was seen.
    private(set) var refusals: [ShareRefusal: Int] = [:]
    private(set) var counts: [String: Int] = [:]
    private(set) var evidence: [Evidence] = []
    private(set) var started: Instant?
    var last: Instant?
    private(set) var submittedWork = Work()
    private(set) var acceptedWork = Work()

    var events: Int { counts.values.reduce(0, +) }

    func shows(_ names: [String]) -> Bool { names.contains { counts[$0] != nil } }

    mutating func note(_ name: String, _ event: StreamEvent) {
        let count = counts[name, default: 0]
        counts[name] = count + 1
        let proof = Evidence(frame: event.frame, event: name)
        if count < SessionLimits.evidenceOfAKind, !evidence.contains(proof) { evidence.append(proof) }
    }

    /// A request got its answer. The name is nil when the dialect has already said what the answer was: it counts once.
    mutating func paired(_ name: String?, _ event: StreamEvent) {
        loopClosed = true
        if let name { note(name, event) }
    }

    /// The first moment at which work could be done: what a rate is measured from.
    mutating func begin(_ event: StreamEvent) {
        guard let time = event.time else { return }
        // Events of the two directions may come out of their order in time.
        started = min(time, started ?? time)
        last = max(time, last ?? time)
    }

    mutating func submit(_ worth: Worth?, sender: Int?) {
        submitted += 1
        workers.submit(sender)
        if let worth { submittedWork += worth }
    }

    /// - Parameter part: the claimed hash as a part of the share's target.
    mutating func accept(_ worth: Worth?, part: Double?, sender: Int?, _ event: StreamEvent) {
        loopClosed = true
        accepted += 1
        workers.accept(sender)
        if let worth { acceptedWork += worth }
        if let part {
            // The target of a short text is rounded.
            if part <= 1.000_001 {
                claimsMet += 1
                claimed.add(part: part)
            } else {
                claimsUnmet += 1
            }
        }
        note("share-accepted", event)
    }

    mutating func refuse(_ why: ShareRefusal, _ event: StreamEvent) {
        loopClosed = true
        rejected += 1
        refusals[why, default: 0] += 1
        note("share-rejected", event)
    }

    /// A share's work was done again and met its target; `event` is the submit's.
    mutating func verify(_ event: StreamEvent) {
        verified += 1
        note("share-verified", event)
    }

    /// A reply whose request was not captured. With only the pool's side in view these are the shares' answers, once the
    /// session runs: a lower bound, as the first answers are to greetings.
    /// - Returns: whether it was counted.
    mutating func orphan(_ message: StratumMessage, _ good: Bool, _ event: StreamEvent) -> Bool {
        guard jobs > 0 else { return false }
        let isStatus = message.result?["status"]?.string == "OK"
        if good, isStatus || message.result == .bool(true) {
            accepted += 1
            note("share-accepted", event)
            return true
        } else if message.error != nil {
            rejected += 1
            note("share-rejected", event)
            return true
        }
        return false
    }

    /// Takes back what `orphan` counted, now that the request is known.
    mutating func uncount(_ good: Bool) {
        let name = good ? "share-accepted" : "share-rejected"
        if good { accepted = max(0, accepted - 1) } else { rejected = max(0, rejected - 1) }
        counts[name] = counts[name].flatMap { $0 > 1 ? $0 - 1 : nil }
    }

    /// Expected hashes a second over the time seen, with exact Poisson limits of the share count. Nil with no share, no
    /// difficulty or no time. `factor`: what the dialect's expected hashes are multiplied with for the algorithm.
    func hashrate(factor: Double) -> Estimate? {
        guard counted.shares > 0, let started, let last else { return nil }
        let seconds = last.timeInterval(since: started)
        guard seconds > 0 else { return nil }
        let limits = PoissonLimits.counts(counted.shares)
        let value = counted.hashes * factor / seconds
        let each = value / Double(counted.shares)
        return Estimate(
            value: value, low: each * limits.low, high: each * limits.high,
            basis: acceptedWork.shares > 0 ? "accepted shares" : "submitted shares")
    }

    private var counted: Work { acceptedWork.shares > 0 ? acceptedWork : submittedWork }

    /// Sum of the difficulties of the shares that the rate counts.
    var difficultySum: Double? { counted.shares > 0 ? counted.difficulty : nil }
}
