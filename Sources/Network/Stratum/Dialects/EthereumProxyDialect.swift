/// eth-proxy: a node's verbs over a bare connection; jobs come as results (`stratum.md` 1.4 a).
package struct EthereumProxyDialect: Dialect {
    package let name = "eth-proxy"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = "ethash"

    package init() {}

    package func read(cut message: CutMessage) -> Reading? {
        switch message.method {
        case "eth_submitLogin": Reading(.certain, .miner, [.login(account: nil, worker: nil, agent: nil)])
        case "eth_submitWork":
            Reading(.certain, .miner, [.submit(job: nil, account: nil, worker: nil, claimed: nil)])
        case "eth_getWork": Reading(.unsure, .miner, [.requestWork])
        default: nil
        }
    }

    package func read(_ message: StratumMessage) -> Reading? {
        guard let method = message.method else { return reply(message) }
        let params = message.params?.items ?? []
        switch method {
        case "eth_submitLogin":
            let (account, inner) = splitIdentity(params.first?.string)
            return Reading(
                .certain, .miner,
                [.login(account: account, worker: message.root["worker"]?.string ?? inner, agent: nil)])
        case "eth_getWork": return Reading(.unsure, .miner, [.requestWork])
        case "eth_submitWork":
            guard params.count >= 3, isHexadecimal(params[0].string ?? "", 16...16),
                isHexadecimal(params[1].string ?? "", 64...64),
                isHexadecimal(params[2].string ?? "", 64...64)
            else { return nil }
            return Reading(
                .certain, .miner,
                [
                    .submit(
                        job: params[1].string, account: nil, worker: message.root["worker"]?.string,
                        share: EthashShare.read(header: params[1], nonce: params[0], mix: params[2]))
                ])
        case "eth_submitHashrate":
            guard let text = params.first?.string, text.hasPrefix("0x"), let rate = hexadecimal(text) else {
                return nil
            }
            return Reading(.certain, .miner, [.declaredHashrate(rate)])
        default: return nil
        }
    }

    /// `[header, seed, boundary, height?]`, 66 characters each but the height.
    private func reply(_ message: StratumMessage) -> Reading? {
        guard let items = message.result?.items, (3...4).contains(items.count),
            items[..<3].allSatisfy({ item in
                item.string.map { $0.hasPrefix("0x") && isHexadecimal($0, 64...64) } ?? false
            }), let boundary = items[2].string, let hashes = expectedHashes(bigEndianTarget: boundary)
        else { return nil }
        return Reading(
            .certain, .pool, [.job(id: items[0].string, difficulty: hashes, hashes: hashes, algorithm: "ethash")])
    }

    private func hexadecimal(_ text: String) -> Double? {
        guard text.utf8.count <= 66 else { return nil }
        var value = 0.0
        for byte in text.utf8.dropFirst(2) {
            guard let digit = hexDigit(byte) else { return nil }
            value = value * 16 + Double(digit)
        }
        return value
    }
}
