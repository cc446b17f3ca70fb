/// Stratum V1 of the Bitcoin family (BIP-310, slushpool/stratumprotocol; `stratum.md` 1.1 and 1.2).
package struct StratumV1Dialect: Dialect {
    package let name = "stratum-v1"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = nil

    /// Expected hashes of a share of difficulty 1: 2^256 ÷ (0xffff · 2^208).
    static let hashesADifficulty = 4_295_032_833.0

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        let params = message.params?.items
        switch method {
        case "mining.configure": return Reading(.certain, .miner, [.other])
        case "mining.subscribe": return VerbFamily.subscribe(message)
        case "mining.authorize": return VerbFamily.authorize(message)
        case "mining.extranonce.subscribe", "mining.suggest_difficulty", "mining.suggest_target",
            "mining.get_transactions",
            "mining.multi_version":
            return Reading(.unsure, .miner, [.other])
        case "mining.submit":
            guard let params, params.count >= 5, params.count <= 6, let job = params[1].word,
                isHexadecimal(params[2].word ?? "", 0...64), let time = params[3].word, let nonce = params[4].word,
                // Siacoin's are twice as long.
                isHexadecimal(time, 8...8) && isHexadecimal(nonce, 8...8)
                    || isHexadecimal(time, 16...16) && isHexadecimal(nonce, 16...16)
            else { return nil }
            let (account, worker) = splitIdentity(params[0].string)
            return Reading(
                .certain, .miner,
                [.submit(job: job, account: account, worker: worker, claimed: nil, share: Self.share(params))])
        case "mining.set_difficulty":
            guard let difficulty = params?.first?.double, difficulty > 0,
                (difficulty * StratumV1Dialect.hashesADifficulty).isFinite
            else { return nil }
            return Reading(
                .unsure, .pool, [.difficulty(difficulty, hashes: difficulty * StratumV1Dialect.hashesADifficulty)])
        case "mining.notify":
            guard let params, params.count >= 9, let job = params[0].word, isHexadecimal(params[1].word ?? "", 64...64),
                params[4].items != nil, !HandshakeDialect.isJob(params), !DecredDialect.isJob(params)
            else { return nil }
            return Reading(
                .certain, .pool,
                [
                    .job(
                        id: job, difficulty: nil, hashes: nil, algorithm: Self.algorithm(params[6].word),
                        template: Self.template(params))
                ])
        case "mining.set_extranonce":
            let extranonce = hexadecimalBytes(params?.first?.string, most: 32)
            return Reading(.unsure, .pool, extranonce.map { [.extranonce($0)] } ?? [.other])
        case "mining.set_version_mask":
            return Reading(.unsure, .pool, hexadecimalWord(params?.first?.word).map { [.versionMask($0)] } ?? [.other])
        case "mining.set_goal", "client.reconnect",
            "client.get_version",
            "client.show_message":
            return Reading(.unsure, .pool, [.other])
        default: return nil
        }
    }

    package func read(cut message: CutMessage) -> Reading? {
        if message.method == "mining.configure" { return Reading(.certain, .miner, [.other]) }
        return VerbFamily.read(cut: message)
    }

    /// Nil when a part is not what a header is made of: the job then counts, but nothing can be recomputed.
    private static func template(_ params: [JSONValue]) -> JobTemplate? {
        guard let previous = hexadecimalBytes(params[1].string, most: 32), previous.count == 32,
            let coinbase1 = hexadecimalBytes(params[2].string, most: StratumLimits.coinbaseBytes),
            let coinbase2 = hexadecimalBytes(params[3].string, most: StratumLimits.coinbaseBytes),
            let siblings = params[4].items, siblings.count <= StratumLimits.branchHashes,
            let version = params[5].string == "" ? 0 : hexadecimalWord(params[5].word),
            let bits = hexadecimalWord(params[6].word)
        else { return nil }
        let branch = siblings.compactMap { hexadecimalBytes($0.string, most: 32) }
        guard branch.count == siblings.count, branch.allSatisfy({ $0.count == 32 }) else { return nil }
        return .bitcoin(
            BitcoinJob(
                previous: previous, coinbase1: coinbase1, coinbase2: coinbase2, branch: branch, version: version,
                bits: bits))
    }

    private static func share(_ params: [JSONValue]) -> ShareMaterial? {
        guard let extranonce2 = hexadecimalBytes(params[2].word, most: 32) else { return nil }
        if let time = hexadecimalBytes(params[3].word, most: 8), time.count == 8 {
            return hexadecimalBytes(params[4].word, most: 8).map {
                .sia(extranonce2: extranonce2, time: time, nonce: $0)
            }
        }
        guard let time = hexadecimalWord(params[3].word), let nonce = hexadecimalWord(params[4].word) else {
            return nil
        }
        let bits = params.count == 6 ? hexadecimalWord(params[5].word) : nil
        return .bitcoin(extranonce2: extranonce2, time: time, nonce: nonce, versionBits: bits)
    }

    /// What the chain's own difficulty gives away: at an exponent of 0x18 or below it is above 8 thousand million, where only
    /// SHA-256d chains are; Scrypt and X11 chains are at 0x19 and above.
    private static func algorithm(_ bits: String?) -> String? {
        guard let bits, isHexadecimal(bits, 8...8), let exponent = UInt8(bits.suffix(8).prefix(2), radix: 16),
            (0x10...0x18).contains(exponent)
        else { return nil }
        return "sha256d"
    }

    /// `[[[…],[…]], "extranonce1", 4]`: the answer to subscribe, known by its shape.
    private func reply(_ message: StratumMessage) -> Reading? {
        if let mask = hexadecimalWord(message.result?["version-rolling.mask"]?.string) {
            return Reading(.certain, .pool, [.versionMask(mask)])
        }
        guard let items = message.result?.items, items.count == 3, let subscriptions = items[0].items,
            isHexadecimal(items[1].string ?? "?", 0...32), let size = items[2].double, (0...32).contains(size)
        else { return nil }
        // The subscriptions name the verbs they are for.
        let pairs = subscriptions.first?.items != nil ? subscriptions : [.array(subscriptions)]
        let named = pairs.contains { $0.items?.first?.string?.hasPrefix("mining.") == true }
        let extranonce = hexadecimalBytes(items[1].string, most: 32).map { [StratumEvent.extranonce($0)] } ?? []
        return Reading(named ? .certain : .unsure, .pool, [.subscribed] + extranonce)
    }
}

