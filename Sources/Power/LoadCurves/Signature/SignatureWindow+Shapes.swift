#if canImport(Glibc)
    import Glibc
#endif

/// Ways to hide: some hours only, on and off, grown slowly, a meter that registers a part.
extension SignatureWindow {
    /// A cyclic block of hours rises and the others do not.
    mutating func blocks() {
        var scores = [Double](repeating: .nan, count: days)
        var starts = [Int](repeating: 0, count: days)
        var lengths = [Int](repeating: 0, count: days)
        var sums = [Double](repeating: 0, count: 49)
        var squares = sums
        for day in splits {
            var spread = 0.0
            var complete = true
            for hour in 0..<24 {
                let place = day * 24 + hour
                if after[place].isNaN || before[place].isNaN { complete = false }
                spread += afterSpread[place] + beforeSpread[place]
            }
            if !complete { continue }
            spread /= 24
            for place in 0..<48 {
                let rise = rise(day, place % 24)
                sums[place + 1] = sums[place] + rise
                squares[place + 1] = squares[place] + rise * rise
            }
            let floor = 0.5 * spread + 0.01 * scale
            var best = -1e300
            for length in 4...20 {
                for start in 0..<24 {
                    let inside = sums[start + length] - sums[start]
                    let insideSquares = squares[start + length] - squares[start]
                    let meanIn = inside / Double(length)
                    let meanOut = (sums[24] - inside) / Double(24 - length)
                    let varianceIn = max(0, insideSquares / Double(length) - meanIn * meanIn)
                    let varianceOut = max(
                        0, (squares[24] - insideSquares) / Double(24 - length) - meanOut * meanOut)
                    let score = (meanIn - meanOut) / (varianceIn.squareRoot() + varianceOut.squareRoot() + floor)
                    if score > best {
                        best = score
                        starts[day] = start
                        lengths[day] = length
                    }
                }
            }
            scores[day] = best
        }
        let day = greatest(scores)
        guard day >= 0 else { return }
        describe(day, starts[day], lengths[day], scores)
    }

    private func rise(_ day: Int, _ hour: Int) -> Double { after[day * 24 + hour] - before[day * 24 + hour] }

    private mutating func describe(_ day: Int, _ start: Int, _ length: Int, _ scores: [Double]) {
        scratch.clear()
        for hour in 0..<24 where (hour - start + 24) % 24 < length { scratch.add(rise(day, hour)) }
        let inside = scratch.median()
        scratch.clear()
        for hour in 0..<24 where (hour - start + 24) % 24 >= length { scratch.add(rise(day, hour)) }
        let height = inside - scratch.median()
        self[.blockScore] = clip(scores[day], -2, 60)
        self[.blockHeight] = height / scale
        let up = rise(day, start) - rise(day, (start + 23) % 24)
        let end = (start + length) % 24
        let down = rise(day, (end + 23) % 24) - rise(day, end)
        self[.blockEdges] = clip(min(up, down) / (abs(height) + 0.01 * scale), -2, 2)
        let usual = away(scores, day, gap: 13, share: 0.9, sign: 1)
        self[.blockSelf] = clip(scores[day] / (usual + 0.3), -3, 30)
    }

    /// From which day on do the hours jump more, and are the jumps all of one size?
    mutating func switching() {
        var top = -1e300
        var day = -1
        for place in splits {
            let late = middle(rough, place, place + Self.side)
            let early = middle(rough, place - Self.side, place)
            if early.median.isNaN || late.median.isNaN { continue }
            let score = (late.median - early.median) / (late.spread + early.spread + 0.005 * scale)
            if score > top {
                top = score
                day = place
            }
        }
        guard day >= 0 else { return }
        let late = median(rough, day, day + Self.long) + 0.002 * scale
        let early = median(rough, day - Self.long, day) + 0.002 * scale
        self[.roughRatio] = clip(log(late / early), -3, 5)
        jumps(day)
    }

    private mutating func jumps(_ day: Int) {
        scratch.clear()
        for place in stretch(max(0, day - Self.long) * 24, day * 24) { scratch.add(abs(changes[place])) }
        let limit = scratch.count > 20 ? 1.5 * scratch.quantile(0.95) + 0.02 * scale : .nan
        scratch.clear()
        var up = 0.0
        var present = 0.0
        for place in stretch(day * 24, min(days, day + Self.long) * 24) where !changes[place].isNaN {
            present += 1
            if abs(changes[place]) > limit {
                if changes[place] > 0 { up += 1 }
                scratch.add(abs(changes[place]))
            }
        }
        let count = Double(scratch.count)
        if present > 0 { self[.switchRate] = count / present }
        guard scratch.count >= 4 else { return }
        let size = scratch.median()
        var near = 0.0
        for place in 0..<scratch.count where abs(scratch.values[place] - size) <= 0.15 * size { near += 1 }
        self[.switchEven] = near / count * (1 - abs(2 * up / count - 1))
        self[.switchSize] = size / scale
    }

    /// Two weeks against the two weeks that begin three or six weeks later.
    mutating func slowGrowth() {
        var top = -1e300
        for gap in [21, 42] {
            for day in stretch(Self.least, days - Self.least - gap + 1) {
                let rise = flatRise(before: day, after: day + gap)
                if rise.score > top { top = rise.score }
            }
        }
        if top > -1e299 { self[.slowScore] = clip(top, -5, 60) }
    }

    /// A day squeezed and lifted: a shunt with load added; and whether the rise falls back later.
    mutating func shunt() {
        var top = -1e300
        for day in stretch(Self.side, days - Self.side + 1) {
            let line = Self.regress(before[(day * 24)..<(day * 24 + 24)], after[(day * 24)..<(day * 24 + 24)])
            if line.fit.isNaN { continue }
            let score = min(1 - line.slope, line.intercept / scale) * line.fit
            if score > top {
                top = score
                self[.liftSlope] = clip(line.slope, -2, 2)
            }
        }
        if top > -1e299 { self[.liftScore] = clip(top, -2, 2) }
        var fall = 0.0
        var day = -1
        for place in stretch(split + Self.least, days - Self.least + 1) where -rises[place] > fall {
            fall = -rises[place]
            day = place
        }
        guard day >= 0 else { return }
        scratch.clear()
        for hour in 0..<24 { scratch.add(after[day * 24 + hour] - before[split * 24 + hour]) }
        self[.afterBack] = clip(scratch.median() / (abs(best.rise) + 0.01 * scale), -3, 4)
    }
}
