import Casebook
import Vocabulary

/// Named limits of what is read and written here.
package enum ExchangeLimits {
    package static let lineBytes = 1 << 20
    package static let findings = 1_000_000
    /// Refused lines that are kept one by one; beyond it they are only counted.
    package static let refusals = 1_000
    /// Scalars of a text that came from the wire.
    package static let textScalars = 512
    /// Evidence frames of one session.
    package static let evidence = 64

    static func clipped(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: textScalars, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }
}

/// What one mining session says to other systems. Unknown is nil. Worker names are left behind: they often name people.
package struct ExchangeSession: Hashable, Sendable {
    package var tier: Tier
    package var dialect: String
    package var algorithm: String?
    /// Nil when withheld: an address of ours leads to a person.
    package var client: Endpoint?
    package var server: Endpoint
    /// Name by which the server was asked for, as it stood on the wire.
    package var serverName: String?
    package var poolName: String?
    package var route: Route
    /// Masked, or a pseudonym; never the account itself.
    package var account: String?
    package var agent: String?
    package var device: String?
    package var firstSeen: Instant?
    package var lastSeen: Instant?
    package var packets: Int?
    package var bytes: Int?
    package var sharesAccepted: Int?
    package var hashrate: Estimate?
    package var hashrateUnit: String?
    package var evidence: [Evidence]
    package var captureSHA256: String?

    /// All that may be unknown begins as unknown.
    package init(tier: Tier, dialect: String, client: Endpoint? = nil, server: Endpoint, route: Route) {
        self.tier = tier
        self.dialect = ExchangeLimits.clipped(dialect)
        self.client = client
        self.server = server
        self.route = route
        evidence = []
    }

    /// How the miner reached the endpoint.
    package enum Route: String, Hashable, Sendable, CaseIterable { case direct, relayed, encrypted }

    /// The earlier and the later of what is known; nil when no time is.
    package var seen: ClosedRange<Instant>? {
        guard let first = firstSeen ?? lastSeen else { return nil }
        let last = lastSeen ?? first
        return min(first, last)...max(first, last)
    }

    /// The server's name where it can be one (RFC 1123 letters, digits and hyphens), in lower case.
    package var hostName: String? { serverName.flatMap(ExchangeSession.hostName) }

    static func hostName(_ text: String) -> String? {
        let name = text.lowercased()
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...253).contains(name.utf8.count), labels.count >= 2, let last = labels.last?.utf8.first,
            (0x61...0x7A).contains(last)
        else { return nil }
        let sound = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        }
        return sound ? name : nil
    }
}

/// One suspicion of the machine, as far as other systems may know of it.
package struct ExchangeFinding: Hashable, Sendable {
    /// The same for the same evidence; tells nothing of the client.
    package var id: String
    package var probability: Double?
    package var kilowatts: Estimate?
    /// Message keys, for and against.
    package var reasons: [String]
    package var against: [String]
    package var flags: [String]
    package var session: ExchangeSession

    package init(
        id: String? = nil, probability: Double?, kilowatts: Estimate? = nil, reasons: [String] = [],
        against: [String] = [], flags: [String] = [], session: ExchangeSession
    ) {
        var session = session
        session.evidence = Array(session.evidence.prefix(ExchangeLimits.evidence))
        for path in [
            \ExchangeSession.serverName, \.poolName, \.agent, \.device, \.algorithm, \.hashrateUnit,
        ] { session[keyPath: path] = session[keyPath: path].map(ExchangeLimits.clipped) }
        session.account = session.account.map(ExchangeFinding.pseudonym)
        self.session = session
        self.id =
            id
            ?? Digests.key([
                session.captureSHA256 ?? "", "\(session.server.ip)", "\(session.server.port)",
                session.client.map { "\($0.port)" } ?? "", session.firstSeen.map { "\($0.nanoseconds)" } ?? "",
                session.dialect, session.evidence.first.map { "\($0.frame)" } ?? "",
            ])
        self.probability = probability.flatMap { (0...1).contains($0) ? $0 : nil }
        self.kilowatts = kilowatts
        self.reasons = reasons
        self.against = against
        self.flags = flags
    }

    /// What the casebook keeps of a network finding; nil for a grid finding, which has no session: a load curve belongs
    /// to whoever lives or works there.
    package init?(_ finding: Finding) {
        guard let network = finding.network else { return nil }
        var session = ExchangeSession(
            tier: network.tier, dialect: network.dialect, client: network.client, server: network.server,
            route: .init(dialect: network.dialect, via: nil, carrier: []))
        session.algorithm = network.algorithm
        session.poolName = network.poolName
        session.account = network.account
        session.agent = network.agent
        session.firstSeen = network.firstSeen ?? finding.from
        session.lastSeen = network.lastSeen ?? finding.to
        session.packets = network.packets
        session.bytes = network.bytes
        session.sharesAccepted = network.accepted
        session.hashrate = network.hashrate
        session.hashrateUnit = network.hashrateUnit
        session.evidence = network.evidence
        session.captureSHA256 = Digests.isSHA256(network.captureSHA256) ? network.captureSHA256 : nil
        self.init(
            id: Digests.key([finding.id]), probability: finding.probability, kilowatts: finding.kilowatts,
            reasons: finding.reasons.map(\.id), against: finding.against.map(\.id), flags: finding.flags,
            session: session)
    }

    /// All network findings that the casebook ties to places or not; how many grid findings stayed behind.
    package static func read(_ casebook: CasebookReader) throws(CasebookError) -> (
        findings: [ExchangeFinding], grid: Int
    ) {
        let all = try casebook.snapshot().dossiers.flatMap(\.findings) + casebook.unplacedFindings()
        var seen: Set<String> = []
        let distinct = all.filter { seen.insert($0.id).inserted }
        let findings = distinct.compactMap(ExchangeFinding.init).sorted { $0.id < $1.id }
        return (findings, distinct.count - findings.count)
    }

    /// The same without the address of the client.
    package var withoutClient: ExchangeFinding {
        var copy = self
        copy.session.client = nil
        return copy
    }

    /// 0 … 99. Never 100: where a scale ends in certainty, certainty is a person's word.
    package var confidence: Int? {
        guard let probability, (0...1).contains(probability) else { return nil }
        return min(99, Int((probability * 100).rounded()))
    }

    /// What a machine may say of it, in both languages; nothing in it was named by anybody else.
    var sentence: String {
        let chance = confidence.map { "\($0) %" } ?? "unknown"
        return "Suspected cryptocurrency mining session, tier \(session.tier.rawValue), probability \(chance). "
            + "For review by a person; not a determination. 疑似挖矿会话，待人工核查，不是认定结论。"
    }

    /// An account that is not masked yet is masked now.
    private static func pseudonym(_ account: String) -> String {
        let scalars = Array(account.unicodeScalars)
        let masked = scalars.count == 9 && scalars[4] == "…" || !scalars.isEmpty && scalars.allSatisfy { $0 == "*" }
        return masked ? account : maskedIdentity(account)
    }
}

extension ExchangeSession.Route {
    /// A name asked of a proxy is a relay; a sealed carrier or a sealed dialect cannot be read.
    init(dialect: String, via: String?, carrier: [String]) {
        if ["static-iv-tunnel", "tls-mining", "unknown-encrypted"].contains(dialect) || carrier.contains("tls") {
            self = .encrypted
        } else {
            self =
                via != nil || !Set(carrier).isDisjoint(with: ["socks", "socks4", "socks5", "connect"])
                ? .relayed : .direct
        }
    }
}
