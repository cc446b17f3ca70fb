import Stratum

/// What the coinbase of a job says of the pool: the text its operator writes into it, and where the reward goes
/// (`stratum.md` 1.1). It stays readable when the miner speaks with a relay or a bare address.
package struct Coinbase: Sendable, Hashable {
    /// Printable parts of the input script, in their order, joined by a space.
    package var tag: String?
    /// Script of the output with the largest value, without those that pay nobody.
    package var payoutScript: [UInt8]?

    /// Nil when the two parts are no coinbase. What stands between them (the extranonces) is not needed: the second part is
    /// read from the place where all of it fits.
    package static func read(_ job: BitcoinJob) -> Coinbase? {
        let first = job.coinbase1
        // Version, one input, no previous output; segregated witness is never in what is hashed.
        guard first.count > 42, job.coinbase2.count <= ShareLimits.coinbaseBytes,
            let input = [4, 8].first(where: { at in
                first.count > at + 38 && first[at] == 1 && first[(at + 1)..<(at + 33)].allSatisfy { $0 == 0 }
                    && first[(at + 33)..<(at + 37)].allSatisfy { $0 == 0xFF }
            })
        else { return nil }
        let length = Int(first[input + 37])
        let opening = Array(first[(input + 38)...].prefix(length))
        // The height comes first (BIP-34): no text.
        let height = opening.first.map { (1...8).contains($0) ? Int($0) + 1 : 0 } ?? 0
        let most = min(max(0, length - opening.count), job.coinbase2.count)
        for rest in 0...most {
            guard let payout = outputs(Array(job.coinbase2[rest...])) else { continue }
            let texts = runs(opening.dropFirst(height)) + runs(job.coinbase2[..<rest])
            return Coinbase(tag: texts.isEmpty ? nil : texts.joined(separator: " "), payoutScript: payout.script)
        }
        let texts = runs(opening.dropFirst(height))
        return texts.isEmpty ? nil : Coinbase(tag: texts.joined(separator: " "), payoutScript: nil)
    }

    /// Sequence, outputs, lock time, and nothing after them.
    private static func outputs(_ bytes: [UInt8]) -> (script: [UInt8]?, value: UInt64)? {
        guard bytes.count >= 4 + 1 + 9 + 4, bytes[1...3] == [0xFF, 0xFF, 0xFF] || bytes[0...3] == [0, 0, 0, 0] else {
            return nil
        }
        var at = 4
        let count = Int(bytes[at])
        at += 1
        guard (1...252).contains(count) else { return nil }
        var best: (script: [UInt8]?, value: UInt64) = (nil, 0)
        for _ in 0..<count {
            guard at + 9 <= bytes.count else { return nil }
            let value = bytes[at..<(at + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let size = Int(bytes[at + 8])
            at += 9
            guard size < 0xFD, at + size <= bytes.count, value <= 1 << 62 else { return nil }
            // 0x6a: an output that carries data and pays nobody.
            if value > best.value, size > 0, bytes[at] != 0x6A { best = (Array(bytes[at..<(at + size)]), value) }
            at += size
        }
        return at + 4 == bytes.count ? best : nil
    }

    /// Printable stretches long enough to be no accident; some pools write their name in Chinese.
    private static func runs(_ bytes: some Sequence<UInt8>) -> [String] {
        let text = String(decoding: Array(bytes.prefix(200)), as: UTF8.self)
        let parts = text.unicodeScalars.split { $0.value < 32 || $0.value == 127 || $0.value == 0xFFFD }
        return parts.map { part in
            String(part).split(separator: " ").joined(separator: " ")
        }.filter { part in
            part.utf8.count >= 6 && part.unicodeScalars.lazy.filter(\.properties.isAlphabetic).count >= 4
        }
    }
}
