/// Pearl and other coins of 2026 (MoneroOcean's meta miner; `stratum.md` 1.16): V1's verbs, but a job is one object with its
/// target in it.
package struct PearlDialect: Dialect {
    package let name = "pearl"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = nil

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        switch message.method {
        case "mining.subscribe": return VerbFamily.subscribe(message)
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.notify":
            // The object stands for the parameters, or alone among them.
            let job = message.params?.isObject == true ? message.params : message.params?.items?.first
            guard let job, job.isObject, let id = job["job_id"]?.word,
                let header = job["header"]?.string, isHexadecimal(header, 64...1024),
                let target = job["target"]?.string, isHexadecimal(target, 64...64),
                let hashes = expectedHashes(bigEndianTarget: target), SharedVerbs.isCount(job["height"])
            else { return nil }
            return Reading(
                .certain, .pool,
                [.job(id: id, difficulty: job["difficulty"]?.double ?? hashes, hashes: hashes, algorithm: nil)])
        case "mining.submit":
            // By name or in V1's order; only the named form is its own.
            if let params = message.params, params.isObject, let job = params["job_id"]?.word,
                isHexadecimal(params["nonce"]?.string ?? "", 8...64)
            {
                let (account, worker) = splitIdentity(params["worker"]?.string)
                return Reading(.certain, .miner, [.submit(job: job, account: account, worker: worker)])
            }
            return SharedVerbs.nonceSubmit(message, ownDigits: 0) { _ in false }
        default: return nil
        }
    }
}
