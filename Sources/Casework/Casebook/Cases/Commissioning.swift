import Vocabulary

/// Since when a place has mined, with the range of doubt, and what it rests on.
package struct Commissioning: Hashable, Sendable, Codable {
    package enum Basis: String, Hashable, Sendable, Codable {
        case firstSession = "first-session"
        case sustainedLoad = "sustained-load"
        case energised
        case statement
    }

    package struct Source: Hashable, Sendable, Codable {
        package var basis: Basis
        package var earliest: CalendarDate
        package var latest: CalendarDate

        package init(_ basis: Basis, _ earliest: CalendarDate, _ latest: CalendarDate) {
            self.basis = basis
            self.earliest = earliest
            self.latest = latest
        }
    }

    package var sources: [Source]
    /// Being built or applied for: new, and not running.
    package var underConstruction: Bool
    /// What a person decided where the rule cannot tell, by anchor; anything else is refused.
    package var settled: [String: ProjectClass]

    package init(
        sources: [Source] = [], underConstruction: Bool = false, settled: [String: ProjectClass] = [:]
    ) {
        self.sources = sources
        self.underConstruction = underConstruction
        self.settled = settled
    }

    /// The earliest of the sources: the day lies between the earliest start and the first day by which one of them is
    /// sure.
    package var range: (earliest: CalendarDate, latest: CalendarDate)? {
        guard let earliest = sources.map(\.earliest).min(), let latest = sources.map(\.latest).min() else { return nil }
        return (earliest, latest)
    }

    /// Nothing to go by, or a range that ends before it begins.
    var isEmpty: Bool { !underConstruction && sources.isEmpty }
    var isBroken: Bool { sources.contains { $0.latest < $0.earliest } }

    /// What the rule says for `anchor`. A later episode is new whatever the day: the place had been closed before.
    package func byRule(anchor: CalendarDate, episode: Int) -> ProjectClass {
        if episode >= 2 { return .new }
        if underConstruction { return .newNotRunning }
        guard let range else { return .undetermined }
        if range.latest < anchor { return .existing }
        return range.earliest >= anchor ? .new : .undetermined
    }

    /// The rule, and where it cannot tell, what a person settled.
    package func classified(anchor: CaseAnchor, episode: Int) -> ProjectClass {
        let rule = byRule(anchor: anchor.date, episode: episode)
        return rule == .undetermined ? settled[anchor.id] ?? .undetermined : rule
    }
}

package enum ProjectClass: String, Hashable, Sendable, Codable, CaseIterable {
    case existing, new
    case newNotRunning = "new-not-running"
    case undetermined
}

/// A dated line between existing and new. The notice of 2021 names none, so it is data.
package struct CaseAnchor: Hashable, Sendable, Codable {
    package var id: String
    package var date: CalendarDate

    package init(id: String, date: CalendarDate) {
        self.id = id
        self.date = date
    }

    /// Day the notice of 2021 was published, and day the notice of 2026 took effect.
    package static let a1 = CaseAnchor(id: "A1", date: CalendarDate(daysSince1970: 18_894))
    package static let a2 = CaseAnchor(id: "A2", date: CalendarDate(daysSince1970: 20_490))
}
