import Archive
import Foundation
import GRDB
import Meters
import Support
import Testing
import Vocabulary

struct DeliveryTests {
    private let now = Instant(seconds: 1_790_000_000)
    private let names = IdentifierTable(["甲-1", "M2", "M3"])

    private func with(_ body: (String) throws -> Void) throws {
        let folder = try Places.scratch("delivery")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appendingPathComponent("archive.sqlite").path)
    }

    private func batch(
        _ rows: [(meter: UInt32, day: Int32, first: Int32)], exponent: Int = -2, quality: [UInt8] = []
    ) throws -> StoredDays {
        StoredDays(
            meters: rows.map(\.meter), days: rows.map(\.day), slotsPerDay: 96,
            quantum: try #require(Quantum(.kilowattHours, exponent: exponent)),
            values: rows.flatMap { row in (0..<96).map { row.first + Int32($0) } }, quality: quality)
    }

    private func deliver(
        _ archive: Archive, _ input: String, _ batches: [StoredDays]
    ) throws -> Archive.DeliveryReport? {
        guard case .open(let delivery) = try archive.begin(input: input, now: now) else { return nil }
        for batch in batches { try delivery.append(batch, identifiers: names) }
        return try delivery.commit()
    }

    @Test func `a delivery is seen at its commit and not before, and again changes nothing`() throws {
        try with { path in
            let archive = try Archive.open(path)
            guard case .open(let delivery) = try archive.begin(input: "aa", now: now) else { return }
            try delivery.append(batch([(0, 20_000, 5), (1, 20_000, 7)]), identifiers: names)
            #expect(try archive.meters().isEmpty)
            #expect(try archive.readings("M2", days: 0...30_000).isEmpty)
            let report = try delivery.commit()
            #expect(report.summary.readings == 192)
            #expect(report.summary.added == 192)
            #expect(report.summary.meterDays == 2)
            #expect(report.changed.isEmpty)
            #expect(try archive.meters() == ["M2", "甲-1"])
            let back = try #require(try archive.readings("M2", days: 0...30_000).first)
            let wanted: [Int32] = (0..<96).map { slot in Int32(slot + 7) }
            #expect(back.values == wanted)
            #expect(back.days == [20_000])
            #expect(try deliver(archive, "aa", [batch([(2, 1, 1)])]) == nil)
            #expect(try archive.meters().count == 2)
            // Local midnight, eight hours ahead of UTC.
            #expect(try archive.series("M2")?.start == Instant(seconds: 20_000 * 86_400 - 28_800))
            #expect(try archive.series("M2")?.kilowatts[3] == 0.4)
            #expect(archive.verify().isClean)
        }
    }

    @Test func `an abandoned and a forgotten delivery leave nothing, and let the next one in`() throws {
        try with { path in
            let archive = try Archive.open(path)
            guard case .open(let first) = try archive.begin(input: "aa", now: now) else { return }
            try first.append(batch([(0, 20_000, 5)]), identifiers: names)
            first.abandon()
            #expect(throws: ArchiveError.self) { try first.commit() }
            do {
                guard case .open(let second) = try archive.begin(input: "aa", now: now) else { return }
                try second.append(batch([(0, 20_000, 5)]), identifiers: names)
            }
            #expect(try deliver(archive, "aa", [batch([(0, 20_000, 6)])])?.summary.added == 96)
            #expect(archive.verify().leftovers == 0)
        }
    }

    @Test func `a later delivery wins slot by slot, its days are told, the older values stay`() throws {
        try with { path in
            let archive = try Archive.open(path)
            _ = try deliver(archive, "aa", [batch([(0, 20_000, 5), (1, 20_000, 7), (2, 20_000, 9)])])
            var later = try batch([(0, 20_000, 5), (1, 20_000, 7), (2, 20_001, 9)])
            for slot in 0..<96 where slot != 40 { later.values[96 + slot] = .min }
            later.values[96 + 40] = 1
            let report = try #require(try deliver(archive, "bb", [later]))
            #expect(report.summary.readings == 193)
            #expect((report.summary.added, report.summary.replaced) == (96, 1))
            #expect((report.summary.meterDays, report.summary.replacedDays) == (2, 1))
            #expect(report.changed == [MeterDay(meter: 2, day: 20_000)])
            #expect(try archive.names()[2] == "M2")
            #expect(try archive.changes(since: 1) == report.changed)
            #expect(try archive.changes(since: 2).isEmpty)
            #expect(try archive.replacedDays() == 1)
            let merged = try #require(try archive.readings("M2", days: 20_000...20_000).first)
            let wanted: [Int32] = (0..<96).map { slot in slot == 40 ? Int32(1) : Int32(slot + 7) }
            #expect(merged.values == wanted)
            let versions = try archive.versions("M2", day: 20_000)
            #expect(versions.map(\.delivery) == [1, 2])
            #expect(versions[0].days.values[40] == 47)
            #expect(archive.verify().isClean)
        }
    }

    @Test func `another quantum with the same values changes nothing`() throws {
        try with { path in
            let archive = try Archive.open(path)
            _ = try deliver(archive, "aa", [batch([(0, 20_000, 5)])])
            var finer = try batch([(0, 20_000, 5)], exponent: -3)
            finer.values = finer.values.map { $0 * 10 }
            let same = try #require(try deliver(archive, "bb", [finer]))
            #expect((same.summary.added, same.summary.replaced, same.summary.meterDays) == (0, 0, 0))
            finer.values[3] = 81
            let other = try #require(try deliver(archive, "cc", [finer]))
            #expect(other.summary.replaced == 1)
            #expect(try archive.series("甲-1")?.kilowatts[3] == 0.324)
            #expect(try archive.series("甲-1")?.kilowatts[4] == 0.36)
        }
    }

    @Test func `marks stay with the reading they belong to`() throws {
        try with { path in
            let archive = try Archive.open(path)
            var marks = [UInt8](repeating: 0, count: 24)
            marks[12] = 0b10
            _ = try deliver(archive, "aa", [batch([(0, 20_000, 5), (1, 20_000, 5)], quality: marks)])
            let back = try #require(try archive.readings("M2", days: 20_000...20_000).first)
            #expect(back.quality == Array(marks[12...]))
            #expect(try archive.readings("甲-1", days: 20_000...20_000).first?.quality == [])
            // The same value without the mark is news.
            let report = try #require(try deliver(archive, "bb", [batch([(1, 20_000, 5)])]))
            #expect(report.summary.replaced == 1)
            #expect(try archive.readings("M2", days: 20_000...20_000).first?.quality == [])
        }
    }

    @Test func `a batch that does not fit is refused and takes its delivery with it`() throws {
        try with { path in
            let archive = try Archive.open(path)
            let good = try batch([(0, 20_000, 5)])
            var bad = [good, good, good, good, good, good]
            bad[0].meters = [3]
            bad[1].days = [Int32.max]
            bad[2].slotsPerDay = 97
            bad[3].values.removeLast()
            bad[4].quality = [0]
            bad[5].slotsPerDay = 0
            for (number, one) in bad.enumerated() {
                guard case .open(let delivery) = try archive.begin(input: "\(number)", now: now) else { return }
                try delivery.append(good, identifiers: names)
                #expect(throws: ArchiveError.self) { try delivery.append(one, identifiers: names) }
                #expect(throws: ArchiveError.self) { try delivery.commit() }
                delivery.abandon()
            }
            for name in ["", String(repeating: "x", count: 257)] {
                guard case .open(let delivery) = try archive.begin(input: "name", now: now) else { return }
                #expect(throws: ArchiveError.self) { try delivery.append(good, identifiers: IdentifierTable([name])) }
                delivery.abandon()
            }
            #expect(try archive.inputs().isEmpty)
        }
    }

    @Test func `a cursor shows everybody's day, feeders apart, whatever the order of arrival`() throws {
        try with { path in
            let archive = try Archive.open(path)
            var table = IdentifierTable()
            var random = SplitMix(seed: 4)
            let count = 5000
            for number in 0..<count { table.add(Array("M\(number)".utf8)) }
            for (input, day) in [("aa", Int32(20_000)), ("bb", 20_001), ("cc", 20_000)] {
                guard case .open(let delivery) = try archive.begin(input: input, now: now) else { return }
                for meter in (0..<UInt32(count)).shuffled(using: &random) where input != "cc" || meter % 100 == 0 {
                    let first = Int32(meter) + (input == "cc" ? 1 : 0)
                    try delivery.append(batch([(meter, day, first)]), identifiers: table)
                }
                _ = try delivery.commit()
            }
            try archive.store(
                series: [
                    MeterSeries(
                        meter: "F", start: Instant(seconds: 20_000 * 86_400), intervalSeconds: 900, kilowatts: [4])
                ], kind: .feeder, input: "dd", now: now)
            func check() throws {
                let names = try archive.names()
                let cursor = try archive.cursor(days: 20_000...20_000)
                var seen: Set<String> = []
                while let batch = try cursor.next() {
                    for row in 0..<batch.count {
                        let name = try #require(names[batch.meters[row]])
                        seen.insert(name)
                        let meter = try #require(Int32(name.dropFirst()))
                        let wanted: Int32 = meter % 100 == 0 ? meter + 1 : meter
                        #expect(batch.values[row * 96] == wanted)
                        #expect(batch.days[row] == 20_000)
                    }
                }
                #expect(seen.count == count)
                #expect(try archive.cursor(.feeder, days: 20_000...20_000).next()?.count == 1)
                #expect(archive.verify().isClean)
            }
            try check()
            let hash = try archive.contentHash()
            #expect(try archive.compact(now: now) > 0)
            #expect(try archive.contentHash() == hash)
            try check()
            #expect(try archive.compact(now: now) == 0)
        }
    }

    @Test func `two writers wait for each other`() throws {
        try with { path in
            let one = try Archive.open(path)
            let two = try Archive.open(path)
            guard case .open(let delivery) = try one.begin(input: "aa", now: now) else { return }
            #expect(throws: ArchiveError.busy(path: path)) { try two.begin(input: "bb", now: now) }
            _ = try delivery.commit()
            guard case .open = try two.begin(input: "bb", now: now) else { return }
        }
    }
}
