import Evaluation
import Testing
import Vocabulary

struct ScorecardTests {
    private func meter(
        _ name: String, _ said: Double?, mining: Bool = false, confounder: Bool = false, recorded: Double = 1,
        ratio: Double = 0, flat: Bool = false, host: String? = nil, scenario: String? = nil
    ) -> JudgedMeter {
        JudgedMeter(
            meter: name,
            truth: .init(
                isMining: mining, isConfounder: confounder, scenario: scenario ?? (mining ? "dedicated" : "negative"),
                host: host ?? name, blendRatio: ratio, recordedFraction: recorded, isNaturallyFlat: flat),
            probability: said)
    }

    @Test func `average precision is the area by hand, and ties share one threshold`() throws {
        // 0.9 +, 0.8 -, 0.7 +, 0.7 -, 0.1 +: 1/3 at precision 1, 1/3 at 2/4 (both at 0.7 are taken), 1/3 at 3/5.
        let ranking = Ranking([(0.7, false), (0.9, true), (0.1, true), (0.7, true), (0.8, false)])
        #expect(ranking.points.map(\.score) == [0.9, 0.8, 0.7, 0.1])
        let area = try #require(ranking.averagePrecision)
        #expect(abs(area - (1 + 0.5 + 0.6) / 3) < 1e-12)
        #expect(Ranking([(0.5, false)]).averagePrecision == nil)
    }

    @Test func `the threshold lets just the allowed negatives through`() {
        let negatives = (0..<200).map { Double($0) / 200 }
        let cut = Ranking.threshold(negatives: negatives, rate: 0.01)
        #expect(negatives.count { $0 >= cut } == 2)
        #expect(Ranking.threshold(negatives: [], rate: 0.01) == -1)
    }

    @Test func `added lawful loads and what passes the meter stay out of the headline`() {
        let card = Scorecard([
            meter("a", 0.9, mining: true, ratio: 3), meter("b", 0.2), meter("c", 0.95, confounder: true),
            meter("d", 0.1, mining: true, recorded: 0, ratio: 5), meter("e", 0.05, flat: true),
        ])
        #expect(card.ranking.positives == 1)
        #expect(card.ranking.negatives == 2)
        #expect(card.averagePrecision == 1)
        #expect(card.confoundersFlagged == .init(hits: 1, count: 1))
        #expect(card.naturallyFlatFlagged == .init(hits: 0, count: 1))
        #expect(card.recall(over: 2) == .init(hits: 1, count: 1))
        #expect(card.recall(over: 4).value == nil)
    }

    @Test func `a meter of which nothing was said ranks last and is counted`() {
        let card = Scorecard([meter("a", nil, mining: true), meter("b", 0.2), meter("c", .nan)])
        #expect(card.unsaid == 1)
        #expect(card.recall(atRate: 0.01) == .init(hits: 0, count: 1))
        let group = card.groups.first { $0.by == "scenario" && $0.isMining }
        #expect(group?.medianProbability == nil)
    }

    @Test func `calibration weighs bins by their meters`() throws {
        // Bin of 0.15: said 0.15 of four meters, one is mining. Bin of 0.95: said 0.95 of one that is.
        var meters = (0..<3).map { meter("n\($0)", 0.15) }
        meters += [meter("p", 0.15, mining: true), meter("q", 0.95, mining: true)]
        let error = try #require(Scorecard(meters).calibrationError)
        #expect(abs(error - (abs(0.6 - 1) + abs(0.95 - 1)) / 5) < 1e-12)
        #expect(Scorecard([]).calibrationError == nil)
        #expect(Scorecard([meter("x", .infinity), meter("y", -7)]).bins.count == 2)
    }

    @Test func `a better judgement is told from the same one by drawing hosts again`() throws {
        let good = (0..<60).map { meter("m\($0)", $0 % 4 == 0 ? 0.9 : 0.1, mining: $0 % 4 == 0, host: "h\($0 / 2)") }
        let poor = good.map { one in
            var one = one
            one.probability = Double((one.meter.utf8.reduce(0) { $0 &* 31 &+ Int($1) } & 0xff)) / 256
            return one
        }
        let same = ScorecardComparison(Scorecard(good), Scorecard(good)).differences
        #expect(same.first?.spread == .init(low: 0, high: 0, above: 0))
        let apart = try #require(ScorecardComparison(Scorecard(good), Scorecard(poor)).differences.first)
        #expect(apart.first == 1)
        #expect(try #require(apart.spread).low > 0)
        let again = try #require(ScorecardComparison(Scorecard(good), Scorecard(poor)).differences.first)
        #expect(again.spread == apart.spread)
    }

    @Test func `estimates are scored on what was found only`() {
        var one = meter("a", 0.9, mining: true, recorded: 0.5, ratio: 1)
        one.truth.miningKilowatts = 20
        one.truth.onset = CalendarDate("2026-03-10")
        one.onset = CalendarDate("2026-03-12")
        one.kilowatts = Estimate(value: 11, low: 9, high: 12)
        var missed = one
        missed.meter = "b"
        missed.probability = 0.01
        let card = Scorecard([one, missed, meter("c", 0.3)])
        #expect(card.onsetErrorDays == [2])
        #expect(card.kilowattErrors == [0.1])
        #expect(card.kilowattCoverage == .init(hits: 1, count: 1))
    }

    @Test func `feeders are counted at one sound feeder in twenty`() {
        let sound = (0..<20).map { JudgedFeeder(feeder: "s\($0)", isBypassed: false, probability: Double($0) / 40) }
        let bypassed = [0.9, 0.46, 0.2].enumerated().map {
            JudgedFeeder(feeder: "b\($0.offset)", isBypassed: true, probability: $0.element)
        }
        // One of twenty may pass: the cut lies just above 18/40 = 0.45.
        #expect(Scorecard([], feeders: sound + bypassed).bypassedFeedersFound == .init(hits: 2, count: 3))
    }
}
