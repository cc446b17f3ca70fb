import Foundation
import LoadCurves
import Meters
import Testing
import Vocabulary

private let monday = Instant(seconds: 1_772_409_600)  // 2026-03-02T00:00:00Z

private func series(_ kilowatts: [Float], interval: Int = 3600, start: Instant = monday) -> MeterSeries {
    MeterSeries(meter: "M", start: start, intervalSeconds: interval, kilowatts: kilowatts)
}

@Suite struct LoadFeaturesTests {
    @Test func `a constant added one day is found with its day and size`() throws {
        let x = (0..<(60 * 96)).map { index -> Float in
            let hour = index / 4 % 24
            let base: Float = (8..<20).contains(hour) ? 30 : 10
            return base + Float(index % 7) * 0.1 + (index >= 35 * 96 ? 50 : 0)
        }
        let found = try #require(LoadFeatures.compute(series(x, interval: 900), timezoneOffset: 0))
        let change = try #require(found.change)
        #expect(change.day == 35)
        #expect(abs(change.increment - 50) < 0.5)
        #expect(abs(change.slope - 1) < 0.02)
        #expect(abs(change.intercept - 50) < 1)
        #expect(change.heldAfter == 1 && change.heldBefore == 1)
        #expect(change.endDay == nil)
        #expect(abs(change.firstWeekShare - 1) < 0.05)
        #expect(found.profileAfter.allSatisfy { !$0.isNaN })
    }

    @Test func `business that grew has a slope and no flat increment`() throws {
        let x = (0..<(80 * 24)).map { index -> Float in
            let base: Float = (8..<20).contains(index % 24) ? 30 : 4
            return base * (index >= 40 * 24 ? 2 : 1) + Float(index % 5) * 0.05
        }
        let change = try #require(LoadFeatures.compute(series(x), timezoneOffset: 0)?.change)
        #expect(abs(change.slope - 2) < 0.05)
        #expect(change.incrementFlatness < 2)
    }

    @Test func `a rise that goes away has an end`() throws {
        let x = (0..<(100 * 24)).map { index -> Float in
            10 + Float(index % 24) * 0.2 + ((40 * 24)..<(75 * 24) ~= index ? 40 : 0)
        }
        let change = try #require(LoadFeatures.compute(series(x), timezoneOffset: 0)?.change)
        #expect(change.day == 40)
        #expect(change.endDay == 75)
    }

    @Test func `missing is not zero`() throws {
        var x = [Float](repeating: 5, count: 30 * 24)
        for index in x.indices where index % 3 == 0 { x[index] = .nan }
        let found = try #require(LoadFeatures.compute(series(x), timezoneOffset: 0))
        #expect(abs(found.level.mean - 5) < 1e-6)
        #expect(abs(found.coverage - 2.0 / 3) < 1e-9)
        #expect(found.level.hours == 480)
        #expect(found.fullDays == 0)
        let empty = try #require(LoadFeatures.compute(series([Float](repeating: .nan, count: 720)), timezoneOffset: 0))
        #expect(empty.level.mean.isNaN && empty.change == nil)
        #expect(empty.named["mean"] == nil)
    }

    @Test func `local days follow the offset`() throws {
        // Load only from 16:00 to 22:00 UTC is the night of 00:00 to 06:00 in China.
        let x = (0..<(20 * 24)).map { (16..<22).contains($0 % 24) ? Float(9) : 1 }
        let found = try #require(LoadFeatures.compute(series(x), timezoneOffset: 8 * 3600))
        #expect(found.firstDay == CalendarDate("2026-03-02"))
        #expect(found.nightMinimum[5] == 9)
        let utc = try #require(LoadFeatures.compute(series(x), timezoneOffset: 0))
        #expect(utc.nightMinimum[5] == 1)
    }

