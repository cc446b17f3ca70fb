import FoundationEssentials
import Vocabulary

/// One thing that was not taken, with its place, what is wrong and what to do.
package struct ExchangeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// 1-based; 0 where the whole file is meant.
    package var line: Int
    /// A field or column by name.
    package var column: String
    package var what: String
    package var remedy: String

    package var description: String { "\(file):\(line): \(column): \(what); \(remedy)" }
}

/// Findings from the lines of `countermine pcap --jsonl` (contract, section 3). A bad line is refused by itself.
package struct SessionLines: Sendable {
    package private(set) var findings: [ExchangeFinding] = []
    package private(set) var refused: [ExchangeRefusal] = []
    package private(set) var counts = Counts()
    private var known: Set<String> = []

    /// `lines = sessions + duplicates + other + refused`; blank lines are no lines.
    package struct Counts: Hashable, Sendable {
        package var lines = 0
        package var sessions = 0
        /// The same session again, as when a file was given twice.
        package var duplicates = 0
        /// Records of another kind (`contact`, `capture`, `link`).
        package var other = 0
        package var refused = 0

        package init(lines: Int = 0, sessions: Int = 0, duplicates: Int = 0, other: Int = 0, refused: Int = 0) {
            self.lines = lines
            self.sessions = sessions
            self.duplicates = duplicates
            self.other = other
            self.refused = refused
        }
    }

    package init() {}

    /// Takes one file's lines. May be called for several files, one after the other.
    package mutating func take(_ bytes: [UInt8], file: String) {
        var number = 0
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            number += 1
            take(bytes[start..<end], file, number)
            start = end + 1
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>, _ file: String, _ number: Int) {
        guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { return }
        counts.lines += 1
        func refusal(_ column: String, _ what: String, _ remedy: String) -> ExchangeRefusal {
            ExchangeRefusal(file: file, line: number, column: column, what: what, remedy: remedy)
        }
        do {
            guard line.count <= ExchangeLimits.lineBytes else {
                throw refusal("line", "longer than \(ExchangeLimits.lineBytes) bytes", "cut it off at its source")
            }
            guard findings.count < ExchangeLimits.findings else {
                throw refusal("line", "more than \(ExchangeLimits.findings) sessions", "export in parts")
            }
            guard let record = try JSONDecoder().decode(Line.self, from: Data(line)).session else {
                counts.other += 1
                return
            }
            guard record.hasDialect else {
                throw refusal("dialect", "not a dialect's name", "use the names of the contract")
            }
            guard let finding = record.finding else {
                throw refusal("server", "no address and port", "export again from the capture")
            }
            guard known.insert(finding.id).inserted else {
                counts.duplicates += 1
                return
            }
            findings.append(finding)
            counts.sessions += 1
        } catch {
            counts.refused += 1
            guard refused.count < ExchangeLimits.refusals else { return }
            refused.append(
                error as? ExchangeRefusal
                    ?? refusal(
                        (error as? DecodingError).map(SessionLines.place) ?? "line", "not a session record",
                        "export again with countermine pcap --jsonl"))
        }
    }

    /// Path of the field that could not be read.
    private static func place(_ error: DecodingError) -> String {
        let context: DecodingError.Context? =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: nil
            }
        let path = context.map { $0.codingPath.map(\.stringValue).joined(separator: ".") } ?? ""
        return path.isEmpty ? "line" : path
    }
}

/// A record of any kind; the fields of a session only where it is one.
private struct Line: Decodable {
    var session: SessionRecord?

    private enum Key: CodingKey { case kind }

    init(from decoder: any Decoder) throws {
        let kind = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .kind)
        session = kind == "session" ? try SessionRecord(from: decoder) : nil
    }
}

/// The fields of the contract that are taken over; all but a few may be null or missing.
private struct SessionRecord: Decodable {
    struct Side: Decodable {
        var ip: IPAddress?
        var port: UInt16?
        var name: String?
        var endpoint: Endpoint? { ip.flatMap { ip in port.map { Endpoint(ip: ip, port: $0) } } }
    }
    struct Pool: Decodable {
        var name: String?
        var via: String?
    }
    struct Shares: Decodable { var accepted: Int? }
    struct Interval: Decodable {
        var value: Double?
        var low: Double?
        var high: Double?
        var unit: String?
        var basis: String?
        /// Not a number or turned round: unknown.
        var estimate: Estimate? {
            guard let value, let low, let high, low.isFinite, high.isFinite, low <= value, value <= high, low >= 0
            else { return nil }
            return Estimate(value: value, low: low, high: high, basis: basis)
        }
    }
    struct Ground: Decodable { var id: String }
    struct Mark: Decodable {
        var frame: Int
        var event: String
    }

    var tier: Tier
    var probability: Double?
    var dialect: String
    var algorithm: String?
    var carrier: [String]?
    var client: Side?
    var server: Side
    var pool: Pool?
    var account: String?
    var accountId: String?
    var agent: String?
    var device: String?
    var firstSeen: String?
    var lastSeen: String?
    var packets: Int?
    var bytes: Int?
    var shares: Shares?
    var hashrate: Interval?
    var powerW: Interval?
    var flags: [String]?
    var reasons: [Ground]?
    var against: [Ground]?
    var evidence: [Mark]?
    var captureSHA256: String?

    private enum CodingKeys: String, CodingKey {
        case tier, probability, dialect, algorithm, carrier, client, server, pool, account, agent, device, packets,
            bytes, shares, hashrate, flags, reasons, against, evidence
        case accountId = "account_id"
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
        case powerW = "power_w"
        case captureSHA256 = "capture_sha256"
    }

    /// Lower case with hyphens: it goes into protocols and tags of others as it is.
    var hasDialect: Bool {
        (1...64).contains(dialect.utf8.count)
            && dialect.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    var finding: ExchangeFinding? {
        guard let server = server.endpoint else { return nil }
        var session = ExchangeSession(
            tier: tier, dialect: dialect, client: client?.endpoint, server: server,
            route: .init(dialect: dialect, via: pool?.via, carrier: carrier ?? []))
        session.algorithm = algorithm
        session.serverName = self.server.name
        session.poolName = pool?.name
        session.account = account
        session.agent = agent
        session.device = device
        session.firstSeen = firstSeen.flatMap(Instant.init(rfc3339:))
        session.lastSeen = lastSeen.flatMap(Instant.init(rfc3339:))
        session.packets = packets.flatMap { $0 >= 0 ? $0 : nil }
        session.bytes = bytes.flatMap { $0 >= 0 ? $0 : nil }
        session.sharesAccepted = shares?.accepted.flatMap { $0 >= 0 ? $0 : nil }
        session.hashrate = hashrate?.estimate
        session.hashrateUnit = hashrate?.unit
        session.evidence = (evidence ?? []).filter { $0.frame > 0 }.map { Evidence(frame: $0.frame, event: $0.event) }
        session.captureSHA256 = captureSHA256.flatMap { Digests.isSHA256($0) ? $0 : nil }
        let watts = powerW?.estimate
        var finding = ExchangeFinding(
            probability: probability,
            kilowatts: watts.map {
                Estimate(value: $0.value / 1000, low: $0.low / 1000, high: $0.high / 1000, basis: $0.basis)
            }, reasons: reasons?.map(\.id) ?? [], against: against?.map(\.id) ?? [], flags: flags ?? [],
            session: session)
        // A keyed name says more than a mask: two sessions of one account stay one account.
        if let accountId, accountId.utf8.count == 32, Digests.bytes(hex: accountId) != nil {
            finding.session.account = accountId
        }
        return finding
    }
}
