/// Nervos CKB (Eaglesong), both ways: V1's verbs with five words to a job, and a node's verbs (`stratum.md` 1.11).
package struct CKBDialect: Dialect {
    package let name = "ckb"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "eaglesong"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? {
        switch message.method {
        case "ckb_submitLogin": Reading(.certain, .miner, [.login(account: nil, worker: nil, agent: nil)])
        case "ckb_submitWork": Reading(.certain, .miner, [.submit(job: nil, account: nil, worker: nil, claimed: nil)])
        case "ckb_getWork": Reading(.certain, .miner, [.requestWork])
        default: VerbFamily.read(cut: message)
        }
    }

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        switch method {
        case "ckb_submitLogin":
            guard let params = message.params else { return nil }
            let (account, inner) = splitIdentity(params["login"]?.string ?? params.items?.first?.string)
            let worker = params["worker"]?.string ?? inner
            return Reading(
                .certain, .miner, [.login(account: account, worker: worker, agent: params["agent"]?.string)])
        case "ckb_getWork": return Reading(.certain, .miner, [.requestWork])
        case "ckb_submitWork":
            guard let params = message.params, let job = params["pow_hash"]?.string, isHexadecimal(job, 64...64),
                isHexadecimal(params["nonce"]?.string ?? "", 8...32)
            else { return nil }
            return Reading(.certain, .miner, [.submit(job: job, account: nil, worker: nil, claimed: nil)])
        case "mining.subscribe": return VerbFamily.subscribe(message)
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.set_target": return SharedVerbs.target(message)
        case "mining.set_difficulty":
            return SharedVerbs.difficulty(message, each: SharedVerbs.hashesADifficulty)
        case "mining.notify":
            // Job, header, height, parent, clean.
            guard let params = message.params?.items, params.count == 5, let job = params[0].word,
                SharedVerbs.isHash(params[1]), SharedVerbs.isCount(params[2]), SharedVerbs.isHash(params[3])
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.submit":
            // The nonce has 16 bytes; what the pool's part leaves of it is here. Up to eight bytes it could be
            // EthereumStratum/1.0.0: as sure as that one is, so that the jobs decide.
            guard let params = message.params?.items, params.count == 3, let job = params[1].word,
                params[0].string != nil, isHexadecimal(params[2].string ?? "", 8...32)
            else { return nil }
            return SharedVerbs.submit(params[0], job)
        default: return nil
        }
    }

    private func reply(_ message: StratumMessage) -> Reading? {
        guard let result = message.result else { return nil }
        if let items = result.items {
            // `[null, "nonce1", size of nonce2]`.
            guard items.count == 3, items[0].isNull, isHexadecimal(items[1].string ?? "?", 0...30),
                let size = items[2].double, (1...16).contains(size)
            else { return nil }
            return Reading(.unsure, .pool, [.subscribed])
        }
        guard result.isObject else { return nil }
        if let nonce = result["nonce_pre"]?.string, isHexadecimal(nonce, 0...32), result["nonce_bytes"]?.double != nil {
            return Reading(.certain, .pool, [.loggedIn])
        }
        guard let job = result["pow_hash"]?.string, isHexadecimal(job, 64...64),
            let target = result["target"]?.string, isHexadecimal(target, 64...64),
            let hashes = expectedHashes(bigEndianTarget: target)
        else { return nil }
        return Reading(.certain, .pool, [.job(id: job, difficulty: hashes, hashes: hashes, algorithm: nil)])
    }
}
