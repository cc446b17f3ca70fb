import Kernels
import Meters
import Vocabulary

/// Everything the detectors know of one meter in one window. Made from readings alone: no label, no class.
package struct LoadFeatures: Sendable {
    package var meter: String
    package var from: Instant
    package var to: Instant
    package var firstDay: CalendarDate
    package var days: Int
    /// Days with at least 18 hours present.
    package var fullDays: Int
    /// Share of the readings present, 0 ... 1.
    package var coverage: Double
    /// Readings dropped as impossible.
    package var rejected: Int
    /// Present readings below zero (feed-in), share.
    package var negativeShare: Double
    /// The longest run of days that repeat earlier ones value for value.
    package var copied: CopiedDays?
    package var level: LevelFeatures
    /// Night minimum a day, kW, NaN where missing.
    package var nightMinimum: [Float]
    /// Nil when the window is too short or too thin to look for a change.
    package var change: ChangeFeatures?
    /// Mean kW an hour of the local day over the days before the change (all days without one), and after it.
    package var profileBefore: [Float]
    package var profileAfter: [Float]

    /// Computes all features. `timezoneOffset` is in seconds east of UTC. Nil when the interval does not divide into
    /// local days or there is no reading at all.
    package static func compute(
        _ series: MeterSeries, timezoneOffset: Int, kernels: MeterKernels = MeterKernels()
    ) -> LoadFeatures? {
        guard let grid = HourlyGrid(series, timezoneOffset: timezoneOffset) else { return nil }
        let level = LevelFeatures.compute(grid, kernels: kernels)
        let nights = NightMinimum.series(grid, kernels: kernels)
        let mean = Float(level.mean)
        let change = ChangeSearch.find(grid, nights: nights, mean: mean, kernels: kernels)
        let split = change?.day ?? grid.days
        let values = grid.values.span
        var full = 0
        for day in 0..<grid.days
        where kernels.statistics(values.extracting((day * 24)..<(day * 24 + 24))).count >= 18 { full += 1 }
        let present = series.kilowatts.count { !$0.isNaN }
        let negative = series.kilowatts.count { $0 < 0 }
        return LoadFeatures(
            meter: series.meter, from: series.start, to: series.end, firstDay: grid.firstDay, days: grid.days,
            fullDays: full, coverage: series.coverage, rejected: grid.rejected,
            negativeShare: present > 0 ? Double(negative) / Double(present) : 0, copied: CopiedDays.find(grid),
            level: level, nightMinimum: nights,
            change: change, profileBefore: profile(grid, 0..<split, kernels),
            profileAfter: profile(grid, split..<grid.days, kernels))
    }

    /// The change described as if it lay at a day that was found otherwise; nil when that day cannot carry it.
    package func change(in grid: HourlyGrid, at day: Int, kernels: MeterKernels = MeterKernels()) -> ChangeFeatures? {
        let side = LoadLimits.minimumSideDays
        guard nightMinimum.count == grid.days, day >= side, day <= grid.days - side else { return nil }
        return ChangeSearch.describe(
            day, grid, nights: nightMinimum, mean: Float(level.mean), kernels: kernels)
    }

    /// Mean day over a range of days; NaN for an hour without readings.
    static func profile(_ grid: HourlyGrid, _ range: Range<Int>, _ kernels: MeterKernels) -> [Float] {
        var sums = [Float](repeating: 0, count: 24)
        var counts = [Float](repeating: 0, count: 24)
        let values = grid.values.span
        var sumSpan = sums.mutableSpan
        var countSpan = counts.mutableSpan
        for day in range {
            kernels.accumulate(values.extracting((day * 24)..<(day * 24 + 24)), sums: &sumSpan, counts: &countSpan)
        }
        return zip(sums, counts).map { $1 > 0 ? $0 / $1 : .nan }
    }

    /// Local day of an index within the window.
    package func date(_ index: Int) -> CalendarDate {
        CalendarDate(daysSince1970: firstDay.daysSince1970 + index)
    }

    /// Present values by catalogue name, for records. A value that could not be had is left out.
    package var named: [String: Double] {
        var result: [String: Double] = [:]
        for row in FeatureCatalogue.rows {
            if let value = row.value(self), value.isFinite { result[row.name] = value }
        }
        return result
    }
}
