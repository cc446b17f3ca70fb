/// Xelis (NiceHash, vipor-net; `stratum.md` 1.16): V1's verbs, the pool's public key in the greeting, one nonce.
package struct XelisDialect: Dialect {
    package let name = "xelis"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "xelishash"

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        let params = message.params?.items
        switch method {
        case "mining.subscribe": return VerbFamily.subscribe(message)
        case "mining.authorize":
            guard var reading = VerbFamily.authorize(message) else { return nil }
            if Self.isAccount(params?.first?.string ?? "") { reading.certainty = .certain }
            return reading
        case "mining.set_difficulty":
            guard let difficulty = params?.first?.double, difficulty > 0 else { return nil }
            // The chain's rule: target = (2^256 − 1) ÷ difficulty, so a share is worth its difficulty in hashes.
            return Reading(.unsure, .pool, [.difficulty(difficulty, hashes: difficulty)])
        case "mining.notify":
            // Job, time, header's hash, algorithm, clean.
            guard let params, params.count == 5, let job = params[0].word, params[1].word != nil,
                isHexadecimal(params[2].string ?? "", 64...224), let algorithm = params[3].string,
                algorithm.hasPrefix("xel/"), case .bool = params[4]
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: nil, hashes: nil, algorithm: algorithm)])
        case "mining.submit":
            // A whole nonce of eight bytes: in EthereumStratum/1.0.0 the pool has given the first of them.
            return SharedVerbs.nonceSubmit(message, ownDigits: 16, Self.isAccount)
        default: return nil
        }
    }

    static func isAccount(_ account: String) -> Bool {
        account.hasPrefix("xel:") || account.hasPrefix("xet:")
    }

    /// `[session, extranonce, size, public key]`.
    private func reply(_ message: StratumMessage) -> Reading? {
        guard let items = message.result?.items, items.count == 4, items[0].string != nil,
            isHexadecimal(items[1].string ?? "?", 2...64), case .number = items[2], let size = items[2].double,
            (1...32).contains(size), let key = items[3].string,
            isHexadecimal(key, 64...64) || Self.isAccount(key)
        else { return nil }
        return Reading(.certain, .pool, [.subscribed])
    }
}
