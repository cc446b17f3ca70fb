import FoundationEssentials
import LoadCurves
import Meters
import Vocabulary

#if canImport(Glibc)
    import Glibc
#endif

/// The contract's `feeder` record.
package struct FeederAnalysis: Sendable {
    package struct Candidate: Sendable, Equatable {
        package var meter: String
        /// Shares of 1 over the meters of the feeder.
        package var weight: Double
    }

    package var feeder: String
    /// At the run's prior; nil when head and meters overlap too little.
    package var probability: Double?
    package var logLikelihoodRatio: Double
    package var onset: CalendarDate?
    /// Power that reaches no meter after the onset, kW.
    package var unbilledKW: Estimate?
    package var candidates: [Candidate]
    package var coverage: Double
    package var from: Instant
    package var to: Instant
    package var reasons: [Reason]
    package var against: [Reason]
    package var flags: [String]
    package var model: String
    /// Meters that are listed wrongly or not at all, where that explains the loss; nil where the list looks right.
    package var topology: FeederTopology?

    /// As a finding about the feeder head.
    package var finding: Finding {
        Finding(
            id: FindingID.make(
                modality: .grid, subject: .feeder(feeder), parts: ["\(from.nanoseconds)", "\(to.nanoseconds)", model]),
            subject: .feeder(feeder), modality: .grid, from: from, to: to, probability: probability,
            logLikelihoodRatio: logLikelihoodRatio, coverage: coverage, kilowatts: unbilledKW, reasons: reasons,
            against: against, flags: flags, model: model,
            grid: GridDetail(signature: logLikelihoodRatio > 0 ? "bypass-suspected" : "none", onset: onset))
    }
}

/// What leaves the head and reaches no meter, day by day, against the feeder's own technical loss: a lasting step is
/// load taken before a meter. It names no customer; the candidates are an order for looking.
package struct FeederBalanceDetector: Sendable {
    package let id = "feeder-balance"
    package let model: LoadModel
    package let prior: Double

    package init(model: LoadModel, prior: Double = LoadJudge.defaultPrior) {
        self.model = model
        self.prior = prior.isFinite ? min(0.999_999, max(0.000_001, prior)) : LoadJudge.defaultPrior
    }

    /// Compares the head with all meters under it. A missing reading is taken as the meter's usual load at that hour,
    /// or the balance would alarm on every gap. `others` are meters of the feeders nearby, which may in truth hang
    /// here; over `FeederTopology.Limits.others` none is looked at. Where a wrong list explains the loss, the balance is judged by the corrected one, and the analysis says so.
    /// Never fails; too little overlap gives a nil probability.
    package func analyse(
        feeder: String, head: MeterSeries, meters: [MeterSeries], others: [MeterSeries] = [], timezoneOffset: Int
    ) -> FeederAnalysis {
        var result = FeederAnalysis(
            feeder: feeder, probability: nil, logLikelihoodRatio: 0, candidates: [], coverage: head.coverage,
            from: head.start, to: head.end, reasons: [], against: [], flags: [], model: "load/\(model.version)")
        guard var balance = FeederBalance(head: head, meters: meters, timezoneOffset: timezoneOffset),
            balance.days.count >= model.feeder.leastDays, head.coverage >= model.feeder.leastCoverage,
            var step = balance.step()
        else {
            result.flags = ["too-little-data"]
            result.against = [Reason(id: "too-little-data", count: meters.count)]
            return result
        }
        if let corrected = correct(balance, step, others, timezoneOffset, into: &result) {
            (balance, step) = corrected
        }
        let rules = model.feeder
        let share = max(0, step.excess / max(0.001, step.headMean))
        let ratio = min(
            12,
            max(-6, rules.intercept + rules.step * log(1 + max(0, step.score)) + rules.share * log(1 + 100 * share)))
        result.logLikelihoodRatio = ratio
        result.probability = 1 / (1 + exp(-(ratio + log(prior / (1 - prior)))))
        if balance.filledShare > 0.02 {
            result.against.append(Reason(id: "gaps", value: balance.filledShare, reference: 0.02, unit: "share"))
        }
        guard ratio > 0, step.excess > 0 else { return result }
        result.onset = CalendarDate(daysSince1970: step.day)
        result.unbilledKW = Estimate(
            value: step.excess, low: max(0, step.excess - 2 * step.spread), high: step.excess + 2 * step.spread,
            basis: "head less meters less usual loss")
        result.reasons = [
            Reason(id: "feeder-loss-step", value: step.excess, reference: step.spread, unit: "kW", logOdds: ratio),
            Reason(id: "feeder-loss-share", value: share, unit: "share"),
        ]
        result.candidates = balance.candidates(step)
        return result
    }

    /// Looks for meters that are listed wrongly and names them. The balance and its step with the list put right; nil
    /// where the list looks right, or where too little is left to judge.
    private func correct(
        _ balance: FeederBalance, _ step: FeederBalance.Step, _ others: [MeterSeries], _ timezoneOffset: Int,
        into result: inout FeederAnalysis
    ) -> (FeederBalance, FeederBalance.Step)? {
        let near = (others.count <= FeederTopology.Limits.others ? others : []).compactMap {
            FeederBalance.Metered($0, timezoneOffset: timezoneOffset)
        }
        let loss = balance.loss
        if loss < FeederTopology.Limits.negative {
            result.against.append(Reason(id: "feeder-loss-negative", value: loss, unit: "share"))
            result.flags.append(Self.topologySuspect)
        }
        var search = TopologySearch(
            head: balance.head, listed: balance.meters, others: near, skipped: (step.day - 1)...(step.day + 1))
        guard let topology = search?.run() else { return nil }
        let moved = topology.suspects.filter(\.moved)
        result.topology = topology
        if !result.flags.contains(Self.topologySuspect) { result.flags.append(Self.topologySuspect) }
        result.against.append(
            Reason(
                id: "feeder-topology", value: topology.lossAsListed, reference: topology.lossCorrected, unit: "share",
                count: moved.count, text: moved.first?.meter))
        let gone = Set(moved.filter { $0.change == .remove }.map(\.meter))
        let come = Set(moved.filter { $0.change == .add }.map(\.meter))
        let list = balance.meters.filter { !gone.contains($0.meter) } + near.filter { come.contains($0.meter) }
        guard let corrected = FeederBalance(head: balance.head, meters: list), let step = corrected.step() else {
            return nil
        }
        return (corrected, step)
    }

    /// Flag of a feeder whose list of meters does not fit its load.
    package static let topologySuspect = "topology_suspect"
}
