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
            // Days whose nanoseconds fit an `Instant`, and one more on each side for grids that start late.
            let day: Int64 = 86_400_000_000_000
            let offset = Int64(offsetSeconds)
            let low = window.map { $0.lowerBound.adding(seconds: offset).nanoseconds / day - 2 } ?? .min
            let high = window.map { $0.upperBound.adding(seconds: offset).nanoseconds / day + 1 } ?? .max
            let days = ArchiveLimits.days
            guard low <= high else { return nil }
            let range = Int32(clamping: low)...Int32(clamping: high)
            guard range.overlaps(days) else { return nil }
            let found = try gather([.readings], days: range)
            var best: (series: MeterSeries, present: Int)?
            for grid in try grids(meter, kind) {
                guard let one = try read(found, grid, meter: meter, days: range.clamped(to: days), window: window)
                else {
                    continue
                }
                let present = one.kilowatts.lazy.filter { !$0.isNaN }.count
                if present > best?.present ?? 0 { best = (one, present) }
            }
            return best?.series
        }
    }

    /// The stored integers of one meter over local days, one batch for each grid and quantum, days ascending.
    package func readings(
        _ meter: String, kind: Kind = .meter, days: ClosedRange<Int32>
    ) throws(ArchiveError) -> [StoredDays] {
        try Archive.guarded(path) {
            let found = try gather([.readings], days: days)
            var batches = BatchSorter()
            for grid in try grids(meter, kind) {
                let rows = try found.rows(series: grid.number...grid.number, days: days)
                var at = 0
                while at < rows.rows.count {
                    at = try batches.addGroup(of: rows, from: at)
                }
            }
            return batches.batches
        }
    }

    /// Every version that deliveries gave of one meter's day, oldest first, as they came.
    package func versions(
        _ meter: String, kind: Kind = .meter, day: Int32
    ) throws(ArchiveError) -> [(delivery: UInt32, days: StoredDays)] {
        try Archive.guarded(path) {
            let found = try gather([.readings], days: day...day)
            var versions: [(delivery: UInt32, days: StoredDays)] = []
            for grid in try grids(meter, kind) {
                let rows = try found.rows(series: grid.number...grid.number, days: day...day)
                for index in rows.rows.indices {
                    var one = BatchSorter()
                    one.add(try rows.one(index), series: grid.number, day: day)
                    if let batch = one.batches.first { versions.append((rows.rows[index].delivery, batch)) }
                }
            }
            return versions
        }
    }

    struct StoredGrid {
        var number: UInt32
        var interval: Int
        var phase: Int64
    }

    private func grids(_ meter: String, _ kind: Kind) throws -> [StoredGrid] {
        try pool.read { db in
            let find = try db.cachedStatement(
                sql: "SELECT id, interval_s, phase_ns FROM series WHERE kind = ? AND meter = ? "
                    + "ORDER BY interval_s, phase_ns")
            return try Row.fetchAll(find, arguments: [kind.rawValue, meter]).map { row in
                let grid = StoredGrid(
                    number: UInt32(clamping: try row.integer("id")), interval: try row.count("interval_s"),
                    phase: try row.integer("phase_ns"))
                guard grid.interval > 0, grid.interval <= 86_400, 86_400 % grid.interval == 0, grid.phase >= 0,
                    grid.phase < Int64(grid.interval) * 1_000_000_000
                else { throw ArchiveError.corruptDay(meter: meter, day: 0) }
                return grid
            }
        }
    }

    private func read(
        _ found: Gather, _ grid: StoredGrid, meter: String, days: ClosedRange<Int32>, window: Range<Instant>?
    ) throws -> MeterSeries? {
        let perDay = 86_400 / grid.interval
        let rows = try found.rows(series: grid.number...grid.number, days: days)
        guard let first = rows.rows.first?.day, let last = rows.rows.last?.day else { return nil }
        let count = (Int(last) - Int(first) + 1) * perDay
        guard count <= ArchiveLimits.readingsPerSeries else {
            throw ArchiveError.windowTooLong(meter: meter, readings: count)
        }
        var values = [Float](repeating: .nan, count: count)
        var at = 0
        while at < rows.rows.count {
            let day = rows.rows[at].day
            let group = rows.group(from: at)
            let merged: MergedDay
            do { merged = try rows.merged(group) } catch {
                throw ArchiveError.corruptDay(meter: meter, day: Int(day))
            }
            guard merged.values.count == perDay else { throw ArchiveError.corruptDay(meter: meter, day: Int(day)) }
            let place = (Int(day) - Int(first)) * perDay
            values.replaceSubrange(
                place..<(place + perDay), with: merged.quantum.kilowatts(merged.values, slots: perDay))
            at = group.upperBound
        }
        let start = Int64(first) * 86_400_000_000_000 + grid.phase - Int64(offsetSeconds) * 1_000_000_000
        return trimmed(values, start: start, grid, window: window, meter: meter)
    }

    private func trimmed(
        _ values: [Float], start: Int64, _ grid: StoredGrid, window: Range<Instant>?, meter: String
    ) -> MeterSeries? {
        let step = Int64(grid.interval) * 1_000_000_000
        func time(_ index: Int) -> Int64 { start &+ Int64(index) &* step }
        func wanted(_ index: Int) -> Bool {
            guard !values[index].isNaN else { return false }
            guard let window else { return true }
            return time(index) >= window.lowerBound.nanoseconds && time(index) < window.upperBound.nanoseconds
        }
        guard let first = values.indices.first(where: wanted), let last = values.indices.last(where: wanted) else {
            return nil
        }
        return MeterSeries(
            meter: meter, start: Instant(nanoseconds: time(first)), intervalSeconds: grid.interval,
            kilowatts: Array(values[first...last]))
    }
}
