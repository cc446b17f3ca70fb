/// Miners in web pages (x25/coinhive-stratum-mining-proxy, cazala/coin-hive-stratum; `stratum.md` 1.6): CryptoNote's
/// work with `type` instead of a method and no identifiers.
package struct CoinhiveDialect: Dialect {
    package let name = "coinhive"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = nil

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        // A method, or an answer's own error, makes it another program's.
        guard message.method == nil, let type = message.root["type"]?.string, message.error == nil,
            message.root["result"] == nil, let params = message.params, params.isObject
        else { return nil }
        switch type {
        case "auth":
            guard let key = params["site_key"]?.string else { return nil }
            return Reading(
                .certain, .miner, [.login(account: key, worker: params["user"]?.word, agent: nil)])
        case "authed":
            guard params["token"]?.string != nil, params["hashes"]?.double != nil else { return nil }
            return Reading(.unsure, .pool, [.loggedIn])
        case "job":
            guard let job = CryptoNoteDialect.job(params) else { return nil }
            return Reading(.certain, .pool, [job])
        case "submit":
            guard let job = params["job_id"]?.word, isHexadecimal(params["nonce"]?.string ?? "", 8...16),
                let result = params["result"]?.string, isHexadecimal(result, 64...64)
            else { return nil }
            return Reading(
                .certain, .miner,
                [
                    .submit(
                        job: job, account: nil, worker: nil, claimed: result, share: CryptoNoteDialect.claim(params))
                ])
        case "hash_accepted":
            guard let hashes = params["hashes"]?.double, hashes >= 0 else { return nil }
            return Reading(.certain, .pool, [.accepted])
        default: return nil
        }
    }
}
