import GRDB
import Vocabulary

extension Archive {
    /// The store in numbers, from the catalogue alone.
    package struct Statistics: Sendable, Equatable {
        package var meters = 0
        package var feeders = 0
        /// Days with a first and last row, local; nil when there are no readings.
        package var days: ClosedRange<Int32>?
        /// Rows of readings: one for each meter-day, and one more for each version of it.
        package var meterDays = 0
        /// Readings in all rows.
        package var readings = 0
        /// Bytes of segments that hold readings, and of everything.
        package var readingBytes = 0
        package var bytes = 0
        /// Meter-days that have an older version because a delivery said otherwise, ever.
        package var versions = 0
        package var deliveries = 0
        package var segments = 0
        package var records = 0

        /// Bytes of disk for one reading; nil when there is none.
        package var bytesPerReading: Double? { readings > 0 ? Double(readingBytes) / Double(readings) : nil }
    }

    package func statistics() throws(ArchiveError) -> Statistics {
        try Archive.guarded(path) {
            var result = Statistics()
            for segment in try segments() {
                result.segments += 1
                result.bytes += Int(clamping: segment.bytes)
                if segment.kind == .features { result.records += segment.rows }
                guard segment.kind == .readings, segment.lowDay <= segment.highDay else { continue }
                result.meterDays += segment.rows
                result.readings += segment.readings
                result.readingBytes += Int(clamping: segment.bytes)
                let low = min(segment.lowDay, result.days?.lowerBound ?? segment.lowDay)
                let high = max(segment.highDay, result.days?.upperBound ?? segment.highDay)
                result.days = low...high
            }
            for name in [path, path + "-wal"] { result.bytes += Files.size(name) ?? 0 }
            try pool.read { db in
                func number(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
                result.meters = try number("SELECT count(DISTINCT meter) FROM series WHERE kind = 'meter'")
                result.feeders = try number("SELECT count(DISTINCT meter) FROM series WHERE kind = 'feeder'")
                result.versions = try number("SELECT sum(replaced_days) FROM input")
                result.deliveries = try number("SELECT count(*) FROM input")
            }
            return result
        }
    }

    /// A number that two stores share when they hold the same readings, marks, versions and records, however they
    /// came to lie in segments. FNV-1a over rows in their order; not a defence against an adversary.
    package func contentHash() throws(ArchiveError) -> UInt64 {
        try Archive.guarded(path) {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            func mix(_ bytes: some Sequence<UInt8>) {
                for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            }
            let series = try pool.read { db in
                try Row.fetchAll(db, sql: "SELECT * FROM series ORDER BY id").map { row in
                    "\(try row.integer("id")) \(try row.text("kind")) \(try row.text("meter")) "
                        + "\(try row.integer("interval_s")) \(try row.integer("phase_ns"))"
                }
            }
            for line in series { mix(line.utf8) }
            for one in try inputs() {
                mix("\(one.sha256) \(one.kind.rawValue) \(one.series) \(one.readings) \(one.added)".utf8)
                mix("\(one.replaced) \(one.meterDays) \(one.replacedDays)".utf8)
            }
            for kind in [SegmentKind.readings, .features] {
                let found = try gather([kind], days: ArchiveLimits.days)
                var steps = SeriesSteps(found, days: ArchiveLimits.days)
                while let step = steps.next() {
                    let rows = try found.rows(series: step, days: ArchiveLimits.days)
                    var at = 0
                    while at < rows.rows.count {
                        let group = rows.group(from: at)
                        at = group.upperBound
                        for index in kind == .features ? (group.upperBound - 1)..<group.upperBound : group {
                            let row = rows.rows[index]
                            mix("\(row.series) \(row.day) \(row.delivery)".utf8)
                            let block = rows.blocks[Int(row.block)]
                            mix(block.bytes[block.range(Int(row.row))])
                        }
                    }
                }
            }
            return hash
        }
    }
}
