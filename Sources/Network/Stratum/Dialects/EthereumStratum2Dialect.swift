/// EthereumStratum/2.0.0 (EIP-1571; `stratum.md` 1.4 c): a greeting with an object, and shares under a worker's token.
package struct EthereumStratum2Dialect: Dialect {
    package let name = "ethereum-stratum-2"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "ethash"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? {
        switch message.method {
        case "mining.hello": Reading(.certain, .miner, [.subscribe(agent: nil, host: nil)])
        case "mining.set": Reading(.certain, .pool, [.other])
        case "mining.hashrate": Reading(.certain, .miner, [.other])
        default: VerbFamily.read(cut: message)
        }
    }

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        switch method {
        case "mining.hello": return hello(message)
        case "mining.subscribe":
            // A session's name to take up again stands alone, in no array.
            if let session = message.params?.string, !session.isEmpty {
                return Reading(.certain, .miner, [.subscribe(agent: nil, host: nil)])
            }
            return VerbFamily.subscribe(message).map {
                Reading($0.certainty, $0.role, [.subscribe(agent: nil, host: nil)])
            }
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.set": return set(message)
        case "mining.notify":
            // Job, number of the block, header, whether to drop what was before; all hexadecimal without `0x`.
            guard let params = message.params?.items, params.count == 4, let job = params[0].string,
                isHexadecimal(params[1].string ?? "", 1...16), SharedVerbs.isHash(params[2]),
                params[3].string == "0" || params[3].string == "1"
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.submit":
            // The token is the answer to authorize. EthereumStratum/1.0.0 has its nonce there.
            guard let params = message.params?.items, params.count == 3, let job = params[0].string,
                isHexadecimal(params[1].string ?? "", 1...16), let token = params[2].string, token.hasPrefix("w-")
            else { return nil }
            return Reading(.certain, .miner, [.submit(job: job, account: nil, worker: nil, claimed: nil)])
        case "mining.hashrate":
            guard let params = message.params?.items, params.count == 2, params[1].string != nil,
                let rate = SharedVerbs.hexadecimal(params[0].string ?? "")
            else { return nil }
            return Reading(.certain, .miner, [.declaredHashrate(rate)])
        case "mining.noop":
            // With an id it asks for an answer, which only a miner does. Either side may say it and `mining.bye`
            // without one: that tells nothing of who is who.
            return message.id == nil ? nil : Reading(.unsure, .miner, [.other])
        case "mining.reconnect":
            guard let params = message.params, params.isObject, params["host"]?.string != nil else { return nil }
            return Reading(.certain, .pool, [.other])
        default: return nil
        }
    }

    private func hello(_ message: StratumMessage) -> Reading? {
        guard let params = message.params, let proto = params["proto"]?.string, proto.hasPrefix("EthereumStratum/2")
        else { return nil }
        return Reading(
            .certain, .miner, [.subscribe(agent: params["agent"]?.string, host: params["host"]?.string)])
    }

    /// Only what changed is said; the target counts for the jobs after it.
    private func set(_ message: StratumMessage) -> Reading? {
        guard let params = message.params, params.isObject else { return nil }
        let known = ["epoch", "target", "algo", "extranonce"].filter { params[$0]?.word != nil }
        guard !known.isEmpty else { return nil }
        guard let text = params["target"]?.string, isHexadecimal(text, 1...64), !text.hasPrefix("0x"),
            // A number: zeros in front of it may be left out (EIP-1571 has one of 58 digits).
            let hashes = expectedHashes(
                bigEndianTarget: String(repeating: "0", count: 64 - text.utf8.count) + text)
        else { return Reading(.certain, .pool, [.other]) }
        return Reading(.certain, .pool, [.difficulty(hashes, hashes: hashes)])
    }

    private func reply(_ message: StratumMessage) -> Reading? {
        guard let result = message.result, result.isObject, let proto = result["proto"]?.string,
            proto.hasPrefix("EthereumStratum/2"), result["encoding"] != nil || result["maxerrors"] != nil
        else { return nil }
        return Reading(.certain, .pool, [.subscribed])
    }
}
