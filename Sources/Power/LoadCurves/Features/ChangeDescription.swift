import Kernels

/// Describes one chosen change from up to four weeks on each side of it.
struct ChangeDescription {
    let grid: HourlyGrid
    let nights: [Float]
    let mean: Float
    let kernels: MeterKernels

    init(_ grid: HourlyGrid, _ nights: [Float], mean: Float, kernels: MeterKernels) {
        self.grid = grid
        self.nights = nights
        self.mean = mean
        self.kernels = kernels
    }

    func describe(_ candidate: ChangeSearch.Candidate) -> ChangeFeatures? {
        let day = refined(candidate.day)
        let before = max(0, day - LoadLimits.profileSideDays)..<day
        let after = day..<min(grid.days, day + LoadLimits.profileSideDays)
        let (old, new, hours) = profiles(before, after)
        guard old.count >= 12 else { return nil }
        var change = ChangeFeatures()
        change.day = day
        change.onsetDay = day
        change.daysBefore = day
        change.daysAfter = grid.days - day
        change.nightStep = Double(candidate.nightStep)
        change.sharpness = Double(candidate.sharpness)
        change.hourSharpness = Double(candidate.hourSharpness)
        let low = Order.median(of: nights[before])
        let high = Order.median(of: nights[after])
        change.nightBefore = low.isNaN ? 0 : Double(low)
        change.nightAfter = high.isNaN ? 0 : Double(high)
        addShape(old, new, hours, into: &change)
        addPersistence(day, middle: (low + high) / 2, low: low, high: high, into: &change)
        addRunning(old, hours, after, into: &change)
        return change
    }

    /// The levels are taken clear of the days in question, where there are such days.
    private func refined(_ day: Int) -> Int {
        let side = LoadLimits.minimumSideDays
        let clear = max(0, day - LoadLimits.profileSideDays)..<max(0, day - side)
        let later = min(grid.days, day + side)..<min(grid.days, day + LoadLimits.profileSideDays)
        let low = Order.median(of: clear.count >= side ? nights[clear] : nights[..<day])
        let high = Order.median(of: later.count >= side ? nights[later] : nights[day...])
        let found = StepPlace.refine(nights, near: day, low: low, high: high)
        return (side...(grid.days - side)).contains(found) ? found : day
    }

    /// Median profile by hour, weekdays then weekends, of both sides; only the hours that both have.
    private func profiles(_ before: Range<Int>, _ after: Range<Int>) -> (old: [Float], new: [Float], hours: [Int]) {
        var old: [Float] = []
        var new: [Float] = []
        var hours: [Int] = []
        for weekend in [false, true] {
            for hour in 0..<24 {
                let left = Order.median(of: column(hour, weekend, before))
                let right = Order.median(of: column(hour, weekend, after))
                if left.isNaN || right.isNaN { continue }
                old.append(left)
                new.append(right)
                hours.append(hour + (weekend ? 24 : 0))
            }
        }
        return (old, new, hours)
    }

    private func column(_ hour: Int, _ weekend: Bool, _ range: Range<Int>) -> [Float] {
        range.compactMap { grid.isWeekend($0) == weekend ? grid.values[$0 * 24 + hour] : nil }
    }

