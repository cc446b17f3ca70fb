import Stratum

/// The 80 bytes that a Stratum V1 share stands for (`stratum.md` 1.1).
package enum BitcoinHeader {
    /// Version bits that BIP-320 leaves to miners: what a share may change where the agreed mask was not captured.
    package static let usualMask: UInt32 = 0x1FFF_E000

    /// Nil when the parts cannot be those of a header.
    /// - Parameter mask: version bits that the pool has agreed to have rolled.
    package static func build(
        _ job: BitcoinJob, extranonce1: [UInt8], extranonce2: [UInt8], time: UInt32, nonce: UInt32,
        versionBits: UInt32?, mask: UInt32
    ) -> [UInt8]? {
        let length = job.coinbase1.count + extranonce1.count + extranonce2.count + job.coinbase2.count
        guard job.previous.count == 32, length <= ShareLimits.coinbaseBytes,
            extranonce1.count <= ShareLimits.extranonceBytes, extranonce2.count <= ShareLimits.extranonceBytes,
            job.branch.count <= ShareLimits.branchHashes, job.branch.allSatisfy({ $0.count == 32 })
        else { return nil }
        var root = Digests.sha256d(job.coinbase1 + extranonce1 + extranonce2 + job.coinbase2)
        for sibling in job.branch { root = Digests.sha256d(root + sibling) }
        let version = versionBits.map { job.version & ~mask | $0 & mask } ?? job.version
        var header = littleEndian(version)
        for word in stride(from: 0, to: 32, by: 4) { header += job.previous[word..<(word + 4)].reversed() }
        header += root
        return header + littleEndian(time) + littleEndian(job.bits) + littleEndian(nonce)
    }

    /// Stratum V2, standard jobs: everything is given.
    package static func build(_ job: HeaderJob, version: UInt32, time: UInt32, nonce: UInt32) -> [UInt8]? {
        guard job.previous.count == 32, job.root.count == 32 else { return nil }
        let head = littleEndian(version) + job.previous + job.root
        return head + littleEndian(time) + littleEndian(job.bits) + littleEndian(nonce)
    }

    private static func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }
}
