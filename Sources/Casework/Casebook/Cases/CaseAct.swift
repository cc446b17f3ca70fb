import Vocabulary

/// Who does something to a case: a person by name, the hat worn, and the desk.
package struct CaseActor: Hashable, Sendable, Codable {
    package var name: String
    /// A role of the lifecycle.
    package var role: String
    /// Code of the unit.
    package var unit: String

    package init(name: String, role: String, unit: String) {
        self.name = name
        self.role = role
        self.unit = unit
    }

    /// What does the look-back step; it has no other right.
    package static func scheduler(unit: String) -> CaseActor {
        CaseActor(name: "scheduler", role: Lifecycle.scheduler, unit: unit)
    }

    /// Names under which no person acts.
    static let machines: Set<String> = ["", "scan", "scheduler", "system", "machine", "countermine"]

    /// Two spellings of a name are one person: spaces around it and capitals do not tell people apart.
    static func key(_ name: String) -> String {
        String(name.split(whereSeparator: \.isWhitespace).joined(separator: " ")).lowercased()
    }

    var isNamedPerson: Bool {
        role != Lifecycle.scheduler && !CaseActor.machines.contains(CaseActor.key(name))
    }
}

/// What the law of a lawful high load says, as far as a case needs it.
package struct ExemptionTerms: Hashable, Sendable, Codable {
    package var id: String
    package var licence: String
    package var site: String
    package var ceilingKilowatts: Double
    /// Measured load at the site; nil = not known.
    package var loadKilowatts: Double?
    package var applicant: String
    package var from: CalendarDate
    package var to: CalendarDate
    package var revokedOn: CalendarDate?

    package init(
        id: String, licence: String, site: String, ceilingKilowatts: Double, loadKilowatts: Double?, applicant: String,
        from: CalendarDate, to: CalendarDate, revokedOn: CalendarDate? = nil
    ) {
        self.id = id
        self.licence = licence
        self.site = site
        self.ceilingKilowatts = ceilingKilowatts
        self.loadKilowatts = loadKilowatts
        self.applicant = applicant
        self.from = from
        self.to = to
        self.revokedOn = revokedOn
    }
}

package struct NamedInspector: Hashable, Sendable, Codable {
    package var name: String
    package var credential: String

    package init(name: String, credential: String) {
        self.name = name
        self.credential = credential
    }
}

/// What was written on the visit.
package struct InspectionRecord: Hashable, Sendable, Codable {
    package var visitedOn: CalendarDate
    /// SHA-256 or number of the signed record.
    package var reference: String
    package var signedBy: [String]
    package var machines: Int?
    /// Power by nameplate, kW.
    package var nameplateKilowatts: Double?

    package init(
        visitedOn: CalendarDate, reference: String, signedBy: [String], machines: Int? = nil,
        nameplateKilowatts: Double? = nil
    ) {
        self.visitedOn = visitedOn
        self.reference = reference
        self.signedBy = signedBy
        self.machines = machines
        self.nameplateKilowatts = nameplateKilowatts
    }
}

/// Legal steps before measures.
package struct OrderRecord: Hashable, Sendable, Codable {
    package static let cutsSupply = "restrict-supply"
    package static let kinds: Set<String> = [
        "stop-use", "remove", "confiscate", "surcharge", cutsSupply, "market-exit", "credit-record",
        "tariff-correction",
        "clean-up-notice", "network-block-request",
    ]
    /// All that may be asked of a victim (category M5): there is no path of penalty.
    package static let forVictims: Set<String> = ["clean-up-notice", "network-block-request"]

    package var measures: [String]
    package var legalReviewer: String
    package var notifiedOn: CalendarDate
    /// Last day of the party's defence.
    package var defenceUntil: CalendarDate
    /// The officer looked whether people live there.
    package var residentialChecked: Bool
    package var residential: Bool

    package init(
        measures: [String], legalReviewer: String, notifiedOn: CalendarDate, defenceUntil: CalendarDate,
        residentialChecked: Bool, residential: Bool
    ) {
        self.measures = measures
        self.legalReviewer = legalReviewer
        self.notifiedOn = notifiedOn
        self.defenceUntil = defenceUntil
        self.residentialChecked = residentialChecked
        self.residential = residential
    }
}

package struct LookbackRecord: Hashable, Sendable, Codable {
    package var visitedOn: CalendarDate
    package var reference: String
    package var passed: Bool

    package init(visitedOn: CalendarDate, reference: String, passed: Bool) {
        self.visitedOn = visitedOn
        self.reference = reference
        self.passed = passed
    }
}

/// Category of a determination (section 6 of the provincial model).
package enum CaseCategory: String, Hashable, Sendable, Codable, CaseIterable {
    case industrial = "M1"
    case smallBusiness = "M2"
    case household = "M3"
    case insider = "M4"
    case victim = "M5"
    case hosting = "M6"
    case relay = "M7"
}

/// Why it was not mining; these codes come back to the detectors as labels.
package enum ExclusionCode: String, Hashable, Sendable, Codable, CaseIterable {
    case dataCentre = "X1"
    case industrialLoad = "X2"
    case coldStore = "X3"
    case agriculture = "X4"
    case charging = "X5"
    case fullNode = "X6"
    case research = "X7"
    case securityTest = "X8"
    case wrongData = "X9"
}

/// All that a form may carry. What a transition does not need may be left out; what it needs and is not there is named.
package struct TransitionFields: Hashable, Sendable, Codable {
    package var evidenceViewed: Bool?
    /// Lawful explanations that were looked at and ticked.
    package var alternativesChecked: [String]?
    package var jurisdiction: String?
    /// Reason code, return reason or exclusion code, by the transition.
    package var code: String?
    package var second: CaseActor?
    package var exemption: ExemptionTerms?
    package var county: String?
    /// Due days by clock (`accept`, `inspect_start`, `inspect_report`).
    package var dueDates: [String: CalendarDate]?
    package var inspectors: [NamedInspector]?
    package var inspection: InspectionRecord?
    package var category: CaseCategory?
    package var commissioning: Commissioning?
    package var order: OrderRecord?
    package var defenceOutcome: String?
    package var stopProof: StopProof?
    package var checklist: [String]?
    package var lookback: LookbackRecord?
    package var finding: String?
    package var newEvidence: String?

    package init() {}
}

/// Why something was not done: a code that a page can explain in both languages, and what it is about.
package struct Refusal: Hashable, Sendable, Codable {
    /// A word of `TransitionGuard`, or one of `wrong-state`, `wrong-role`, `wrong-level`, `out-of-scope`, `no-person`,
    /// `unknown-unit`, `unknown-transition`, `episode-opened`, `clock-behind`, `out-of-order`, `in-the-future`, `bad-
    /// field`, `reason-missing`, `not-due`, `cannot-undo`, `already-overdue`, `not-suspended`, `bad-end`.
    package var code: String
    package var detail: String

    package init(_ code: String, _ detail: String = "") {
        self.code = code
        self.detail = detail
    }

    init(_ needed: TransitionGuard, _ detail: String = "") { self.init(needed.rawValue, detail) }
}
