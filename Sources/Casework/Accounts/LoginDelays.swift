import Vocabulary

/// How often log-ins failed of late, by account and by address, and how long the next one has to wait.
///
/// Counts lie in a fixed number of slots that names are hashed to: names that do not exist are counted exactly as those
/// that do, and no flood of names or addresses fills the memory or pushes out what was counted before.
struct LoginDelays: Sendable {
    /// What is counted; each kind has its own slots.
    enum Kind: UInt32, Sendable { case account, address, pair }

    struct Slot: Hashable, Sendable {
        var kind: Kind
        var index: UInt32
        var number: UInt32 { kind.rawValue << 16 | index & 0xffff }
        var longest: Int64 {
            kind == .address ? AccountLimits.addressDelaySeconds : AccountLimits.accountDelaySeconds
        }
    }

    struct Count: Equatable, Sendable {
        var failures: Int
        var last: Instant
    }

    /// An attempt that was let through. It counts as a failure from the start, so that a thousand attempts at the same
    /// moment are not all the first.
    struct Attempt: Sendable {
        fileprivate var earlier: [(slot: Slot, count: Count?)]
        var slots: [Slot] { earlier.map(\.slot) }
    }

    enum Answer {
        case go(Attempt)
        case wait(seconds: Int)
    }

    private(set) var counts: [UInt32: Count] = [:]

    init(_ counts: [UInt32: Count] = [:]) { self.counts = counts }

    /// Lets an attempt through, or says how long to wait.
    /// - Parameters:
    ///   - checked: Slots whose delay applies.
    ///   - counted: Slots in which the attempt is counted.
    mutating func begin(checked: [Slot], counted: [Slot], now: Instant) -> Answer {
        let longest = checked.map { remaining($0, now) }.max() ?? 0
        guard longest == 0 else { return .wait(seconds: longest) }
        let earlier = counted.map { slot in (slot, current(slot, now)) }
        for (slot, count) in earlier {
            // Far below overflow, and far above where the delay stops growing.
            counts[slot.number] = Count(failures: min((count?.failures ?? 0) + 1, 1 << 20), last: now)
        }
        return .go(Attempt(earlier: earlier))
    }

    /// Takes one attempt back: it was no failure.
    mutating func forgive(_ attempt: Attempt) {
        for (slot, earlier) in attempt.earlier {
            guard var count = counts[slot.number] else { continue }
            count.failures -= 1
            // The time before it comes back when nothing else was counted since.
            if count.failures == earlier?.failures, let last = earlier?.last { count.last = last }
            counts[slot.number] = count.failures > 0 ? count : nil
        }
    }

    /// Forgets what was counted in a slot.
    mutating func clear(_ slot: Slot) { counts[slot.number] = nil }

    func count(_ slot: Slot) -> Count? { counts[slot.number] }

    /// Seconds to wait after so many failures.
    static func delay(failures: Int, longest: Int64) -> Int64 {
        failures < AccountLimits.freeTries
            ? 0 : min(longest, 1 << Int64(min(failures - AccountLimits.freeTries, 20)))
    }

    private mutating func current(_ slot: Slot, _ now: Instant) -> Count? {
        guard var count = counts[slot.number] else { return nil }
        if now >= count.last.adding(seconds: AccountLimits.failureMemorySeconds) { return nil }
        // A clock that was set back must not turn a delay into years.
        count.last = min(count.last, now)
        counts[slot.number] = count
        return count
    }

    private mutating func remaining(_ slot: Slot, _ now: Instant) -> Int {
        guard let count = current(slot, now) else { return 0 }
        let delay = LoginDelays.delay(failures: count.failures, longest: slot.longest)
        let left = count.last.adding(seconds: delay).timeInterval(since: now)
        return left > 0 ? Int(left.rounded(.up)) : 0
    }
}
