/// Limits of this room.
package enum ShareLimits {
    /// A share that takes fewer hashes than this proves nothing: a made-up one meets such a target too often.
    package static let leastHashes = Double(1 << 20)
    /// Bytes of a coinbase, an extranonce and a merkle branch that are believed.
    package static let coinbaseBytes = 100_000
    package static let extranonceBytes = 32
    package static let branchHashes = 64
}
