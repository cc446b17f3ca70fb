import Exchange
import Vocabulary

/// Findings that all exchange tests share; the vectors are made of them.
enum ExchangeSamples {
    static let context = ExchangeContext(
        asOf: Instant(rfc3339: "2026-03-10T08:00:00Z") ?? Instant(nanoseconds: 0), producer: "330000",
        version: "1.0.0")

    static func endpoint(_ ip: String, _ port: UInt16) -> Endpoint {
        Endpoint(ip: IPAddress(ip) ?? IPAddress(ipv4: 0), port: port)
    }

    static func session(
        server: String = "45.67.89.10", port: UInt16 = 3333, client: String? = "10.33.8.27", name: String? = nil,
        tier: Tier = .a1, first: String? = "2026-03-01T00:00:00.123456Z", last: String? = "2026-03-01T02:00:00Z"
    ) -> ExchangeSession {
        var session = ExchangeSession(
            tier: tier, dialect: "stratum-v1", client: client.map { endpoint($0, 51_234) },
            server: endpoint(server, port), route: .direct)
        session.algorithm = "sha256d"
        session.serverName = name
        session.account = "bc1q…z6l0"
        session.agent = "cgminer/4.12.1"
        session.firstSeen = first.flatMap(Instant.init(rfc3339:))
        session.lastSeen = last.flatMap(Instant.init(rfc3339:))
        session.packets = 812
        session.bytes = 93_122
        session.sharesAccepted = 39
        session.hashrate = Estimate(value: 1.1e14, low: 8e13, high: 1.5e14)
        session.hashrateUnit = "H/s"
        session.evidence = [Evidence(frame: 12, event: "subscribe"), Evidence(frame: 40, event: "share-accepted")]
        session.captureSHA256 = String(repeating: "ab", count: 32)
        return session
    }

    static func finding(
        _ session: ExchangeSession = session(), probability: Double? = 0.9999
    ) -> ExchangeFinding {
        ExchangeFinding(
            probability: probability, kilowatts: Estimate(value: 3.3, low: 1.7, high: 5.9),
            reasons: ["share-verified", "job"], against: [], flags: ["gap"], session: session)
    }

    /// Version 4 and 6, with a name and without, with the client and without, with little known.
    static var all: [ExchangeFinding] {
        var sparse = session(server: "2a00:1450::99", port: 443, client: nil, name: nil, tier: .d, last: nil)
        sparse.dialect = "tls-mining"
        sparse.route = .encrypted
        sparse.algorithm = nil
        sparse.account = nil
        sparse.agent = nil
        sparse.packets = nil
        sparse.bytes = nil
        sparse.sharesAccepted = nil
        sparse.hashrate = nil
        sparse.evidence = []
        sparse.captureSHA256 = nil
        var hostile = session(server: "45.67.89.11", port: 14_444, name: "pool.example.net", tier: .b)
        hostile.agent = "<script>alert(1)</script>\u{0}\r\n=cmd|' /C calc'!A0\u{202E}\u{2028}"
        hostile.poolName = "\"'--><x a=\"1\">]]>&amp;"
        var second = session(name: "Pool.Example.ORG", last: "2026-03-02T02:00:00Z")
        second.evidence = [Evidence(frame: 99, event: "authorize")]
        return [
            finding(), finding(second),
            finding(sparse, probability: nil), finding(hostile, probability: 0.71),
        ]
    }

    static let timeless = finding(session(first: nil, last: nil))
}
