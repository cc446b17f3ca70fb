import Vocabulary

#if canImport(Glibc)
    import Glibc
#endif

/// What the signature model knows of one window, and what it says of size and time. Made from readings and weekdays
/// alone: no identifier, no date, no label.
package struct SignatureFacts: Sendable {
    /// By `SignatureFeature`; NaN where the readings do not carry it. Those of the class are set by who knows it.
    package var row: [Double]
    /// First day of the strongest flat rise; nil when no split could be judged.
    package var splitDay: Int?
    /// Hour from the start of the window at which it began.
    package var onsetHour: Int?
    /// Hours that are nearly as good a beginning, first ... last; four of five hold the true one.
    package var onsetHours: ClosedRange<Int>?
    /// Rise over the hours of the day, kW.
    package var rise: Double
    /// Spread of that rise over the 48 hours (weekday and weekend), kW.
    package var riseSpread: Double
    /// Median kW over the old day in the hours that carry at least half of the rise.
    package var upperRise: Double
    /// Share of the 48 hours that carry the rise.
    package var runningShare: Double

    package subscript(_ feature: SignatureFeature) -> Double {
        get { row[feature.rawValue] }
        set { row[feature.rawValue] = newValue }
    }

    /// Power when it runs: the rise of the day, or of the running hours where fewer than three quarters carry it.
    package var kilowatts: Double { upperRise.isFinite && runningShare < 0.75 ? upperRise : rise }

    /// Facts of a grid; nil under two weeks of hours.
    package static func compute(_ grid: HourlyGrid) -> SignatureFacts? {
        compute(hours: grid.values.map(Double.init), firstWeekday: grid.firstDay.weekday)
    }

    /// Facts of `days × 24` kW by local hour (NaN missing); the first day is `firstWeekday`, 1 Monday … 7 Sunday.
    /// Nil with fewer than 14 days or 336 hours, or when everything is zero.
    package static func compute(hours: [Double], firstWeekday: Int) -> SignatureFacts? {
        guard hours.count / 24 <= LoadLimits.maximumDays else { return nil }
        var window = SignatureWindow(hours: hours, firstWeekday: firstWeekday)
        guard window.level() else { return nil }
        window.columns()
        let split = window.strongest()
        if split {
            window.profiles()
            window.onsetHour()
            window.blocks()
            window.switching()
            window.slowGrowth()
            window.shunt()
            window.weighed()
        }
        let classes = [Double](
            repeating: .nan, count: SignatureFeature.allCases.count - SignatureFeature.readingCount)
        return SignatureFacts(
            row: window.found + classes, splitDay: split ? window.split : nil, onsetHour: split ? window.onset : nil,
            onsetHours: split && window.onsetFrom <= window.onsetTo ? window.onsetFrom...window.onsetTo : nil,
            rise: window.longRise, riseSpread: window.longSpread, upperRise: window.upperRise,
            runningShare: window.runningShare)
    }
}
