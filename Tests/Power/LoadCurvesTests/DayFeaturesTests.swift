import Kernels
import LoadCurves
import Meters
import Support
import Testing

@Suite struct DayFeaturesTests {
    private func batch(_ days: [[Int32]], isPower: Bool = false, decimals: Int = 3) -> MeterDays {
        var batch = MeterDays(slotsPerDay: days.first?.count ?? 96, isPower: isPower, decimals: decimals)
        for (day, values) in days.enumerated() {
            batch.append(meter: 0, day: Int32(20_000 + day), quality: [], values: values.span)
        }
        return batch
    }

    @Test func `energy of an interval becomes power`() throws {
        let day = try #require(DayFeatures.compute(batch([[Int32](repeating: 250, count: 96)])).first)
        #expect(day.day == 20_000 && day.count == 96 && day.pairs == 95 && day.equalPairs == 95)
        #expect(day.mean == 1 && day.minimum == 1 && day.maximum == 1 && day.nightMinimum == 1)
        #expect(day.squares == 0 && day.steps == 0 && day.cosine == 0 && day.sine == 0)
        let power = try #require(DayFeatures.compute(batch([[Int32](repeating: 250, count: 96)], isPower: true)).first)
        #expect(power.mean == 0.25)
    }

    @Test func `a day without a reading has no figures, and a gap is not zero`() throws {
        var gaps = [Int32](repeating: 500, count: 96)
        for slot in 0..<30 { gaps[slot] = MeterDays.missing }
        let days = DayFeatures.compute(batch([[Int32](repeating: MeterDays.missing, count: 96), gaps]))
        #expect(days[0].count == 0 && days[0].mean.isNaN && days[0].minimum.isNaN && days[0].nightMinimum.isNaN)
        #expect(days[1].count == 66 && abs(days[1].mean - 2) < 1e-9 && days[1].nightMinimum.isNaN)
        let window = WindowFeatures(days)
        #expect(window.days == 2 && window.count == 66 && abs(window.coverage - 66 / 192) < 1e-12)
        #expect(abs(window.mean - 2) < 1e-9 && window.minimum == 2)
    }

    @Test(arguments: KernelLevel.supported)
    func `a window of stored days has the figures of its readings`(_ level: KernelLevel) {
        var dice = SplitMix(seed: 5)
        var days: [[Int32]] = []
        for day in 0..<30 {
            days.append(
                (0..<96).map { slot in
                    Int.random(in: 0..<50, using: &dice) == 0
                        ? MeterDays.missing
                        : Int32(3000 + 20 * day + (slot > 40 ? 900 : 0) + Int.random(in: 0..<99, using: &dice))
                })
        }
        let window = WindowFeatures(
            DayFeatures.compute(batch(days, isPower: true), kernels: MeterKernels(level: level)))
        let all = days.flatMap { $0 }.filter { $0 != MeterDays.missing }.map { Double($0) / 1000 }
        let mean = all.reduce(0, +) / Double(all.count)
        let squares = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        #expect(abs(window.mean - mean) < 1e-6)
        #expect(abs(window.variation - (squares / Double(all.count)).squareRoot() / mean) < 1e-6)
        #expect(window.minimum == all.min().map { Double(Float($0)) })
        #expect(window.maximum == all.max().map { Double(Float($0)) })
        #expect(window.nights.count == 30 && window.fullDays == 30)
        #expect(window.neighbourCorrelation > 0.9 && window.dailyWave > 0.1 && window.repeatShare < 0.1)
    }

    @Test func `a stored record gives the same features back, and other bytes give none`() throws {
        var dice = SplitMix(seed: 9)
        var days = (0..<40).map { day in
            (0..<96).map { _ in
                Int.random(in: 0..<4, using: &dice) == 0
                    ? MeterDays.missing : Int32.random(in: -5000...1_000_000, using: &dice)
            }
        }
        days.append([Int32](repeating: MeterDays.missing, count: 96))
        let features = DayFeatures.compute(batch(days))
        let records = DayFeatures.records(features)
        #expect(records.count == 41 * DayFeatures.recordBytes)
        for (index, one) in features.enumerated() {
            let record = records[(index * DayFeatures.recordBytes)..<((index + 1) * DayFeatures.recordBytes)]
            let back = try #require(DayFeatures(record: record, day: one.day))
            // A day without readings is not equal to itself: its figures are not numbers.
            #expect(index == 40 ? back.mean.isNaN && back.count == 0 : back == one || back.nightMinimum.isNaN)
            #expect(DayFeatures.records([back]) == Array(record))
            #expect(DayFeatures(record: record.dropLast(), day: 1) == nil)
            var broken = Array(record)
            broken[4] = 0xFF
            broken[5] = 0xFF
            #expect(DayFeatures(record: broken[...], day: 1) == nil)
        }
    }

    @Test func `a flat load keeps its small changes beside a large level`() throws {
        let values = (0..<96).map { Int32(1_000_000_000 + $0 % 2) }
        let day = try #require(DayFeatures.compute(batch([values], isPower: true, decimals: 0)).first)
        #expect(abs(day.squares - 24) < 1e-6)
        #expect(day.steps == 95)
        #expect(day.mean == Double(Float(1_000_000_000.5)))
    }
}
