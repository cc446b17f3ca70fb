import Archive
import Foundation
import GRDB
import Meters
import Support
import Testing
import Vocabulary

struct UpkeepTests {
    private let now = Instant(seconds: 1_790_000_000)

    private func with(_ body: (String) throws -> Void) throws {
        let folder = try Places.scratch("upkeep")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appendingPathComponent("archive.sqlite").path)
    }

    private func fill(_ archive: Archive, _ input: String, meters: Int, days: Range<Int32>, add: Int32 = 0) throws {
        guard case .open(let delivery) = try archive.begin(input: input, now: now) else { return }
        let table = IdentifierTable((0..<meters).map { "M\($0)" })
        var batch = StoredDays(slotsPerDay: 24, quantum: try #require(Quantum(.kilowattHours, exponent: -2)))
        for meter in 0..<meters {
            for day in days {
                batch.meters.append(UInt32(meter))
                batch.days.append(day)
                batch.values += (0..<24).map { Int32(meter * 7) + day % 50 + $0 % 5 + add }
            }
        }
        try delivery.append(batch, identifiers: table)
        _ = try delivery.commit()
    }

    private func segments(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "-segments").filter { $0.contains(".") }.sorted()
    }

    @Test func `days before a day are dropped, the rest stays, and it is written down`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try fill(archive, "aa", meters: 30, days: 100..<110)
            try fill(archive, "bb", meters: 30, days: 110..<130)
            try fill(archive, "cc", meters: 30, days: 128..<140, add: 1)
            let kept = try archive.readings("M7", days: 120...139)
            #expect(try archive.drop(before: 120, now: now) == 600)
            #expect(try archive.readings("M7", days: 0...1000) == kept)
            #expect(archive.verify().isClean)
            #expect(try archive.statistics().days == 120...139)
            #expect(try segments(path).count == 3)
            #expect(try archive.drop(before: 120, now: now) == 0)
            #expect(try archive.drop(before: 1000, now: now) == 660)
            #expect(try archive.window() == nil)
            #expect(archive.verify().isClean)
        }
    }

    @Test func `merging keeps readings, versions and the newest records`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try fill(archive, "aa", meters: 40, days: 100..<140)
            try fill(archive, "bb", meters: 40, days: 120..<122, add: 3)
            let places = [MeterDay(meter: 1, day: 100), MeterDay(meter: 2, day: 101)]
            for byte: UInt8 in [1, 2] {
                try archive.storeFeatures(
                    version: 5, recordBytes: 3, asOf: 2,
                    batches: [.init(days: places, records: [byte, 0, 0, byte, 1, 1])])
            }
            let readings = try archive.readings("M3", days: 0...1000)
            let hash = try archive.contentHash()
            #expect(try archive.compact(now: now) == 2)
            #expect(try archive.contentHash() == hash)
            #expect(try archive.readings("M3", days: 0...1000) == readings)
            #expect(try archive.versions("M3", day: 121).count == 2)
            #expect(try archive.features(version: 5, days: 0...1000).next()?.records == [2, 0, 0, 2, 1, 1])
            #expect(archive.verify().isClean)
            #expect(try segments(path).count == 3)
            #expect(try archive.replacedDays() == 80)
        }
    }

    @Test func `a reader keeps what it reads while segments are merged away`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try fill(archive, "aa", meters: 9000, days: 100..<101)
            try fill(archive, "bb", meters: 9000, days: 101..<102)
            let cursor = try archive.cursor(days: 100...101)
            var rows = try #require(try cursor.next()).count
            let other = try Archive.open(path)
            #expect(try other.compact(now: now) == 1)
            #expect(try segments(path).count == 3)
            while let batch = try cursor.next() { rows += batch.count }
            #expect(rows == 18_000)
        }
    }

    @Test func `records come back by meter and day, and not once their day has changed`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try fill(archive, "aa", meters: 3, days: 100..<103)
            let last = try archive.lastDelivery()
            let places = (1...3).flatMap { meter in (100..<103).map { MeterDay(meter: UInt32(meter), day: Int32($0)) } }
            let records = places.indices.flatMap { [UInt8($0), UInt8(9)] }
            let backwards = places.indices.reversed().flatMap { [UInt8($0), UInt8(9)] }
            try archive.storeFeatures(
                version: 1, recordBytes: 2, asOf: last,
                batches: [.init(days: places.reversed(), records: backwards)])
            let back = try archive.features(version: 1, days: 100...102).next()
            #expect(back == Archive.FeatureBatch(days: places, records: records))
            #expect(try archive.features(version: 2, days: 100...102).next() == nil)
            #expect(try archive.features(version: 1, days: 101...101).next()?.days.map(\.day) == [101, 101, 101])
            try fill(archive, "bb", meters: 1, days: 101..<103, add: 1)
            let fresh = try #require(try archive.features(version: 1, days: 100...102).next())
            #expect(fresh.days.count == 7)
            #expect(!fresh.days.contains(MeterDay(meter: 1, day: 101)))
            try archive.storeFeatures(
                version: 1, recordBytes: 2, asOf: archive.lastDelivery(),
                batches: [.init(days: [MeterDay(meter: 1, day: 101)], records: [7, 7])])
            #expect(try archive.features(version: 1, days: 100...102).next()?.days.count == 8)
            #expect(throws: ArchiveError.self) {
                try archive.storeFeatures(version: 1, recordBytes: 2, asOf: 1, batches: [.init(records: [1])])
            }
            #expect(archive.verify().isClean)
        }
    }

    @Test func `leftovers of a killed run are swept at the next open`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try fill(archive, "aa", meters: 3, days: 100..<103)
            let names = try segments(path)
            try archive.close()
            let folder = URL(fileURLWithPath: path + "-segments")
            for name in ["1234.part", "5678.seg"] { try Data([1]).write(to: folder.appendingPathComponent(name)) }
            let lock = try Archive.open(path + "2")
            _ = lock
            let again = try Archive.open(path)
            #expect(try segments(path) == names)
            #expect(again.verify().leftovers == 0)
            // While somebody writes, what it writes is left alone.
            guard case .open(let delivery) = try again.begin(input: "zz", now: now) else { return }
            let before = try segments(path)
            _ = try Archive.open(path)
            #expect(try segments(path) == before)
            delivery.abandon()
        }
    }

    @Test func `the export is a table that says its units and its clock`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try archive.store(
                series: [
                    MeterSeries(
                        meter: "a\"b", start: Instant(seconds: 1_772_323_200), intervalSeconds: 900,
                        kilowatts: [1.2, .nan, 0.1 + 0.2])
                ], input: "aa", now: now)
            var text: [UInt8] = []
            #expect(try archive.export { text += $0 } == 2)
            let wanted =
                "meter,interval_start,interval_s,mean_power_kw,marked\r\n"
                + "\"a\"\"b\",2026-03-01T08:00:00+08:00,900,1.2,0\r\n"
                + "\"a\"\"b\",2026-03-01T08:30:00+08:00,900,0.3,0\r\n"
            #expect(String(decoding: text, as: UTF8.self) == wanted)
        }
    }

    @Test func `the numbers of a store add up`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try fill(archive, "aa", meters: 40, days: 100..<140)
            let numbers = try archive.statistics()
            #expect((numbers.meters, numbers.feeders, numbers.deliveries, numbers.versions) == (40, 0, 1, 0))
            #expect((numbers.meterDays, numbers.readings, numbers.days) == (1600, 38_400, 100...139))
            #expect(try #require(numbers.bytesPerReading) < 1)
            let walk = archive.verify()
            #expect((walk.rows, walk.readings, walk.inputs, walk.segments) == (1600, 38_400, 1, 1))
        }
    }

    @Test func `a store whose maker was killed in its first transaction is opened all the same`() throws {
        try with { path in
            try HalfWritten.leave(at: path) { source, copy in
                try DatabaseQueue(path: source).writeWithoutTransaction { db in
                    try db.execute(sql: "PRAGMA cache_size = 1; BEGIN; CREATE TABLE half (x)")
                    for _ in 0..<200 { try db.execute(sql: "INSERT INTO half VALUES (zeroblob(3000))") }
                    try copy()
                    try db.execute(sql: "ROLLBACK")
                }
            }
            var configuration = Configuration()
            configuration.readonly = true
            #expect(throws: DatabaseError.self) { try DatabaseQueue(path: path, configuration: configuration) }
            let archive = try Archive.open(path)
            #expect(archive.verify().isClean)
            #expect(try archive.statistics().meterDays == 0)
        }
    }
}
