/// KawPow and other ProgPow coins: Equihash's greeting, Ethash's share (`stratum.md` 1.7).
package struct KawPowDialect: Dialect {
    package let name = "kawpow"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "kawpow"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? { VerbFamily.read(cut: message) }

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        switch method {
        case "mining.subscribe":
            guard var reading = VerbFamily.subscribe(message), let params = message.params?.items, !params.isEmpty
            else { return nil }
            // ZIP-301's greeting, word for word: as sure as Equihash is, so that what follows decides.
            if params.count == 4, params[2].string != nil, params[3].double != nil { reading.certainty = .certain }
            return reading
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.extranonce.subscribe": return Reading(.unsure, .miner, [.other])
        case "mining.set_target": return SharedVerbs.target(message)
        case "mining.set_difficulty":
            return SharedVerbs.difficulty(message, each: SharedVerbs.hashesADifficulty)
        case "mining.notify":
            // Header, seed, target, clean, height, bits; 2^256 ÷ target hashes (`stratum.md` 5.1).
            guard let params = message.params?.items, params.count == 7, let job = params[0].word,
                (1...3).allSatisfy({ SharedVerbs.isHash(params[$0]) }), SharedVerbs.isCount(params[5]),
                let hashes = expectedHashes(bigEndianTarget: params[3].string ?? "")
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: hashes, hashes: hashes, algorithm: nil)])
        case "mining.submit": return SharedVerbs.mixSubmit(message)
        default: return nil
        }
    }

    /// `[null, "extranonce"]` of two or three bytes.
    private func reply(_ message: StratumMessage) -> Reading? {
        guard let items = message.result?.items, items.count == 2, items[0].isNull || items[0].string != nil,
            isHexadecimal(items[1].string ?? "?", 2...6)
        else { return nil }
        return Reading(.unsure, .pool, [.subscribed])
    }
}
