/// Days whose hours are, value for value, those of as many days earlier. No household, shop or machine repeats itself to the
/// last figure for days; a file into which one week was copied over another does.
package struct CopiedDays: Sendable, Equatable {
    /// Consecutive days that repeat earlier ones.
    package var days: Int
    /// How many days earlier.
    package var lag: Int
    /// First of them, from the start of the window.
    package var first: Int

    /// Fewer different values than this in a day may come again by chance: a register that counts whole kWh.
    private static let leastValues = 8
    /// Furthest that a copy is looked for.
    private static let furthest = 92
    /// Shorter runs are chance.
    package static let leastDays = 3

    /// The longest run; nil when there is none of at least three days.
    package static func find(_ grid: HourlyGrid) -> CopiedDays? {
        let prints = (0..<grid.days).map { print(grid.values[($0 * 24)..<($0 * 24 + 24)]) }
        var best: CopiedDays?
        for lag in 1..<max(2, min(furthest + 1, grid.days)) {
            var run = 0
            for day in lag..<max(lag, grid.days) {
                guard let now = prints[day], now == prints[day - lag], equal(grid, day, day - lag) else {
                    run = 0
                    continue
                }
                run += 1
                if run >= leastDays, run > best?.days ?? 0 {
                    best = CopiedDays(days: run, lag: lag, first: day - run + 1)
                }
            }
        }
        return best
    }

    /// A number for a whole day with enough different values; nil for any other.
    private static func print(_ hours: ArraySlice<Float>) -> UInt64? {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var seen: Set<Float> = []
        for value in hours {
            if value.isNaN { return nil }
            seen.insert(value)
            hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3
        }
        return seen.count >= leastValues ? hash : nil
    }

    private static func equal(_ grid: HourlyGrid, _ one: Int, _ other: Int) -> Bool {
        (0..<24).allSatisfy { grid.values[one * 24 + $0] == grid.values[other * 24 + $0] }
    }
}
