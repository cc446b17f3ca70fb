/// Iron Fish, FishHash (NiceHash, the ironfish node; `stratum.md` 1.15): `body` instead of `params`, and answers that have
/// a method of their own.
package struct IronfishDialect: Dialect {
    package let name = "ironfish"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "fishhash"

    /// Pairs `mining.subscribed` with `mining.subscribe`: their own numbers are each side's count.
    static let greeting = "mining.subscribe"

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method, method.hasPrefix("mining."), message.params == nil,
            let body = message.root["body"], body.isObject
        else { return nil }
        switch method {
        case "mining.subscribe":
            guard let address = body["publicAddress"]?.string else { return nil }
            let (account, worker) = splitIdentity(address)
            return Reading(
                .certain, .miner,
                [
                    .subscribe(agent: body["agent"]?.string, host: nil),
                    .authorize(account: account, worker: body["name"]?.string ?? worker),
                ])
        case "mining.subscribed":
            guard body["clientId"]?.word != nil || body["xn"]?.string != nil || body["graffiti"]?.string != nil else {
                return nil
            }
            return Reading(.certain, .pool, [.subscribed])
        case "mining.set_target":
            guard let target = body["target"]?.string, isHexadecimal(target, 64...64),
                let hashes = expectedHashes(bigEndianTarget: target)
            else { return nil }
            return Reading(.certain, .pool, [.difficulty(hashes, hashes: hashes)])
        case "mining.notify":
            guard let job = body["miningRequestId"]?.word, isHexadecimal(body["header"]?.string ?? "", 200...1024)
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.submit":
            guard let job = body["miningRequestId"]?.word, isHexadecimal(body["randomness"]?.string ?? "", 8...32)
            else { return nil }
            return Reading(.certain, .miner, [.submit(job: job, account: nil, worker: nil, claimed: nil)])
        case "mining.submitted":
            guard let answer = Self.answer(message) else { return nil }
            return Reading(.certain, .pool, [answer.good ? .accepted : .rejected])
        case "mining.disconnect", "mining.wait_for_work": return Reading(.unsure, .pool, [])
        default: return nil
        }
    }

    /// The answer to a share; `id`: the share's own number, when it is told.
    static func answer(_ message: StratumMessage) -> (id: String?, good: Bool)? {
        guard message.params == nil, let body = message.root["body"], case .bool(let good) = body["result"] else {
            return nil
        }
        return (body["id"]?.word, good)
    }
}
