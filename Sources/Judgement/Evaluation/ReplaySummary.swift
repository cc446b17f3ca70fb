import Vocabulary

/// One meter followed day by day, as a desk would have seen it: when it was first flagged.
package struct ReplayedMeter: Hashable, Sendable {
    package var meter: String
    package var truth: JudgedMeter.Truth
    /// First and last day on which it was judged.
    package var from: CalendarDate
    package var to: CalendarDate
    /// First day on which it was flagged.
    package var flagged: CalendarDate?

    package init(
        meter: String, truth: JudgedMeter.Truth, from: CalendarDate, to: CalendarDate, flagged: CalendarDate?
    ) {
        self.meter = meter
        self.truth = truth
        self.from = from
        self.to = to
        self.flagged = flagged
    }
}

/// How late mining is found when every day brings one more day of readings, and how often there is an alarm with nothing
/// to be alarmed about.
package struct ReplaySummary: Sendable {
    /// Days from onset to the first flag, of mining that was flagged after its onset.
    package let delays: [Int]
    /// Mining whose onset lies within the days that were judged.
    package let onsets: Int
    /// Of those: flagged before anything had begun.
    package let early: Scorecard.Share
    /// How many of them would have been, had they been untouched meters watched for as long: the mean over untouched
    /// meters of the share flagged by the same count of days. Nil without untouched meters.
    package let earlyExpected: Double?
    /// Delays by scenario, sorted by name.
    package let byScenario: [(scenario: String, onsets: Int, delays: [Int])]

    package init(_ meters: [ReplayedMeter]) {
        let untouched = meters.filter { !$0.truth.isMining && !$0.truth.isConfounder }
        let mining = meters.filter { meter in
            guard meter.truth.isMining, meter.truth.isCore, let onset = meter.truth.onset else { return false }
            return onset > meter.from && onset <= meter.to
        }
        func delay(_ meter: ReplayedMeter) -> Int? {
            guard let flagged = meter.flagged, let onset = meter.truth.onset, flagged >= onset else { return nil }
            return flagged.daysSince1970 - onset.daysSince1970
        }
        func watched(_ meter: ReplayedMeter) -> Int {
            (meter.truth.onset ?? meter.from).daysSince1970 - meter.from.daysSince1970
        }
        onsets = mining.count
        delays = mining.compactMap(delay).sorted()
        early = Scorecard.Share(
            hits: mining.count { meter in
                guard let flagged = meter.flagged, let onset = meter.truth.onset else { return false }
                return flagged < onset
            }, count: mining.count)
        let waits = untouched.map { meter in meter.flagged.map { $0.daysSince1970 - meter.from.daysSince1970 } }
        earlyExpected =
            waits.isEmpty
            ? nil
            : mining.reduce(0.0) { sum, meter in
                let days = watched(meter)
                return sum + Double(waits.count { ($0 ?? .max) < days }) / Double(waits.count)
            }
        byScenario = Dictionary(grouping: mining) { $0.truth.scenario }.sorted { $0.key < $1.key }.map {
            ($0.key, $0.value.count, $0.value.compactMap(delay).sorted())
        }
    }
}
