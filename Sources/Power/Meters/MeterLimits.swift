/// Limits against hostile meter files, in one place. Each says why it is there and what happens when it bites.
package enum MeterLimits {
    /// One record, line ends inside quotes included. An honest year in one row stays below; a longer record is rejected.
    package static let recordBytes = 1 << 20
    /// Columns of a file. Above the 1 440 minutes of a day and wide enough for a feeder's meters side by side; a header with
    /// more is refused.
    package static let columns = 4096
    /// Meters of one file: a large prefecture's, with room. A row for a further meter is rejected.
    package static let meters = 4_000_000
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
    /// Beginning of a file from which its format is recognised: room for the long comments that some XML exports open with.
    package static let headBytes = 1 << 16
    /// Open elements of an XML document; the deepest format read here stays below 12. A deeper one is refused.
    package static let xmlDepth = 64
    /// Attributes of one element, bytes of one attribute's value, of one name, of one text. Beyond, the file is refused.
    package static let xmlAttributes = 64
    package static let xmlAttributeBytes = 4096
    package static let xmlNameBytes = 256
    package static let xmlTextBytes = 1 << 16
    /// Readings, and entries with their links, that a document may hold before they can be resolved: 40 bytes a reading,
    /// which is 170 meters for a year of quarter hours. Further readings are rejected.
    package static let heldReadings = 6_000_000
    package static let heldEntries = 1_000_000
    /// Objects and arrays inside each other in one JSON line. A deeper line is rejected.
    package static let jsonDepth = 16
    /// Whole intervals that one reading may cover; a longer one is another reading's sum and is rejected.
    package static let intervalsOfOneReading: Int64 = 4
    /// A register that falls has rolled over when the energy up to its modulus is at most this many times the meter's
    /// largest ordinary step; otherwise it was reset.
    package static let rolloverSteps = 20.0
    /// What an explanation reads of a file, and the rows it shows.
    package static let explainBytes = 4 << 20
    package static let explainRows = 5
    /// Registers have at most ten digits before the point, transformer ratios below a million.
    package static let largestRegister = 1e13
    package static let largestMultiplier = 1e7
    /// Rows that are looked at where a header alone does not tell its layout.
    package static let previewRows = 32
    /// Values of days that are open at a time in a stream (64 MiB). Beyond it all are handed out as they are.
    package static let openValues = 16_000_000
    /// Values of a batch of days (512 KiB): it stays in the cache until it was used.
    package static let batchValues = 1 << 17
    /// Readings of a meter from which a stream takes its interval: four of the seven steps may be gaps.
    package static let readingsForInterval = 8
    /// Readings too large for a stream's quantum that go out one by one before it becomes coarser.
    package static let strayReadings = 1000
    /// 64-day stretches that a stream remembers to count rows that come twice (some 64 MiB).
    package static let dayStretches = 1_000_000
    /// Stamps that a stream remembers for the same.
    package static let rememberedStamps = 1_000_000
    /// Bytes of a piece that one thread reads at a time.
    package static let pieceBytes = 1 << 18
    /// Bytes of which fields are indexed at a time: they stay in the second-level cache together with the index.
    package static let indexedBytes = 1 << 15
    /// Bytes of the first piece: it tells how many decimals a file has.
    package static let firstPieceBytes = 1 << 16
    /// Threads that read pieces; more would wait for the one that puts days together.
    package static let threads = 8
}
