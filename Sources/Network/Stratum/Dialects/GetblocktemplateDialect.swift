/// getblocktemplate (BIP-22, BIP-23; `stratum.md` 1.17). A pool's own program asks its node the same, so the words alone are
/// never certain; the session looks at who calls.
package struct GetblocktemplateDialect: Dialect {
    package let name = "getblocktemplate"
    package let hashrateUnit = "H/s"
    package let algorithm: String? = nil

    package init() {}

    package func read(_ message: StratumMessage) -> Reading? {
        guard message.method == "getblocktemplate", let wish = message.params?.items?.first,
            wish["capabilities"]?.items != nil
        else { return nil }
        return Reading(.unsure, .miner, [.requestWork])
    }
}
