import Archive
import Capture
import Detectors
import Foundation
import Glibc
import Meters
import Sessions
import Vocabulary

/// What a decoding child does: one file in, one answer on standard output.
package struct DecodeJob: Sendable {
    var path: String
    var name: String
    var sha256: String
    var unit: String?
    var intervalMinutes: Int?
    var encoding: String?
    var timezoneOffset: Int
    /// Of the archive that takes the readings, seconds east of UTC.
    var archiveOffset: Int
    var now: Instant
    var home: URL

    package init(
        path: String, name: String, sha256: String, unit: String?, intervalMinutes: Int?, encoding: String?,
        timezoneOffset: Int, archiveOffset: Int, now: Instant, home: URL
    ) {
        self.path = path
        self.name = name
        self.sha256 = sha256
        self.unit = unit
        self.intervalMinutes = intervalMinutes
        self.encoding = encoding
        self.timezoneOffset = timezoneOffset
        self.archiveOffset = archiveOffset
        self.now = now
        self.home = home
    }

    package func run(what: String) throws {
        switch what {
        case "capture": try answer(capture())
        case "meters": try answer(meters())
        default: throw OperationsError(.usage, place: "decode", what: "unknown kind \(what)")
        }
    }

    private func capture() throws(OperationsError) -> DecodedCapture {
        var run = CaptureRun(models: try CaptureAnalysis.sessionModels(home))
        run.read(CaptureIdentity(path: path, sha256: sha256, timeDigits: 6), filter: nil) { _ in }
        run.finish()
        guard let summary = run.parts.first else {
            throw OperationsError(.usage, place: name, what: "nothing was read")
        }
        let packets = summary.packets
        let detector = SessionDetector(identities: .masked)
        return DecodedCapture(
            findings: run.sessions.map { detector.finding($0, capture: name, captureSHA256: sha256) },
            contacts: run.contacts.map {
                DecodedCapture.Contact(what: $0.what.rawValue, name: $0.name, client: $0.client, count: $0.count)
            }, clients: run.addresses.sorted(),
            counts: [
                "in_file": packets.inFile, "decoded": packets.decoded, "malformed": packets.malformed,
                "truncated": packets.truncated, "unsupported": packets.unsupported, "over_limit": packets.overLimit,
                "flows": summary.flows, "sessions": summary.sessions,
            ], flags: summary.flags.sorted(), error: summary.error, refused: summary.refused, first: summary.first,
            last: summary.last)
    }

    /// Days as they are read where the layout can be read so, else the whole file's series.
    private func meters() throws -> DecodedMeters {
        let options = try MeterOptions.make(
            unit: unit, intervalMinutes: intervalMinutes, encoding: encoding, timezoneOffset: timezoneOffset, now: now)
        do {
            // The archive cuts days by its own clock; by another the file's days are no days of the archive.
            guard timezoneOffset == archiveOffset else { return try whole(options) }
            var writer = AnswerWriter(descriptor: 1)
            var extent = StreamExtent(offset: timezoneOffset)
            let read = try MeterStream.read(path: path, options: options) { days, names in
                extent.take(days)
                return writer.write(days, names)
            }
            if read.needsWholeFile { return try whole(options) }
            if read.report.error?.kind == .stopped { throw Self.unsent }
            return summary(read.report, refused: !read.stands, first: extent.first, last: extent.last)
        } catch let error as MeterError {
            throw OperationsError(.usage, place: name, what: "\(error)")
        }
    }

    private func whole(_ options: MeterReadOptions) throws -> DecodedMeters {
        let result = try MeterReader.read(path: path, options: options, rejected: nil)
        // A file whose check sum is wrong, or of which nothing was believed, leaves nothing behind.
        let refused = result.report.error != nil && result.series.isEmpty
        guard AnswerWriter(descriptor: 1).write(.series, SeriesCodec.encode(result.series)) else { throw Self.unsent }
        return summary(
            result.report, refused: refused, first: result.series.map(\.start).min(),
            last: result.series.map(\.end).max())
    }

    private func summary(_ report: InputReport, refused: Bool, first: Instant?, last: Instant?) -> DecodedMeters {
        DecodedMeters(
            counts: [
                "data": report.rows.data, "loaded": report.rows.loaded, "duplicate": report.rows.duplicate,
                "rejected": report.rows.rejected, "readings": report.readings, "missing": report.missing,
            ], flags: report.flags, error: report.error?.description, refused: refused, layout: report.layout,
            unit: report.unit?.rawValue, energyKilowattHours: report.energyKilowattHours, first: first, last: last)
    }

    private static let unsent = OperationsError(
        .internalFault, place: "decode", what: "the answer could not be written")

    private func answer(_ header: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard AnswerWriter(descriptor: 1).write(.summary, Array(try encoder.encode(header))) else { throw Self.unsent }
    }
}

/// First and last moment that a stream's days hold a reading of.
private struct StreamExtent {
    let offset: Int
    private(set) var first: Instant?
    private(set) var last: Instant?
    private var lowest = Int32.max
    private var highest = Int32.min

    init(offset: Int) { self.offset = offset }

    mutating func take(_ batch: MeterDays) {
        let slots = batch.slotsPerDay
        for (row, day) in batch.days.enumerated() where day <= lowest || day >= highest {
            let values = batch.values[(row * slots)..<((row + 1) * slots)]
            guard let from = values.firstIndex(where: { $0 != MeterDays.missing }),
                let to = values.lastIndex(where: { $0 != MeterDays.missing })
            else { continue }
            (lowest, highest) = (min(lowest, day), max(highest, day))
            let midnight = Int64(day) * 86_400 - Int64(offset)
            let length = Int64(86_400 / slots)
            let start = Instant(seconds: midnight + Int64(from - values.startIndex) * length)
            let end = Instant(seconds: midnight + Int64(to - values.startIndex + 1) * length)
            first = first.map { min($0, start) } ?? start
            last = last.map { max($0, end) } ?? end
        }
    }
}
