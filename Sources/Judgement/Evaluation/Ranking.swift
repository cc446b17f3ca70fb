/// Scores with their truth, highest first; equal scores share one threshold.
package struct Ranking: Sendable {
    /// One threshold: what is found when everything at or above it is taken.
    package struct Point: Hashable, Sendable {
        package var score: Double
        package var hits: Int
        package var falseAlarms: Int
        /// Share of the positives found.
        package var recall: Double
        /// Share of the found that is positive.
        package var precision: Double
    }

    package let positives: Int
    package let negatives: Int
    /// From the highest threshold to the lowest.
    package let points: [Point]

    package init(_ scored: [(score: Double, isPositive: Bool)]) {
        let positives = scored.count { $0.isPositive }
        var points: [Point] = []
        var hits = 0
        var misses = 0
        for (index, one) in scored.sorted(by: { $0.score > $1.score }).enumerated() {
            if one.isPositive { hits += 1 } else { misses += 1 }
            let point = Point(
                score: one.score, hits: hits, falseAlarms: misses,
                recall: positives > 0 ? Double(hits) / Double(positives) : 0,
                precision: Double(hits) / Double(index + 1))
            if points.last?.score == one.score { points.removeLast() }
            points.append(point)
        }
        self.positives = positives
        self.negatives = scored.count - positives
        self.points = points
    }

    /// Average precision: the area under precision over recall. Nil without positives.
    package var averagePrecision: Double? {
        guard positives > 0 else { return nil }
        var area = 0.0
        var before = 0.0
        for point in points {
            area += (point.recall - before) * point.precision
            before = point.recall
        }
        return area
    }

    /// The lowest threshold that at most `rate` of the negatives reach: a score just above that of the first negative
    /// that is one too many; below every score where all of them are allowed.
    package static func threshold(negatives: [Double], rate: Double) -> Double {
        let allowed = Int(rate * Double(negatives.count))
        let ranked = negatives.sorted(by: >)
        return allowed < ranked.count ? ranked[allowed] + 1e-12 : -1
    }
}
