/// Beam (BeamMW/beam pow/stratum.h, NiceHash; `stratum.md` 1.14): every field beside the method, no `params`.
package struct BeamDialect: Dialect {
    package let name = "beam"
    package let hashrateUnit = "Sol/s"
    package let algorithm: String? = "beamhash3"

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method, message.params == nil else { return nil }
        let root = message.root
        switch method {
        case "login":
            guard let key = root["api_key"]?.string, root["id"]?.string != nil else { return nil }
            let (account, worker) = splitIdentity(key)
            return Reading(.certain, .miner, [.login(account: account, worker: worker, agent: nil)])
        case "job":
            guard let id = root["id"]?.string, isHexadecimal(root["input"]?.string ?? "", 64...64),
                root["height"]?.double != nil, let solutions = Self.unpacked(root["difficulty"])
            else { return nil }
            return Reading(
                .certain, .pool, [.job(id: id, difficulty: solutions, hashes: solutions, algorithm: nil)])
        case "solution":
            guard let id = root["id"]?.string, isHexadecimal(root["nonce"]?.string ?? "", 16...16),
                isHexadecimal(root["output"]?.string ?? "", 150...512)
            else { return nil }
            return Reading(.certain, .miner, [.submit(job: id, account: nil, worker: nil, claimed: nil)])
        case "cancel":
            return root["id"]?.string == nil ? nil : Reading(.unsure, .pool, [])
        case "result":
            guard let good = Self.answer(message), let code = root["code"]?.double else { return nil }
            if code == 0 { return Reading(.certain, .pool, [.loggedIn]) }
            if code == -32003 { return Reading(.certain, .pool, []) }
            return Reading(.certain, .pool, [good ? .accepted : .rejected])
        default: return nil
        }
    }

    /// What a `result` says: 0 well, 1 accepted, 2 rejected, 3 expired, −32003 login failed. Nil when it is no such message.
    static func answer(_ message: StratumMessage) -> Bool? {
        let root = message.root
        guard message.params == nil, case .number = root["code"], let code = root["code"]?.double,
            root["id"]?.string != nil, root["description"]?.string != nil
        else { return nil }
        switch code {
        case 0, 1: return true
        case 2, 3, -32003: return false
        default: return nil
        }
    }

    /// Expected solutions of a share. Packed (Beam's core/difficulty): the top byte is the exponent, the lower 24 bits the
    /// mantissa behind a hidden one; value = mantissa · 2^(exponent − 24).
    static func unpacked(_ value: JSONValue?) -> Double? {
        guard let text = value?.word, let packed = UInt32(text) else { return nil }
        return Double(
            sign: .plus, exponent: Int(packed >> 24) - 24, significand: Double(packed & 0xFF_FFFF | 0x100_0000))
    }
}
