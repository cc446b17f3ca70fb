import Vocabulary

/// What is known of a place beside what was watched there: leads from outside, and exemptions.
package enum SiteFact: Hashable, Sendable {
    /// Somebody outside named the place. The source by its fixed word; what the system found itself is no second voice.
    case lead(source: String)
    /// A registered lawful load.
    case exemption(Exemption)

    package struct Exemption: Hashable, Sendable {
        package enum State: String, Hashable, Sendable {
            /// In force, and the measured load lies within its ceiling.
            case covers
            /// In force, but nothing or too little was measured to say.
            case notMeasured = "not-measured"
            case mayExceed = "may-exceed"
            case exceeded
            case ended
        }

        package var id: String
        package var state: State
        package var ceilingKilowatts: Double
        /// kW; nil where nothing was measured.
        package var measured: Double?

        package init(id: String, state: State, ceilingKilowatts: Double, measured: Double?) {
            self.id = id
            self.state = state
            self.ceilingKilowatts = ceilingKilowatts
            self.measured = measured
        }
    }
}

/// What facts do to the sum: set by judgement, like the other numbers of fusion (`Models/fusion`, card).
struct SiteFacts {
    /// Natural log-odds of one lead: twice as likely. A lead is an allegation; it moves a place up the list and never
    /// opens a case by itself.
    static let leadLogOdds = 0.693
    /// Most that leads add, however many sources there are.
    static let leadsLogOdds = 1.386
    /// Most that the load of a place may speak for mining while an exemption covers it. Traffic is not covered: a data
    /// centre's licence is none for mining.
    static let coveredGridLogOdds = 0.0

    private(set) var agreement: [Reason] = []
    private(set) var disagreement: [Reason] = []
    /// Sum of what the reasons add.
    private(set) var logOdds = 0.0
    private(set) var coversLoad = false

    init(_ facts: [SiteFact]) {
        var sources: Set<String> = []
        var exemptions: [SiteFact.Exemption] = []
        for fact in facts {
            switch fact {
            case .lead(let source) where source != "system_finding": sources.insert(source)
            case .lead: break
            case .exemption(let one): exemptions.append(one)
            }
        }
        if !sources.isEmpty {
            logOdds = min(SiteFacts.leadLogOdds * Double(sources.count), SiteFacts.leadsLogOdds)
            agreement.append(
                Reason(
                    id: "leads-name-the-place", count: sources.count, text: sources.sorted().joined(separator: " "),
                    logOdds: logOdds))
        }
        for one in exemptions.sorted(by: { $0.id < $1.id }) {
            func reason(_ id: String) -> Reason {
                Reason(id: id, value: one.measured, reference: one.ceilingKilowatts, unit: "kW", text: one.id)
            }
            switch one.state {
            case .covers:
                coversLoad = true
                disagreement.append(reason("exemption-covers-load"))
            case .exceeded: agreement.append(reason("exemption-exceeded"))
            case .mayExceed: agreement.append(reason("exemption-may-be-exceeded"))
            case .ended: agreement.append(reason("exemption-ended"))
            case .notMeasured: disagreement.append(reason("exemption-not-measured"))
            }
        }
    }

    /// The grid side's terms, held down while an exemption covers the load: they add up to the bound.
    func held(_ grid: [Weighed]) -> [Weighed] {
        let sum = grid.reduce(0) { $0 + $1.logOdds }
        guard coversLoad, sum > SiteFacts.coveredGridLogOdds else { return grid }
        let share = SiteFacts.coveredGridLogOdds / sum
        return grid.map { Weighed(voice: $0.voice, logOdds: $0.logOdds * share) }
    }
}
