import Vocabulary

/// What a judgement of a labelled set is worth. Headline figures leave out added lawful loads and mining that leaves
/// nothing at the meter; both are counted apart. The definitions are those by which acceptance scores.
package struct Scorecard: Sendable {
    /// A share with its count and its 95 % interval; nil where there was nothing to count.
    package struct Share: Hashable, Sendable {
        package var hits: Int
        package var count: Int

        package init(hits: Int, count: Int) {
            self.hits = hits
            self.count = count
        }

        package var value: Double? { count > 0 ? Double(hits) / Double(count) : nil }
        package var interval: (low: Double?, high: Double?) { Wilson.interval(Double(hits), Double(count)) }
    }

    /// Meters with something in common, and how many of them are flagged.
    package struct Group: Hashable, Sendable {
        /// `scenario`, `blend` or `class`.
        package var by: String
        package var name: String
        package var isMining: Bool
        package var at1PerCent: Share
        package var at01PerCent: Share
        /// Median of what was said; nil where nothing was said of most.
        package var medianProbability: Double?
    }

    /// One tenth of the range of probabilities.
    package struct Bin: Hashable, Sendable {
        package var said: Double
        package var seen: Share
    }

    package let meters: [JudgedMeter]
    package let ranking: Ranking
    package let cutAt1PerCent: Double
    package let cutAt01PerCent: Double

    private let feeders: [JudgedFeeder]

    package init(_ meters: [JudgedMeter], feeders: [JudgedFeeder] = []) {
        self.meters = meters
        self.feeders = feeders
        let core = meters.filter(\.truth.isCore)
        ranking = Ranking(core.map { ($0.score, $0.truth.isMining) })
        let negatives = core.filter { !$0.truth.isMining }.map(\.score)
        cutAt1PerCent = Ranking.threshold(negatives: negatives, rate: 0.01)
        cutAt01PerCent = Ranking.threshold(negatives: negatives, rate: 0.001)
    }

    private var core: [JudgedMeter] { meters.filter(\.truth.isCore) }

    private func share(_ meters: [JudgedMeter], from cut: Double) -> Share {
        Share(hits: meters.count { $0.score >= cut }, count: meters.count)
    }

    package var averagePrecision: Double? { ranking.averagePrecision }
    package var unsaid: Int { meters.count { $0.probability == nil } }

    package func recall(atRate rate: Double) -> Share {
        share(core.filter(\.truth.isMining), from: rate < 0.005 ? cutAt01PerCent : cutAt1PerCent)
    }

    /// Of mining that the meter sees as more than `ratio` times the other load, at one false alarm in a hundred.
    package func recall(over ratio: Double) -> Share {
        share(core.filter { $0.truth.isMining && $0.truth.visibleRatio > ratio }, from: cutAt1PerCent)
    }

    package var confoundersFlagged: Share { share(meters.filter(\.truth.isConfounder), from: cutAt1PerCent) }

    package var naturallyFlatFlagged: Share {
        share(core.filter { !$0.truth.isMining && $0.truth.isNaturallyFlat }, from: cutAt1PerCent)
    }

    package var bins: [Bin] {
        var sums = [Double](repeating: 0, count: 10)
        var seen = [Share](repeating: Share(hits: 0, count: 0), count: 10)
        for meter in core {
            let bin = min(9, Int(min(1, max(0, meter.score)) * 10))
            sums[bin] += meter.score
            seen[bin].count += 1
            if meter.truth.isMining { seen[bin].hits += 1 }
        }
        return zip(sums, seen).filter { $1.count > 0 }.map { Bin(said: $0 / Double($1.count), seen: $1) }
    }

    /// Mean distance between what was said and what was, over ten bins weighed by their meters. Nil without meters.
    package var calibrationError: Double? {
        let bins = bins
        let count = bins.reduce(0) { $0 + $1.seen.count }
        guard count > 0 else { return nil }
        let off = bins.reduce(0) { $0 + abs($1.said * Double($1.seen.count) - Double($1.seen.hits)) }
        return off / Double(count)
    }

    // MARK: Estimates of what was found

    private var found: [JudgedMeter] { core.filter { $0.truth.isMining && $0.score >= cutAt1PerCent } }

    /// Days between the onset that was said and the true one; mining older than the window has none to find.
    package var onsetErrorDays: [Int] {
        found.filter { $0.truth.scenario != "prior_onset" }.compactMap { meter in
            guard let said = meter.onset, let truth = meter.truth.onset else { return nil }
            return abs(said.daysSince1970 - truth.daysSince1970)
        }
    }

    private var powers: [(said: Estimate, truth: Double)] {
        found.filter { $0.truth.scenario != "shunt" }.compactMap { meter in
            guard let said = meter.kilowatts, let power = meter.truth.miningKilowatts else { return nil }
            let truth = power * meter.truth.recordedFraction
            return truth > 0 && said.value.isFinite ? (said, truth) : nil
        }
    }

    package var kilowattErrors: [Double] { powers.map { abs($0.said.value - $0.truth) / $0.truth } }

    package var kilowattCoverage: Share {
        Share(hits: powers.count { $0.said.low <= $0.truth && $0.truth <= $0.said.high }, count: powers.count)
    }

    /// Bypassed feeders found when one sound feeder in twenty is flagged.
    package var bypassedFeedersFound: Share {
        let sound = feeders.filter { !$0.isBypassed }.map { $0.probability ?? 0 }
        let cut = Ranking.threshold(negatives: sound, rate: 0.05)
        let bypassed = feeders.filter(\.isBypassed)
        return Share(hits: bypassed.count { ($0.probability ?? 0) >= cut }, count: bypassed.count)
    }

    // MARK: Groups

    /// By scenario (all meters), by size of the mining against the other load, by class of customer (untouched meters
    /// and mining apart).
    package var groups: [Group] {
        let mining = core.filter(\.truth.isMining)
        return group("scenario", meters) { $0.truth.scenario }
            + group("blend", mining) { Self.size(of: $0.truth.visibleRatio) }
            + group("class", core) { $0.truth.category ?? "unknown" }
    }

    private static func size(of ratio: Double) -> String {
        switch ratio {
        case ..<0.1: "under 0.1"
        case ..<0.4: "0.1 to 0.4"
        case ..<1: "0.4 to 1"
        case ..<2: "1 to 2"
        default: "over 2"
        }
    }

    private func group(_ by: String, _ meters: [JudgedMeter], _ name: (JudgedMeter) -> String) -> [Group] {
        struct Key: Hashable {
            var name: String
            var isMining: Bool
        }
        let parts = Dictionary(grouping: meters) { Key(name: name($0), isMining: $0.truth.isMining) }
        return parts.sorted { ($0.key.name, $0.key.isMining ? 0 : 1) < ($1.key.name, $1.key.isMining ? 0 : 1) }.map {
            Group(
                by: by, name: $0.key.name, isMining: $0.key.isMining, at1PerCent: share($0.value, from: cutAt1PerCent),
                at01PerCent: share($0.value, from: cutAt01PerCent),
                medianProbability: median($0.value.compactMap(\.probability)))
        }
    }
}

/// The middle value; the mean of both middle ones. Nil of nothing.
package func median(_ values: [Double]) -> Double? {
    let sorted = values.filter { !$0.isNaN }.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
