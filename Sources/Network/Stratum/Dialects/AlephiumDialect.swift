/// Alephium: jobs for several chains at once, shares as objects (`stratum.md` 1.10).
package struct AlephiumDialect: Dialect {
    package let name = "alephium"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "blake3"

    /// The largest target has 30 zero bits in front, and of 16 hashes one falls to the chain asked for: 2^30 · 16
    /// (`stratum.md` 5.1).
    static let hashesADifficulty = 17_179_869_184.0
    /// Chains: four groups, each with each.
    private static let chains = 16

    package init() {}

    package func read(cut message: CutMessage) -> Reading? {
        if message.method == "alph_submitHashrate" { return Reading(.certain, .miner, [.other]) }
        return VerbFamily.read(cut: message)
    }

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else {
            // The reference pool answers subscribe with this word.
            return message.result?.string == "result" ? Reading(.unsure, .pool, [.subscribed]) : nil
        }
        switch method {
        case "mining.subscribe": return VerbFamily.subscribe(message)
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.set_extranonce":
            guard let params = message.params?.items, params.count == 1, isHexadecimal(params[0].string ?? "", 2...16)
            else { return nil }
            return Reading(.unsure, .pool, [.other])
        case "mining.set_difficulty": return SharedVerbs.difficulty(message, each: Self.hashesADifficulty)
        case "mining.notify": return notify(message)
        case "mining.submit":
            guard let params = message.params, let job = params["jobId"]?.word,
                SharedVerbs.isCount(params["fromGroup"]),
                SharedVerbs.isCount(params["toGroup"]), isHexadecimal(params["nonce"]?.string ?? "", 48...48)
            else { return nil }
            return SharedVerbs.submit(params["worker"] ?? .null, job)
        case "alph_submitHashrate":
            let value = message.params?.items?.first ?? message.params?["hashrate"]
            guard let value, let rate = Self.rate(value) else { return nil }
            return Reading(.certain, .miner, [.declaredHashrate(rate)])
        default: return nil
        }
    }

    private static func rate(_ value: JSONValue) -> Double? {
        if let text = value.string, text.hasPrefix("0x") { return SharedVerbs.hexadecimal(text) }
        return value.double.flatMap { $0 >= 0 ? $0 : nil }
    }

    /// One job for each chain. `targetBlob` is the block's target, not the share's.
    private func notify(_ message: StratumMessage) -> Reading? {
        guard let jobs = message.params?.items, (1...Self.chains).contains(jobs.count) else { return nil }
        var events: [StratumEvent] = []
        for job in jobs {
            guard job.isObject, let id = job["jobId"]?.word, SharedVerbs.isCount(job["fromGroup"]),
                SharedVerbs.isCount(job["toGroup"]), job["headerBlob"]?.string != nil
            else { return nil }
            events.append(.job(id: id, difficulty: nil, hashes: nil, algorithm: nil))
        }
        return Reading(.certain, .pool, events)
    }
}
