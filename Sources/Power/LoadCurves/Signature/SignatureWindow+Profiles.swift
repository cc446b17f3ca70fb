#if canImport(Glibc)
    import Glibc
#endif

/// The day before and the day after, four weeks each: what was added, to which hours, and does it stay.
extension SignatureWindow {
    mutating func profiles() {
        let from = max(0, split - Self.long)
        let end = min(days, split + Self.long)
        old = profile(from, split)
        new = profile(split, end)
        for place in 0..<48 { increment[place] = new[place] - old[place] }
        (longRise, longSpread) = middle(increment, 0, 48)
        let size = abs(longRise) + 0.01 * scale
        self[.longFlatness] = clip(longRise / (longSpread + 0.01 * scale), -5, 60)
        let line = Self.regress(old[...], new[...])
        self[.longIntercept] = clip(line.intercept / size, -10, 10)
        self[.longSlope] = clip(line.slope, -2, 5)
        let oldSwing = quantile(old, 0, 48, 0.9) - quantile(old, 0, 48, 0.1)
        let newSwing = quantile(new, 0, 48, 0.9) - quantile(new, 0, 48, 0.1)
        self[.swingRatio] = clip((newSwing + 0.01 * scale) / (oldSwing + 0.01 * scale), 0, 10)
        let afternoon = median(increment, 12, 18) - median(increment, 1, 5)
        self[.afternoonRise] = clip(afternoon / size, -5, 5)
        let level = median(old, 0, 48)
        self[.relativeRise] = clip(longRise / (abs(level) + 0.01 * scale), -2, 60)
        self[.emptyBefore] =
            level < 0.15 * scale ? (oldSwing + 0.001 * scale) / (newSwing + oldSwing + 0.002 * scale) : 1
        let noiseAfter = median(afterSpread, split * 24, split * 24 + 24) + 0.002 * scale
        let noiseBefore = median(beforeSpread, split * 24, split * 24 + 24) + 0.002 * scale
        self[.noiseRatio] = clip(log(noiseAfter / noiseBefore), -4, 4)
        held(from, end)
        running()
    }

    /// 48 medians by hour over days; a kind of day with under two values takes the other's.
    private mutating func profile(_ from: Int, _ end: Int) -> [Double] {
        var result = [Double](repeating: .nan, count: 48)
        for kind in 0..<2 {
            for hour in 0..<24 {
                scratch.clear()
                for day in stretch(from, end) where weekend[day] == (kind == 1) { scratch.add(hours[day * 24 + hour]) }
                if scratch.count >= 2 { result[kind * 24 + hour] = scratch.median() }
            }
        }
        for hour in 0..<24 {
            if result[24 + hour].isNaN { result[24 + hour] = result[hour] }
            if result[hour].isNaN { result[hour] = result[24 + hour] }
        }
        return result
    }

    private mutating func held(_ from: Int, _ end: Int) {
        let low = median(nights, from, split)
        let high = median(nights, split, end)
        let middle = 0.5 * (low + high)
        var count = 0.0
        var hold = 0.0
        for day in stretch(split, days) where !nights[day].isNaN {
            count += 1
            if nights[day] > middle { hold += 1 }
        }
        self[.heldAfter] = count > 0 ? hold / count : .nan
        count = 0
        hold = 0
        for day in 0..<split where !nights[day].isNaN {
            count += 1
            if nights[day] < middle { hold += 1 }
        }
        self[.heldBefore] = count > 0 ? hold / count : .nan
        var top = -Double.infinity
        for day in stretch(0, split - 6) {
            let week = median(nights, day, day + 7)
            if week > top { top = week }
        }
        if top > -Double.infinity {
            self[.novelty] = clip((high - top) / (abs(high - low) + 0.01 * scale), -10, 2)
        }
    }

    /// The rise in the hours that carry it, and what lies over the old day where it runs.
    private mutating func running() {
        let half = 0.5 * quantile(increment, 0, 48, 0.85)
        var carried = 0.0
        for value in increment where value >= half { carried += 1 }
        runningShare = carried / 48
        scratch.clear()
        for day in stretch(split, days) {
            let kind = weekend[day] ? 24 : 0
            for hour in 0..<24 {
                let over = hours[day * 24 + hour] - old[kind + hour]
                if !over.isNaN, !(over < 0.5 * longRise) { scratch.add(over) }
            }
        }
        if scratch.count > 5 { upperRise = scratch.median() }
    }
}
