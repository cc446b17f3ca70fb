import Archive
import Foundation
import Meters
import Support
import Testing
import Vocabulary

struct StreamDeliveryTests {
    /// A made file goes through the stream into one archive and through series into another: both hold the same.
    @Test(arguments: [1, 2])
    func `what a stream delivers is what the series hold`(threads: Int) throws {
        var text = "meter_id,timestamp,kwh\n"
        for meter in ["A-1", "B-2"] {
            for slot in 0..<(3 * 96) {
                guard slot % 50 != 49 else { continue }
                let minute = slot % 96 * 15
                let stamp = String(format: "2026-01-%02dT%02d:%02d:00", 10 + slot / 96, minute / 60, minute % 60)
                text += "\(meter),\(stamp),\(Double(slot % 37) / 8)\n"
            }
        }
        let options = MeterReadOptions(timezoneOffsetSeconds: 28_800, now: Instant(seconds: 1_800_000_000))
        let bytes = Array(text.utf8)
        let place = try Places.scratch("stream")
        defer { try? FileManager.default.removeItem(at: place) }
        let now = Instant(seconds: 1_800_000_000)

        let first = try Archive.open(place.appendingPathComponent("first").path)
        guard case .open(let delivery) = try first.begin(input: String(repeating: "a", count: 64), now: now) else {
            Issue.record("the delivery is new")
            return
        }
        var failure: (any Error)?
        let summary = try MeterStream.read(bytes: bytes, options: options, threads: threads) { days, names in
            do { try delivery.append(days, names: names) } catch { failure = error }
            return failure == nil
        }
        #expect(failure == nil && summary.report.error == nil)
        _ = try delivery.commit()

        let second = try Archive.open(place.appendingPathComponent("second").path)
        let read = try MeterReader.read(bytes: bytes, options: options)
        try second.store(series: read.series, input: String(repeating: "b", count: 64), now: now)
        #expect(try first.meters() == second.meters() && first.meters() == ["A-1", "B-2"])
        for meter in try first.meters() {
            let (one, other) = (try #require(try first.series(meter)), try #require(try second.series(meter)))
            #expect(one.start == other.start && one.kilowatts.count == other.kilowatts.count)
            for (left, right) in zip(one.kilowatts, other.kilowatts) {
                #expect(left.isNaN && right.isNaN || left == right)
            }
        }
        #expect(first.verify().isClean)
    }
}
