import LoadCurves
import Meters
import Vocabulary

/// Daily balance of one feeder and the strongest lasting step in it.
struct FeederBalance {
    struct Day {
        /// Days since 1970.
        var day: Int
        var head: Float
        var metered: Float
    }

    struct Step {
        var day: Int
        /// Rise of the loss beyond the usual ratio, kW.
        var excess: Double
        var spread: Double
        var score: Double
        var headMean: Double
    }

    struct Metered {
        var grid: HourlyGrid
        var meter: String
        /// Mean kW of each hour of the day, NaN for one without readings.
        var usual: [Float]

        init?(_ series: MeterSeries, timezoneOffset: Int) {
            guard let grid = HourlyGrid(series, timezoneOffset: timezoneOffset) else { return nil }
            self.grid = grid
            meter = series.meter
            usual = FeederBalance.usual(grid)
        }
    }

    let days: [Day]
    let filledShare: Double
    let head: HourlyGrid
    let meters: [Metered]

    init?(head: MeterSeries, meters: [MeterSeries], timezoneOffset: Int) {
        guard let grid = HourlyGrid(head, timezoneOffset: timezoneOffset) else { return nil }
        self.init(head: grid, meters: meters.compactMap { Metered($0, timezoneOffset: timezoneOffset) })
    }

    init?(head grid: HourlyGrid, meters below: [Metered]) {
        guard !below.isEmpty else { return nil }
        head = grid
        var days: [Day] = []
        var filled = 0
        var asked = 0
        for day in 0..<grid.days {
            let date = grid.firstDay.daysSince1970 + day
            var head: Float = 0
            var metered: Float = 0
            var hours: Float = 0
            for hour in 0..<24 {
                let value = grid.values[day * 24 + hour]
                if value.isNaN { continue }
                hours += 1
                head += value
                for meter in below {
                    asked += 1
                    let reading = Self.reading(meter.grid, date, hour)
                    if reading.isNaN { filled += 1 }
                    let used = reading.isNaN ? meter.usual[hour] : reading
                    if !used.isNaN { metered += used }
                }
            }
            if hours >= 18 { days.append(Day(day: date, head: head / hours, metered: metered / hours)) }
        }
        self.days = days
        self.filledShare = asked > 0 ? Double(filled) / Double(asked) : 1
        self.meters = below
    }

    fileprivate static func usual(_ grid: HourlyGrid) -> [Float] {
        (0..<24).map { hour in
            var sum: Float = 0
            var count: Float = 0
            for day in 0..<grid.days where !grid.values[day * 24 + hour].isNaN {
                sum += grid.values[day * 24 + hour]
                count += 1
            }
            return count > 0 ? sum / count : .nan
        }
    }

    static func reading(_ grid: HourlyGrid, _ date: Int, _ hour: Int) -> Float {
        let day = date - grid.firstDay.daysSince1970
        return day >= 0 && day < grid.days ? grid.values[day * 24 + hour] : .nan
    }

    /// Median daily loss over metered load, NaN when nothing is metered.
    var loss: Double { Double(Self.usualRatio(days[...])) }

    /// Technical loss over metered load, NaN when nothing is metered.
    private static func usualRatio(_ days: ArraySlice<Day>) -> Float {
        Order.median(of: days.compactMap { $0.metered > 0 ? ($0.head - $0.metered) / $0.metered : nil })
    }

    /// Best split: loss beyond (usual ratio × metered load), four weeks on each side.
    func step() -> Step? {
        let side = LoadLimits.minimumSideDays
        guard days.count >= 2 * side else { return nil }
        var best: Step?
        for split in side...(days.count - side) {
            let before = days[max(0, split - LoadLimits.profileSideDays)..<split]
            let after = days[split..<min(days.count, split + LoadLimits.profileSideDays)]
            let usual = Self.usualRatio(before)
            guard usual.isFinite else { continue }
            func excess(_ day: Day) -> Float { day.head - day.metered * (1 + usual) }
            let old = Order.median(of: before.map(excess))
            let new = Order.median(of: after.map(excess))
            let spread =
                Order.spread(of: before.map(excess), around: old) + Order.spread(of: after.map(excess), around: new)
            let level = after.reduce(0) { $0 + $1.head } / Float(after.count)
            let score = Double((new - old) / (spread + 0.001 * max(0, level) + 0.001))
            guard score.isFinite, score > (best?.score ?? -.infinity) else { continue }
            best = Step(
                day: days[split].day, excess: Double(new - old), spread: Double(spread + 0.001 * max(0, level)),
                score: score, headMean: Double(level))
        }
        return best.map(placed)
    }

    /// The same step with its day set exactly.
    private func placed(_ step: Step) -> Step {
        guard let near = days.firstIndex(where: { $0.day == step.day }) else { return step }
        let before = days[max(0, near - LoadLimits.profileSideDays)..<near]
        let usual = Self.usualRatio(before)
        guard usual.isFinite else { return step }
        let excess = days.map { $0.head - $0.metered * (1 + usual) }
        let exact = StepPlace.refine(excess, near: near, low: 0, high: Float(step.excess))
        var step = step
        step.day = days[exact].day
        return step
    }

    /// Meters in order of how much their own level fell at the onset (load moved before the meter), a small equal part
    /// each, because a full bypass leaves no trace.
    func candidates(_ step: Step) -> [FeederAnalysis.Candidate] {
        let raw = meters.map { meter -> Double in
            let split = step.day - meter.grid.firstDay.daysSince1970
            let before = level(meter.grid, (split - LoadLimits.profileSideDays)..<split)
            let after = level(meter.grid, split..<(split + LoadLimits.profileSideDays))
            guard before > 0, after.isFinite, step.excess > 0 else { return 0.1 }
            let change = Double(abs(after - before))
            return 0.1 + min(1, change / step.excess) * min(1, change / Double(before))
        }
        let whole = raw.reduce(0, +)
        return zip(meters, raw)
            .map { FeederAnalysis.Candidate(meter: $0.meter, weight: $1 / max(whole, 1e-9)) }
            .sorted { ($1.weight, $0.meter) < ($0.weight, $1.meter) }
    }

    private func level(_ grid: HourlyGrid, _ range: Range<Int>) -> Float {
        let inside = range.clamped(to: 0..<grid.days)
        return Order.median(of: grid.values[(inside.lowerBound * 24)..<(inside.upperBound * 24)])
    }
}
