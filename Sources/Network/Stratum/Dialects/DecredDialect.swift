/// Decred (NiceHash, marcopeereboom/haste; `stratum.md` 1.16): V1 with the header's tail where the coinbase is.
package struct DecredDialect: Dialect {
    package let name = "decred"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = nil

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        switch message.method {
        case "mining.notify":
            guard let params = message.params?.items, Self.isJob(params) else { return nil }
            return Reading(
                .certain, .pool, [.job(id: params[0].word, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.subscribe":
            guard var reading = VerbFamily.likeV1(message) else { return nil }
            if let agent = message.params?.items?.first?.string?.prefix(64), agent.hasPrefix("gominer/"),
                agent.hasSuffix("-decred")
            {
                reading.certainty = .certain
            }
            return reading
        default: return VerbFamily.likeV1(message)
        }
    }

    /// The first part is the header's tail (some 100 bytes), the second the four bytes of the stake version, where a
    /// coinbase always ends in outputs; there is no branch.
    static func isJob(_ params: [JSONValue]) -> Bool {
        params.count == 9 && params[4] == .array([]) && params[0].word != nil
            && isHexadecimal(params[3].string ?? "", 8...8)
            && isHexadecimal(params[2].string ?? "", 128...320) && isHexadecimal(params[1].string ?? "", 64...64)
            && isHexadecimal(params[6].string ?? "?", 0...8)
    }
}
