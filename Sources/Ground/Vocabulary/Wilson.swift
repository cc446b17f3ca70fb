/// Wilson's interval for a share at 95 %, which stays within 0 … 1 and says something at n = 1 too.
package enum Wilson {
    /// Both ends; nil where there is nothing to count or the counts cannot be.
    package static func interval(_ hits: Double, _ n: Double) -> (low: Double?, high: Double?) {
        guard n > 0, hits >= 0, hits <= n else { return (nil, nil) }
        let z = 1.959963984540054
        let share = hits / n
        let scale = 1 + z * z / n
        let middle = (share + z * z / (2 * n)) / scale
        let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot() / scale
        return (max(0, middle - half), min(1, middle + half))
    }
}
