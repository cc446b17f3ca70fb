import FoundationEssentials
import GRDB
import Meters
import Vocabulary

extension Archive {
    /// The readings of one meter inside `window` (nil: all there are), trimmed to the first and last slot that holds
    /// one; nil when there is none. A meter delivered on several grids (15 and 60 minutes, or a shifted start) answers
    /// with the grid that has most readings in the window, the finer one on a tie: grids are never mixed.
    package func series(
        _ meter: String, kind: Kind = .meter, window: Range<Instant>? = nil
    ) throws(ArchiveError) -> MeterSeries? {
        try Archive.guarded(path) {
            try pool.read { db in
                let find = try db.cachedStatement(
                    sql: "SELECT id, interval_s, phase_ns FROM series WHERE kind = ? AND meter = ? "
                        + "ORDER BY interval_s, phase_ns")
                var best: (series: MeterSeries, present: Int)?
                for row in try Row.fetchAll(find, arguments: [kind.rawValue, meter]) {
                    guard
                        let one = try read(
                            db, id: row["id"], meter: meter, interval: row["interval_s"], phase: row["phase_ns"],
                            window: window)
                    else { continue }
                    let present = one.kilowatts.lazy.filter { !$0.isNaN }.count
                    if present > best?.present ?? 0 { best = (one, present) }
                }
                return best?.series
            }
        }
    }

    private func read(
        _ db: Database, id: Int64, meter: String, interval: Int, phase: Int64, window: Range<Instant>?
    ) throws -> MeterSeries? {
        guard interval > 0, interval <= 86_400, phase >= 0, phase < Int64(interval) * 1_000_000_000 else {
            throw ArchiveError.corruptDay(meter: meter, day: 0)
        }
        let nanoseconds = Int64(interval) * 1_000_000_000
        let perDay = 86_400 / interval
        let day: Int64 = 86_400_000_000_000
        // Days whose nanoseconds fit an `Instant`.
        let low = max(-106_749, window.map { $0.lowerBound.nanoseconds / day - 2 } ?? -106_749)
        let high = min(106_749, window.map { $0.upperBound.nanoseconds / day + 1 } ?? 106_749)
        let extent = try db.cachedStatement(
            sql: "SELECT min(day) AS low, max(day) AS high FROM reading_day WHERE series = ? AND day BETWEEN ? AND ?")
        guard let row = try Row.fetchOne(extent, arguments: [id, low, high]), let first = row["low"] as Int64?,
            let last = row["high"] as Int64?
        else { return nil }
        let count = Int(last - first + 1) * perDay
        guard count <= ArchiveLimits.readingsPerSeries else {
            throw ArchiveError.windowTooLong(meter: meter, readings: count)
        }
        var values = [Float](repeating: .nan, count: count)
        let find = try db.cachedStatement(
            sql: "SELECT day, readings FROM reading_day WHERE series = ? AND day BETWEEN ? AND ? ORDER BY day")
        let rows = try Row.fetchCursor(find, arguments: [id, first, last])
        while let row = try rows.next() {
            let number: Int64 = row["day"]
            guard let slots = DayCodec.decode([UInt8](row["readings"] as Data), count: perDay) else {
                throw ArchiveError.corruptDay(meter: meter, day: Int(number))
            }
            let at = Int(number - first) * perDay
            values.replaceSubrange(at..<(at + perDay), with: slots)
        }
        return trimmed(
            values, start: first * day + phase, step: nanoseconds, window: window, meter: meter, interval: interval)
    }

    private func trimmed(
        _ values: [Float], start: Int64, step: Int64, window: Range<Instant>?, meter: String, interval: Int
    ) -> MeterSeries? {
        func time(_ index: Int) -> Int64 { start + Int64(index) * step }
        func wanted(_ index: Int) -> Bool {
            guard !values[index].isNaN else { return false }
            guard let window else { return true }
            return time(index) >= window.lowerBound.nanoseconds && time(index) < window.upperBound.nanoseconds
        }
        guard let first = values.indices.first(where: wanted), let last = values.indices.last(where: wanted) else {
            return nil
        }
        return MeterSeries(
            meter: meter, start: Instant(nanoseconds: time(first)), intervalSeconds: interval,
            kilowatts: Array(values[first...last]))
    }
}