    @Test func `level features of a ruler and of a half day`() throws {
        let seven = series([Float](repeating: 7, count: 480))
        let ruler = try #require(LoadFeatures.compute(seven, timezoneOffset: 0)).level
        #expect(abs(ruler.flatness - 1) < 1e-6 && abs(ruler.loadFactor - 1) < 1e-6 && ruler.plateauShare == 1)
        #expect(ruler.dailyVariation < 1e-6 && ruler.dailyWave < 1e-5 && abs(ruler.nightDay - 1) < 1e-6)
        let half = (0..<480).map { (6..<18).contains($0 % 24) ? Float(10) : 2 }
        let level = try #require(LoadFeatures.compute(series(half), timezoneOffset: 0)).level
        #expect(abs(level.mean - 6) < 1e-6 && abs(level.baseShare - 1.0 / 3) < 1e-6 && level.nightDay < 0.21)
        #expect(level.dailyWave > 0.5)
    }

    @Test func `odd series are cut down and never end the process`() {
        #expect(LoadFeatures.compute(series([]), timezoneOffset: 0) == nil)
        #expect(LoadFeatures.compute(series([1, 2], interval: 0), timezoneOffset: 0) == nil)
        #expect(LoadFeatures.compute(series([1, 2], interval: -5), timezoneOffset: 0) == nil)
        #expect(LoadFeatures.compute(series([1, 2], interval: 86_400), timezoneOffset: 0) == nil)
        #expect(LoadFeatures.compute(series([1, 2]), timezoneOffset: .max / 4) == nil)
        #expect(LoadFeatures.compute(series([1, 2], start: Instant(nanoseconds: .max)), timezoneOffset: 0) != nil)
        _ = LoadFeatures.compute(series([1, 2], start: Instant(nanoseconds: .min)), timezoneOffset: -3600)
        let wild = (0..<2400).map { [Float.infinity, -.infinity, 1e30, -1e30, -3, 0, .leastNonzeroMagnitude][$0 % 7] }
        let found = LoadFeatures.compute(series(wild), timezoneOffset: 0)
        #expect(found?.rejected ?? 0 > 1000)
        let long = LoadFeatures.compute(series([Float](repeating: 1, count: 24 * 2000)), timezoneOffset: 0)
        #expect(long?.days == LoadLimits.maximumDays)
        for count in [1, 23, 24, 25, 24 * 13, 24 * 14, 24 * 15] {
            let two = series([Float](repeating: 2, count: count), interval: 7200)
            #expect(LoadFeatures.compute(two, timezoneOffset: 1800) != nil)
        }
    }

    @Test func `the page of features and the catalogue are alike`() throws {
        let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Docs/Features.md")
        let page = try String(contentsOf: place, encoding: .utf8)
        for row in FeatureCatalogue.rows {
            #expect(page.contains("| \(row.name) | \(row.unit) | \(row.window) | \(row.kernel) | \(row.meaning) |"))
        }
        #expect(Set(FeatureCatalogue.rows.map(\.name)).count == FeatureCatalogue.rows.count)
    }

    @Test func `the place of a step is exact and odd input keeps the guess`() {
        let values = (0..<40).map { Float($0 >= 21 ? 9 : 1) }
        #expect(StepPlace.refine(values, near: 17, low: 1, high: 9) == 21)
        #expect(StepPlace.refine(values, near: 17, low: 9, high: 1) == 17)
        #expect(StepPlace.refine([], near: 0, low: 0, high: 1) == 0)
        #expect(StepPlace.refine([.nan, .nan, .nan], near: 1, low: 0, high: 1) == 1)
        #expect(StepPlace.refine(values, near: 99, low: 0, high: .nan) == 99)
    }

    @Test func `order statistics`() {
        #expect(Order.median(of: [3, .nan, 1, 2]) == 2)
        #expect(Order.median(of: [4, 1] as [Float]) == 2.5)
        #expect(Order.median(of: [] as [Float]).isNaN)
        #expect(Order.median(of: (0..<101).map { Float($0 * 37 % 101) }) == 50)
        #expect(Order.quantile(sorted: [0, 10], 0.25) == 2.5)
    }
}
