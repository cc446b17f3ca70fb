/// An administrative unit that answers for sites; six-digit GB/T 2260 codes, `CN` for the nation, `XPCC` for the Corps.
package struct Unit: Hashable, Sendable, Codable {
    package enum Level: String, Hashable, Sendable, Codable { case national, province, prefecture, county }

    package var code: String
    package var nameZH: String
    package var nameEN: String
    package var level: Level
    package var parent: String?
    package var validFrom: CalendarDate?
    package var validTo: CalendarDate?

    package init(
        code: String, nameZH: String, nameEN: String, level: Level, parent: String?, validFrom: CalendarDate? = nil,
        validTo: CalendarDate? = nil
    ) {
        self.code = code
        self.nameZH = nameZH
        self.nameEN = nameEN
        self.level = level
        self.parent = parent
        self.validFrom = validFrom
        self.validTo = validTo
    }
}

/// A physical place. Kinds are those of the provincial model, section 3.
package struct Site: Hashable, Sendable, Codable {
    package var id: String
    package var name: String
    package var address: String
    /// `residence`, `factory`, `data-centre`, `charging-station`, `farm`, `hydropower`, `campus`, `government-office`,
    /// `cafe`, `cold-store`, `base-station`, `greenhouse`, `other`.
    package var kind: String
    /// County code (six digits).
    package var unit: String
    /// Customer class as the grid company registers it; nil when not known.
    package var category: String?
    package var contractedKilowatts: Double?
    package var residential: Bool

    package init(
        id: String, name: String, address: String, kind: String, unit: String, category: String? = nil,
        contractedKilowatts: Double? = nil, residential: Bool = false
    ) {
        self.id = id
        self.name = name
        self.address = address
        self.kind = kind
        self.unit = unit
        self.category = category
        self.contractedKilowatts = contractedKilowatts
        self.residential = residential
    }
}

/// A dated tie between a site and something watched, with the ground on which it is believed.
package struct SiteLink: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        case meter, feeder, line
        case addressRange = "address-range"
    }

    package var site: String
    package var kind: Kind
    /// Meter, feeder or line identifier, or an address range in CIDR form.
    package var subject: String
    /// First day the link holds; nil = since ever.
    package var from: CalendarDate?
    /// Last day the link holds; nil = still.
    package var to: CalendarDate?
    /// `supply-contract`, `field-survey`, `address-assignment`, …
    package var basis: String

    package init(
        site: String, kind: Kind, subject: String, from: CalendarDate? = nil, to: CalendarDate? = nil, basis: String
    ) {
        self.site = site
        self.kind = kind
        self.subject = subject
        self.from = from
        self.to = to
        self.basis = basis
    }

    package func holds(on day: CalendarDate) -> Bool {
        (from.map { $0 <= day } ?? true) && (to.map { day <= $0 } ?? true)
    }
}

/// Every voice about one place, weighed. The terms add up: `logOdds = priorLogOdds + Σ terms + Σ logOdds of agreement` (of its
/// reasons only facts from outside, as leads, have any).
package struct SiteAssessment: Hashable, Sendable, Codable {
    /// One finding's share in the sum, with the link that ties it to the place.
    package struct Term: Hashable, Sendable, Codable {
        package var findingID: String
        package var modality: Modality
        package var subject: Subject
        /// Natural log-odds added, after discount for the link's strength and for findings that repeat one another.
        package var logOdds: Double
        package var link: SiteLink

        package init(findingID: String, modality: Modality, subject: Subject, logOdds: Double, link: SiteLink) {
            self.findingID = findingID
            self.modality = modality
            self.subject = subject
            self.logOdds = logOdds
            self.link = link
        }
    }

    /// Which sides had data, and which spoke.
    package enum Basis: String, Hashable, Sendable, Codable {
        case gridAndNetwork = "grid-and-network"
        case gridOnly = "grid-only"
        case networkOnly = "network-only"
        case none
        case noData = "no-data"
    }

    package var site: String
    /// Nil when nothing was watched there: unknown is not zero.
    package var probability: Double?
    package var priorLogOdds: Double
    package var logOdds: Double?
    package var basis: Basis
    package var kilowatts: Estimate?
    package var since: CalendarDate?
    package var terms: [Term]
    /// Reasons that compare the sides: `both-sides-agree`, `grid-silent`, `network-silent`, `power-closes`, `hidden-load`, … and
    /// facts from outside: `leads-name-the-place`, `exemption-covers-load`, `exemption-exceeded`, …
    package var agreement: [Reason]
    package var disagreement: [Reason]
    /// Share of readings present over the window, 0 ... 1; nil without a meter.
    package var gridCoverage: Double?
    /// Seconds of capture that covered the site's addresses; nil without a line or address.
    package var networkSeconds: Double?

    package init(
        site: String, probability: Double?, priorLogOdds: Double, logOdds: Double?, basis: Basis,
        kilowatts: Estimate? = nil, since: CalendarDate? = nil, terms: [Term] = [], agreement: [Reason] = [],
        disagreement: [Reason] = [], gridCoverage: Double? = nil, networkSeconds: Double? = nil
    ) {
        self.site = site
        self.probability = probability
        self.priorLogOdds = priorLogOdds
        self.logOdds = logOdds
        self.basis = basis
        self.kilowatts = kilowatts
        self.since = since
        self.terms = terms
        self.agreement = agreement
        self.disagreement = disagreement
        self.gridCoverage = gridCoverage
        self.networkSeconds = networkSeconds
    }
}
