import Foundation
import LoadCurves
import Meters
import Support
import Testing
import Vocabulary

@Suite struct SignatureFactsTests {
    @Test(arguments: 0..<5)
    func `facts agree with the second program`(_ index: Int) throws {
        let golden = SignatureGolden.all[index]
        let hours = SignatureGolden.hours(rule: golden.rule, days: golden.days)
        let facts = try #require(SignatureFacts.compute(hours: hours, firstWeekday: golden.firstWeekday))
        #expect(facts.row.count == SignatureFeature.allCases.count)
        for (feature, wanted) in zip(SignatureFeature.allCases, golden.row) {
            let found = facts[feature]
            let close = wanted.isNaN ? found.isNaN : abs(found - wanted) <= 1e-9 * max(1e-3, abs(wanted))
            #expect(close, "\(feature.name) \(found) for \(wanted)")
        }
        #expect(facts.splitDay == golden.split)
        #expect(facts.onsetHour == golden.onset)
        #expect(facts.onsetHours?.contains(golden.onset) == true)
        #expect(abs(facts.kilowatts - golden.kilowatts) <= 1e-9 * max(1, abs(golden.kilowatts)))
        #expect(abs(facts.riseSpread - golden.spread) <= 1e-9 * max(1, golden.spread))
    }

    @Test func `names are unique and lead back`() {
        for feature in SignatureFeature.allCases { #expect(SignatureFeature.named(feature.name) == feature) }
        #expect(SignatureFeature.named("score") == nil)
        #expect(Set(SignatureFeature.allCases.map(\.group)).count == SignatureFeature.Group.allCases.count)
    }

    @Test func `the page has a row for every fact`() throws {
        let page = try String(contentsOf: Places.root.appendingPathComponent("Docs/Features.md"), encoding: .utf8)
        for feature in SignatureFeature.allCases { #expect(page.contains("\n| \(feature.name) | "), "\(feature.name)") }
    }

    @Test func `no series traps, and nothing comes out infinite`() {
        var dice = SplitMix(seed: 3)
        let shapes: [(Int) -> Double] = [
            { _ in .nan }, { _ in 0 }, { _ in 42 }, { _ in -42 }, { $0 < 1800 ? 1 : 1e6 }, { _ in 4.9e6 },
            { _ in 1e300 }, { _ in .infinity }, { $0 % 2 == 0 ? -4.9e6 : 4.9e6 }, { $0 % 2 == 0 ? .nan : 5 },
            { $0 % 24 < 13 ? 3 : .nan }, { ($0 / 24) % 2 == 0 ? 3 + Double($0 % 5) : .nan }, { _ in 1e-300 },
            { $0 / 24 == 20 ? 1 : 0 }, { -Double($0) }, { Double($0 * $0) }, { $0 > 500 && $0 < 1200 ? .nan : 7 },
        ]
        for days in [0, 1, 13, 14, 15, 20, 27, 28, 29, 41, 42, 60, 150] {
            for (index, shape) in shapes.enumerated() {
                for weekday in [1, 7, -3, Int.random(in: 0...9, using: &dice)] {
                    let facts = SignatureFacts.compute(
                        hours: (0..<(days * 24)).map(shape), firstWeekday: weekday)
                    guard let facts else { continue }
                    #expect(facts.row.allSatisfy { !$0.isInfinite }, "shape \(index), \(days) days")
                    #expect(facts.onsetHour.map { (0...(days * 24)).contains($0) } ?? true)
                }
            }
        }
        #expect(SignatureFacts.compute(hours: [Double](repeating: 1, count: 24 * 801), firstWeekday: 1) == nil)
        #expect(SignatureFacts.compute(hours: [1, 2, 3], firstWeekday: 1) == nil)
        for _ in 0..<30 {
            let hours = (0..<(24 * 40)).map { _ in
                [.nan, 0, 1e9, -5, .infinity, Double.random(in: -1...9, using: &dice)][Int(dice.next() % 6)]
            }
            #expect(SignatureFacts.compute(hours: hours, firstWeekday: 2)?.row.allSatisfy { !$0.isInfinite } ?? true)
        }
    }

    @Test func `another unit changes only the size`() throws {
        let hours = SignatureGolden.hours(rule: 1, days: 90)
        let facts = try #require(SignatureFacts.compute(hours: hours, firstWeekday: 1))
        let other = try #require(SignatureFacts.compute(hours: hours.map { $0 * 1.37 }, firstWeekday: 1))
        for feature in SignatureFeature.allCases where feature != .logMean && !facts[feature].isNaN {
            #expect(abs(facts[feature] - other[feature]) <= 1e-6 * max(1, abs(facts[feature])), "\(feature.name)")
        }
        #expect(abs(other[.logMean] - facts[.logMean] - log(1.37)) < 1e-9)
        #expect(abs(other.kilowatts / facts.kilowatts - 1.37) < 1e-9)
        #expect(other.onsetHour == facts.onsetHour)
    }

    @Test func `a grid gives what its hours give`() throws {
        let hours = SignatureGolden.hours(rule: 0, days: 120)
        // 2026-04-02 is a Thursday; quarter hours around the hour's mean.
        let values = hours.flatMap { [Float($0 - 1), Float($0 + 1), Float($0), Float($0)] }
        let series = MeterSeries(
            meter: "S", start: Instant(seconds: 1_775_059_200), intervalSeconds: 900, kilowatts: values)
        let grid = try #require(HourlyGrid(series, timezoneOffset: 8 * 3600))
        let facts = try #require(SignatureFacts.compute(grid))
        let direct = try #require(SignatureFacts.compute(hours: hours, firstWeekday: 4))
        for (a, b) in zip(facts.row, direct.row) { #expect(a.bitPattern == b.bitPattern || a.isNaN && b.isNaN) }
    }

    @Test func `order statistics agree with a plain sort`() {
        var dice = SplitMix(seed: 11)
        var scratch = OrderScratch(capacity: 4)
        for count in [1, 2, 3, 4, 7, 16, 17, 39, 40, 41, 42, 63, 100, 168, 997] {
            for kind in 0..<5 {
                let values = (0..<count).map { index -> Double in
                    switch kind {
                    case 0: Double.random(in: -5...5, using: &dice)
                    case 1: Double(Int.random(in: 0...3, using: &dice))
                    case 2: Double(index)
                    case 3: Double(-index)
                    default: 7
                    }
                }
                let sorted = values.sorted()
                func plain(_ sorted: [Double], _ share: Double) -> Double {
                    let position = share * Double(sorted.count - 1)
                    let index = Int(position)
                    if index >= sorted.count - 1 { return sorted[sorted.count - 1] }
                    let part = position - Double(index)
                    return sorted[index] * (1 - part) + sorted[index + 1] * part
                }
                for share in [0, 0.05, 0.15, 0.2, 0.5, 0.85, 0.9, 0.95, 1] {
                    scratch.load(values, -3, count + 5)
                    #expect(scratch.quantile(share) == plain(sorted, share))
                }
                for centre in [plain(sorted, 0.5), 0, -9, 99] {
                    let wanted = 1.4826 * plain(values.map { abs($0 - centre) }.sorted(), 0.5)
                    scratch.load(values, 0, count)
                    #expect(scratch.spread(centre) == wanted)
                    if count <= 40 {
                        scratch.load(values, 0, count)
                        scratch.sortSmall()
                        #expect(scratch.sortedSpread(centre) == wanted)
                    }
                }
            }
        }
        scratch.load([.nan, .nan], 0, 2)
        #expect(scratch.count == 0 && scratch.median().isNaN && scratch.spread(1).isNaN)
        scratch.load([3, .nan, 1], 5, 2)
        #expect(scratch.count == 0)
    }
}
