import FoundationEssentials

/// The numbers fusion works with: a data file under `Models/fusion/<version>/`, explained in the card beside it.
package struct FusionParameters: Hashable, Sendable, Codable {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case unreadable(path: String, what: String)
        case outOfRange(path: String, name: String)

        package var description: String {
            switch self {
            case .unreadable(let path, let what): "\(path): \(what)"
            case .outOfRange(let path, let name): "\(path): \(name) is out of range"
            }
        }
    }

    /// `fusion/2026-11`, as it is printed with a run.
    package var version: String
    /// Share of a finding's log-odds that a link passes on, by the basis of the link, 0 ... 1.
    package var linkStrength: [String: Double]
    /// For a basis not in the table.
    package var otherBasisStrength: Double
    /// Factor for an address link without a first day: addresses change hands.
    package var undatedAddressFactor: Double
    /// Factor for a feeder: it names a neighbourhood, not a place.
    package var feederFactor: Double
    /// What each further finding of one meter or client adds, as a share of the one before.
    package var sameSubjectDecay: Double
    /// What each further meter or client of the site adds, as a share of the one before.
    package var sameSiteDecay: Double
    /// Most one side may add or take, natural log-odds.
    package var sideCap: Double
    /// A side speaks for mining from this sum on, natural log-odds.
    package var speaksFrom: Double
    /// The grid may be called silent when at least this share of readings was present.
    package var gridSilentCoverage: Double
    /// The network may be called silent after at least this many seconds of capture of the site's own addresses.
    package var networkSilentSeconds: Double
    /// Seconds east of UTC of the civil day.
    package var dayOffsetSeconds: Int

    /// Reads `parameters.json` in a model folder.
    package static func load(_ folder: String) throws(Failure) -> FusionParameters {
        let path = folder + "/parameters.json"
        let read: FusionParameters
        do {
            read = try JSONDecoder().decode(FusionParameters.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw .unreadable(path: path, what: "\(error)")
        }
        if let name = read.firstOutOfRange { throw .outOfRange(path: path, name: name) }
        return read
    }

    private var firstOutOfRange: String? {
        let shares: [(String, Double)] =
            linkStrength.sorted { $0.key < $1.key }.map { ("linkStrength.\($0.key)", $0.value) } + [
                ("otherBasisStrength", otherBasisStrength), ("undatedAddressFactor", undatedAddressFactor),
                ("feederFactor", feederFactor), ("sameSubjectDecay", sameSubjectDecay),
                ("sameSiteDecay", sameSiteDecay),
                ("gridSilentCoverage", gridSilentCoverage),
            ]
        for (name, value) in shares where !(value >= 0 && value <= 1) { return name }
        for (name, value) in [
            ("sideCap", sideCap), ("speaksFrom", speaksFrom), ("networkSilentSeconds", networkSilentSeconds),
        ]
        where !(value > 0 && value.isFinite) { return name }
        // An address behind a carrier's translation serves many households: it may never name one.
        if linkStrength["carrier-nat"] != 0 { return "linkStrength.carrier-nat" }
        return abs(dayOffsetSeconds) <= 50_400 ? nil : "dayOffsetSeconds"
    }
}
