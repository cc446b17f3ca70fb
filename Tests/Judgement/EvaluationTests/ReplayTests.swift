import Evaluation
import Testing
import Vocabulary

struct ReplayTests {
    private func date(_ day: Int) -> CalendarDate { CalendarDate(daysSince1970: 20_000 + day) }

    private func meter(_ name: String, onset: Int?, flagged: Int?, scenario: String = "blend") -> ReplayedMeter {
        ReplayedMeter(
            meter: name,
            truth: .init(
                isMining: onset != nil, isConfounder: false, scenario: onset == nil ? "negative" : scenario, host: name,
                onset: onset.map(date)),
            from: date(28), to: date(150), flagged: flagged.map(date))
    }

    @Test func `a delay counts from the onset, and a flag before it is no find`() {
        let replay = ReplaySummary([
            meter("a", onset: 60, flagged: 67), meter("b", onset: 60, flagged: 63), meter("c", onset: 80, flagged: 40),
            meter("d", onset: 90, flagged: nil), meter("e", onset: 90, flagged: 90, scenario: "dedicated"),
        ])
        #expect(replay.onsets == 5)
        #expect(replay.delays == [0, 3, 7])
        #expect(replay.early == .init(hits: 1, count: 5))
        #expect(replay.earlyExpected == nil)
        #expect(replay.byScenario.map(\.scenario) == ["blend", "dedicated"])
        #expect(replay.byScenario.first?.delays == [3, 7])
    }

    @Test func `mining that began before the first judged day has no delay`() {
        let replay = ReplaySummary([meter("a", onset: 10, flagged: 40), meter("b", onset: 28, flagged: 40)])
        #expect(replay.onsets == 0)
        #expect(replay.delays.isEmpty)
    }

    @Test func `untouched meters tell how many flags before an onset were to be expected`() throws {
        // Half of the untouched meters are flagged on day 50; mining begins on day 60 and on day 40.
        let untouched = (0..<10).map { meter("n\($0)", onset: nil, flagged: $0 < 5 ? 50 : nil) }
        let replay = ReplaySummary(
            untouched + [meter("a", onset: 60, flagged: 70), meter("b", onset: 40, flagged: 41)])
        #expect(replay.early == .init(hits: 0, count: 2))
        #expect(abs(try #require(replay.earlyExpected) - 0.5) < 1e-12)
    }
}
