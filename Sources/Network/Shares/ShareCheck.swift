import Stratum

/// Does a share's work again.
package enum ShareCheck {
    /// What one share turned out to be.
    package enum Outcome: Sendable, Hashable {
        /// The recomputed hash meets the share's target, by this algorithm.
        case verified(String)
        /// It does not: another algorithm, something that was not captured, or no work.
        case notMet
        /// The parts do not fit one another, or the target proves nothing.
        case notChecked
    }

    /// Stratum V1. SHA-256d first, which is cheap, then scrypt where `tries` allows; a chance agreement is impossible at the
    /// least work that is looked at (`ShareLimits.leastHashes`).
    /// - Parameters:
    ///   - difficulty: in force for the job, as the pool counts it.
    ///   - algorithm: when the session knows it, no other is tried.
    ///   - tries: scrypt checks that may still be made; each takes about a millisecond.
    package static func bitcoin(
        _ header: [UInt8], difficulty: Double, algorithm: String?, tries: inout Int
    ) -> Outcome {
        guard header.count == 80 else { return .notChecked }
        var wasChecked = false
        if algorithm == nil || algorithm == "sha256d", difficulty * 4_294_967_296 >= ShareLimits.leastHashes,
            let target = Target(difficulty: difficulty), let hash = Target(littleEndian: Digests.sha256d(header))
        {
            if hash <= target { return .verified("sha256d") }
            wasChecked = true
        }
        if algorithm == nil || algorithm == "scrypt", difficulty * 65_536 >= ShareLimits.leastHashes, tries > 0,
            let target = Target(difficulty: difficulty, shift: 16), let digest = Digests.scrypt(header),
            let hash = Target(littleEndian: digest)
        {
            tries -= 1
            if hash <= target { return .verified("scrypt") }
            wasChecked = true
        }
        return wasChecked ? .notMet : .notChecked
    }

    /// Siacoin: BLAKE2b-256 over previous block, nonce, time and merkle root, whose leaves and nodes are told apart by a
    /// byte before them; the hash is read as it is written, the most significant byte first.
    package static func sia(
        _ job: BitcoinJob, extranonce: [UInt8], time: [UInt8], nonce: [UInt8], difficulty: Double
    ) -> Outcome {
        let length = job.coinbase1.count + extranonce.count + job.coinbase2.count
        guard time.count == 8, nonce.count == 8, job.previous.count == 32, length <= ShareLimits.coinbaseBytes,
            extranonce.count <= 2 * ShareLimits.extranonceBytes, job.branch.count <= ShareLimits.branchHashes,
            difficulty * 4_294_967_296 >= ShareLimits.leastHashes, let target = Target(difficulty: difficulty)
        else { return .notChecked }
        guard var root = Digests.blake2b([0] + job.coinbase1 + extranonce + job.coinbase2) else { return .notChecked }
        for sibling in job.branch {
            guard sibling.count == 32, let node = Digests.blake2b([1] + sibling + root) else { return .notChecked }
            root = node
        }
        guard let digest = Digests.blake2b(job.previous + nonce + time + root),
            let hash = Target(littleEndian: digest.reversed())
        else { return .notChecked }
        return hash <= target ? .verified("blake2b") : .notMet
    }

    /// Equihash: the solution holds, and the whole header's SHA-256d is at or under the target.
    package static func equihash(
        _ job: EquihashJob, nonce1: [UInt8], nonce2: [UInt8], time: [UInt8], solution: [UInt8], target: Target
    ) -> Outcome {
        let nonce = nonce1 + nonce2
        guard job.head.count == 100, nonce.count == 32, time.count == 4, job.bits.count == 4,
            let parameters = EquihashSolution.parameters(bytes: solution.count),
            let length = compactSize(solution.count)
        else { return .notChecked }
        let header = job.head + time + job.bits + nonce
        guard let hash = Target(littleEndian: Digests.sha256d(header + length + solution)), hash <= target else {
            return .notMet
        }
        let name = job.personalization ?? "ZcashPoW"
        guard name.utf8.count == 8 else { return .notChecked }
        return parameters.holds(solution, header: header, personalization: Array(name.utf8))
            ? .verified("equihash") : .notMet
    }

    /// Bitcoin's variable-length number.
    private static func compactSize(_ count: Int) -> [UInt8]? {
        if count < 0xFD { return [UInt8(count)] }
        return count <= 0xFFFF ? [0xFD, UInt8(count & 0xFF), UInt8(count >> 8)] : nil
    }
}
