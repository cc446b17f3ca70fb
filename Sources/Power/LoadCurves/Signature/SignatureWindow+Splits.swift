#if canImport(Glibc)
    import Glibc
#endif

/// How much 24 hours rose by the same amount.
struct FlatRise {
    var rise = Double.nan
    /// Spread of the rise over the hours.
    var wide = Double.nan
    /// 0.15 quantile of the rise over the hours.
    var low = Double.nan
    var score = Double.nan
}

/// The search over all days for the strongest flat rise, and what is told by its shape.
extension SignatureWindow {
    /// Each hour's fortnight slides over the days, kept sorted: one value in and one out a day.
    mutating func columns() {
        for hour in 0..<24 {
            scratch.clear()
            for day in 0..<min(days, Self.side) {
                // What came before the first fortnight is shorter.
                if day >= Self.least {
                    (before[day * 24 + hour], beforeSpread[day * 24 + hour]) = column()
                }
                scratch.insertSorted(hours[day * 24 + hour])
            }
            for day in 0..<days {
                let place = day * 24 + hour
                if days - day >= Self.least { (after[place], afterSpread[place]) = column() }
                if day >= Self.side {
                    before[place] = after[place - Self.side * 24]
                    beforeSpread[place] = afterSpread[place - Self.side * 24]
                }
                scratch.removeSorted(hours[place])
                if day + Self.side < days { scratch.insertSorted(hours[place + Self.side * 24]) }
            }
        }
    }

    /// Median and spread of the sorted values (at least four).
    private func column() -> (Double, Double) {
        guard scratch.count >= 4 else { return (.nan, .nan) }
        let median = scratch.sortedQuantile(0.5)
        return (median, scratch.sortedSpread(median))
    }

    /// Compares the weeks before day `from` with those after day `to`; all NaN with fewer than twelve hours.
    mutating func flatRise(before from: Int, after to: Int) -> FlatRise {
        scratch.clear()
        for hour in 0..<24 { scratch.add(after[to * 24 + hour] - before[from * 24 + hour]) }
        guard scratch.count >= 12 else { return FlatRise() }
        scratch.sortSmall()
        var result = FlatRise()
        result.rise = scratch.sortedQuantile(0.5)
        result.low = scratch.sortedQuantile(0.15)
        result.wide = scratch.sortedSpread(result.rise)
        scratch.clear()
        for hour in 0..<24 where !after[to * 24 + hour].isNaN && !before[from * 24 + hour].isNaN {
            scratch.add(beforeSpread[from * 24 + hour] + afterSpread[to * 24 + hour])
        }
        scratch.sortSmall()
        let day = scratch.sortedQuantile(0.5)
        result.score = result.rise / (result.wide + 0.5 * day + 0.01 * scale)
        return result
    }

    /// False when no split can be judged.
    mutating func strongest() -> Bool {
        for day in splits {
            let rise = flatRise(before: day, after: day)
            rises[day] = rise.rise
            scores[day] = rise.score
        }
        split = greatest(scores)
        guard split >= 0 else { return false }
        best = flatRise(before: split, after: split)
        let size = abs(best.rise) + 0.01 * scale
        self[.stepFlatness] = clip(best.rise / (best.wide + 0.01 * scale), -5, 60)
        self[.stepLeastHour] = clip(best.low / size, -3, 1.5)
        let late = middle(nights, split, split + Self.side)
        let early = middle(nights, split - Self.side, split)
        self[.stepNightSharpness] = clip(
            (late.median - early.median) / (late.spread + early.spread + 0.02 * scale), -5, 40)
        let strength = abs(best.score) + 0.1
        self[.stepSecond] = clip(away(scores, split, gap: 13, share: 1, sign: 1) / strength, -3, 1.5)
        self[.stepFall] = clip(everywhere(scores, sign: -1) / strength, -1, 5)
        self[.stepRank] = clip(best.score / (away(scores, split, gap: 13, share: 0.9, sign: 0) + 0.3), -3, 50)
        logarithmic()
        return true
    }

    /// The rise in logarithms: a day that was only stretched is flat there.
    private mutating func logarithmic() {
        scratch.clear()
        for hour in 0..<24 {
            let a = after[split * 24 + hour]
            let b = before[split * 24 + hour]
            if a > 0.01 * scale, b > 0.01 * scale { scratch.add(log(a / b)) }
        }
        guard scratch.count >= 12 else { return }
        let median = scratch.median()
        self[.stepLogScore] = clip(abs(median) / (scratch.spread(median) + 0.01), 0, 60)
    }
}
