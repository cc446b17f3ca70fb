import Vocabulary

/// How much of a figure is luck of the set: the set is drawn again and again, host meters with all their windows, with
/// replacement. Two judgements of one set are drawn together, so that what is common to them falls out.
package struct HostResampling: Sendable {
    package static let draws = 1000

    /// Middle 95 % of the draws.
    package struct Spread: Hashable, Sendable {
        package var low: Double
        package var high: Double
        /// Share of draws above 0: of a difference, how often the first judgement is the better one.
        package var above: Double

        package init(low: Double, high: Double, above: Double) {
            self.low = low
            self.high = high
            self.above = above
        }
    }

    private let hosts: [[Int]]

    /// `meters` gives the order that the indices of a drawing mean.
    package init(_ meters: [JudgedMeter]) {
        hosts = Dictionary(grouping: meters.indices) { meters[$0].truth.host }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The spread of a figure over drawings of the set; drawings that have none are left out. Nil when half have none.
    package func spread(seed: UInt64 = 1, _ figure: ([Int]) -> Double?) -> Spread? {
        guard !hosts.isEmpty else { return nil }
        var random = SplitMix(state: seed)
        var values: [Double] = []
        for _ in 0..<Self.draws {
            var drawn: [Int] = []
            for _ in hosts.indices { drawn += hosts[Int(random.next() % UInt64(hosts.count))] }
            if let value = figure(drawn), value.isFinite { values.append(value) }
        }
        guard values.count * 2 > Self.draws else { return nil }
        values.sort()
        func quantile(_ share: Double) -> Double { values[Int(share * Double(values.count - 1))] }
        return Spread(
            low: quantile(0.025), high: quantile(0.975),
            above: Double(values.count { $0 > 0 }) / Double(values.count))
    }

    /// Steele, Lea and Flood 2014: one number after another from a seed, the same on every machine.
    private struct SplitMix {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }
}

/// Two judgements of the same meters.
package struct ScorecardComparison: Sendable {
    package struct Difference: Sendable {
        package var figure: String
        package var first: Double?
        package var second: Double?
        /// Of first less second.
        package var spread: HostResampling.Spread?
    }

    package let differences: [Difference]

    /// Meters that only one of them judged are left out.
    package init(_ first: Scorecard, _ second: Scorecard) {
        let others = Dictionary(second.meters.map { ($0.meter, $0) }, uniquingKeysWith: { first, _ in first })
        let pairs = first.meters.compactMap { one in others[one.meter].map { (one, $0) } }
        let (left, right) = (pairs.map(\.0), pairs.map(\.1))
        let resampling = HostResampling(left)
        func difference(_ name: String, _ figure: (Scorecard) -> Double?) -> Difference {
            let spread = resampling.spread { drawn in
                guard let a = figure(Scorecard(drawn.map { left[$0] })),
                    let b = figure(Scorecard(drawn.map { right[$0] }))
                else { return nil }
                return a - b
            }
            return Difference(
                figure: name, first: figure(Scorecard(left)), second: figure(Scorecard(right)), spread: spread)
        }
        differences = [
            difference("pr_auc") { $0.averagePrecision },
            difference("recall_at_fpr_1%") { $0.recall(atRate: 0.01).value },
            difference("recall_at_fpr_0.1%") { $0.recall(atRate: 0.001).value },
            difference("calibration_error") { $0.calibrationError },
        ]
    }
}