    private func addShape(_ old: [Float], _ new: [Float], _ hours: [Int], into change: inout ChangeFeatures) {
        let rise = zip(old, new).map { $1 - $0 }
        let centre = Order.median(of: rise)
        let spread = Order.spread(of: rise, around: centre)
        let newMean = new.reduce(0, +) / Float(new.count)
        let oldMedian = Order.median(of: old)
        change.increment = Double(centre)
        change.incrementSpread = Double(spread)
        change.incrementFlatness = Double(centre / (spread + 0.02 * max(0, newMean) + 0.001))
        change.levelBefore = Double(oldMedian)
        change.relative = Double(centre / max(oldMedian, 0.02 * max(0, mean) + 0.001))
        let sums = kernels.regression(old.span, new.span)
        let n = Double(sums.count)
        let x = Double(sums.x)
        let y = Double(sums.y)
        let across = n * Double(sums.xx) - x * x
        // A flat old profile says nothing about the slope: then a rise is a constant by definition.
        if across > 1e-4 * x * x, across > 1e-9 {
            change.slope = (n * Double(sums.xy) - x * y) / across
            change.intercept = (y - change.slope * x) / n
        } else {
            change.slope = 1
            change.intercept = Double(centre)
        }
        let night = Order.median(of: zip(hours, rise).compactMap { $0 % 24 < 6 ? $1 : nil })
        let late = Order.median(of: zip(hours, rise).compactMap { (12..<18).contains($0 % 24) ? $1 : nil })
        if night > 0, late.isFinite { change.afternoonRatio = Double(late / night) }
        let ordered = rise.sorted()
        let half = Order.quantile(sorted: ordered, 0.85) / 2
        let running = zip(hours, rise).filter { $1 >= half }
        let level = Order.median(of: running.map { $0.1 })
        change.runningIncrement = level.isNaN ? 0 : Double(level)
        change.runningShare = Double(running.count) / Double(max(1, rise.count))
        change.nightShare = Double(running.count { $0.0 % 24 < 8 || $0.0 % 24 >= 22 }) / Double(max(1, running.count))
    }

    private func addPersistence(_ day: Int, middle: Float, low: Float, high: Float, into change: inout ChangeFeatures) {
        let later = nights[day...].filter { !$0.isNaN }
        let earlier = nights[..<day].filter { !$0.isNaN }
        change.heldAfter = share(later.count { $0 > middle }, later.count)
        change.heldBefore = share(earlier.count { $0 < middle }, earlier.count)
        let step = high - low
        guard step > 0 else { return }
        let firstWeek = Order.median(of: nights[day..<min(nights.count, day + 7)])
        if !firstWeek.isNaN { change.firstWeekShare = Double((firstWeek - low) / step) }
        change.endDay = endOfRise(day, middle: middle)
    }

    /// A load that began in the afternoon is seen by the next night only: the evening before tells.
    private func onset(_ base: [Float], _ half: Float, _ day: Int) -> Int {
        guard day > 0 else { return day }
        let shift = grid.isWeekend(day - 1) ? 24 : 0
        let evening = (20..<24).map { grid.values[(day - 1) * 24 + $0] - base[shift + $0] }
        return evening.allSatisfy { $0 >= half } ? day - 1 : day
    }

    private func share(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }

    /// First day after which (at least a week, to the end) nine nights of ten lie below the middle again.
    private func endOfRise(_ day: Int, middle: Float) -> Int? {
        var below = 0
        var seen = 0
        var found: Int?
        for index in stride(from: nights.count - 1, to: day, by: -1) where !nights[index].isNaN {
            seen += 1
            if nights[index] < middle { below += 1 }
            guard Double(below) >= 0.9 * Double(seen) else { break }
            if seen >= LoadLimits.minimumSideDays, nights[index] < middle { found = index }
        }
        return found
    }

    /// Share of the hours that should run but lie under half of the rise above the old profile.
    private func addRunning(_ old: [Float], _ hours: [Int], _ after: Range<Int>, into change: inout ChangeFeatures) {
        var base = [Float](repeating: .nan, count: 48)
        for (hour, level) in zip(hours, old) { base[hour] = level }
        let half = Float(change.runningIncrement) / 2
        guard half > 0 else { return }
        var off = 0
        var seen = 0
        for day in after {
            let shift = grid.isWeekend(day) ? 24 : 0
            for hour in 0..<24 {
                let value = grid.values[day * 24 + hour] - base[shift + hour]
                if value.isNaN { continue }
                seen += 1
                if value < half { off += 1 }
            }
        }
        change.offShare = share(off, seen)
        change.onsetDay = onset(base, half, change.day)
    }
}
