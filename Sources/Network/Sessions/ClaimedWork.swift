import Shares
import Stratum

/// Hashes that the miner claims, where doing the work again takes a data set that a capture does not hold (RandomX, Ethash): each
/// as its part of the share's target. Honest ones lie evenly between 0 and 1 (`stratum.md` 0).
struct ClaimedWork {
    private var parts: [Float] = []
    private var shares = 0
    private var lastByte: UInt8?
    private var isOneByte = true

    /// The hash as a part of the target of a share worth `hashes`; above 1 it does not meet it. Nil when nothing is claimed.
    /// Of Ethash only the mix is claimed; the hash is reckoned from it, which takes the same search from a forger.
    static func part(_ share: ShareMaterial, hashes: Double) -> Double? {
        let top: UInt64
        switch share {
        case .claim(_, let hash):
            guard hash.count == 32 else { return nil }
            top = hash.suffix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        case .ethash(let header, let nonce, let mix):
            let seed = Keccak.hash512(header + nonce.reversed())
            top = Keccak.hash256(seed + mix).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        default: return nil
        }
        guard hashes >= 1 else { return nil }
        return Double(top) / (18_446_744_073_709_551_616 / hashes)
    }

    mutating func add(part: Double) {
        if parts.count < SessionLimits.claimedParts { parts.append(Float(part)) }
    }

    /// The highest byte of a nonce is one and the same where somebody has divided the nonces: a proxy, or a marketplace.
    mutating func note(_ share: ShareMaterial) {
        guard case .claim(let nonce, _) = share, let byte = nonce.last else { return }
        shares += 1
        if let lastByte, lastByte != byte { isOneByte = false }
        lastByte = byte
    }

    /// Shares whose nonces all end in the same byte other than zero, where a single miner's begin.
    var dividedNonces: Int? {
        guard isOneByte, shares >= SessionLimits.leastClaims, let lastByte, lastByte != 0 else { return nil }
        return shares
    }

    /// Kolmogorov and Smirnov's distance from evenness with its 0.1 % limit (Stephens 1970); nil with too few.
    var evenness: (distance: Double, limit: Double)? {
        guard parts.count >= SessionLimits.leastClaims else { return nil }
        let count = Double(parts.count)
        var distance = 0.0
        for (place, part) in parts.sorted().enumerated() {
            let at = min(1, Double(part))
            distance = max(distance, Double(place + 1) / count - at, at - Double(place) / count)
        }
        let root = count.squareRoot()
        return (distance, 1.949 / (root + 0.12 + 0.11 / root))
    }
}
