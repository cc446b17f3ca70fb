import Vocabulary

/// The facts of a finding that few formats have a field for, as names and values.
enum FindingFacts {
    /// In a fixed order; what is unknown is not there.
    static func pairs(_ finding: ExchangeFinding) -> [(name: String, value: JSONValue)] {
        let session = finding.session
        let all: [(String, JSONValue?)] = [
            ("tier", .string(session.tier.rawValue)), ("probability", .of(finding.probability)),
            ("dialect", .string(session.dialect)), ("algorithm", .of(session.algorithm)),
            ("route", .string(session.route.rawValue)), ("pool", .of(session.poolName)),
            ("server_name", .of(session.serverName)), ("account_pseudonym", .of(session.account)),
            ("agent", .of(session.agent)), ("device", .of(session.device)),
            ("shares_accepted", .of(session.sharesAccepted)), ("hashrate", .of(session.hashrate?.value)),
            ("hashrate_low", .of(session.hashrate?.low)), ("hashrate_high", .of(session.hashrate?.high)),
            ("hashrate_unit", .of(session.hashrate == nil ? nil : session.hashrateUnit)),
            ("kw", .of(finding.kilowatts?.value)), ("kw_low", .of(finding.kilowatts?.low)),
            ("kw_high", .of(finding.kilowatts?.high)), ("flags", list(finding.flags)),
            ("reasons", list(finding.reasons)), ("against", list(finding.against)),
            ("evidence_frames", session.evidence.isEmpty ? nil : .array(session.evidence.map { .int($0.frame) })),
            ("capture_sha256", .of(session.captureSHA256)),
        ]
        return all.compactMap { pair in pair.1.map { (pair.0, $0) } }
    }

    static func object(_ finding: ExchangeFinding) -> JSONValue {
        .object(Dictionary(pairs(finding).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
    }

    /// `name: value` a line; a text from the wire stays within its quotation marks.
    static func text(_ finding: ExchangeFinding) -> String {
        pairs(finding).map { "\($0.name): \($0.value.text)" }.joined(separator: "\n")
    }

    private static func list(_ texts: [String]) -> JSONValue? {
        texts.isEmpty ? nil : .strings(texts.prefix(ExchangeLimits.evidence).map(ExchangeLimits.clipped))
    }
}
