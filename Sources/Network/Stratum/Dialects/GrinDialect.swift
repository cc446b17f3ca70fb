/// Grin and MWC, Cuckatoo cycles (mimblewimble/docs stratum-rpc; `stratum.md` 1.13): CryptoNote's verbs with identifiers
/// that are strings, and replies that repeat the method.
package struct GrinDialect: Dialect {
    package let name = "grin"
    package let hashrateUnit = "graphs/s"
    package let algorithm: String? = "cuckatoo32"

    /// Edges of a solution, and graphs tried for one (mean).
    private static let cycle = 42
    /// Weight of a 32-bit graph: 2^(32 − 23) · 32. The job does not say the size; the chain takes no other.
    private static let weight = 16_384.0

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return nil }
        switch method {
        case "login", "submit", "job", "getjobtemplate", "status", "keepalive": break
        default: return nil
        }
        if message.isReply { return reply(message, method) }
        // Everything of Grin has a string for an identifier; an answer that is not Grin's is no request either.
        guard message.root["id"]?.string != nil, message.result == nil, message.error == nil else { return nil }
        switch method {
        case "login":
            guard let params = message.params, let login = params["login"]?.string, params["pass"]?.word != nil,
                let agent = params["agent"]?.string
            else { return nil }
            let (account, worker) = splitIdentity(login)
            return Reading(
                Self.isGrin(agent: agent) ? .certain : .unsure, .miner,
                [.login(account: account, worker: worker, agent: agent)])
        case "job":
            guard let params = message.params, let job = Self.job(params) else { return nil }
            return Reading(.certain, .pool, [job])
        case "getjobtemplate":
            guard Self.isEmpty(message.params) else { return nil }
            return Reading(.unsure, .miner, [.requestWork])
        case "status", "keepalive":
            guard Self.isEmpty(message.params), message.root["jsonrpc"] == .string("2.0") else { return nil }
            return Reading(.unsure, .miner, [.other])
        case "submit":
            guard let params = message.params, let bits = params["edge_bits"]?.double, (10...63).contains(bits),
                let job = Self.identifier(params), params["nonce"]?.word != nil, let pow = params["pow"]?.items,
                pow.count == Self.cycle,
                pow.allSatisfy({ edge in edge.double.map { $0 >= 0 } ?? false })
            else { return nil }
            return Reading(.certain, .miner, [.submit(job: job, account: nil, worker: nil, claimed: nil)])
        default: return nil
        }
    }

    /// Whether a message with a method is an answer of this dialect's.
    static func isReply(_ message: StratumMessage) -> Bool {
        guard let method = message.method, message.params == nil, message.root["id"]?.string != nil else {
            return false
        }
        if let error = message.error { return error["code"]?.double != nil && error["message"]?.string != nil }
        guard let result = message.result else { return false }
        switch method {
        case "login", "keepalive": return result == .string("ok")
        case "submit": return result == .string("ok") || result.string?.hasPrefix("blockfound") == true
        case "getjobtemplate": return job(result) != nil
        case "status": return result["accepted"]?.double != nil && result["stale"]?.double != nil
        default: return false
        }
    }

    static func isGrin(agent: String?) -> Bool {
        guard let agent = agent?.prefix(16).lowercased() else { return false }
        return agent.hasPrefix("grin") || agent.hasPrefix("mwc")
    }

    private func reply(_ message: StratumMessage, _ method: String) -> Reading? {
        guard Self.isReply(message) else { return nil }
        if message.error != nil { return Reading(.unsure, .pool, method == "submit" ? [.rejected] : []) }
        switch method {
        case "login": return Reading(.unsure, .pool, [.loggedIn])
        case "submit": return Reading(.certain, .pool, [.accepted])
        case "getjobtemplate":
            guard let result = message.result, let job = Self.job(result) else { return nil }
            return Reading(.certain, .pool, [job])
        default: return Reading(.unsure, .pool, [])
        }
    }

    private static func isEmpty(_ params: JSONValue?) -> Bool {
        guard let params, !params.isNull else { return true }
        return params == .object([]) || params == .array([])
    }

    private static func job(_ value: JSONValue) -> StratumEvent? {
        guard let id = identifier(value), isHexadecimal(value["pre_pow"]?.string ?? "", 100...2048),
            let difficulty = value["difficulty"]?.double, difficulty > 0
        else { return nil }
        // Expected graphs of a share: cycle · difficulty ÷ weight (`stratum.md` 5.1).
        let graphs = Double(cycle) * difficulty / weight
        guard graphs.isFinite else { return nil }
        return .job(id: id, difficulty: difficulty, hashes: graphs, algorithm: nil)
    }

    /// The numbers of jobs start again at every height.
    private static func identifier(_ value: JSONValue) -> String? {
        guard let height = value["height"]?.word, height.utf8.count <= 20, let job = value["job_id"]?.word,
            job.utf8.count <= 64
        else { return nil }
        return "\(height)/\(job)"
    }
}
