#if canImport(Glibc)
    import Glibc
#endif

/// Facts of the whole window: how big, how flat, how regular.
extension SignatureWindow {
    /// False when there is too little to say anything.
    mutating func level() -> Bool {
        var sorted = hours.filter { !$0.isNaN }
        guard sorted.count >= 24 * 14, days >= 2 * Self.least else { return false }
        sorted.sort()
        let count = Double(sorted.count)
        mean = sorted.reduce(0, +) / count
        scale = sorted.reduce(0) { $0 + abs($1) } / count
        guard scale > 0 else { return false }
        scale = max(scale, 1e-3)
        func quantile(_ share: Double) -> Double {
            let position = share * (count - 1)
            let index = Int(position)
            if index >= sorted.count - 1 { return sorted[sorted.count - 1] }
            let part = position - Double(index)
            return sorted[index] * (1 - part) + sorted[index + 1] * part
        }
        let high = quantile(0.95)
        let low = quantile(0.05)
        let median = quantile(0.5)
        let top = quantile(0.995)
        self[.logMean] = clip(log(scale), -3, 9)
        self[.flatness] = high > 0 ? clip(low / high, -1, 1) : .nan
        self[.loadFactor] = top > 0 ? clip(mean / top, -1, 2) : .nan
        var squares = 0.0
        var near = 0.0
        var zero = 0.0
        for value in sorted {
            squares += (value - mean) * (value - mean)
            if abs(value - median) <= 0.05 * abs(median) { near += 1 }
            if value <= 0.03 * high { zero += 1 }
        }
        self[.variation] = (squares / count).squareRoot() / scale
        self[.baseShare] = low / scale
        self[.plateauShare] = near / count
        self[.zeroShare] = zero / count
        days24()
        roughness()
        lag()
        self[.waveShare] = clip(self[.dailyWave] / (1.4142 * self[.variation] + 1e-9), 0, 2)
        self[.roughShare] = clip(self[.roughness] / (self[.variation] + 1e-9), 0, 2)
        self[.nightSpread] = middle(nights, 0, days).spread / scale
        return true
    }

    /// Day means, night minima, the daily wave and the weekend.
    private mutating func days24() {
        var least = [Double](repeating: .nan, count: days)
        let waves = (0..<24).map { (cos(2 * Double.pi * Double($0) / 24), sin(2 * Double.pi * Double($0) / 24)) }
        var weekendSum = 0.0
        var weekends = 0.0
        var weekdaySum = 0.0
        var weekdays = 0.0
        var cosines = 0.0
        var sines = 0.0
        var counted = 0.0
        for day in 0..<days {
            var count = 0.0
            var sum = 0.0
            var lowest = Double.infinity
            var nightCount = 0
            for hour in 0..<24 {
                let value = hours[day * 24 + hour]
                if value.isNaN { continue }
                count += 1
                sum += value
                if hour < 6 {
                    nightCount += 1
                    lowest = min(lowest, value)
                }
            }
            if nightCount >= 3 { least[day] = lowest }
            if count < 18 { continue }
            daily[day] = sum / count
            if weekend[day] {
                weekendSum += daily[day]
                weekends += 1
            } else {
                weekdaySum += daily[day]
                weekdays += 1
            }
            for hour in 0..<24 {
                let value = hours[day * 24 + hour]
                if value.isNaN { continue }
                cosines += value * waves[hour].0
                sines += value * waves[hour].1
                counted += 1
            }
        }
        for day in 0..<days where !least[day].isNaN { nights[day] = median(least, day - 1, day + 2) }
        if weekends > 0, weekdays > 0, weekdaySum > 0 {
            self[.weekendWeekday] = clip(weekendSum / weekends / (weekdaySum / weekdays), -1, 10)
        }
        if counted > 0 {
            self[.dailyWave] = 2 * (cosines * cosines + sines * sines).squareRoot() / counted / scale
        }
    }

    /// Changes from hour to hour, less what is usual at that hour and kind of day.
    private mutating func roughness() {
        var steps = [Double](repeating: .nan, count: hours.count)
        for place in stretch(1, hours.count) { steps[place] = hours[place] - hours[place - 1] }
        var usual = [Double](repeating: .nan, count: 48)
        for kind in 0..<2 {
            for hour in 0..<24 {
                scratch.clear()
                for day in 0..<days where weekend[day] == (kind == 1) { scratch.add(steps[day * 24 + hour]) }
                if scratch.count >= 4 { usual[kind * 24 + hour] = scratch.median() }
            }
        }
        var still = 0.0
        var pairs = 0.0
        for day in 0..<days {
            let kind = weekend[day] ? 24 : 0
            var sum = 0.0
            var count = 0.0
            for hour in 0..<24 {
                let step = steps[day * 24 + hour]
                if step.isNaN { continue }
                pairs += 1
                if abs(step) <= 0.002 * scale { still += 1 }
                let change = step - usual[kind + hour]
                if change.isNaN { continue }
                changes[day * 24 + hour] = change
                sum += abs(change)
                count += 1
            }
            if count >= 12 { rough[day] = sum / count }
        }
        self[.roughness] = median(rough, 0, days) / scale
        self[.stillShare] = still / max(1, pairs)
    }

    private mutating func lag() {
        var squares = 0.0
        var products = 0.0
        for place in stretch(24, hours.count) {
            let now = hours[place] - mean
            let then = hours[place - 24] - mean
            if now.isNaN || then.isNaN { continue }
            squares += now * now + then * then
            products += 2 * now * then
        }
        if squares > 0 { self[.lag24] = products / squares }
    }
}
