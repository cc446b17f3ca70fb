import FoundationEssentials
import Vocabulary

/// One ground on which an application should be visited earlier.
package struct ScreenReason: Hashable, Sendable, Codable {
    /// A key of the message catalogue.
    package var id: String
    package var points: Double
    package var value: Double?
    package var reference: Double?
    package var unit: String?
    package var text: String?
}

/// An application with its place in the order of visit. Not a suspicion of mining: nothing runs there yet.
package struct ScreenedApplication: Hashable, Sendable, Codable {
    package var application: ConnectionApplication
    /// Sum of the points of the reasons.
    package var score: Double
    package var reasons: [ScreenReason]
    /// What the application does not say, so that nothing could be counted for or against it.
    package var unknown: [String]
    /// Confirmed cases at sites of the same party.
    package var cases: [String]
}

/// The check of connection applications before supply starts.
package struct ApplicationScreen: Sendable {
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// The rules as they stand in `Models/application-screen/<version>/rules.json`; the card tells where they are from.
    package struct Rules: Hashable, Sendable, Codable {
        package struct Points: Hashable, Sendable, Codable {
            package var capacity: Double
            package var steady: Double
            package var valleyOnly: Double
            package var capacityForKind: Double
            package var cheapSupply: Double
            package var cheapPrice: Double
            package var partySeen: Double
            package var nameTerm: Double
        }

        package var format: Int
        package var version: String
        package var points: Points
        /// Capacity from which on it counts in full, kW; from a tenth of it on it counts half.
        package var largeKilowatts: Double
        /// Promised average over highest load that only continuous loads have.
        package var steadyShare: Double
        /// Highest capacity that is common for a kind of site, kW; a kind that is not here has none.
        package var usualKilowatts: [String: Double]
        /// Kinds of site for which a steady load is what it says on the door.
        package var steadyKinds: [String]
        package var cheapSupplies: [String]
        package var cheapYuanPerKilowattHour: Double

        enum CodingKeys: String, CodingKey {
            case format, version, points
            case largeKilowatts = "large_kw"
            case steadyShare = "steady_share"
            case usualKilowatts = "usual_kw"
            case steadyKinds = "steady_kinds"
            case cheapSupplies = "cheap_supplies"
            case cheapYuanPerKilowattHour = "cheap_yuan_per_kwh"
        }
    }

    package let rules: Rules
    private let names: NameScreen?

    package init(rules: Rules, names: NameScreen?) throws(Failure) {
        let points = rules.points
        let numbers = [
            points.capacity, points.steady, points.valleyOnly, points.capacityForKind, points.cheapSupply,
            points.cheapPrice, points.partySeen, points.nameTerm, rules.cheapYuanPerKilowattHour,
        ]
        guard rules.format == 1 else { throw Failure(description: "format \(rules.format) is not known") }
        guard numbers.allSatisfy({ $0.isFinite && $0 >= 0 }), rules.largeKilowatts.isFinite, rules.largeKilowatts > 0,
            (0...1).contains(rules.steadyShare), rules.usualKilowatts.values.allSatisfy({ $0.isFinite && $0 > 0 })
        else { throw Failure(description: "a number of the rules is negative or none") }
        guard Set(rules.usualKilowatts.keys).union(rules.steadyKinds).isSubset(of: RegisterImport.siteKinds),
            rules.cheapSupplies.allSatisfy({ ConnectionApplication.Supply(rawValue: $0) != nil })
        else { throw Failure(description: "a kind of site or of supply is not known") }
        self.rules = rules
        self.names = names
    }

    package static func load(_ path: String, names: NameScreen?) throws(Failure) -> ApplicationScreen {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            guard data.count <= CasebookLimits.lifecycleBytes else { throw Failure(description: "too large") }
            return try ApplicationScreen(rules: try JSONDecoder().decode(Rules.self, from: data), names: names)
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
    }

    /// All of them in the order in which they should be visited; equal ones by their number.
    ///
    /// - Parameter seen: confirmed cases by `party:<id>` and by `register:<key>`.
    package func order(_ applications: [ConnectionApplication], seen: [String: Set<String>]) -> [ScreenedApplication] {
        applications.map { screen($0, seen: seen) }.sorted {
            ($1.score, $0.application.id) < ($0.score, $1.application.id)
        }
    }

    func screen(_ one: ConnectionApplication, seen: [String: Set<String>]) -> ScreenedApplication {
        var reasons: [ScreenReason] = []
        var unknown: [String] = []
        let points = rules.points
        capacity(one, &reasons)
        if let share = one.steadyShare {
            if share >= rules.steadyShare, !rules.steadyKinds.contains(one.siteKind) {
                reasons.append(
                    ScreenReason(
                        id: "steady-load", points: points.steady, value: share, reference: rules.steadyShare))
            }
        } else {
            unknown.append("steady-load")
        }
        if one.valleyOnly == true {
            reasons.append(ScreenReason(id: "valley-only", points: points.valleyOnly))
        } else if one.valleyOnly == nil {
            unknown.append("valley-only")
        }
        if let supply = one.supply {
            if rules.cheapSupplies.contains(supply.rawValue) {
                reasons.append(
                    ScreenReason(id: "cheap-supply", points: points.cheapSupply, text: supply.rawValue))
            }
        } else {
            unknown.append("cheap-supply")
        }
        if let price = one.yuanPerKilowattHour {
            if price < rules.cheapYuanPerKilowattHour {
                reasons.append(
                    ScreenReason(
                        id: "cheap-price", points: points.cheapPrice, value: price,
                        reference: rules.cheapYuanPerKilowattHour, unit: "yuan/kWh"))
            }
        } else {
            unknown.append("cheap-price")
        }
        if one.party == nil, one.register == nil { unknown.append("party-seen") }
        let keys = [one.party.map { "party:" + $0 }, one.register.map { "register:" + $0.key }].compactMap(\.self)
        let cases = Set(keys.flatMap { seen[$0] ?? [] }).sorted()
        if !cases.isEmpty {
            reasons.append(ScreenReason(id: "party-seen", points: points.partySeen, value: Double(cases.count)))
        }
        let hits = names.map { screen in
            [one.applicant, one.siteName, one.purpose ?? ""].flatMap { screen.hits(in: $0) }
        }
        if let hit = hits?.first {
            reasons.append(ScreenReason(id: "name-term", points: points.nameTerm, text: hit.written))
        }
        return ScreenedApplication(
            application: one, score: reasons.reduce(0) { $0 + $1.points }, reasons: reasons, unknown: unknown,
            cases: cases)
    }

    private func capacity(_ one: ConnectionApplication, _ reasons: inout [ScreenReason]) {
        let part = one.kilowatts >= rules.largeKilowatts ? 1 : one.kilowatts >= rules.largeKilowatts / 10 ? 0.5 : 0
        if part > 0 {
            reasons.append(
                ScreenReason(
                    id: "capacity", points: rules.points.capacity * part, value: one.kilowatts,
                    reference: rules.largeKilowatts, unit: "kW"))
        }
        if let usual = rules.usualKilowatts[one.siteKind], one.kilowatts > usual {
            reasons.append(
                ScreenReason(
                    id: "capacity-for-kind", points: rules.points.capacityForKind, value: one.kilowatts,
                    reference: usual, unit: "kW", text: one.siteKind))
        }
    }
}
