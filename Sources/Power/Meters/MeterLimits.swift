/// Limits against hostile meter files, in one place. Each says why it is there and what happens when it bites.
package enum MeterLimits {
    /// One record, line ends inside quotes included. An honest year in one row stays below; a longer record is rejected.
    package static let recordBytes = 1 << 20
    /// Columns of a file. Above the 1 440 minutes of a day and wide enough for a feeder's meters side by side; a header with
    /// more is refused.
    package static let columns = 4096
    /// Meters of one file: a prefecture's, with room. A row for a further meter is rejected.
    package static let meters = 2_000_000
    /// Bytes of a meter's identifier. A row with a longer one is rejected.
    package static let identifierBytes = 256
    /// Readings of one file: 8 bytes each are held. A row that would go beyond is rejected.
    package static let readings = 200_000_000
    /// Slots of a grid that each reading pays for; a meter that is sparser draws on `freeSlots`.
    package static let slotsPerReading = 64
    /// Slots of one file that need no reading (64 MiB), so that two readings 50 years apart cannot ask for a huge grid.
    package static let freeSlots = 16_000_000
    /// Rejected rows that are kept in memory; further ones are counted and handed to the caller's log only.
    package static let rejectsKept = 10_000
    /// Bytes of a field that a reject quotes.
    package static let rejectDetailBytes = 80
    /// Bytes read at a time; also what encoding and separator are recognised from.
    package static let blockBytes = 1 << 18
    /// A reading may be this many seconds ahead of `now`: clocks and zones differ, decades do not.
    package static let futureSeconds: Int64 = 86_400
    /// A file whose newest reading is older than this many days is flagged `late`.
    package static let lateDays: Int64 = 30
    /// Larger readings, in kW or kWh, are no meter's: the largest plants stay two orders below.
    package static let largestReading = 1e9
    /// Shortest interval, seconds: the shortest freeze that load-curve exports know.
    package static let shortestInterval = 60
    /// Stamps before 1990-01-01 are spreadsheet or clock damage: no interval meter was read then.
    package static let earliestSecond: Int64 = 631_152_000
    /// Stamps are held in 32 bits: up to 2100-01-01.
    package static let latestSecond: Int64 = 4_102_444_800
    /// Transitions that a zone file may have; real ones stay below 300.
    package static let zoneTransitions = 4096
    /// Rows of a register of meters.
    package static let registerRows = 5_000_000
}
