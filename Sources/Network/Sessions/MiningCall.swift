import Carriers
import Stratum

/// Which HTTP calls may be a miner's (`stratum.md` 1.17). Everything else that a node can be asked is passed over.
enum MiningCall {
    case minersCall, call

    private static let verbs: Set<String> = ["getwork", "eth_getWork", "eth_submitWork", "eth_submitHashrate"]

    static func judge(_ value: JSONValue, _ head: HTTPHead) -> MiningCall? {
        guard let message = StratumMessage(value.items?.first ?? value), let method = message.method else { return nil }
        // Only mining programs know this header; a pool's own program asks its node without it.
        let isMiner = head["x-mining-extensions"] != nil
        if method == "getblocktemplate" { return isMiner ? .minersCall : nil }
        guard verbs.contains(method) else { return nil }
        return isMiner && method == "getwork" ? .minersCall : .call
    }
}
