import Archive
import Foundation
import GRDB
import Meters
import Support
import Testing
import Vocabulary

struct ArchiveTests {
    private let now = Instant(seconds: 1_790_000_000)
    private let start = Instant(seconds: 1_772_323_200 + 57_600)

    private func with(_ body: (String) throws -> Void) throws {
        let folder = try Places.scratch("archive")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appendingPathComponent("archive.sqlite").path)
    }

    private func series(_ meter: String, _ values: [Float], interval: Int = 900) -> MeterSeries {
        MeterSeries(meter: meter, start: start, intervalSeconds: interval, kilowatts: values)
    }

    private func bits(_ series: MeterSeries?) -> [UInt32] { series?.kilowatts.map(\.bitPattern) ?? [] }

    @Test func `what was stored comes back, over days and after reopening`() throws {
        try with { path in
            let values = (0..<300).map { $0 % 11 == 3 ? Float.nan : Float($0) * 0.4 }
            let archive = try Archive.open(path)
            let summary = try archive.store(series: [series("M1", values)], input: "aa", now: now)
            #expect(summary.readings == values.filter { !$0.isNaN }.count)
            #expect(summary.added == summary.readings)
            try archive.close()
            let again = try Archive.open(path)
            let back = try #require(try again.series("M1"))
            #expect(back.start == start)
            #expect(bits(back) == values.map(\.bitPattern))
            #expect(try again.meters() == ["M1"])
            #expect(try again.meters(.feeder).isEmpty)
            #expect(try again.series("M1", kind: .feeder) == nil)
            let part = try #require(
                try again.series(
                    "M1", window: start.adding(seconds: 900)..<start.adding(seconds: 2700)))
            #expect(part.start == start.adding(seconds: 900))
            #expect(part.kilowatts == [0.4, 0.8])
            let window = try #require(try again.window())
            #expect(window.lowerBound <= start)
            #expect(window.upperBound >= start.adding(seconds: 270_000))
        }
    }

    @Test func `the same input again changes nothing`() throws {
        try with { path in
            let archive = try Archive.open(path)
            let first = try archive.store(series: [series("M1", [1, 2, 3])], input: "aa", now: now)
            let second = try archive.store(series: [series("M1", [9, 9, 9])], input: "aa", now: now)
            #expect(first == second)
            #expect(try archive.series("M1")?.kilowatts == [1, 2, 3])
            #expect(try archive.inputs() == [first])
            #expect(try archive.holds(input: "aa"))
            #expect(try !archive.holds(input: "bb"))
        }
    }

    @Test func `a later delivery wins slot by slot and the older one is kept`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try archive.store(series: [series("M1", [1, .nan, 3])], input: "aa", now: now)
            let fill = try archive.store(series: [series("M1", [.nan, 2, .nan, 4])], input: "bb", now: now)
            #expect((fill.added, fill.replaced) == (2, 0))
            #expect(try archive.replacedDays() == 0)
            let change = try archive.store(series: [series("M1", [1, 2, 7])], input: "cc", now: now)
            #expect((change.added, change.replaced) == (0, 1))
            #expect(try archive.series("M1")?.kilowatts == [1, 2, 7, 4])
            #expect(try archive.replacedDays() == 1)
        }
    }

    @Test func `grids are not mixed`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try archive.store(
                series: [series("M1", [5, 5], interval: 3600), series("M1", [1, 2, 3])], input: "aa", now: now)
            #expect(try archive.series("M1")?.intervalSeconds == 900)
        }
    }

    @Test func `a bad series stores nothing of its input`() throws {
        try with { path in
            let archive = try Archive.open(path)
            for bad in [
                series("", [1]), series("M", [1], interval: 0), series("M", [1], interval: 7000),
                MeterSeries(meter: "M", start: Instant(nanoseconds: .max), intervalSeconds: 900, kilowatts: [1]),
                MeterSeries(meter: "M", start: Instant(nanoseconds: .min), intervalSeconds: 900, kilowatts: [1]),
            ] {
                #expect(throws: ArchiveError.self) {
                    try archive.store(series: [series("M1", [1]), bad], input: "aa", now: now)
                }
            }
            #expect(try archive.meters().isEmpty)
            #expect(try archive.inputs().isEmpty)
        }
    }

    @Test func `names are data, not SQL`() throws {
        try with { path in
            let archive = try Archive.open(path)
            let name = "'; DROP TABLE series; --"
            try archive.store(series: [series(name, [1])], input: name, now: now)
            #expect(try archive.series(name)?.kilowatts == [1])
        }
    }

    @Test func `a newer store and a foreign file are refused and left alone`() throws {
        try with { path in
            try Archive.open(path).close()
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2031-01-01 later')") }
            try queue.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(throws: ArchiveError.newerVersion(path: path, step: "2031-01-01 later")) { try Archive.open(path) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            let text = path + ".txt"
            try Data(repeating: 65, count: 4096).write(to: URL(fileURLWithPath: text))
            #expect(throws: ArchiveError.notAnArchive(path: text)) { try Archive.open(text) }
            let other = path + ".other"
            try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE a (b)") }
            #expect(throws: ArchiveError.notAnArchive(path: other)) { try Archive.open(other) }
        }
    }

    @Test func `a damaged day is an error with its place`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try archive.store(series: [series("M1", [1])], input: "aa", now: now)
            try archive.close()
            let folder = path + "-segments"
            let name = try #require(
                FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(".seg") })
            let place = URL(fileURLWithPath: folder).appendingPathComponent(name)
            var bytes = try Data(contentsOf: place)
            // The last byte of the first block's row: head 32, block head 40.
            bytes[32 + 42] ^= 1
            try bytes.write(to: place)
            let again = try Archive.open(path)
            #expect(
                throws: ArchiveError.damaged(file: place.path, offset: 32, what: "block 0 is damaged")
            ) { try again.series("M1") }
            #expect(
                again.verify().damage == .damaged(file: place.path, offset: 32, what: "block 0 is damaged"))
        }
    }

    @Test func `a delivery that breaks off leaves nothing, and the next try is as if it had not`() throws {
        try with { path in
            let deliveries = [series("M1", [1, 2]), series("M2", [3])]
            let archive = try Archive.open(path)
            try archive.store(series: [series("M1", [8])], input: "aa", now: now)
            let shell = try DatabaseQueue(path: path)
            try shell.write { db in
                try db.execute(
                    sql: "CREATE TRIGGER full BEFORE INSERT ON series BEGIN SELECT RAISE(ABORT, 'disk full'); END")
            }
            #expect(throws: ArchiveError.self) { try archive.store(series: deliveries, input: "bb", now: now) }
            #expect(try archive.series("M1")?.kilowatts == [8])
            #expect(try archive.replacedDays() == 0)
            #expect(try !archive.holds(input: "bb"))
            try archive.close()
            try shell.write { try $0.execute(sql: "DROP TRIGGER full") }
            let again = try Archive.open(path)
            let summary = try again.store(series: deliveries, input: "bb", now: now)
            #expect((summary.added, summary.replaced) == (2, 1))
            #expect(try again.series("M1")?.kilowatts == [1, 2])
        }
    }
}
