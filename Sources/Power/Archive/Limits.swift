/// Every bound of this room, in one place. Readings come from files that others wrote.
package enum ArchiveLimits {
    /// Longest meter or feeder identifier, UTF-8 bytes. The longest asset number known is 24; the rest is slack.
    package static let identifierBytes = 256
    /// Most readings in one series: 15-minute values for a thousand years, or one-second values for 18 months.
    package static let readingsPerSeries = 48_000_000
    /// Most series in one coded message from a decoder child; a provincial daily file holds about a million meters.
    package static let seriesPerMessage = 4_000_000
    /// Most bytes in one coded message: what a decoder child may send before it is taken for broken.
    package static let messageBytes = 2 << 30
    /// Seconds a writer waits for another before it gives up.
    package static let busySeconds = 5.0
}
