import Casebook
import Fusion
import Vocabulary

/// What the register says, place by place, as fusion weighs it.
enum FactsOfSites {
    /// - Parameters:
    ///   - curves: load by site, to hold against ceilings.
    ///   - today: where a place has no curve; else its last day is asked about, so that old data are not judged by today.
    static func facts(
        _ register: RegisterFacts, links: [SiteLink], curves: [String: LoadCurve], today: CalendarDate
    ) -> [String: [SiteFact]] {
        var found: [String: [SiteFact]] = [:]
        var sites: [String: Set<String>] = [:]
        for link in links where link.kind == .meter || link.kind == .line {
            sites["\(link.kind.rawValue):\(link.subject)", default: []].insert(link.site)
        }
        for (subject, sources) in register.leads.sorted(by: { $0.key < $1.key }) {
            let named =
                subject.hasPrefix("site:") ? [String(subject.dropFirst(5))] : (sites[subject] ?? []).sorted()
            for site in named { found[site, default: []] += sources.sorted().map { .lead(source: $0) } }
        }
        for one in register.exemptions {
            guard let site = one.site, one.subject == nil else { continue }
            let load = curves[site].flatMap(MeasuredLoad.of)
            let day = curves[site].map { lastDay(of: $0) } ?? today
            let check = ExemptionCheck(one, on: day, measured: load)
            let state: SiteFact.Exemption.State
            if !check.isInForce {
                state = .ended
            } else if check.outcomes.contains(.exceeded) {
                state = .exceeded
            } else if check.outcomes.contains(.mayExceed) {
                state = .mayExceed
            } else if check.outcomes.contains(.notMeasured) {
                state = .notMeasured
            } else {
                state = .covers
            }
            found[site, default: []].append(
                .exemption(
                    .init(
                        id: one.id, state: state, ceilingKilowatts: one.ceilingKilowatts, measured: load?.value)))
        }
        return found
    }

    private static func lastDay(of curve: LoadCurve) -> CalendarDate {
        let seconds = Int64(curve.intervalSeconds) * Int64(max(0, curve.kilowatts.count - 1))
        return curve.start.adding(seconds: seconds).date(offset: beijingOffset)
    }
}
