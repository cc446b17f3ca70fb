/// A window of days of one meter, put together from stored `DayFeatures`. Days are added in the order of the calendar, so
/// that the same days give the same figures, bit for bit.
package struct WindowFeatures: Sendable, Hashable {
    package private(set) var days = 0
    /// Readings present, and as many as there could be.
    package private(set) var count = 0
    package private(set) var slots = 0
    package private(set) var minimum = Double.nan
    package private(set) var maximum = Double.nan
    /// Night minimum of each day, kW, NaN where missing.
    package private(set) var nights: [Float] = []
    private var level = Moments()
    private var daily = Moments()
    private var pairs = 0
    private var equalPairs = 0
    private var steps = 0.0
    private var cosine = 0.0
    private var sine = 0.0

    /// Count, mean and sum of squared distances from it, as Chan, Golub and LeVeque (1979) merge them.
    private struct Moments: Hashable {
        var count = 0.0
        var mean = 0.0
        var squares = 0.0

        mutating func add(count other: Double, mean otherMean: Double, squares otherSquares: Double) {
            guard other > 0 else { return }
            let all = count + other
            let distance = otherMean - mean
            mean += distance * other / all
            squares += otherSquares + distance * distance * count * other / all
            count = all
        }

        var variation: Double { count > 0 && mean > 0 ? (squares / count).squareRoot() / mean : .nan }
    }

    package init(_ features: some Sequence<DayFeatures>) {
        for day in features { add(day) }
    }

    private mutating func add(_ day: DayFeatures) {
        days += 1
        slots += Int(day.slots)
        nights.append(Float(day.nightMinimum))
        guard day.count > 0 else { return }
        count += Int(day.count)
        level.add(count: Double(day.count), mean: day.mean, squares: day.squares)
        // As everywhere: a day counts for itself when eighteen of its hours are there.
        if day.count * 4 >= day.slots * 3 { daily.add(count: 1, mean: day.mean, squares: 0) }
        minimum = minimum.isNaN ? day.minimum : Swift.min(minimum, day.minimum)
        maximum = maximum.isNaN ? day.maximum : Swift.max(maximum, day.maximum)
        pairs += Int(day.pairs)
        equalPairs += Int(day.equalPairs)
        steps += day.steps
        cosine += day.cosine
        sine += day.sine
    }

    package var coverage: Double { slots > 0 ? Double(count) / Double(slots) : 0 }
    /// kW; NaN without a reading.
    package var mean: Double { level.count > 0 ? level.mean : .nan }
    /// Standard deviation of readings over mean.
    package var variation: Double { level.variation }
    /// Standard deviation of the means of whole days over their mean.
    package var dailyVariation: Double { daily.variation }
    /// Days with at least 18 hours present.
    package var fullDays: Int { Int(daily.count) }
    /// Share of neighbours that are equal: a stuck meter has 1.
    package var repeatShare: Double { pairs > 0 ? Double(equalPairs) / Double(pairs) : .nan }
    /// Correlation of neighbours within the days: near 1 for a load that changes slowly.
    package var neighbourCorrelation: Double {
        guard pairs > 0, level.squares > 0 else { return .nan }
        return 1 - steps / Double(pairs) / (2 * level.squares / level.count)
    }
    /// Amplitude of the 24 h wave over the mean.
    package var dailyWave: Double {
        guard count > 0, level.mean > 0 else { return .nan }
        return 2 * (cosine * cosine + sine * sine).squareRoot() / Double(count) / level.mean
    }
}
