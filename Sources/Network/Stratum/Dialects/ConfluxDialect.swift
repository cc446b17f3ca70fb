/// Conflux (Octopus): jobs with a boundary, shares of four words, answers as words (`stratum.md` 1.12).
package struct ConfluxDialect: Dialect {
    package let name = "conflux"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "octopus"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? { VerbFamily.read(cut: message) }

    package func read(_ message: StratumMessage) -> Reading? {
        switch message.method {
        case "mining.subscribe":
            // The worker's name stands where others have their program's.
            guard let params = message.params?.items, params.count == 2, let user = params[0].string,
                params[1].string.map({ $0.isEmpty || isHexadecimal($0, 64...64) }) == true
            else { return nil }
            guard user.hasPrefix("cfx:") else { return VerbFamily.subscribe(message) }
            let (account, worker) = splitIdentity(user)
            return Reading(.certain, .miner, [.authorize(account: account, worker: worker)])
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.notify":
            // Job, height (or a hash), header, boundary: 2^256 ÷ boundary hashes (Conflux-Chain/conflux-doc).
            guard let params = message.params?.items, params.count == 4, let job = params[0].word,
                SharedVerbs.isPrefixed(params[2], 64...64), SharedVerbs.isPrefixed(params[3], 1...64),
                let text = params[3].string, let hashes = Self.expectedHashes(boundary: text)
            else { return nil }
            // With a hash in the second place ethminer's `stratum` has the same words.
            let isHeight = SharedVerbs.isCount(params[1])
            guard isHeight || SharedVerbs.isHash(params[1]) else { return nil }
            return Reading(
                isHeight ? .certain : .unsure, .pool,
                [.job(id: job, difficulty: hashes, hashes: hashes, algorithm: nil)])
        case "mining.submit":
            guard let params = message.params?.items, params.count == 4, let job = params[1].word,
                SharedVerbs.isPrefixed(params[2], 1...64), SharedVerbs.isPrefixed(params[3], 64...64)
            else { return nil }
            return SharedVerbs.submit(params[0], job)
        default: return nil
        }
    }

    /// A boundary is a number: zeros in front of it may be left out.
    private static func expectedHashes(boundary text: String) -> Double? {
        let digits = text.dropFirst(2)
        guard (1...64).contains(digits.utf8.count) else { return nil }
        return Stratum.expectedHashes(
            bigEndianTarget: String(repeating: "0", count: 64 - digits.utf8.count) + digits)
    }
}
