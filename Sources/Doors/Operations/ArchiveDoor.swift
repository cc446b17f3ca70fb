import Archive
import Foundation
import Vocabulary

/// `countermine archive`: the readings of a store looked at, checked, and written out.
package struct ArchiveDoor: Sendable {
    private let path: String

    package init(configuration: Configuration) throws(OperationsError) {
        path = configuration.store.appendingPathComponent("archive.sqlite").path
        guard FileManager.default.fileExists(atPath: path) else {
            throw OperationsError(
                .missing, place: path, what: "there is no archive yet",
                remedy: "run `countermine scan` with this configuration first")
        }
    }

    private func opened<Value>(_ body: (Archive) throws(ArchiveError) -> Value) throws(OperationsError) -> Value {
        do {
            let archive = try Archive.open(path)
            let value = try body(archive)
            try archive.close()
            return value
        } catch {
            throw OperationsError(.missing, place: path, what: "\(error)")
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
}
