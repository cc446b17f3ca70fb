/// Handshake (HandshakeAlliance/hstratum docs/spec.md; `stratum.md` 1.16): V1 but for a job of twelve.
package struct HandshakeDialect: Dialect {
    package let name = "handshake"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "handshake"

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard message.method == "mining.notify" else { return VerbFamily.likeV1(message) }
        guard let params = message.params?.items, Self.isJob(params) else { return nil }
        return Reading(
            .certain, .pool, [.job(id: params[0].word, difficulty: nil, hashes: nil, algorithm: nil)])
    }

    /// Job, previous block, coinbase in two parts, branch, then the tree's, the witness's and the reserved root, version,
    /// bits, time, clean.
    static func isJob(_ params: [JSONValue]) -> Bool {
        params.count == 12 && params[0].word != nil && isHexadecimal(params[1].string ?? "", 64...64)
            && params[4].items != nil
            && (5...7).allSatisfy { isHexadecimal(params[$0].string ?? "", 64...64) }
            && (8...10).allSatisfy { isHexadecimal(params[$0].string ?? "", 8...8) }
    }
}
