/// Kaspa and its kin (kHeavyHash): a greeting that names an Ethereum protocol, jobs of four words (`stratum.md` 1.9).
package struct KaspaDialect: Dialect {
    package let name = "kaspa"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "kheavyhash"

    private static let proto = "EthereumStratum/1.0.0"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? {
        if message.method == "set_extranonce" { return Reading(.unsure, .pool, [.other]) }
        return VerbFamily.read(cut: message)
    }

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        switch method {
        case "mining.subscribe":
            guard var reading = VerbFamily.subscribe(message) else { return nil }
            let params = message.params?.items ?? []
            // As sure as EthereumStratum/1.0.0 is, whose words these are: what follows decides.
            if params.dropFirst().first?.string == Self.proto || params.first?.string?.hasPrefix("IceRiver") == true {
                reading.certainty = .certain
            }
            return reading
        case "mining.authorize":
            guard var reading = VerbFamily.authorize(message) else { return nil }
            if Self.isAddress(message.params?.items?.first?.string) { reading.certainty = .certain }
            return reading
        case "set_extranonce", "mining.set_extranonce":
            guard let params = message.params?.items, (1...2).contains(params.count),
                isHexadecimal(params[0].string ?? "?", 0...16),
                params.count == 1 || params[1].double.map({ (0...8).contains($0) }) == true
            else { return nil }
            return Reading(method == "set_extranonce" ? .certain : .unsure, .pool, [.other])
        case "mining.set_difficulty":
            // The largest target is 2^224 - 1 (`stratum.md` 5.1).
            return SharedVerbs.difficulty(message, each: SharedVerbs.hashesADifficulty)
        case "mining.notify":
            guard let params = message.params?.items, (2...3).contains(params.count), let job = params[0].word,
                Self.isWords(params[1]) || params.count == 2 && isHexadecimal(params[1].string ?? "", 160...160)
            else { return nil }
            return Reading(.certain, .pool, [.job(id: job, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.submit":
            // A share of EthereumStratum/1.0.0 looks the same: as sure as that one is, so that the rest decides.
            guard let params = message.params?.items, params.count == 3, let job = params[1].word,
                params[0].string != nil, isHexadecimal(params[2].string ?? "", 8...16)
            else { return nil }
            return SharedVerbs.submit(params[0], job)
        default: return nil
        }
    }

    /// `[true, "EthereumStratum/1.0.0"]`: the pools of Ethereum have an array first.
    private func reply(_ message: StratumMessage) -> Reading? {
        guard let items = message.result?.items, items.count == 2, items[0] == .bool(true),
            items[1].string == Self.proto
        else { return nil }
        return Reading(.certain, .pool, [.subscribed])
    }

    /// Four numbers below 2^64, far above what a double keeps apart.
    private static func isWords(_ value: JSONValue) -> Bool {
        guard let items = value.items, items.count == 4 else { return false }
        return items.allSatisfy { item in
            guard let text = item.word, text.utf8.count <= 20 else { return false }
            return UInt64(text) != nil
        }
    }

    /// `kaspa:q…`, or 61 to 63 characters of bech32 after `q` or `p` alone.
    private static func isAddress(_ user: String?) -> Bool {
        guard let account = splitIdentity(user).account, account.utf8.count <= 100 else { return false }
        if account.hasPrefix("kaspa:") { return true }
        guard (61...63).contains(account.utf8.count), account.hasPrefix("q") || account.hasPrefix("p") else {
            return false
        }
        return account.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "1"), UInt8(ascii: "b"), UInt8(ascii: "i"), UInt8(ascii: "o"): false
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            default: false
            }
        }
    }
}
