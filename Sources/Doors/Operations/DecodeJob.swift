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
    var now: Instant
    var home: URL

    package init(
        path: String, name: String, sha256: String, unit: String?, intervalMinutes: Int?, encoding: String?,
        timezoneOffset: Int, now: Instant, home: URL
    ) {
        self.path = path
        self.name = name
        self.sha256 = sha256
        self.unit = unit
        self.intervalMinutes = intervalMinutes
        self.encoding = encoding
        self.timezoneOffset = timezoneOffset
        self.now = now
        self.home = home
    }

    package func run(what: String) throws {
        switch what {
        case "capture": try answer(capture())
        case "meters":
            let decoded = try meters()
            try answer(decoded.summary, body: SeriesCodec.encode(decoded.series))
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

    private func meters() throws(OperationsError) -> DecodedMeters {
        let options = try MeterOptions.make(
            unit: unit, intervalMinutes: intervalMinutes, encoding: encoding, timezoneOffset: timezoneOffset, now: now)
        let result: MeterReadResult
        do {
            result = try MeterReader.read(path: path, options: options, rejected: nil)
        } catch {
            throw OperationsError(.usage, place: name, what: "\(error)")
        }
        let report = result.report
        // A file whose check sum is wrong, or of which nothing was believed, leaves nothing behind.
        let refused = report.error != nil && result.series.isEmpty
        return DecodedMeters(
            summary: .init(
                counts: [
                    "data": report.rows.data, "loaded": report.rows.loaded, "duplicate": report.rows.duplicate,
                    "rejected": report.rows.rejected, "readings": report.readings, "missing": report.missing,
                ], flags: report.flags, error: report.error?.description, refused: refused, layout: report.layout,
                unit: report.unit?.rawValue, energyKilowattHours: report.energyKilowattHours,
                first: result.series.map(\.start).min(), last: result.series.map(\.end).max()), series: result.series)
    }

    private func answer(_ header: some Encodable, body: [UInt8] = []) throws {
        let bytes = try ChildFrame.encode(header, body: body)
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { write(1, $0.baseAddress.map { $0 + offset }, bytes.count - offset) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                throw OperationsError(.internalFault, place: "decode", what: "the answer could not be written")
            }
            offset += written
        }
    }
}
