import Vocabulary

/// The two sides held against each other: do they speak of the same time, and of the same power?
struct Comparison {
    let basis: SiteAssessment.Basis
    let kilowatts: Estimate?
    let since: CalendarDate?
    let agreement: [Reason]
    let disagreement: [Reason]

    init(fuser: Fuser, grid: [Weighed], network: [Weighed], coverage: SiteCoverage) {
        let parameters = fuser.parameters
        let gridSpeaks = grid.reduce(0) { $0 + $1.logOdds } >= parameters.speaksFrom
        let networkSpeaks = network.reduce(0) { $0 + $1.logOdds } >= parameters.speaksFrom
        basis =
            gridSpeaks && networkSpeaks
            ? .gridAndNetwork : gridSpeaks ? .gridOnly : networkSpeaks ? .networkOnly : .none
        let gridVoices = gridSpeaks ? grid.filter { $0.logOdds > 0 }.map(\.voice.finding) : []
        let networkVoices = networkSpeaks ? network.filter { $0.logOdds > 0 }.map(\.voice.finding) : []
        var agreement: [Reason] = []
        var disagreement: [Reason] = []
        if gridSpeaks, networkSpeaks {
            let meet = gridVoices.contains { left in
                networkVoices.contains { fuser.period(of: left).overlaps(fuser.period(of: $0)) }
            }
            if meet {
                agreement.append(Reason(id: "both-sides-agree", count: gridVoices.count + networkVoices.count))
            } else {
                disagreement.append(Reason(id: "times-do-not-meet"))
            }
        } else if networkSpeaks {
            disagreement += Comparison.gridSilence(parameters, grid, coverage)
        } else if gridSpeaks, network.allSatisfy({ $0.voice.strength == 0 }) {
            let seconds = coverage.networkSeconds ?? 0
            if seconds >= parameters.networkSilentSeconds {
                disagreement.append(Reason(id: "network-silent", value: seconds, unit: "s"))
            }
        }
        let metered = Comparison.gridPower(gridVoices)
        let hashed = Comparison.networkPower(networkVoices, fuser)
        let closure = Comparison.close(metered, hashed)
        agreement += closure.agreement
        disagreement += closure.disagreement
        kilowatts = closure.kilowatts
        self.agreement = agreement
        self.disagreement = disagreement
        let onsets = gridVoices.compactMap { $0.grid?.onset }
        let sessions = networkVoices.map {
            ($0.network?.firstSeen ?? $0.from).date(offset: parameters.dayOffsetSeconds)
        }
        since = (onsets + sessions).min()
    }

    /// The network found mining and no meter shows it: an unknown supply, a bypass, or a wrong link. Said only where
    /// the readings are there, or where no meter is tied to the site at all.
    private static func gridSilence(
        _ parameters: FusionParameters, _ grid: [Weighed], _ coverage: SiteCoverage
    ) -> [Reason] {
        guard let share = coverage.grid ?? grid.compactMap(\.voice.finding.coverage).max() else {
            return [Reason(id: "grid-silent", text: "no-meter")]
        }
        guard share >= parameters.gridSilentCoverage else { return [] }
        return [Reason(id: "grid-silent", value: share, reference: parameters.gridSilentCoverage, text: "meter-flat")]
    }

    /// Sum over meters, the largest estimate of each; a feeder only when no meter speaks, since it holds them all.
    private static func gridPower(_ findings: [Finding]) -> Estimate? {
        var largest: [Subject: Estimate] = [:]
        for finding in findings {
            guard let power = usable(finding.kilowatts) else { continue }
            if power.value > largest[finding.subject]?.value ?? -1 { largest[finding.subject] = power }
        }
        let meters = largest.filter { if case .meter = $0.key { true } else { false } }
        return sum((meters.isEmpty ? largest : meters).sorted { $0.key.key < $1.key.key }.map(\.value))
    }

    /// The most that sessions open at one time make together: a rig that reconnects is not two rigs.
    private static func networkPower(_ findings: [Finding], _ fuser: Fuser) -> Estimate? {
        struct Edge {
            let at: Instant
            let opens: Bool
            let power: Estimate
            let id: String
        }
        var edges: [Edge] = []
        for finding in findings {
            guard let power = usable(finding.kilowatts) else { continue }
            let span = fuser.period(of: finding)
            edges.append(Edge(at: span.lowerBound, opens: true, power: power, id: finding.id))
            edges.append(Edge(at: span.upperBound, opens: false, power: power, id: finding.id))
        }
        // At one instant openings go first, so that a session without length closes after it opened.
        edges.sort { ($0.at, $0.opens ? 0 : 1, $0.id) < ($1.at, $1.opens ? 0 : 1, $1.id) }
        var open: [String: Estimate] = [:]
        var best: Estimate?
        for edge in edges {
            guard edge.opens else {
                open[edge.id] = nil
                continue
            }
            open[edge.id] = edge.power
            if let now = sum(open.sorted { $0.key < $1.key }.map(\.value)), now.value > best?.value ?? -1 { best = now }
        }
        return best
    }

    private static func usable(_ power: Estimate?) -> Estimate? {
        guard let power, power.value.isFinite, power.low.isFinite, power.high.isFinite, power.low <= power.high,
            power.value >= 0
        else { return nil }
        return power
    }

    private static func sum(_ parts: [Estimate]) -> Estimate? {
        guard !parts.isEmpty else { return nil }
        return parts.reduce(Estimate(value: 0, low: 0, high: 0)) {
            Estimate(value: $0.value + $1.value, low: $0.low + $1.low, high: $0.high + $1.high)
        }
    }

    private static func close(
        _ metered: Estimate?, _ hashed: Estimate?
    ) -> (kilowatts: Estimate?, agreement: [Reason], disagreement: [Reason]) {
        guard var metered else {
            var only = hashed
            only?.basis = "network"
            return (only, [], [])
        }
        metered.basis = "grid"
        guard var hashed else { return (metered, [], []) }
        hashed.basis = "network"
        func reason(_ id: String) -> Reason {
            Reason(id: id, value: hashed.value, reference: metered.value, unit: "kW")
        }
        let low = max(metered.low, hashed.low)
        let high = min(metered.high, hashed.high)
        if low <= high {
            // Inverse-width weights: the narrower interval knows more.
            let left = 1 / max(1e-6, metered.high - metered.low)
            let right = 1 / max(1e-6, hashed.high - hashed.low)
            let mean = (metered.value * left + hashed.value * right) / (left + right)
            let joint = Estimate(value: min(max(mean, low), high), low: low, high: high, basis: "grid-and-network")
            return (joint, [reason("power-closes")], [])
        }
        // More hashing than the meters show: load hidden from the meter. More load than the sessions explain: hashing
        // on a path that was not seen. Either way the larger figure is what there is at least.
        return hashed.low > metered.high
            ? (hashed, [], [reason("hidden-load")]) : (metered, [], [reason("hidden-hashrate")])
    }
}
