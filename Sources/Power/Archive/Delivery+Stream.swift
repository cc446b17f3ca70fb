import Meters
import Vocabulary

extension Archive.Delivery {
    /// Adds days as `MeterStream` hands them out.
    /// - Parameter names: those of the same call; numbers keep their meaning from call to call.
    package func append(_ days: MeterDays, names: MeterNames) throws(ArchiveError) {
        guard let quantum = Quantum(days.isPower ? .kilowatts : .kilowattHours, exponent: -days.decimals) else {
            throw ArchiveError.badBatch(what: "a quantum that the stream does not have")
        }
        let batch = StoredDays(
            meters: days.meters, days: days.days, slotsPerDay: days.slotsPerDay, quantum: quantum, values: days.values)
        try append(batch, count: names.count) { names.bytes(UInt32($0)) }
    }

    /// Adds whole series, each on its own grid. A refused one ends the delivery: commit will refuse too.
    package func append(_ series: [MeterSeries]) throws(ArchiveError) {
        for one in series { try Archive.check(one) }
        try Archive.guarded(archive.path) {
            for one in series where !one.kilowatts.isEmpty { try add(one) }
            count(series: series.count)
        }
    }

    private func add(_ series: MeterSeries) throws {
        let start = series.start.adding(seconds: Int64(archive.offsetSeconds))
        let grid = Archive.Grid(localStart: start, intervalSeconds: series.intervalSeconds)
        let key = SeriesBook.Grid(interval: series.intervalSeconds, phase: grid.phase)
        try Archive.eachDay(series.kilowatts, localStart: start, intervalSeconds: series.intervalSeconds) { batch in
            try add(batch, row: 0, identifier: series.meter, grid: key)
        }
    }
}
