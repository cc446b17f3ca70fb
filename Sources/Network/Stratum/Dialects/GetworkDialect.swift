/// getwork of the first miners (`stratum.md` 1.17): one verb, asked with nothing and submitted with the solved header.
package struct GetworkDialect: Dialect {
    package let name = "getwork"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = nil

    /// Version, previous block and Merkle root: what nonce and time do not change.
    private static let constantDigits = 136

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        guard method == "getwork" else { return nil }
        guard let params = message.params?.items, let first = params.first else {
            return Reading(.unsure, .miner, [.requestWork])
        }
        guard let data = first.string, isHexadecimal(data, 256...256) else { return nil }
        return Reading(
            .certain, .miner, [.submit(job: Self.job(data), account: nil, worker: nil, claimed: nil)])
    }

    private func reply(_ message: StratumMessage) -> Reading? {
        guard let result = message.result, let data = result["data"]?.string, isHexadecimal(data, 256...256),
            let target = result["target"]?.string, isHexadecimal(target, 64...64),
            let hashes = expectedHashes(bigEndianTarget: Self.reversed(target))
        else { return nil }
        return Reading(
            .certain, .pool,
            [.job(id: Self.job(data), difficulty: hashes / 4_295_032_833, hashes: hashes, algorithm: nil)])
    }

    private static func job(_ data: String) -> String { String(data.prefix(constantDigits)) }

    /// The target is written with its lowest byte first.
    private static func reversed(_ target: String) -> String {
        let digits = Array(target.utf8)
        var turned: [UInt8] = []
        for index in stride(from: digits.count - 2, through: 0, by: -2) { turned += digits[index...(index + 1)] }
        return String(decoding: turned, as: UTF8.self)
    }
}
