import Vocabulary

/// Limits of this room.
package enum SessionLimits {
    /// Bytes of one direction that are looked at before a stream without any message is left alone.
    static let fruitlessBytes = 32 << 10
    /// Stray bytes beside messages after which a stream is a document, not a conversation.
    static let strayBytes = 64 << 10
    /// Carriers inside one another: more is no proxy chain but a trap.
    static let layers = 4
    /// HTTP calls that are no mining before a caller is left alone.
    static let idleCalls = 8
    /// A TLS record holds 16 KiB at most.
    static let greetingBytes = (16 << 10) + 5
    /// Score of a dialect that cannot be beaten any more; keeps a long session from overflowing.
    static let score = 1 << 30
    /// Results behind a log-in that make a session of messages whose rest was cut off.
    static let cutResults = 3
    /// Requests that wait for an answer; the oldest is forgotten first.
    static let pending = 4_096
    /// Replies kept that came before their request.
    static let early = 1_024
    /// Jobs whose difficulty is remembered.
    static let jobs = 4_096
    /// Shares of one session that are recomputed; scrypt takes about a millisecond each, Equihash about two.
    static let shareChecks = 100_000
    static let scryptChecks = 256
    static let equihashChecks = 1_024
    /// Bytes of job templates kept to recompute shares.
    static let templateBytes = 256 << 10
    /// Askers of web servers that are kept until it is known whether they mine elsewhere.
    static let doubtfulAskers = 10_000
    /// Links between sessions of one capture, equal jobs that make one, and accounts that are hashed for donations.
    static let links = 10_000
    static let equalJobs = 3
    static let hashedAccounts = 100_000
    /// Jobs of a session that are kept to be compared.
    static let jobMarks = 64
    /// Bytes of a pool's part of the nonce space below which two are alike by chance.
    static let leastNonceSpace = 3
    /// A declared rate that differs from the shares' by more than this part is told (`stratum.md` 5.1).
    static let declaredDifference = 0.3
    /// Identities of one connection that are counted one by one.
    static let workers = 256
    /// Claimed hashes kept to see whether they lie evenly, and how few say nothing.
    static let claimedParts = 1_024
    static let leastClaims = 10
    /// Frames kept as evidence for one kind of event.
    static let evidenceOfAKind = 4
    /// Contacts of one run; further ones are counted on those that are there.
    static let contacts = 100_000
    /// Longest text of an account, worker or agent that is kept.
    static let identityBytes = 1_024
}

/// Probability that a session of a tier is mining. By judgement: a B session is a whole conversation in a mining dialect, a C
/// session one side of it; decoys that reach C are quotations and probes.
enum TierProbability {
    static func of(_ tier: Tier) -> Double {
        switch tier {
        case .a1: 0.9999
        case .a2: 0.9995
        case .b: 0.999
        case .c: 0.9
        case .d: 0.7
        case .e: 0.05
        }
    }
}
