/// Every dialect, one line each. Where two are equally sure, the earlier one is taken.
package enum DialectRegistry {
    package static let all: [any Dialect] = [
        StratumV1Dialect(),
        EthereumStratum1Dialect(),
        EquihashDialect(),
        CryptoNoteDialect(),
        EthereumProxyDialect(),
        GetworkDialect(),
        GetblocktemplateDialect(),
        EthereumStratum2Dialect(),
        KawPowDialect(),
        EthashStratumDialect(),
        AutolykosDialect(),
        KaspaDialect(),
        AlephiumDialect(),
        CKBDialect(),
        ConfluxDialect(),
    ]
}
