/// Qubic's "Qatum" (hackerby888/qatum-protocol; `stratum.md` 1.16): the number in `id` is the event, all else beside it.
/// Answers repeat the number, with a result.
package struct QubicDialect: Dialect {
    package let name = "qubic"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = nil

    private static let textBytes = 256

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        // What has a result is an answer, paired by its number.
        guard message.method == nil, message.result == nil, message.error == nil, message.params == nil,
            case .object(let members) = message.root, members.count <= 6,
            case .number(let event) = message.root["id"]
        else { return nil }
        let root = message.root
        switch event {
        case "1":
            guard let wallet = root["wallet"]?.string, Self.isIdentity(wallet), let worker = root["worker"]?.string
            else { return nil }
            return Reading(.certain, .miner, [.login(account: wallet, worker: worker, agent: nil)])
        case "2":
            return Self.text(root["computorId"]) == nil ? nil : Reading(.certain, .pool, [])
        case "3":
            guard members.count <= 3, let seed = Self.text(root["seed"]) else { return nil }
            return Reading(.unsure, .pool, [.job(id: seed, difficulty: nil, hashes: nil, algorithm: nil)])
        case "4":
            guard Self.text(root["nonce"]) != nil, let seed = Self.text(root["seed"]),
                Self.text(root["computorId"]) != nil
            else { return nil }
            return Reading(.certain, .miner, [.submit(job: seed, account: nil, worker: nil, claimed: nil)])
        case "5":
            guard Self.text(root["computorId"]) != nil, let rate = root["hashrate"]?.double, rate >= 0 else {
                return nil
            }
            return Reading(.certain, .miner, [.declaredHashrate(rate)])
        case "6":
            // A threshold of the score, of which no number of hashes follows.
            guard members.count <= 3, let difficulty = root["difficulty"]?.double, difficulty > 0 else { return nil }
            return Reading(.unsure, .pool, [])
        default: return nil
        }
    }

    /// Sixty capital letters.
    private static func isIdentity(_ text: String) -> Bool {
        text.utf8.count == 60 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let text = value?.string, (1...textBytes).contains(text.utf8.count) else { return nil }
        return text
    }
}