/// The verbs that V1, Equihash and EthereumStratum/1.0.0 share.
enum VerbFamily {
    static func subscribe(_ message: StratumMessage) -> Reading? {
        let items = message.params?.items ?? []
        guard message.params == nil || message.params?.items != nil || message.params?.isNull == true else {
            return nil
        }
        // Iron Fish subscribes with a body.
        if message.params == nil, message.root["body"] != nil { return nil }
        let host = items.count >= 4 ? items[2].string : nil
        return Reading(.unsure, .miner, [.subscribe(agent: items.first?.string, host: host)])
    }

    static func authorize(_ message: StratumMessage) -> Reading? {
        guard let user = message.params?.items?.first?.string else { return nil }
        let (account, worker) = splitIdentity(user)
        return Reading(.unsure, .miner, [.authorize(account: account, worker: worker)])
    }

    /// What the kin of V1 shares with it: all but the job. In a V1 session V1 is ahead of its kin by the jobs, in a session
    /// of theirs it is behind by them.
    static func likeV1(_ message: StratumMessage) -> Reading? {
        message.method == "mining.notify" ? nil : StratumV1Dialect().read(message)
    }

    static func read(cut message: CutMessage) -> Reading? {
        switch message.method {
        case "mining.subscribe": Reading(.unsure, .miner, [.subscribe(agent: nil, host: nil)])
        case "mining.authorize": Reading(.unsure, .miner, [.authorize(account: nil, worker: nil)])
        case "mining.notify": Reading(.unsure, .pool, [.job(id: nil, difficulty: nil, hashes: nil, algorithm: nil)])
        case "mining.submit": Reading(.unsure, .miner, [.submit(job: nil, account: nil, worker: nil, claimed: nil)])
        default: nil
        }
    }
}
