/// Kadena (its stratum gist, NiceHash; `stratum.md` 1.16): a header instead of a coinbase, a target, one nonce.
package struct KadenaDialect: Dialect {
    package let name = "kadena"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "blake2s"

    /// The header is 286 bytes long.
    private static let headerDigits = 572

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        let params = message.params?.items
        switch method {
        case "mining.subscribe": return VerbFamily.subscribe(message)
        case "mining.authorize":
            guard var reading = VerbFamily.authorize(message) else { return nil }
            if let user = params?.first?.string, Self.isAccount(splitIdentity(user).account ?? "") {
                reading.certainty = .certain
            }
            return reading
        case "mining.set_target":
            guard let params, params.count == 1, let target = params[0].string, isHexadecimal(target, 64...64),
                let hashes = Self.expectedHashes(target)
            else { return nil }
            return Reading(.unsure, .pool, [.difficulty(hashes, hashes: hashes)])
        case "mining.notify":
            guard let params, params.count == 3, let job = params[0].word,
                isHexadecimal(params[1].string ?? "", Self.headerDigits...Self.headerDigits),
                case .bool = params[2]
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.submit":
            // Six bytes of nonce are the rule here, and possible in EthereumStratum/1.0.0: the jobs decide between the two.
            return SharedVerbs.nonceSubmit(message, ownDigits: 12, Self.isAccount)
        default: return nil
        }
    }

    /// `k:` and a public key.
    static func isAccount(_ account: String) -> Bool {
        account.utf8.count == 66 && account.hasPrefix("k:") && isHexadecimal(String(account.dropFirst(2)), 64...64)
    }

    /// Either end may come first. Any share's target begins with four zero bytes, and at the other end zeros alone do not
    /// say that it is the beginning.
    static func expectedHashes(_ target: String) -> Double? {
        let zeros = "00000000"
        guard !target.hasPrefix(zeros), target.hasSuffix(zeros) else {
            return Stratum.expectedHashes(bigEndianTarget: target)
        }
        let digits = Array(target.utf8)
        var turned: [UInt8] = []
        for index in stride(from: digits.count - 2, through: 0, by: -2) { turned += digits[index...(index + 1)] }
        return Stratum.expectedHashes(bigEndianTarget: String(decoding: turned, as: UTF8.self))
    }

    /// `[null, "nonce1", 6]`.
    private func reply(_ message: StratumMessage) -> Reading? {
        guard let items = message.result?.items, items.count == 3, items[0].isNull,
            isHexadecimal(items[1].string ?? "?", 0...16), items[2].double == 6
        else { return nil }
        return Reading(.unsure, .pool, [.subscribed])
    }
}
