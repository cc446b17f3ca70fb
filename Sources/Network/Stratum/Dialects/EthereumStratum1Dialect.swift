/// EthereumStratum/1.0.0, the NiceHash way (`stratum.md` 1.4 b).
package struct EthereumStratum1Dialect: Dialect {
    package let name = "ethereum-stratum-1"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "ethash"

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        let params = message.params?.items
        switch method {
        case "mining.subscribe":
            guard var reading = VerbFamily.subscribe(message) else { return nil }
            if params?.dropFirst().first?.string == "EthereumStratum/1.0.0" { reading.certainty = .certain }
            return reading
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.extranonce.subscribe": return Reading(.unsure, .miner, [.other])
        case "mining.set_difficulty":
            guard let difficulty = params?.first?.double, difficulty > 0, difficulty < 1e290 else { return nil }
            return Reading(.unsure, .pool, [.difficulty(difficulty, hashes: difficulty * 4_294_967_296)])
        case "mining.notify":
            guard let params, params.count == 4, let job = params[0].word, isHexadecimal(params[1].word ?? "", 64...64),
                isHexadecimal(params[2].word ?? "", 64...64),
                // Ethash without a version, and Conflux, have a target last.
                !isHexadecimal(params[3].string ?? "", 64...64)
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.submit":
            guard let params, params.count == 3, let job = params[1].word, isHexadecimal(params[2].word ?? "", 8...16)
            else { return nil }
            let (account, worker) = splitIdentity(params[0].string)
            // Kadena and Xelis submit the same three; their accounts say so.
            if let account, KadenaDialect.isAccount(account) || XelisDialect.isAccount(account) { return nil }
            return Reading(.certain, .miner, [.submit(job: job, account: account, worker: worker, claimed: nil)])
        default: return nil
        }
    }

    private func reply(_ message: StratumMessage) -> Reading? {
        guard let items = message.result?.items, items.count == 2, let inner = items[0].items,
            inner.contains(.string("EthereumStratum/1.0.0"))
        else { return nil }
        return Reading(.certain, .pool, [.subscribed])
    }
}
