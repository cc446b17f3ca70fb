import Archive
import Foundation
import GRDB
import Support
import Testing
import Vocabulary

/// Whatever the order in which meters come, each keeps its own readings.
struct SeriesBookTests {
    private let now = Instant(seconds: 1_790_000_000)

    private func with(_ body: (String) throws -> Void) throws {
        let folder = try Places.scratch("series")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appendingPathComponent("archive.sqlite").path)
    }

    /// One day of each meter; its first value tells the meter and the day.
    private func deliver(_ archive: Archive, _ meters: [Int], day: Int32, slots: Int = 24) throws {
        guard case .open(let delivery) = try archive.begin(input: "\(day) \(slots) \(meters)", now: now) else { return }
        var at = 0
        while at < meters.count {
            // Batches of uneven length, so that the catalogue is asked in the middle of its order.
            let part = meters[at..<min(at + 1 + at % 700, meters.count)]
            let batch = StoredDays(
                meters: part.indices.map { UInt32($0) }, days: part.map { _ in day }, slotsPerDay: slots,
                quantum: try #require(Quantum(.kilowattHours, exponent: -2)),
                values: part.flatMap { meter in (0..<slots).map { _ in Int32(meter) * 100 + day } })
            try delivery.append(batch, identifiers: IdentifierTable(meters.map { "表-\($0)" }))
            at = part.endIndex
        }
        _ = try delivery.commit()
    }

    private func check(_ archive: Archive, _ meters: some Sequence<Int>, day: Int32, slots: Int = 24) throws {
        for meter in meters {
            let found = try archive.readings("表-\(meter)", days: day...day)
            try #require(found.count == 1, "meter \(meter) has \(found.count) answers")
            #expect(found[0].slotsPerDay == slots)
            #expect(found[0].values.first == Int32(meter) * 100 + day, "meter \(meter) has another's readings")
        }
    }

    @Test func `meters that come in the order of the day before, or in another, keep their series`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try deliver(archive, Array(0..<900), day: 1)
            try deliver(archive, Array(0..<900), day: 2)
            try deliver(archive, (0..<900).filter { $0 % 3 != 1 }, day: 3)
            try deliver(archive, (0..<900).reversed(), day: 4)
            try deliver(archive, (0..<900).map { $0 * 7 % 900 }, day: 5)
            #expect(try archive.meters().count == 900)
            for day in [Int32(1), 2, 4, 5] { try check(archive, stride(from: 0, to: 900, by: 13), day: day) }
            try check(archive, (0..<900).filter { $0 % 3 != 1 }.prefix(50), day: 3)
            #expect(try archive.readings("表-1", days: 3...3).isEmpty)
            #expect(archive.verify().isClean)
        }
    }

    @Test func `new meters among known ones get series of their own`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try deliver(archive, stride(from: 0, to: 600, by: 2).map { $0 }, day: 1)
            try deliver(archive, Array(0..<600), day: 2)
            try deliver(archive, Array(0..<600), day: 3)
            #expect(try archive.meters().count == 600)
            try check(archive, 0..<600, day: 2)
            try check(archive, stride(from: 0, to: 600, by: 7), day: 3)
            #expect(archive.verify().isClean)
        }
    }

    @Test func `a meter on two grids has two series, whatever lies between them in the catalogue`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try deliver(archive, Array(0..<200), day: 1)
            try deliver(archive, Array(0..<200), day: 2, slots: 48)
            try deliver(archive, Array(200..<400), day: 3)
            try deliver(archive, Array(0..<400), day: 4)
            try deliver(archive, Array(0..<400), day: 5, slots: 48)
            try check(archive, stride(from: 0, to: 400, by: 11), day: 4)
            try check(archive, stride(from: 0, to: 400, by: 11), day: 5, slots: 48)
            #expect(archive.verify().isClean)
        }
    }

    @Test func `a name that was altered in the catalogue gives no meter another's series`() throws {
        try with { path in
            let archive = try Archive.open(path)
            try deliver(archive, Array(0..<50), day: 1)
            try archive.close()
            let queue = try DatabaseQueue(path: path)
            try queue.write { db in
                try db.execute(sql: "UPDATE series SET meter = '表-777' WHERE meter = '表-7'")
            }
            try queue.close()
            let again = try Archive.open(path)
            #expect(throws: ArchiveError.self) { try deliver(again, Array(0..<5) + [777], day: 2) }
            #expect(throws: ArchiveError.self) { try deliver(again, Array(0..<50), day: 2) }
        }
    }
}
