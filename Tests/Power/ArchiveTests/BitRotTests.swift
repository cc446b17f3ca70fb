import Archive
import Foundation
import Support
import Testing
import Vocabulary

/// Bytes that flip on the disk are found, or change nothing; they never end the process.
struct BitRotTests {
    private let now = Instant(seconds: 1_790_000_000)

    private func make(_ path: String) throws -> UInt64 {
        var random = SplitMix(seed: 11)
        let archive = try Archive.open(path)
        let table = IdentifierTable((0..<60).map { "M\($0)" })
        for (input, days) in [("aa", Int32(100)..<110), ("bb", 108..<112)] {
            guard case .open(let delivery) = try archive.begin(input: input, now: now) else { continue }
            var batch = StoredDays(slotsPerDay: 24, quantum: .float32)
            batch.quantum = try #require(Quantum(.kilowattHours, exponent: -2))
            for meter in 0..<60 {
                for day in days {
                    batch.meters.append(UInt32(meter))
                    batch.days.append(day)
                    for _ in 0..<24 { batch.values.append(Int32.random(in: 0...50, using: &random)) }
                }
            }
            try delivery.append(batch, identifiers: table)
            _ = try delivery.commit()
        }
        try archive.storeFeatures(
            version: 1, recordBytes: 2, asOf: 2,
            batches: [.init(days: (1...50).map { MeterDay(meter: $0, day: 101) }, records: [UInt8](0..<100))])
        try archive.drop(before: 101, now: now)
        let hash = try archive.contentHash()
        try archive.close()
        return hash
    }

    /// What a reader sees; only that it ends matters.
    private func readAll(_ archive: Archive) {
        _ = try? archive.series("M3")
        _ = try? archive.export { _ in }
        _ = try? archive.statistics()
        _ = try? archive.changes(since: 0)
        if let cursor = try? archive.features(version: 1, days: 0...1000) { while (try? cursor.next()) != nil {} }
        _ = try? archive.window()
        _ = try? archive.names()
    }

    @Test func `two hundred damaged copies are found or harmless`() throws {
        let folder = try Places.scratch("rot")
        defer { try? FileManager.default.removeItem(at: folder) }
        let good = folder.appendingPathComponent("good")
        try FileManager.default.createDirectory(at: good, withIntermediateDirectories: true)
        let hash = try make(good.appendingPathComponent("archive.sqlite").path)
        var random = SplitMix(seed: 12)
        var found = 0
        for number in 0..<200 {
            let copy = folder.appendingPathComponent("copy")
            try? FileManager.default.removeItem(at: copy)
            try FileManager.default.copyItem(at: good, to: copy)
            let path = copy.appendingPathComponent("archive.sqlite").path
            var files = [path]
            for name in try FileManager.default.contentsOfDirectory(atPath: path + "-segments")
            where name.hasSuffix(".seg") { files.append(path + "-segments/" + name) }
            // Half of the damage goes to the database.
            let place = URL(fileURLWithPath: number % 2 == 0 ? path : try #require(files.randomElement(using: &random)))
            var bytes = try Data(contentsOf: place)
            for _ in 0...Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            try bytes.write(to: place)
            guard let archive = try? Archive.open(path) else {
                found += 1
                continue
            }
            if archive.verify().isClean {
                #expect(try archive.contentHash() == hash, "copy \(number): \(place.lastPathComponent)")
            } else {
                found += 1
            }
            readAll(archive)
            try? archive.close()
        }
        print("bit rot: \(found) of 200 damaged copies found, the others hold the same")
        #expect(found > 100)
    }

    @Test func `every single flipped byte of a segment is found`() throws {
        let folder = try Places.scratch("rot")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("archive.sqlite").path
        _ = try make(path)
        let archive = try Archive.open(path)
        for name in try FileManager.default.contentsOfDirectory(atPath: path + "-segments") where name.hasSuffix(".seg")
        {
            let place = URL(fileURLWithPath: path + "-segments/" + name)
            let good = try Data(contentsOf: place)
            for at in stride(from: 0, to: good.count, by: max(1, good.count / 400)) {
                var bad = good
                bad[at] ^= 4
                try bad.write(to: place)
                #expect(!archive.verify().isClean, "byte \(at)")
            }
            try good.prefix(good.count - 1).write(to: place)
            #expect(!archive.verify().isClean)
            try FileManager.default.removeItem(at: place)
            #expect(!archive.verify().isClean)
            try good.write(to: place)
        }
        #expect(archive.verify().isClean)
    }
}
