/// The rise with each hour weighed by how steady it is: steady night hours speak louder than noon.
extension SignatureWindow {
    private struct Rise {
        var rise = Double.nan
        /// How much the hours disagree, in units of their noise.
        var chi = Double.nan
        /// Rise over noise.
        var noise = Double.nan
        var score = Double.nan
    }

    mutating func weighed() {
        var rises = [Double](repeating: .nan, count: days)
        var scores = rises
        for day in splits {
            let rise = weighedRise(day)
            rises[day] = rise.rise
            scores[day] = rise.score
        }
        let day = greatest(scores)
        guard day >= 0 else { return }
        let rise = weighedRise(day)
        self[.weighedScore] = clip(rise.score, -3, 40)
        self[.weighedRise] = rise.rise / scale
        self[.weighedChi] = clip(rise.chi, 0, 20)
        self[.weighedNoise] = clip(rise.noise, -3, 60)
        let strength = abs(rise.score) + 0.1
        self[.weighedSecond] = clip(away(scores, day, gap: 13, share: 1, sign: 1) / strength, -3, 1.5)
        self[.weighedFall] = clip(everywhere(scores, sign: -1) / strength, -1, 5)
        let late = median(nights, day, days)
        let early = median(nights, 0, day)
        self[.weighedHeld] = clip((late - early) / (abs(rise.rise) + 0.005 * scale), -5, 5)
    }

    private func weighedRise(_ day: Int) -> Rise {
        let floor = (0.01 * scale) * (0.01 * scale)
        var weights = 0.0
        var sum = 0.0
        var count = 0.0
        for place in (day * 24)..<(day * 24 + 24) {
            let rise = after[place] - before[place]
            if rise.isNaN { continue }
            let spread = beforeSpread[place] + afterSpread[place]
            let weight = 1 / (spread * spread + floor)
            weights += weight
            sum += weight * rise
            count += 1
        }
        guard count >= 12 else { return Rise() }
        let mean = sum / weights
        var disagreement = 0.0
        for place in (day * 24)..<(day * 24 + 24) {
            let rise = after[place] - before[place] - mean
            if rise.isNaN { continue }
            let spread = beforeSpread[place] + afterSpread[place]
            disagreement += rise * rise / (spread * spread + floor)
        }
        var result = Rise()
        result.rise = mean
        result.chi = (disagreement / count).squareRoot()
        result.noise = mean * (weights / count).squareRoot()
        result.score = result.noise / (0.5 + result.chi)
        return result
    }
}
