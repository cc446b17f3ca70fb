import GRDB
import Vocabulary

extension Archive {
    /// Writes readings as CSV in long form (RFC 4180, UTF-8), one row a present reading: meter, start of the interval
    /// in local time (RFC 3339 with offset), seconds it covers, mean power, and whether the source marked it.
    /// - Parameter write: gets the text in pieces of about a megabyte.
    /// - Returns: rows without the header.
    @discardableResult
    package func export(
        _ kind: Kind = .meter, days: ClosedRange<Int32>? = nil, write: ([UInt8]) throws -> Void
    ) throws(ArchiveError) -> Int {
        let cursor = try cursor(kind, days: days ?? ArchiveLimits.days)
        let grids = try exportGrids(kind)
        return try Archive.guarded(path) {
            var out = Array("meter,interval_start,interval_s,mean_power_kw,marked\r\n".utf8)
            var rows = 0
            while let batch = try cursor.next() {
                let scale = batch.quantum.scale(slots: batch.slotsPerDay)
                for row in 0..<batch.count {
                    guard let grid = grids[batch.meters[row]] else { continue }
                    let start = Int64(batch.days[row]) * 86_400 + grid.phase / 1_000_000_000
                    for slot in 0..<batch.slotsPerDay {
                        let value = batch.values[row * batch.slotsPerDay + slot]
                        guard value != .min else { continue }
                        let local = Instant(seconds: start + Int64(slot) * Int64(grid.interval))
                        let power =
                            batch.quantum.unit == .float32
                            ? "\(Float(bitPattern: UInt32(bitPattern: value)))"
                            : "\(Double(value) * scale.numerator / scale.denominator)"
                        let marked =
                            !batch.quality.isEmpty
                            && batch.quality[row * batch.qualityBytes + slot >> 3] >> UInt8(slot & 7) & 1 == 1
                        out += grid.name
                        out +=
                            ",\(local.rfc3339().dropLast())\(zone),\(grid.interval),\(power),\(marked ? 1 : 0)\r\n".utf8
                        rows += 1
                    }
                    if out.count > 1 << 20 {
                        try write(out)
                        out.removeAll(keepingCapacity: true)
                    }
                }
            }
            try write(out)
            return rows
        }
    }

    private struct ExportGrid {
        var name: [UInt8]
        var interval: Int
        var phase: Int64
    }

    private func exportGrids(_ kind: Kind) throws(ArchiveError) -> [UInt32: ExportGrid] {
        try Archive.guarded(path) {
            try pool.read { db in
                var grids: [UInt32: ExportGrid] = [:]
                let rows = try Row.fetchCursor(
                    db, sql: "SELECT id, meter, interval_s, phase_ns FROM series WHERE kind = ?",
                    arguments: [kind.rawValue])
                while let row = try rows.next() {
                    grids[UInt32(clamping: try row.integer("id"))] = ExportGrid(
                        name: Array(Archive.field(try row.text("meter")).utf8), interval: try row.count("interval_s"),
                        phase: try row.integer("phase_ns"))
                }
                return grids
            }
        }
    }

    /// A field of CSV: in quotes where RFC 4180 asks for them.
    package static func field(_ field: String) -> String {
        guard field.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return field }
        var text = "\""
        for character in field.unicodeScalars {
            if character == "\"" { text += "\"" }
            text.unicodeScalars.append(character)
        }
        return text + "\""
    }

    /// `+08:00`.
    private var zone: String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let minutes = abs(offsetSeconds) / 60
        return (offsetSeconds < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
    }
}
