import Archive
import Foundation
import LoadCurves
import Vocabulary

/// `countermine archive`: the readings of a store looked at, checked, and written out.
package struct ArchiveDoor: Sendable {
    private let path: String

    package init(configuration: Configuration) throws(OperationsError) {
        path = try configuration.stored("archive.sqlite", "archive")
    }

    private func opened<Value>(_ body: (Archive) throws(ArchiveError) -> Value) throws(OperationsError) -> Value {
        do {
            let archive = try Archive.open(path)
            let value = try body(archive)
            try archive.close()
            return value
        } catch {
            throw OperationsError.storage(path, error)
        }
    }

    /// The record, and name and value of each figure for people.
    package func statistics() throws(OperationsError) -> (record: String, rows: [[String]]) {
        let one = try opened { (archive) throws(ArchiveError) in try archive.statistics() }
        let days = one.days.map {
            [$0.lowerBound, $0.upperBound].map { CalendarDate(daysSince1970: Int($0)).description }
        }
        var record = Record(kind: "archive")
        record.field("path", path)
        record.field("meters", one.meters)
        record.field("feeders", one.feeders)
        record.field("first_day", days?.first)
        record.field("last_day", days?.last)
        record.field("meter_days", one.meterDays)
        record.field("readings", one.readings)
        record.field("bytes", one.bytes)
        record.field("bytes_per_reading", one.bytesPerReading)
        record.field("replaced_meter_days", one.versions)
        record.field("deliveries", one.deliveries)
        record.field("segments", one.segments)
        let rows = [
            ["meters", "\(one.meters)"], ["feeders", "\(one.feeders)"],
            ["days", days.map { $0.joined(separator: " – ") } ?? "–"], ["meter-days", "\(one.meterDays)"],
            ["readings", "\(one.readings)"], ["bytes", "\(one.bytes)"],
            ["bytes-per-reading", one.bytesPerReading.map { shortNumber($0) } ?? "–"],
            ["replaced", "\(one.versions)"], ["deliveries", "\(one.deliveries)"], ["segments", "\(one.segments)"],
        ]
        return (record.line(), rows)
    }

    package struct Checked: Sendable {
        package var record: String
        package var isClean: Bool
        /// Rows looked at, or the first bad place.
        package var text: String
    }

    package func verify() throws(OperationsError) -> Checked {
        let one = try opened { (archive) throws(ArchiveError) in archive.verify() }
        var record = Record(kind: "archive-verification")
        record.field("path", path)
        record.field("segments", one.segments)
        record.field("blocks", one.blocks)
        record.field("rows", one.rows)
        record.field("readings", one.readings)
        record.field("deliveries", one.inputs)
        record.field("leftovers", one.leftovers)
        record.field("damage", one.damage.map { "\($0)" })
        let text =
            one.damage.map { "\($0)" } ?? "\(one.segments) segments, \(one.blocks) blocks, \(one.readings) readings"
        return Checked(record: record.line(), isClean: one.isClean, text: text)
    }

    /// Readings as long CSV; answers the number of rows.
    package func export(
        feeders: Bool, from: CalendarDate?, to: CalendarDate?, write: ([UInt8]) throws -> Void
    ) throws(OperationsError) -> Int {
        var days: ClosedRange<Int32>?
        if from != nil || to != nil {
            let low = Int32(clamping: from?.daysSince1970 ?? -100_000)
            let high = Int32(clamping: to?.daysSince1970 ?? 100_000)
            guard low <= high else {
                throw OperationsError(.usage, place: "--from", what: "lies after --to")
            }
            days = low...high
        }
        return try opened { (archive) throws(ArchiveError) in
            try archive.export(feeders ? .feeder : .meter, days: days, write: write)
        }
    }

    /// Features of each meter over the window, from what is stored of its days: as CSV, one row a meter and grid; answers
    /// the number of rows. A day whose features are stale or missing is left out, and `days` tells how many stood.
    package func exportFeatures(
        feeders: Bool, from: CalendarDate?, to: CalendarDate?, write: ([UInt8]) throws -> Void
    ) throws(OperationsError) -> Int {
        let low = Int32(clamping: from?.daysSince1970 ?? -100_000)
        let high = Int32(clamping: to?.daysSince1970 ?? 100_000)
        guard low <= high else { throw OperationsError(.usage, place: "--from", what: "lies after --to") }
        return try opened { (archive) throws(ArchiveError) in
            let names = try archive.names(feeders ? .feeder : .meter)
            let cursor = try archive.features(version: DayFeatures.recordVersion, days: low...high)
            var table = WindowTable(names: names)
            func hand() throws(ArchiveError) {
                do { try write(table.take()) } catch { throw ArchiveError.storage(path: path, what: "\(error)") }
            }
            while let batch = try cursor.next() {
                table.add(batch)
                try hand()
            }
            table.finish()
            try hand()
            return table.rows
        }
    }
}

/// Windows of meters, put together while records come meter by meter, as lines of CSV.
private struct WindowTable {
    let names: [UInt32: String]
    private var bytes = Array(
        ("meter,first_day,last_day,days,readings,coverage,mean_kw,minimum_kw,maximum_kw,variation,daily_variation,"
            + "repeat_share,neighbour_correlation,daily_wave,least_night_kw\r\n").utf8)
    private(set) var rows = 0
    private var meter: UInt32?
    private var days: [DayFeatures] = []

    init(names: [UInt32: String]) { self.names = names }

    /// What has been written so far, once.
    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    mutating func add(_ batch: Archive.FeatureBatch) {
        for (index, place) in batch.days.enumerated() {
            if place.meter != meter { finish() }
            meter = place.meter
            let record = batch.records[
                (index * DayFeatures.recordBytes)..<((index + 1) * DayFeatures.recordBytes)]
            if let day = DayFeatures(record: record, day: place.day) { days.append(day) }
        }
    }

    mutating func finish() {
        defer { days.removeAll(keepingCapacity: true) }
        guard let meter, let name = names[meter], let first = days.first, let last = days.last else { return }
        let window = WindowFeatures(days)
        let nights = window.nights.filter { !$0.isNaN }
        var line = Archive.field(name)
        for day in [first.day, last.day] { line += "," + CalendarDate(daysSince1970: Int(day)).description }
        line += ",\(window.days),\(window.count)"
        for value in [
            window.coverage, window.mean, window.minimum, window.maximum, window.variation, window.dailyVariation,
            window.repeatShare, window.neighbourCorrelation, window.dailyWave, Double(nights.min() ?? .nan),
        ] { line += "," + (value.isFinite ? "\(Float(value))" : "") }
        bytes += (line + "\r\n").utf8
        rows += 1
    }
}
