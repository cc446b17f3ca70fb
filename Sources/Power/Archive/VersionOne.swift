import GRDB
import Vocabulary

/// Format version 1 kept each day as a blob of `reading_day` (see `DayCodec`), by UTC days. Moves all of it, older
/// versions too, into a segment of local days.
enum VersionOne {
    static func move(_ db: Database, _ place: ArchiveSchema.Place) throws {
        let writer = try SegmentWriter(folder: place.folder, kind: .readings)
        var mover = Mover(offset: place.offset)
        let series = try Row.fetchAll(db, sql: "SELECT id, kind, meter, interval_s, phase_ns FROM series ORDER BY id")
        for row in series {
            let grid = try mover.regrid(row, db)
            // Older versions first: later rows of a delivery are laid over earlier ones.
            let days = try Row.fetchCursor(
                db,
                sql: """
                    SELECT day, input, version, readings FROM reading_version WHERE series = ?1
                    UNION ALL SELECT day, input, version, readings FROM reading_day WHERE series = ?1
                    ORDER BY input, day, version
                    """, arguments: [try row.integer("id")])
            while let day = try days.next() { try mover.add(day, grid, writer) }
        }
        try mover.buffer.write(to: writer)
        if let segment = try writer.finish() { try segment.insert(db) }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM input ORDER BY id") {
            var summary = try InputSummaryRow(row)
            let id = summary.id
            summary.summary.meterDays = mover.counts[id] ?? 0
            summary.summary.replacedDays =
                try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM reading_version WHERE replaced_by = ?", arguments: [id]) ?? 0
            try db.execute(
                sql: "UPDATE input SET meter_days = ?, replaced_days = ?, seal = ? WHERE id = ?",
                arguments: [summary.summary.meterDays, summary.summary.replacedDays, summary.seal, id])
        }
    }

    private struct Grid {
        var number: UInt32
        var meter: String
        var interval: Int
        /// Of the UTC day, ns after midnight.
        var oldPhase: Int64
        var phase: Int64
    }

    private struct Mover {
        let offset: Int
        var buffer = RowBuffer()
        /// Rows by input.
        var counts: [Int64: Int] = [:]

        /// The same slots counted from local midnight.
        func regrid(_ row: Row, _ db: Database) throws -> Grid {
            let id = try row.integer("id")
            let meter = try row.text("meter")
            let interval = try row.count("interval_s")
            let old = try row.integer("phase_ns")
            guard interval > 0, interval <= 86_400, 86_400 % interval == 0, id > 0, id < Int64(ArchiveLimits.series),
                old >= 0, old < Int64(interval) * 1_000_000_000
            else { throw ArchiveError.corruptDay(meter: meter, day: 0) }
            let start = Instant(nanoseconds: old + Int64(offset) * 1_000_000_000)
            let phase = Archive.Grid(localStart: start, intervalSeconds: interval).phase
            try db.execute(
                sql: "UPDATE series SET phase_ns = ?, seal = ? WHERE id = ?",
                arguments: [
                    phase,
                    Seal.series(id, kind: try row.text("kind"), meter: meter, interval: interval, phase: phase), id,
                ])
            return Grid(number: UInt32(id), meter: meter, interval: interval, oldPhase: old, phase: phase)
        }

        mutating func add(_ row: Row, _ grid: Grid, _ writer: SegmentWriter) throws {
            let day = try row.integer("day")
            let input = try row.integer("input")
            let slots = 86_400 / grid.interval
            guard ArchiveLimits.days.contains(Int32(clamping: day)),
                let values = DayCodec.decode(try row.bytes("readings"), count: slots)
            else { throw ArchiveError.corruptDay(meter: grid.meter, day: Int(day)) }
            let start = day * 86_400_000_000_000 + grid.oldPhase + Int64(offset) * 1_000_000_000
            try Archive.eachDay(
                values, localStart: Instant(nanoseconds: start), intervalSeconds: grid.interval
            ) { batch in
                let present = buffer.add(batch, row: 0, series: grid.number, delivery: UInt32(clamping: input))
                if present > 0 { counts[input, default: 0] += 1 }
                if buffer.isFull { try buffer.write(to: writer) }
            }
        }
    }
}
