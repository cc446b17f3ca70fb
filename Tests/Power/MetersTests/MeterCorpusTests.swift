import Foundation
import Meters
import Support
import Testing
import Vocabulary

@Suite struct MeterCorpusTests {
    private let options = MeterReadOptions(now: Instant(rfc3339: "2026-11-01T12:00:00Z") ?? Instant(seconds: 0))

    /// Files that have to be refused without a reading.
    private static let refused: Set<String> = ["xml_bomb.xml", "xxe.xml", "zip_slip.zip"]
    /// Refused by its rows unless the owner declares spreadsheet day numbers.
    private static let mayRefuse: Set<String> = ["excel_serial_dates.csv", "excel_sci_ids.csv"]

    @Test func `hostile files load and reject exactly what their labels say`() throws {
        guard let folder = try Places.corpus("adversarial") else { return }
        let own = folder.appendingPathComponent("own")
        let labels = try String(contentsOf: own.appendingPathComponent("labels.csv"), encoding: .utf8)
        var seen = 0
        for line in labels.split(whereSeparator: \.isNewline).dropFirst() {
            let fields = csvFields(String(line))
            let name = fields[0]
            seen += 1
            var options = options
            if name == "dst_local.csv" { options.zone = try MeterZone(name: "Europe/Berlin") }
            let result = try MeterReader.read(path: own.appendingPathComponent(name).path, options: options)
            let rows = result.report.rows
            #expect(rows.reconcile, "\(name)")
            if Self.refused.contains(name) {
                #expect(result.report.error != nil && result.report.readings == 0, "\(name)")
                continue
            }
            if Self.mayRefuse.contains(name) {
                #expect(rows.loaded == 0, "\(name)")
                continue
            }
            if let loaded = Int(fields[6]) { #expect(rows.loaded == loaded, "\(name)") }
            if let rejected = Int(fields[7]) { #expect(rows.rejected == rejected, "\(name)") }
            if let energy = Double(fields[8]) {
                #expect(abs((result.report.energyKilowattHours ?? 0) - energy) < 0.001, "\(name)")
            }
            // `duplicates=40`, `rollover where it wraps`: the flag is the first word.
            let flag = fields[9].split(whereSeparator: { "= ".contains($0) }).first.map(String.init) ?? ""
            if !flag.isEmpty { #expect(result.report.flags.contains(flag), "\(name): \(result.report.flags)") }
        }
        #expect(seen > 40)
    }

    @Test func `curves of a collection system are the same in both encodings`() throws {
        guard let folder = try Places.corpus("meter_formats/cn_96point") else { return }
        let results = try ["curve_power_wide_utf8.csv", "curve_power_wide_gb18030.csv"].map {
            try MeterReader.read(path: folder.appendingPathComponent($0).path, options: options)
        }
        for result in results {
            #expect(result.report.layout == "wide-by-day")
            #expect(result.report.unit == .kilowatts)
            #expect(result.report.missing == 8)
            let series = try #require(result.series.first)
            #expect(series.meter == "3530001000000012345678")
            #expect(series.intervalSeconds == 900)
            #expect(series.kilowatts[0] == 83.64)
            #expect(series.start.rfc3339() == "2013-12-31T16:00:00Z")
            #expect(result.report.readings == series.kilowatts.count - 8)
        }
        #expect(results[0].report.energyKilowattHours == results[1].report.energyKilowattHours)
    }

    @Test func `foreign CSV files end with counts that add up`() throws {
        guard let folder = try Places.corpus("adversarial/csv") else { return }
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        var read = 0
        for name in names.sorted() where !name.hasSuffix("/") {
            let path = folder.appendingPathComponent(name).path
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            #expect(try MeterReader.read(path: path, options: options).report.rows.reconcile, "\(name)")
            read += 1
        }
        #expect(read > 50)
    }
}
