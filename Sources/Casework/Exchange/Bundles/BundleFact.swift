import Casebook
import FoundationEssentials
import Vocabulary

/// What a province tells the nation: of a case its course, of a figure its numbers, of a finding its kind and size. No
/// name, address, account, meter or client is a field of it, and a line with another field is refused.
package enum BundleFact: Hashable, Sendable {
    case record(CaseFact)
    case figure(FigureFact)
    case finding(FindingFact)

    package struct CaseFact: Hashable, Sendable, Codable {
        package var id: String
        package var episode: Int
        package var unit: String
        package var state: String
        package var holder: String
        package var due: String?
        package var eventTime: String?
        package var recordedAt: String
        package var version: Int

        private enum CodingKeys: String, CodingKey {
            case id, episode, unit, state, holder, due, version
            case eventTime = "event_time"
            case recordedAt = "recorded_at"
        }
    }

    package struct FigureFact: Hashable, Sendable, Codable {
        package var id: String
        package var unit: String
        package var part: String
        package var from: String
        package var to: String
        package var value: Double?
        package var numerator: Double?
        package var denominator: Double?
        package var n: Int
        package var low: Double?
        package var high: Double?
    }

    package struct FindingFact: Hashable, Sendable, Codable {
        /// A digest of the province's own identifier.
        package var id: String
        package var unit: String
        package var modality: String
        package var from: String
        package var to: String
        package var probability: Double?
        package var tier: String?
        package var dialect: String?
        package var algorithm: String?
        /// The pool's side of the connection.
        package var serverIP: String?
        package var serverPort: Int?
        package var kw: Double?
        package var kwLow: Double?
        package var kwHigh: Double?

        private enum CodingKeys: String, CodingKey {
            case id, unit, modality, from, to, probability, tier, dialect, algorithm, kw
            case serverIP = "server_ip"
            case serverPort = "server_port"
            case kwLow = "kw_low"
            case kwHigh = "kw_high"
        }
    }

    package init(_ record: CaseRecord) {
        self = .record(
            CaseFact(
                id: record.id, episode: record.episode, unit: record.unit, state: record.state, holder: record.holder,
                due: record.due?.description, eventTime: record.eventTime?.rfc3339(),
                recordedAt: record.recordedAt.rfc3339(), version: record.version))
    }

    /// - Parameter unit: answering unit, because a figure of the whole store has none of its own.
    package init(_ figure: KPIFigure, _ row: KPIRow, unit: String, window: KPIWindow) {
        self = .figure(
            FigureFact(
                id: figure.id, unit: unit, part: row.part, from: window.start.rfc3339(), to: window.end.rfc3339(),
                value: finite(row.value), numerator: finite(row.numerator), denominator: finite(row.denominator),
                n: row.n, low: finite(row.low), high: finite(row.high)))
    }

    /// - Parameter unit: county of the place that the finding is tied to, or the province.
    package init(_ finding: Finding, unit: String) {
        let network = finding.network
        self = .finding(
            FindingFact(
                id: Digests.key([finding.id]), unit: unit, modality: finding.modality.rawValue,
                from: finding.from.rfc3339(), to: finding.to.rfc3339(), probability: finite(finding.probability),
                tier: network?.tier.rawValue, dialect: network?.dialect, algorithm: network?.algorithm,
                serverIP: network?.server.ip.description, serverPort: network.map { Int($0.server.port) },
                kw: finite(finding.kilowatts?.value), kwLow: finite(finding.kilowatts?.low),
                kwHigh: finite(finding.kilowatts?.high)))
    }

    /// `case`, `figure`, `finding`.
    package var kind: String {
        switch self {
        case .record: "case"
        case .figure: "figure"
        case .finding: "finding"
        }
    }

    package var unit: String {
        switch self {
        case .record(let fact): fact.unit
        case .figure(let fact): fact.unit
        case .finding(let fact): fact.unit
        }
    }

    /// What a later fact of the same thing replaces.
    package var key: String {
        switch self {
        case .record(let fact): "case|\(fact.id)"
        case .figure(let fact): "figure|\(fact.id)|\(fact.unit)|\(fact.part)|\(fact.from)|\(fact.to)"
        case .finding(let fact): "finding|\(fact.id)"
        }
    }

    /// One canonical line: the known fields, names in order.
    var line: JSONValue {
        var members: [String: JSONValue?]
        switch self {
        case .record(let fact):
            members = [
                "id": .string(fact.id), "episode": .int(fact.episode), "unit": .string(fact.unit),
                "state": .string(fact.state), "holder": .string(fact.holder), "due": .of(fact.due),
                "event_time": .of(fact.eventTime), "recorded_at": .string(fact.recordedAt),
                "version": .int(fact.version),
            ]
        case .figure(let fact):
            members = [
                "id": .string(fact.id), "unit": .string(fact.unit), "part": .string(fact.part),
                "from": .string(fact.from), "to": .string(fact.to), "value": .of(fact.value),
                "numerator": .of(fact.numerator), "denominator": .of(fact.denominator), "n": .int(fact.n),
                "low": .of(fact.low), "high": .of(fact.high),
            ]
        case .finding(let fact):
            members = [
                "id": .string(fact.id), "unit": .string(fact.unit), "modality": .string(fact.modality),
                "from": .string(fact.from), "to": .string(fact.to), "probability": .of(fact.probability),
                "tier": .of(fact.tier), "dialect": .of(fact.dialect), "algorithm": .of(fact.algorithm),
                "server_ip": .of(fact.serverIP), "server_port": .of(fact.serverPort), "kw": .of(fact.kw),
                "kw_low": .of(fact.kwLow), "kw_high": .of(fact.kwHigh),
            ]
        }
        members["kind"] = .string(kind)
        return .members(members)
    }

    private struct Line: Decodable {
        var fact: BundleFact?

        private enum Key: CodingKey { case kind }

        init(from decoder: any Decoder) throws {
            fact =
                switch try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .kind) {
                case "case": .record(try CaseFact(from: decoder))
                case "figure": .figure(try FigureFact(from: decoder))
                case "finding": .finding(try FindingFact(from: decoder))
                default: nil
                }
        }
    }

    /// Reads a line and writes it again: what does not come out the same has a field too many, or another spelling.
    init?(line: some Sequence<UInt8>) {
        let bytes = Data(line)
        let fact = (try? JSONDecoder().decode(Line.self, from: bytes))?.fact
        guard let fact, fact.line.bytes.elementsEqual(bytes), fact.isSound else { return nil }
        self = fact
    }

    /// Identifiers are words of letters, digits and `-._:+ `, so no sentence about anybody fits in; numbers must be
    /// possible ones.
    var isSound: Bool {
        func word(_ text: String?, empty: Bool = false) -> Bool {
            guard let text else { return true }
            return (empty ? 0 : 1)...80 ~= text.utf8.count
                && text.utf8.allSatisfy {
                    (0x30...0x3A).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                        || [0x20, 0x2B, 0x2D, 0x2E, 0x5F].contains($0)
                }
        }
        func time(_ text: String?) -> Bool { text.map { Instant(rfc3339: $0)?.rfc3339() == $0 } ?? true }
        func share(_ value: Double?) -> Bool { value.map { (0...1).contains($0) } ?? true }
        switch self {
        case .record(let fact):
            return [fact.id, fact.unit, fact.state, fact.holder].allSatisfy { word($0) } && fact.episode >= 1
                && fact.version >= 0 && time(fact.recordedAt) && time(fact.eventTime)
                && fact.due.map { CalendarDate($0)?.description == $0 } ?? true
        case .figure(let fact):
            return word(fact.id) && word(fact.unit) && word(fact.part, empty: true) && time(fact.from)
                && time(fact.to) && fact.from <= fact.to && fact.n >= 0
        case .finding(let fact):
            let power = [fact.kwLow, fact.kw, fact.kwHigh].compactMap { $0 }
            return Digests.isSHA256(fact.id) && word(fact.unit) && Modality(rawValue: fact.modality) != nil
                && time(fact.from) && time(fact.to) && fact.from <= fact.to && share(fact.probability)
                && fact.tier.map { Tier(rawValue: $0) != nil } ?? true && word(fact.dialect) && word(fact.algorithm)
                && fact.serverIP.map { IPAddress($0)?.description == $0 } ?? true
                && fact.serverPort.map { (0...65_535).contains($0) } ?? true && power == power.sorted()
                && power.allSatisfy { $0 >= 0 }
        }
    }
}

/// What is not a number is unknown.
private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
