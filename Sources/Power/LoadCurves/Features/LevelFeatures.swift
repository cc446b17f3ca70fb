import Kernels

/// How flat the whole window is, without any history. Quotients are NaN when the mean is not above zero.
package struct LevelFeatures: Sendable {
    /// Mean of the present hours, kW.
    package var mean = Double.nan
    /// Mean over the 0.995 quantile.
    package var loadFactor = Double.nan
    /// Standard deviation over mean, hours.
    package var variation = Double.nan
    /// Standard deviation over mean, daily energy.
    package var dailyVariation = Double.nan
    /// 0.05 quantile over mean.
    package var baseShare = Double.nan
    /// 0.05 quantile over 0.95 quantile: 1 is a ruler.
    package var flatness = Double.nan
    /// Mean of 00–05 h over mean of 09–18 h.
    package var nightDay = Double.nan
    /// Saturday and Sunday over Monday to Friday.
    package var weekendWeekday = Double.nan
    /// Share of hours within 5 % of the median.
    package var plateauShare = Double.nan
    /// Amplitude of the daily wave over the mean, by the 24 h cosine and sine.
    package var dailyWave = Double.nan
    /// Share of hours that equal the hour before exactly.
    package var repeatShare = Double.nan
    /// Distinct values among the present hours, at most 4096 counted.
    package var distinctValues = 0
    /// Hours this stands on.
    package var hours = 0

    package init() {}

    static func compute(_ grid: HourlyGrid, kernels: MeterKernels) -> LevelFeatures {
        var result = LevelFeatures()
        let present = grid.values.filter { !$0.isNaN }.sorted()
        result.hours = present.count
        guard present.count >= 24 else { return result }
        var sum = 0.0
        for value in present { sum += Double(value) }
        let mean = sum / Double(present.count)
        result.mean = mean
        countRepeats(grid, sorted: present, into: &result)
        guard mean > 0 else { return result }
        var squares = 0.0
        for value in present { squares += (Double(value) - mean) * (Double(value) - mean) }
        result.variation = (squares / Double(present.count)).squareRoot() / mean
        let high = Double(Order.quantile(sorted: present, 0.995))
        let low = Double(Order.quantile(sorted: present, 0.05))
        let upper = Double(Order.quantile(sorted: present, 0.95))
        result.loadFactor = high > 0 ? mean / high : .nan
        result.baseShare = low / mean
        result.flatness = upper > 0 ? max(0, low) / upper : .nan
        let median = Order.quantile(sorted: present, 0.5)
        let near = present.count { abs($0 - median) <= 0.05 * abs(median) }
        result.plateauShare = Double(near) / Double(present.count)
        addRhythm(grid, mean: mean, kernels: kernels, into: &result)
        return result
    }

    private static func countRepeats(_ grid: HourlyGrid, sorted: [Float], into result: inout LevelFeatures) {
        var same = 0
        var pairs = 0
        for index in 1..<max(1, grid.values.count) {
            let before = grid.values[index - 1]
            let now = grid.values[index]
            if before.isNaN || now.isNaN { continue }
            pairs += 1
            if before == now { same += 1 }
        }
        result.repeatShare = pairs > 0 ? Double(same) / Double(pairs) : .nan
        var distinct = 1
        for index in 1..<max(1, sorted.count) where sorted[index] != sorted[index - 1] && distinct < 4096 {
            distinct += 1
        }
        result.distinctValues = distinct
    }

    /// Daily energies, weekends, nights, and the 24 h wave.
    private static func addRhythm(
        _ grid: HourlyGrid, mean: Double, kernels: MeterKernels, into result: inout LevelFeatures
    ) {
        let values = grid.values.span
        var daily: [Double] = []
        var weekend = Mean()
        var weekday = Mean()
        var night = Mean()
        var day = Mean()
        var wave = (cosine: 0.0, sine: 0.0, count: 0)
        for index in 0..<grid.days {
            let row = values.extracting((index * 24)..<(index * 24 + 24))
            let found = kernels.statistics(row)
            guard found.count >= 18 else { continue }
            let level = Double(found.sum) / Double(found.count)
            daily.append(level)
            if grid.isWeekend(index) { weekend.add(level) } else { weekday.add(level) }
            let early = kernels.statistics(row.extracting(0..<5))
            let late = kernels.statistics(row.extracting(9..<18))
            if early.count > 0 { night.add(Double(early.sum) / Double(early.count)) }
            if late.count > 0 { day.add(Double(late.sum) / Double(late.count)) }
            let part = kernels.dots(row, cosine: Self.cosine.span, sine: Self.sine.span)
            wave.cosine += Double(part.cosine)
            wave.sine += Double(part.sine)
            wave.count += part.count
        }
        if daily.count >= 2 {
            let centre = daily.reduce(0, +) / Double(daily.count)
            let squares = daily.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
            result.dailyVariation = (squares / Double(daily.count)).squareRoot() / mean
        }
        result.nightDay = night.over(day)
        result.weekendWeekday = weekend.over(weekday)
        if wave.count > 0 {
            let length = (wave.cosine * wave.cosine + wave.sine * wave.sine).squareRoot()
            result.dailyWave = 2 * length / Double(wave.count) / mean
        }
    }

    private struct Mean {
        var sum = 0.0
        var count = 0

        mutating func add(_ value: Double) {
            sum += value
            count += 1
        }

        func over(_ other: Mean) -> Double {
            guard count > 0, other.count > 0, other.sum > 0 else { return .nan }
            return sum / Double(count) / (other.sum / Double(other.count))
        }
    }

    /// cos and sin of 2πh/24 for h = 0 … 23, from the half-angle values, so no maths library is needed.
    static let cosine: [Float] = (0..<24).map { quarter[($0 + 6) % 24] }
    static let sine: [Float] = (0..<24).map { quarter[$0] }
    private static let quarter: [Float] = {
        let rise: [Float] = [0, 0.258_819_05, 0.5, 0.707_106_77, 0.866_025_4, 0.965_925_8]
        let fall: [Float] = [1, 0.965_925_8, 0.866_025_4, 0.707_106_77, 0.5, 0.258_819_05]
        return rise + fall + rise.map { -$0 } + fall.map { -$0 }
    }()
}
