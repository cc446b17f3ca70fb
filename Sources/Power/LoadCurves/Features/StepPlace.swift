/// Sets the day of a step exactly. Medians on either side find that there is a step, but do not mind a few days.
package enum StepPlace {
    /// The split within a week of `near` whose days lie closest to `low` before it and to `high` from it on (least sum
    /// of absolute distances). Missing days count nowhere. Returns `near` when nothing better is there.
    package static func refine(_ values: [Float], near: Int, low: Float, high: Float) -> Int {
        let side = LoadLimits.minimumSideDays
        guard low < high, values.indices.contains(near) else { return near }
        let first = max(1, near - side)
        let last = min(values.count - 1, near + side)
        guard first <= last else { return near }
        func cost(_ split: Int) -> Float {
            var sum: Float = 0
            for index in (first - 1)...last where !values[index].isNaN {
                sum += abs(values[index] - (index < split ? low : high))
            }
            return sum
        }
        var best = near
        var least = cost(near)
        for split in first...last {
            let now = cost(split)
            if now < least {
                least = now
                best = split
            }
        }
        return best
    }
}
