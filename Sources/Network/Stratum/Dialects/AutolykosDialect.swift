/// Autolykos2 of Ergo: V1's greeting and shares, jobs with a decimal target (`stratum.md` 1.8).
package struct AutolykosDialect: Dialect {
    package let name = "autolykos"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "autolykos2"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? { VerbFamily.read(cut: message) }

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        switch method {
        case "mining.subscribe": return VerbFamily.subscribe(message)
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.extranonce.subscribe": return Reading(.unsure, .miner, [.other])
        case "mining.notify":
            guard let params = message.params?.items, params.count == 9, let job = params[0].word,
                SharedVerbs.isCount(params[1]), SharedVerbs.isHash(params[2]), params[4].items == nil,
                let hashes = Self.expectedHashes(decimalTarget: params[6].word ?? "")
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: hashes, hashes: hashes, algorithm: nil)])
        case "mining.submit":
            // As sure as V1 is of a nonce of four bytes, so that the jobs decide; one of eight is ours alone.
            guard let params = message.params?.items, params.count == 5, let job = params[1].word,
                isHexadecimal(params[2].word ?? "", 0...64), isHexadecimal(params[3].word ?? "", 8...8),
                isHexadecimal(params[4].word ?? "", 8...8) || isHexadecimal(params[4].word ?? "", 16...16)
            else { return nil }
            return SharedVerbs.submit(params[0], job)
        default: return nil
        }
    }

    /// V1's answer to subscribe, as sure as V1 is of it.
    private func reply(_ message: StratumMessage) -> Reading? {
        guard message.result?.items?.count == 3 else { return nil }
        return StratumV1Dialect().read(message)
    }

    /// 2^256 ÷ b, from a decimal number of at most 78 digits below 2^256 (`stratum.md` 5.1).
    static func expectedHashes(decimalTarget text: String) -> Double? {
        guard (1...78).contains(text.utf8.count) else { return nil }
        var value = 0.0
        for byte in text.utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Double(byte - UInt8(ascii: "0"))
        }
        let all = 0x1p256
        guard value >= 1, value < all else { return nil }
        return all / value
    }
}
