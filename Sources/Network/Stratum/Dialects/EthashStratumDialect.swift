/// Ethash with the verbs of V1 and no version of its own, ethminer's mode `stratum` (`stratum.md` 1.4).
package struct EthashStratumDialect: Dialect {
    package let name = "ethash-stratum"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "ethash"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? { VerbFamily.read(cut: message) }

    package func read(_ message: StratumMessage) -> Reading? {
        switch message.method {
        case "mining.subscribe": return VerbFamily.subscribe(message)
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.set_difficulty":
            return SharedVerbs.difficulty(message, each: SharedVerbs.hashesADifficulty)
        case "mining.notify":
            // Header, seed, target: the boundary of eth-proxy, so 2^256 ÷ target hashes (`stratum.md` 5.1).
            guard let params = message.params?.items, (4...6).contains(params.count), let job = params[0].word,
                (1...3).allSatisfy({ SharedVerbs.isHash(params[$0]) }),
                let hashes = expectedHashes(bigEndianTarget: params[3].string ?? "")
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: hashes, hashes: hashes, algorithm: nil)])
        case "mining.submit":
            guard var reading = SharedVerbs.mixSubmit(message), let params = message.params?.items,
                case .submit(let job, let account, let worker, _, _)? = reading.events.first
            else { return nil }
            let share = EthashShare.read(header: params[3], nonce: params[2], mix: params[4])
            reading.events = [.submit(job: job, account: account, worker: worker, share: share)]
            return reading
        default: return nil
        }
    }
}
