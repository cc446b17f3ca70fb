/// Aleo's AleoStratum (HarukaMa/aleo-pool-server stratum/spec.md; `stratum.md` 1.16).
package struct AleoDialect: Dialect {
    package let name = "aleo"
    package let hashrateUnit = "proofs/s"
    package let algorithm: String? = "aleo"

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method, method.hasPrefix("mining.") else { return nil }
        let params = message.params?.items
        switch method {
        case "mining.subscribe":
            guard var reading = VerbFamily.subscribe(message) else { return nil }
            if params?.dropFirst().first?.string?.hasPrefix("AleoStratum/") == true { reading.certainty = .certain }
            return reading
        case "mining.authorize":
            guard var reading = VerbFamily.authorize(message) else { return nil }
            if Self.isAccount(params?.first?.string ?? "") { reading.certainty = .certain }
            return reading
        case "mining.set_target":
            // A proof's target: (2^64 − 1) ÷ its hash must reach it, so that many proofs are tried for one.
            guard let params, params.count == 1, case .number = params[0], let target = params[0].double, target >= 1,
                target <= 18_446_744_073_709_551_616
            else { return nil }
            return Reading(.certain, .pool, [.difficulty(target, hashes: target)])
        case "mining.notify":
            // Job, the epoch's challenge, the pool's address, clean.
            guard let params, params.count >= 3, params.count <= 5, let job = params[0].word,
                let challenge = params[1].string, challenge.utf8.count >= 16, case .bool = params[params.count - 1],
                params.contains(where: { Self.isAccount($0.string ?? "") }) || Self.isChallenge(challenge)
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.submit":
            guard let params, params.count == 4, let user = params[0].string, let job = params[1].word,
                params[2].word != nil, let proof = params[3].string, (90...4096).contains(proof.utf8.count),
                !proof.hasPrefix("0x")
            else { return nil }
            let (account, worker) = splitIdentity(user)
            return Reading(.certain, .miner, [.submit(job: job, account: account, worker: worker, claimed: nil)])
        default: return nil
        }
    }

    /// Aleo's texts of keys and hashes: a prefix, a one, then Bech32.
    static func isAccount(_ account: String) -> Bool {
        account.hasPrefix("aleo1") && account.utf8.count >= 63
    }

    /// A block's hash (`ab1…`).
    private static func isChallenge(_ text: String) -> Bool { text.hasPrefix("ab1") && text.utf8.count == 61 }
}
