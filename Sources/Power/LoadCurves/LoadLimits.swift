/// What the features accept, and why. Hostile or odd series are cut down, never refused with a trap.
package enum LoadLimits {
    /// Longest window judged: two years and a bit. The newest days are kept.
    package static let maximumDays = 800
    /// A reading above this is not a customer's load but a wrong unit or a broken register, kW.
    package static let maximumKilowatts: Float = 5_000_000
    /// A change needs this many days on each side: less than a week cannot tell a weekday rhythm from a step.
    package static let minimumSideDays = 7
    /// Days compared on each side while searching: two whole weeks, so weekdays weigh the same on both sides.
    package static let scanSideDays = 14
    /// Days compared on each side once the day is chosen.
    package static let profileSideDays = 28
    /// Readings present in an hour-of-day column before it counts.
    package static let minimumColumn = 3
    /// Fewest days with data for any judgement.
    package static let minimumDays = 14
    /// Night hours, local: people sleep, machines do not.
    package static let night = 0..<6
}
