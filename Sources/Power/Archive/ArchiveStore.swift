import FoundationEssentials
import GRDB
import Meters
import Vocabulary

extension Archive {
    /// Stores one delivery in one transaction. The same `input` again changes nothing and answers what it did the first
    /// time. A later delivery wins slot by slot; a slot it does not fill keeps what it had.
    @discardableResult
    package func store(
        series: [MeterSeries], kind: Kind = .meter, input sha256: String, now: Instant
    ) throws(ArchiveError) -> InputSummary {
        for one in series { try Archive.check(one) }
        return try Archive.guarded(path) {
            try pool.write { db in
                if let row = try Row.fetchOne(db, sql: "SELECT * FROM input WHERE sha256 = ?", arguments: [sha256]) {
                    return InputSummary(
                        sha256: sha256, kind: Kind(rawValue: row["kind"]) ?? kind, series: row["series"],
                        readings: row["readings"], added: row["added"], replaced: row["replaced"])
                }
                try db.execute(
                    sql: "INSERT INTO input (sha256, kind, series, readings, added, replaced, recorded_at) "
                        + "VALUES (?, ?, 0, 0, 0, 0, ?)", arguments: [sha256, kind.rawValue, now.nanoseconds])
                var delivery = Delivery(
                    input: db.lastInsertedRowID,
                    summary: InputSummary(
                        sha256: sha256, kind: kind, series: series.count, readings: 0, added: 0, replaced: 0))
                for one in series { try delivery.add(one, db) }
                try db.execute(
                    sql: "UPDATE input SET series = ?, readings = ?, added = ?, replaced = ? WHERE id = ?",
                    arguments: [
                        series.count, delivery.summary.readings, delivery.summary.added, delivery.summary.replaced,
                        delivery.input,
                    ])
                return delivery.summary
            }
        }
    }

    /// Bounds on what may be stored: see `ArchiveLimits`.
    private static func check(_ series: MeterSeries) throws(ArchiveError) {
        func bad(_ what: String) -> ArchiveError { .badSeries(meter: String(series.meter.prefix(64)), what: what) }
        guard !series.meter.isEmpty, series.meter.utf8.count <= ArchiveLimits.identifierBytes else {
            throw bad("identifier empty or longer than \(ArchiveLimits.identifierBytes) bytes")
        }
        guard series.intervalSeconds > 0, series.intervalSeconds <= 86_400, 86_400 % series.intervalSeconds == 0 else {
            throw bad("an interval of \(series.intervalSeconds) s does not divide a day")
        }
        guard series.kilowatts.count <= ArchiveLimits.readingsPerSeries else { throw bad("too many readings") }
        let span = Int64(series.intervalSeconds) * Int64(series.kilowatts.count)
        let limit = Int64.max / 1_000_000_000 - 2 * 86_400
        guard series.start.seconds > -limit, series.start.seconds < limit - span else {
            throw bad("times outside 1677 to 2262")
        }
    }
}

/// Where a regular grid lies: slot 0 of day d starts `d × 86 400 s + phase`.
struct Grid {
    let interval: Int64
    let phase: Int64
    let firstSlot: Int64
    var perDay: Int64 { 86_400_000_000_000 / interval }

    init(start: Instant, intervalSeconds: Int) {
        interval = Int64(intervalSeconds) * 1_000_000_000
        let rest = start.nanoseconds % interval
        phase = rest < 0 ? rest + interval : rest
        firstSlot = (start.nanoseconds - phase) / interval
    }

    /// Day and slot of the day; rounds down before 1970 too.
    func place(_ slot: Int64) -> (day: Int64, slot: Int) {
        let rest = slot % perDay
        return rest < 0 ? (slot / perDay - 1, Int(rest + perDay)) : (slot / perDay, Int(rest))
    }
}

private struct Delivery {
    let input: Int64
    var summary: Archive.InputSummary

    mutating func add(_ series: MeterSeries, _ db: Database) throws {
        guard !series.kilowatts.isEmpty else { return }
        let grid = Grid(start: series.start, intervalSeconds: series.intervalSeconds)
        let id = try seriesID(series, grid, db)
        let perDay = Int(grid.perDay)
        var next = 0
        while next < series.kilowatts.count {
            let (day, slot) = grid.place(grid.firstSlot + Int64(next))
            let length = min(perDay - slot, series.kilowatts.count - next)
            var slots = [Float](repeating: .nan, count: perDay)
            var present = 0
            for index in 0..<length {
                let value = series.kilowatts[next + index]
                slots[slot + index] = value
                if !value.isNaN { present += 1 }
            }
            next += length
            summary.readings += present
            if present > 0 { try put(slots, present: present, series: id, name: series.meter, day: day, db) }
        }
    }

    private func seriesID(_ series: MeterSeries, _ grid: Grid, _ db: Database) throws -> Int64 {
        let arguments: StatementArguments = [summary.kind.rawValue, series.meter, series.intervalSeconds, grid.phase]
        let find = try db.cachedStatement(
            sql: "SELECT id FROM series WHERE kind = ? AND meter = ? AND interval_s = ? AND phase_ns = ?")
        if let id = try Int64.fetchOne(find, arguments: arguments) { return id }
        try db.cachedStatement(sql: "INSERT INTO series (kind, meter, interval_s, phase_ns) VALUES (?, ?, ?, ?)")
            .execute(arguments: arguments)
        return db.lastInsertedRowID
    }

    private mutating func put(
        _ slots: [Float], present: Int, series: Int64, name: String, day: Int64, _ db: Database
    ) throws {
        guard let blob = DayCodec.encode(slots) else { return }
        try db.cachedStatement(
            sql:
                "INSERT OR IGNORE INTO reading_day (series, day, present, version, input, readings) VALUES (?, ?, ?, 1, ?, ?)"
        ).execute(arguments: [series, day, present, input, Data(blob)])
        if db.changesCount == 1 {
            summary.added += present
            return
        }
        try merge(slots, series: series, name: name, day: day, db)
    }

    private mutating func merge(_ slots: [Float], series: Int64, name: String, day: Int64, _ db: Database) throws {
        let find = try db.cachedStatement(
            sql: "SELECT readings, version, present, input FROM reading_day WHERE series = ? AND day = ?")
        guard let row = try Row.fetchOne(find, arguments: [series, day]),
            var merged = DayCodec.decode([UInt8](row["readings"] as Data), count: slots.count)
        else { throw ArchiveError.corruptDay(meter: name, day: Int(day)) }
        var added = 0
        var replaced = 0
        for (slot, value) in slots.enumerated() where !value.isNaN && merged[slot] != value {
            if merged[slot].isNaN { added += 1 } else { replaced += 1 }
            merged[slot] = value
        }
        guard added + replaced > 0, let blob = DayCodec.encode(merged) else { return }
        let version: Int64 = row["version"]
        if replaced > 0 {
            try db.cachedStatement(
                sql: "INSERT INTO reading_version (series, day, version, present, input, replaced_by, readings) "
                    + "SELECT series, day, version, present, input, ?, readings FROM reading_day WHERE series = ? AND day = ?"
            ).execute(arguments: [input, series, day])
        }
        try db.cachedStatement(
            sql: "UPDATE reading_day SET readings = ?, present = ?, version = ?, input = ? WHERE series = ? AND day = ?"
        ).execute(
            arguments: [
                Data(blob), merged.lazy.filter { !$0.isNaN }.count, version + (replaced > 0 ? 1 : 0), input, series,
                day,
            ])
        summary.added += added
        summary.replaced += replaced
    }
}
