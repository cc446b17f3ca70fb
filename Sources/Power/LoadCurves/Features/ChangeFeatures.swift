import Kernels

/// The strongest lasting rise in the window: where it lies, how large and how sharp it is, and whether a constant was
/// added to the day (machines) or the day was stretched (business). kW unless said otherwise.
package struct ChangeFeatures: Sendable {
    /// Index of the first day after the change.
    package var day = 0
    /// Index of the day it began, which may be the afternoon before `day`.
    package var onsetDay = 0
    /// Days on either side within the window.
    package var daysBefore = 0
    package var daysAfter = 0
    /// Rise of the median night minimum.
    package var nightStep = 0.0
    /// Night level before and after.
    package var nightBefore = 0.0
    package var nightAfter = 0.0
    /// `nightStep` over (spread before + spread after + 2 % of the level after + 1 % of the mean).
    package var sharpness = 0.0
    /// Median over the hours of the day of (rise / spread of that hour).
    package var hourSharpness = 0.0
    /// Median rise over the hours of the day, weekdays and weekends apart.
    package var increment = 0.0
    /// 1.4826 × median absolute deviation of that rise over the hours.
    package var incrementSpread = 0.0
    /// `increment` over (`incrementSpread` + 2 % of the level after): large when the same was added to each hour.
    package var incrementFlatness = 0.0
    /// Rise while it runs: the median over the hours that carry at least half of the upper hours' rise.
    package var runningIncrement = 0.0
    /// Share of the hours that carry it, and their first hour when they are one block.
    package var runningShare = 0.0
    package var nightShare = 0.0
    /// New 24-hour profile on the old: intercept and slope.
    package var intercept = 0.0
    package var slope = 0.0
    /// `increment` over the median load before.
    package var relative = 0.0
    /// Share of the days after with a night above the middle, of the days before with one below it.
    package var heldAfter = 0.0
    package var heldBefore = 0.0
    /// First week's night rise over the whole rise: 1 is a step, small is a staircase.
    package var firstWeekShare = 1.0
    /// Day index where the level fell back for good; nil when it holds to the end.
    package var endDay: Int?
    /// Afternoon rise over night rise.
    package var afternoonRatio = 1.0
    /// Hours after the change that lie under half of the rise, share.
    package var offShare = 0.0
    /// Median load before, kW.
    package var levelBefore = 0.0

    package init() {}
}

/// Finds and describes the change.
enum ChangeSearch {
    struct Candidate {
        var day: Int
        var nightStep: Float
        var sharpness: Float
        var hourSharpness: Float
        /// Both sharpnesses count; each is capped, so that a perfectly quiet meter does not drown the other.
        var score: Float { min(sharpness, 20) / 2 + min(hourSharpness, 20) }
    }

    static func find(_ grid: HourlyGrid, nights: [Float], mean: Float, kernels: MeterKernels) -> ChangeFeatures? {
        let side = LoadLimits.minimumSideDays
        guard grid.days >= 2 * side, mean.isFinite else { return nil }
        var best: Candidate?
        for day in side...(grid.days - side) {
            guard let candidate = weigh(day, grid, nights, mean) else { continue }
            if candidate.score > (best?.score ?? -.infinity) { best = candidate }
        }
        return best.flatMap { ChangeDescription(grid, nights, mean: mean, kernels: kernels).describe($0) }
    }

    static func describe(
        _ day: Int, _ grid: HourlyGrid, nights: [Float], mean: Float, kernels: MeterKernels
    ) -> ChangeFeatures? {
        guard mean.isFinite, let candidate = weigh(day, grid, nights, mean) else { return nil }
        return ChangeDescription(grid, nights, mean: mean, kernels: kernels).describe(candidate)
    }

    private static func weigh(_ day: Int, _ grid: HourlyGrid, _ nights: [Float], _ mean: Float) -> Candidate? {
        let before = max(0, day - LoadLimits.scanSideDays)..<day
        let after = day..<min(grid.days, day + LoadLimits.scanSideDays)
        let low = Order.median(of: nights[before])
        let high = Order.median(of: nights[after])
        guard !low.isNaN, !high.isNaN else { return nil }
        let floor = 0.001 + 0.01 * max(0, mean)
        let spread = Order.spread(of: nights[before], around: low) + Order.spread(of: nights[after], around: high)
        let step = high - low
        let sharpness = step / (spread + 0.02 * max(high, 0) + floor)
        // A fall is no candidate: spare the hours.
        guard step > 0 else {
            return Candidate(day: day, nightStep: step, sharpness: sharpness, hourSharpness: min(0, sharpness))
        }
        var ratios: [Float] = []
        var column: [Float] = []
        for hour in 0..<24 {
            grid.column(hour, days: before, into: &column)
            guard column.count >= LoadLimits.minimumColumn else { continue }
            let old = Order.median(&column)
            let oldSpread = Order.spread(of: column, around: old)
            grid.column(hour, days: after, into: &column)
            guard column.count >= LoadLimits.minimumColumn else { continue }
            let new = Order.median(&column)
            let newSpread = Order.spread(of: column, around: new)
            ratios.append((new - old) / (oldSpread + newSpread + 0.02 * max(0, mean) + 0.001))
        }
        guard ratios.count >= 12 else { return nil }
        return Candidate(day: day, nightStep: step, sharpness: sharpness, hourSharpness: Order.median(&ratios))
    }
}
