/// CryptoNote and RandomX: login, job, submit with objects for parameters (`stratum.md` 1.5).
package struct CryptoNoteDialect: Dialect {
    package let name = "cryptonote"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = nil

    package init() {}

    /// Plain words, which other programs use too: only the whole loop of them says something (`Conversation`).
    package func read(cut message: CutMessage) -> Reading? {
        switch message.method {
        case "login": Reading(.unsure, .miner, [.login(account: nil, worker: nil, agent: nil)])
        case "submit": Reading(.unsure, .miner, [.submit(job: nil, account: nil, worker: nil, claimed: nil)])
        case "job": Reading(.unsure, .pool, [.job(id: nil, difficulty: nil, hashes: nil, algorithm: nil)])
        default: nil
        }
    }

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        guard let params = message.params, params.isObject else { return nil }
        switch method {
        case "login":
            // A bare `login` is any program's; a miner's has a wallet, a password and says what it is.
            guard let login = params["login"]?.string, params["pass"]?.word != nil, params["agent"]?.string != nil
            else { return nil }
            // Grin's miner logs in with the same words.
            if GrinDialect.isGrin(agent: params["agent"]?.string) { return nil }
            let (account, worker) = splitIdentity(login)
            return Reading(
                .certain, .miner,
                [.login(account: account, worker: params["rigid"]?.string ?? worker, agent: params["agent"]?.string)]
                    + Self.declared(params))
        case "job":
            guard let job = CryptoNoteDialect.job(params) else { return nil }
            return Reading(.certain, .pool, [job])
        case "submit":
            guard let job = params["job_id"]?.word, isHexadecimal(params["nonce"]?.string ?? "", 8...16),
                let result = params["result"]?.string, isHexadecimal(result, 64...64)
            else { return nil }
            return Reading(
                .certain, .miner,
                [.submit(job: job, account: nil, worker: nil, claimed: result, share: Self.claim(params))])
        case "keepalived": return params["id"]?.word == nil ? nil : Reading(.unsure, .miner, [.other])
        default: return nil
        }
    }

    private func reply(_ message: StratumMessage) -> Reading? {
        guard let result = message.result, result.isObject else { return nil }
        if let inner = result["job"], let job = CryptoNoteDialect.job(inner) {
            return Reading(.certain, .pool, [.loggedIn, job])
        }
        if result["status"]?.string == "KEEPALIVED" { return Reading(.unsure, .pool, [.other]) }
        return nil
    }

    static func claim(_ params: JSONValue) -> ShareMaterial? {
        guard let nonce = hexadecimalBytes(params["nonce"]?.string, most: 8),
            let hash = hexadecimalBytes(params["result"]?.string, most: 32), hash.count == 32
        else { return nil }
        return .claim(nonce: nonce, hash: hash)
    }

    static func job(_ value: JSONValue) -> StratumEvent? {
        guard let id = value["job_id"]?.word, isHexadecimal(value["blob"]?.string ?? "", 100...1024),
            let target = value["target"]?.string, let hashes = expectedHashes(littleEndianTarget: target)
        else { return nil }
        return .job(id: id, difficulty: hashes, hashes: hashes, algorithm: value["algo"]?.string)
    }

    /// Four or eight bytes, little-endian: difficulty = all ones ÷ target.
    static func expectedHashes(littleEndianTarget text: String) -> Double? {
        guard let value = littleEndian(text), value > 0 else { return nil }
        return text.utf8.count == 8 ? 4_294_967_295 / Double(value) : 18_446_744_073_709_551_616 / Double(value)
    }

    static func littleEndian(_ text: String) -> UInt64? {
        let digits = Array(text.utf8)
        guard digits.count == 8 || digits.count == 16 else { return nil }
        var value: UInt64 = 0
        for index in stride(from: digits.count - 2, through: 0, by: -2) {
            guard let high = hexDigit(digits[index]), let low = hexDigit(digits[index + 1]) else { return nil }
            value = value << 8 | UInt64(high << 4 | low)
        }
        return value
    }

    /// `algo-perf`: hashes a second for each algorithm that the miner can do (MoneroOcean's miners). Only where it can do
    /// one is it known which it does.
    private static func declared(_ params: JSONValue) -> [StratumEvent] {
        guard case .object(let members)? = params["algo-perf"], members.count == 1,
            let rate = members.first?.value.double, rate > 0
        else { return [] }
        return [.declaredHashrate(rate)]
    }
}
