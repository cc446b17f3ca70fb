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

    /// Slots of a day: one-second values.
    package static let slotsPerDay = 86_400
    /// Furthest local day from 1970-01-01 either way: days whose nanoseconds fit an `Instant`.
    package static let days: ClosedRange<Int32> = -106_740...106_740
    /// Seconds that local time may be off UTC.
    package static let offsetSeconds = 18 * 3600
    /// Rows of one block: about 60 kB of 15-minute days, which is read and checked in some ten microseconds.
    static let rowsPerBlock = 512
    /// Bytes of one block; bounds what a damaged length can ask for.
    static let blockBytes = 64 << 20
    /// Bytes of rows after which a block ends, however few they are.
    static let blockFill = 1 << 20
    /// Rows that a delivery collects before it sorts, compares and writes them, and their bytes.
    static let bufferedRows = 32_768
    static let bufferedBytes = 16 << 20
    /// Days of one tile: blocks hold neighbouring meters of one tile, so that neither a meter's year nor everybody's
    /// day drags in much else.
    static let tileShift: Int32 = 3
    /// Series that a cursor looks at in one step.
    static let seriesPerStep: UInt32 = 4096
    /// Readings that a cursor hands out in one batch.
    static let readingsPerBatch = 1 << 20
    /// Blocks that a reader keeps.
    static let keptBlocks = 256
    /// Segment files that stay open.
    static let openSegments = 256
    /// Blocks in one segment, from its catalogue entry: 2^24 of them are 8 billion days.
    static let blocksPerSegment = 1 << 24
    /// Bytes of one stored feature record.
    package static let featureBytes = 4096
    /// Feature records that are made before they are written, when a whole store gets them.
    static let recordsAtOnce = 1 << 20
    /// Series numbers: a province has 30 million meters.
    static let series: UInt32 = 1 << 31
    /// Bytes copied at a time into a backup.
    static let copyBytes = 1 << 20
}
