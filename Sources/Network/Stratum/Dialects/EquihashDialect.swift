/// Equihash after ZIP-301: targets instead of difficulties, and a solution in the submit (`stratum.md` 1.3).
package struct EquihashDialect: Dialect {
    package let name = "equihash"
    package let hashrateUnit = "Sol/s"
    package let algorithm: String? = "equihash"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? {
        if message.method == "mining.set_target" { return Reading(.certain, .pool, [.other]) }
        return VerbFamily.read(cut: message)
    }

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        let params = message.params?.items
        switch method {
        case "mining.subscribe":
            guard var reading = VerbFamily.subscribe(message) else { return nil }
            // ZIP-301 names the host and port the miner was told to use.
            if let params, params.count == 4, params[2].string != nil, params[3].double != nil {
                reading.certainty = .certain
            }
            return reading
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.extranonce.subscribe": return Reading(.unsure, .miner, [.other])
        case "mining.set_target":
            guard let target = params?.first?.string, isHexadecimal(target, 64...64),
                let hashes = expectedHashes(bigEndianTarget: target)
            else { return nil }
            return Reading(.unsure, .pool, [.difficulty(hashes, hashes: hashes)])
        case "mining.notify":
            guard let params, (8...10).contains(params.count), let job = params[0].word,
                isHexadecimal(params[1].word ?? "", 8...8),
                (2...4).allSatisfy({ isHexadecimal(params[$0].word ?? "", 64...64) })
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.submit":
            // The shortest solution in use (144,5) has 100 bytes; a V1 nonce has four.
            guard let params, params.count == 5, let job = params[1].word,
                isHexadecimal(params[4].word ?? "", 150...8192)
            else { return nil }
            let (account, worker) = splitIdentity(params[0].string)
            return Reading(.certain, .miner, [.submit(job: job, account: account, worker: worker, claimed: nil)])
        default: return nil
        }
    }

    private func reply(_ message: StratumMessage) -> Reading? {
        guard let items = message.result?.items, items.count == 2, items[0].isNull || items[0].string != nil,
            isHexadecimal(items[1].string ?? "?", 2...62)
        else { return nil }
        return Reading(.unsure, .pool, [.subscribed])
    }
}
