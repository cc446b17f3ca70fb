/// Equihash after ZIP-301: targets instead of difficulties, and a solution in the submit (`stratum.md` 1.3).
package struct EquihashDialect: Dialect {
    package let name = "equihash"
    package let hashrateUnit = "Sol/s"
    package let algorithm: String? = "equihash"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? {
        if message.method == "mining.set_target" { return Reading(.certain, .pool, [.other]) }
        // A solution fills its packets; the other dialects with this verb send a hundred bytes (`stratum.md` 3.2).
        if message.method == "mining.submit", message.missing > Self.solutionBytes {
            return Reading(.certain, .miner, [.submit(job: nil, account: nil, worker: nil)])
        }
        return VerbFamily.read(cut: message)
    }

    /// Less than what the smallest usual segment (536 bytes) loses where 96 bytes of its frame were kept.
    private static let solutionBytes = 400

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        let params = message.params?.items
        switch method {
        case "mining.subscribe":
            guard var reading = VerbFamily.subscribe(message) else { return nil }
            // ZIP-301 names the host and port the miner was told to use.
            if let params, params.count == 4, params[2].string != nil, params[3].double != nil {
                reading.certainty = .certain
            }
            return reading
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.extranonce.subscribe": return Reading(.unsure, .miner, [.other])
        case "mining.set_target":
            guard let target = params?.first?.string, isHexadecimal(target, 64...64),
                let hashes = expectedHashes(bigEndianTarget: target)
            else { return nil }
            let bytes = hexadecimalBytes(target, most: 32).map { [StratumEvent.target($0)] } ?? []
            return Reading(.unsure, .pool, [.difficulty(hashes, hashes: hashes)] + bytes)
        case "mining.notify":
            guard let params, (8...10).contains(params.count), let job = params[0].word,
                isHexadecimal(params[1].word ?? "", 8...8),
                (2...4).allSatisfy({ isHexadecimal(params[$0].word ?? "", 64...64) })
            else { return nil }
            return Reading(
                .certain, .pool,
                [.job(id: job, difficulty: nil, hashes: nil, algorithm: nil, template: Self.template(params))])
        case "mining.submit":
            // The shortest solution in use (144,5) has 100 bytes; a V1 nonce has four.
            guard let params, params.count == 5, let job = params[1].word,
                isHexadecimal(params[4].word ?? "", 150...8192)
            else { return nil }
            let (account, worker) = splitIdentity(params[0].string)
            return Reading(
                .certain, .miner,
                [.submit(job: job, account: account, worker: worker, claimed: nil, share: Self.share(params))])
        default: return nil
        }
    }

    /// ZIP-301 sends the parts of the header in the header's own order.
    private static func template(_ params: [JSONValue]) -> JobTemplate? {
        var head = hexadecimalBytes(params[1].word, most: 4) ?? []
        for place in 2...4 { head += hexadecimalBytes(params[place].word, most: 32) ?? [] }
        guard head.count == 100, let bits = hexadecimalBytes(params[6].word, most: 4), bits.count == 4 else {
            return nil
        }
        return .equihash(
            EquihashJob(head: head, bits: bits, personalization: params.count > 9 ? params[9].string : nil))
    }

    private static func share(_ params: [JSONValue]) -> ShareMaterial? {
        guard let time = hexadecimalBytes(params[2].word, most: 4), time.count == 4,
            let nonce2 = hexadecimalBytes(params[3].word, most: 32),
            var solution = hexadecimalBytes(params[4].word, most: 4_096)
        else { return nil }
        // Its length stands before it, as in a block; a short one is below 253 bytes and has one byte for it.
        if solution.first == 0xFD, solution.count > 3, Int(solution[1]) | Int(solution[2]) << 8 == solution.count - 3 {
            solution.removeFirst(3)
        } else if let first = solution.first, Int(first) == solution.count - 1 {
            solution.removeFirst()
        }
        return .equihash(time: time, nonce2: nonce2, solution: solution)
    }

    private func reply(_ message: StratumMessage) -> Reading? {
        guard let items = message.result?.items, items.count == 2, items[0].isNull || items[0].string != nil,
            isHexadecimal(items[1].string ?? "?", 2...62)
        else { return nil }
        let nonce1 = hexadecimalBytes(items[1].string, most: 31).map { [StratumEvent.extranonce($0)] } ?? []
        return Reading(.unsure, .pool, [.subscribed] + nonce1)
    }
}
