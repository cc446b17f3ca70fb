/// What several dialects say in the same words, read once. Values that no pool sends give nil.
enum SharedVerbs {
    /// Hashes of a share of difficulty 1 where the largest target is 2^224 - 1.
    static let hashesADifficulty = 4_294_967_296.0

    static func difficulty(_ message: StratumMessage, each hashes: Double) -> Reading? {
        guard let value = message.params?.items?.first?.double, value > 0, (value * hashes).isFinite else { return nil }
        return Reading(.unsure, .pool, [.difficulty(value, hashes: value * hashes)])
    }

    static func target(_ message: StratumMessage) -> Reading? {
        guard let text = message.params?.items?.first?.string, isHexadecimal(text, 64...64),
            let hashes = expectedHashes(bigEndianTarget: text)
        else { return nil }
        return Reading(.unsure, .pool, [.difficulty(hashes, hashes: hashes)])
    }

    static func submit(_ user: JSONValue, _ job: String) -> Reading {
        let (account, worker) = splitIdentity(user.string)
        return Reading(.certain, .miner, [.submit(job: job, account: account, worker: worker, claimed: nil)])
    }

    /// `[user, job, nonce]`: sure where the nonce has the dialect's own length, or the account its own form.
    static func nonceSubmit(_ message: StratumMessage, ownDigits: Int, _ isOwn: (String) -> Bool) -> Reading? {
        guard let params = message.params?.items, params.count == 3, let job = params[1].word,
            let nonce = params[2].string, isHexadecimal(nonce, 8...16)
        else { return nil }
        var reading = submit(params[0], job)
        let isSure = nonce.utf8.count == ownDigits || isOwn(splitIdentity(params[0].string).account ?? "")
        if !isSure { reading.certainty = .unsure }
        return reading
    }

    /// `[user, job, 0xnonce, 0xheader, 0xmix]`: what the Ethash and ProgPow miners send.
    static func mixSubmit(_ message: StratumMessage) -> Reading? {
        guard let params = message.params?.items, params.count == 5, let job = params[1].word,
            isPrefixed(params[2], 1...16), isPrefixed(params[3], 64...64), isPrefixed(params[4], 64...64)
        else { return nil }
        return submit(params[0], job)
    }

    static func isPrefixed(_ value: JSONValue, _ count: ClosedRange<Int>) -> Bool {
        guard let text = value.string, text.hasPrefix("0x") else { return false }
        return isHexadecimal(text, count)
    }

    /// A height or a place: decimal digits alone. A hash after `0x` would pass for a number elsewhere.
    static func isCount(_ value: JSONValue?) -> Bool {
        guard let text = value?.word, (1...20).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    static func isHash(_ value: JSONValue) -> Bool { isHexadecimal(value.string ?? "", 64...64) }

    /// A rate as hexadecimal digits, with or without `0x`; nil when it is none or above 16 digits.
    static func hexadecimal(_ text: String) -> Double? {
        guard isHexadecimal(text, 1...16) else { return nil }
        return UInt64(text.hasPrefix("0x") ? text.dropFirst(2) : text[...], radix: 16).map { Double($0) }
    }
}
