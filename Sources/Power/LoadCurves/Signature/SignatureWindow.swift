#if canImport(Glibc)
    import Glibc
#endif

/// One window while its facts are computed. Values are kW by local day and hour; NaN is missing and never filled in.
/// Every sum runs over days and hours in one fixed order, so a result does not depend on threads.
struct SignatureWindow {
    /// Days compared on each side of a split, and the fewest there may be.
    static let side = 14
    static let least = 7
    /// Days compared on each side once the day is chosen.
    static let long = 28

    /// `days × 24` kW.
    let hours: [Double]
    let weekend: [Bool]
    let days: Int
    var found = [Double](repeating: .nan, count: SignatureFeature.readingCount)
    var scratch = OrderScratch(capacity: 1024)

    /// Mean |kW|, at least 1 W: the scale of everything below.
    var scale = 0.0
    var mean = 0.0
    /// By day: mean, least night hour (three-day median), mean unusual change from hour to hour.
    var daily: [Double]
    var nights: [Double]
    var rough: [Double]
    /// By hour: change from the hour before less the usual one.
    var changes: [Double]
    /// By day and hour: median and spread of the two weeks from the day on and before it.
    var after: [Double]
    var afterSpread: [Double]
    var before: [Double]
    var beforeSpread: [Double]
    /// By split: flat rise and its score.
    var rises: [Double]
    var scores: [Double]
    /// The strongest flat rise.
    var split = -1
    var best = FlatRise()
    /// 48 medians (Monday to Friday, weekend) of four weeks before and from the split on.
    var old = [Double](repeating: .nan, count: 48)
    var new = [Double](repeating: .nan, count: 48)
    var increment = [Double](repeating: .nan, count: 48)
    var longRise = Double.nan
    var longSpread = Double.nan
    /// By hour: kW over the old profile, within four weeks of the split.
    var residual: [Double]
    var onset = 0
    var onsetFrom = 0
    var onsetTo = 0
    /// The rise where it runs, and the share of the 48 hours that carry it.
    var upperRise = Double.nan
    var runningShare = Double.nan

    /// `hours` are `days × 24`; the first day is `firstWeekday` (1 Monday … 7 Sunday). Values that cannot be a load
    /// count as missing.
    init(hours: [Double], firstWeekday: Int) {
        let days = hours.count / 24
        let limit = Double(LoadLimits.maximumKilowatts)
        self.hours = hours.prefix(days * 24).map { abs($0) <= limit ? $0 : .nan }
        self.days = days
        weekend = (0..<days).map { (($0 + firstWeekday - 1) % 7 + 7) % 7 >= 5 }
        let missing = [Double](repeating: .nan, count: days)
        daily = missing
        nights = missing
        rough = missing
        rises = missing
        scores = missing
        let empty = [Double](repeating: .nan, count: days * 24)
        changes = empty
        after = empty
        afterSpread = empty
        before = empty
        beforeSpread = empty
        residual = empty
    }

    subscript(_ feature: SignatureFeature) -> Double {
        get { found[feature.rawValue] }
        set { found[feature.rawValue] = newValue }
    }

    /// Days from a to b, none when b is not after a.
    func stretch(_ from: Int, _ end: Int) -> Range<Int> { from..<max(from, end) }

    /// Splits with at least a week on each side.
    var splits: Range<Int> { stretch(Self.least, days - Self.least + 1) }

    func clip(_ value: Double, _ low: Double, _ high: Double) -> Double {
        value.isNaN ? .nan : min(high, max(low, value))
    }

    mutating func median(_ list: [Double], _ from: Int, _ end: Int) -> Double {
        scratch.load(list, from, end)
        return scratch.median()
    }

    mutating func quantile(_ list: [Double], _ from: Int, _ end: Int, _ share: Double) -> Double {
        scratch.load(list, from, end)
        return scratch.quantile(share)
    }

    /// Median and spread of a stretch.
    mutating func middle(_ list: [Double], _ from: Int, _ end: Int) -> (median: Double, spread: Double) {
        scratch.load(list, from, end)
        let median = scratch.median()
        return (median, scratch.spread(median))
    }

    /// Quantile of sign × value (the magnitude for sign 0) over days further than `gap` from a day; NaN under five.
    mutating func away(_ list: [Double], _ day: Int, gap: Int, share: Double, sign: Double) -> Double {
        scratch.clear()
        for other in list.indices where abs(other - day) > gap {
            scratch.add(sign == 0 ? abs(list[other]) : sign * list[other])
        }
        return scratch.count < 5 ? .nan : scratch.quantile(share)
    }

    /// Same over all days.
    mutating func everywhere(_ list: [Double], sign: Double) -> Double {
        away(list, -999, gap: 0, share: 1, sign: sign)
    }

    /// First place of the greatest value; -1 when all are missing.
    func greatest(_ list: [Double]) -> Int {
        var best = -1
        for place in list.indices where !list[place].isNaN && (best < 0 || list[place] > list[best]) { best = place }
        return best
    }

    /// Least-squares line of v on u over pairs present (at least six); all NaN when there is none.
    static func regress(_ u: ArraySlice<Double>, _ v: ArraySlice<Double>) -> (
        intercept: Double, slope: Double, fit: Double
    ) {
        var count = 0.0
        var sumU = 0.0
        var sumV = 0.0
        for (a, b) in zip(u, v) where !a.isNaN && !b.isNaN {
            count += 1
            sumU += a
            sumV += b
        }
        guard count >= 6 else { return (.nan, .nan, .nan) }
        let meanU = sumU / count
        let meanV = sumV / count
        var uu = 0.0
        var uv = 0.0
        var vv = 0.0
        for (a, b) in zip(u, v) where !a.isNaN && !b.isNaN {
            uu += (a - meanU) * (a - meanU)
            uv += (a - meanU) * (b - meanV)
            vv += (b - meanV) * (b - meanV)
        }
        guard uu > 0 else { return (.nan, .nan, .nan) }
        let slope = uv / uu
        return (meanV - slope * meanU, slope, vv > 0 ? uv * uv / (uu * vv) : .nan)
    }
}
