import Archive
import Foundation
import Support
import Testing
import Vocabulary

/// Records that a delivery makes of its days, and what becomes of them when later readings change a day.
struct FeatureRecipeTests {
    private let now = Instant(seconds: 1_790_000_000)
    /// Sum and count of a day, four bytes each: enough to tell which readings a record has seen.
    private let recipe = Archive.FeatureRecipe(version: 9, recordBytes: 8) { days in
        var bytes: [UInt8] = []
        for row in 0..<days.count {
            let values = days.values[(row * days.slotsPerDay)..<((row + 1) * days.slotsPerDay)].filter { $0 != .min }
            for number in [values.reduce(0, +), Int32(values.count)] {
                for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> Int32(shift))) }
            }
        }
        return bytes
    }

    private func with(_ body: (Archive) throws -> Void) throws {
        let folder = try Places.scratch("recipe")
        defer { try? FileManager.default.removeItem(at: folder) }
        let archive = try Archive.open(folder.appendingPathComponent("archive.sqlite").path)
        try body(archive)
        #expect(archive.verify().isClean)
    }

    private func deliver(
        _ archive: Archive, _ input: String, _ rows: [(meter: UInt32, day: Int32, values: [Int32])], plain: Bool = false
    ) throws {
        let opening = try archive.begin(input: input, now: now, recipe: plain ? nil : recipe)
        guard case .open(let delivery) = opening else { return }
        let table = IdentifierTable(["A", "B"])
        for row in rows {
            try delivery.append(
                StoredDays(
                    meters: [row.meter], days: [row.day], slotsPerDay: 4,
                    quantum: try #require(Quantum(.kilowattHours, exponent: -2)), values: row.values),
                identifiers: table)
        }
        _ = try delivery.commit()
    }

    /// Sum and count by meter and day.
    private func found(_ archive: Archive) throws -> [String: [Int]] {
        let cursor = try archive.features(version: 9, days: 0...30_000)
        let names = try archive.names()
        var result: [String: [Int]] = [:]
        while let batch = try cursor.next() {
            for (index, place) in batch.days.enumerated() {
                let record = batch.records[(index * 8)..<(index * 8 + 8)].map(Int.init)
                result["\(names[place.meter] ?? "?")\(place.day)"] = [
                    record[0] | record[1] << 8, record[4] | record[5] << 8,
                ]
            }
        }
        return result
    }

    @Test func `each new day has its record at once, a changed one again when it is refreshed`() throws {
        try with { archive in
            try deliver(archive, "aa", [(0, 100, [1, 2, 3, 4]), (1, 100, [5, 5, .min, .min])])
            #expect(try found(archive) == ["A100": [10, 4], "B100": [10, 2]])
            // Nothing new, a late slot, another value, a new day.
            try deliver(
                archive, "bb",
                [(0, 100, [1, 2, 3, 4]), (1, 100, [.min, .min, 7, .min]), (1, 101, [1, 1, 1, 1])])
            #expect(try found(archive) == ["A100": [10, 4], "B101": [4, 4]])
            #expect(try archive.refresh(recipe) == 1)
            #expect(try found(archive) == ["A100": [10, 4], "B100": [17, 3], "B101": [4, 4]])
            #expect(try archive.refresh(recipe) == 0)
            try deliver(archive, "cc", [(0, 100, [9, .min, .min, .min])])
            #expect(try archive.refresh(recipe) == 1)
            #expect(try found(archive)["A100"] == [18, 4])
        }
    }

    @Test func `a day that comes in two rows of one delivery has no record of a part`() throws {
        try with { archive in
            try deliver(
                archive, "aa", [(0, 100, [1, .min, .min, .min]), (0, 101, [1, 1, 1, 1]), (0, 100, [.min, 2, 3, 4])])
            #expect(try found(archive) == ["A101": [4, 4]])
            #expect(try archive.refresh(recipe) == 1)
            #expect(try found(archive) == ["A100": [10, 4], "A101": [4, 4]])
        }
    }

    @Test func `a store from before there were records gets them all`() throws {
        try with { archive in
            try deliver(archive, "aa", [(0, 100, [1, 2, 3, 4]), (1, 100, [5, 5, .min, .min])], plain: true)
            try deliver(archive, "bb", [(0, 100, [2, .min, .min, .min])], plain: true)
            #expect(try found(archive).isEmpty)
            #expect(try archive.refresh(recipe) == 2)
            #expect(try found(archive) == ["A100": [11, 4], "B100": [10, 2]])
            #expect(try archive.refresh(recipe) == 0)
        }
    }
}
