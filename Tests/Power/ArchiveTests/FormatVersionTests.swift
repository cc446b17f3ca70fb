import Archive
import Foundation
import GRDB
import Meters
import Support
import Testing
import Vocabulary

/// Old stores stay readable: one sample of each format version lies in Vectors (origin: README.md there).
struct FormatVersionTests {
    private func copy(_ version: String, _ body: (String) throws -> Void) throws {
        let vectors = Places.root.appendingPathComponent("Tests/Power/ArchiveTests/Vectors/\(version)")
        let folder = try Places.scratch("format")
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in try FileManager.default.contentsOfDirectory(atPath: vectors.path) {
            try FileManager.default.copyItem(
                at: vectors.appendingPathComponent(name), to: folder.appendingPathComponent(name))
        }
        try body(folder.appendingPathComponent("archive.sqlite").path)
    }

    @Test func `a store of version 1 is read, with its older versions`() throws {
        try copy("version-1") { path in
            let archive = try Archive.open(path)
            let wanted: [(String, Archive.Kind, Int, Double, Float, Float)] = [
                ("3390001000000000000001", .meter, 320, 1426.43, 2.79, 2.64),
                ("3390001000000000000002", .meter, 320, 9001.5, 14.0, 17.1),
                ("F-3391-07", .feeder, 320, 7355.104, 8.248, 12.344),
            ]
            for (meter, kind, count, sum, first, last) in wanted {
                let series = try #require(try archive.series(meter, kind: kind))
                let present = series.kilowatts.filter { !$0.isNaN }
                #expect(present.count == count)
                #expect(abs(present.reduce(0.0) { $0 + Double($1) } - sum) < 0.001)
                #expect(series.kilowatts.first == first)
                #expect(series.kilowatts.last == last)
                // The first day of the sample lacks its first 16 hours: midnight where the meters hang.
                #expect(series.start == Instant(seconds: 20_453 * 86_400 + 16 * 3600))
            }
            #expect(try archive.meters() == ["3390001000000000000001", "3390001000000000000002"])
            #expect(try archive.inputs().map(\.readings) == [5741, 5719, 11_520])
            #expect(try archive.replacedDays() == 1)
            let flat = try (20_453...20_457).flatMap { try archive.versions("3390001000000000000001", day: Int32($0)) }
                .filter { $0.days.values.allSatisfy { $0 == .min || $0 == 250 || $0 == 25 } }
            #expect(flat.count == 2)
            #expect(archive.verify().isClean)
            try archive.close()
            // A second opening finds nothing to do.
            let again = try Archive.open(path)
            #expect(try again.series("3390001000000000000002")?.kilowatts.last == 17.1)
        }
    }

    @Test func `a store of version 1 that is damaged stays as it was`() throws {
        try copy("version-1") { path in
            try DatabaseQueue(path: path).write { db in
                try db.execute(sql: "UPDATE reading_day SET readings = x'00' WHERE series = 2 AND day = 20454")
            }
            #expect(throws: ArchiveError.corruptDay(meter: "3390001000000000000002", day: 20_454)) {
                try Archive.open(path)
            }
            let tables = try DatabaseQueue(path: path).read { db in try db.tableExists("reading_day") }
            #expect(tables)
            let files = try FileManager.default.contentsOfDirectory(atPath: path + "-segments")
            #expect(files.allSatisfy { !$0.contains(".") })
        }
    }

    @Test func `a store of version 2 is read`() throws {
        try copy("version-2") { path in
            let archive = try Archive.open(path)
            let numbers = try archive.statistics()
            #expect((numbers.meterDays, numbers.readings, numbers.deliveries) == (17, 1632, 2))
            #expect((numbers.versions, numbers.records, numbers.days) == (1, 1, 20_008...20_011))
            let sums = try ["M0", "M1", "M2", "M3"].map { name in
                try archive.readings(name, days: 0...30_000).flatMap(\.values).reduce(0) { $0 + Int($1) }
            }
            #expect(sums == [3585, 50_811, 870_374, 19_583])
            let marks = try archive.readings("M2", days: 20_011...20_011).flatMap(\.quality)
            #expect(marks == [UInt8](repeating: 1, count: 12))
            #expect(try archive.features(version: 1, days: 0...30_000).next()?.records == [7, 8])
            #expect(try archive.changes(since: 0) == [MeterDay(meter: 3, day: 20_011)])
            #expect(archive.verify().isClean)
        }
    }

    @Test func `a newer store is left untouched, with its segments`() throws {
        try copy("version-2") { path in
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2031-01-01 later')") }
            try queue.close()
            let leftover = URL(fileURLWithPath: path + "-segments/77.part")
            try Data([1]).write(to: leftover)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(throws: ArchiveError.newerVersion(path: path, step: "2031-01-01 later")) { try Archive.open(path) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            #expect(FileManager.default.fileExists(atPath: leftover.path))
        }
    }
}
