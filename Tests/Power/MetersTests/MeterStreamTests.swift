import Meters
import Support
import Testing
import Vocabulary

private let noon2026 = Instant(rfc3339: "2026-11-01T12:00:00Z") ?? Instant(seconds: 0)

/// All that a stream gave.
private struct Taken: Equatable {
    struct Day: Equatable {
        var meter: String
        var day: Int32
        var slots: Int
        var decimals: Int
        var quality: UInt8
        var values: [Int32]
    }

    var days: [Day] = []
    var report = InputReport()
    var rejects: [RejectedRow] = []

    static func read(_ text: String, _ options: MeterReadOptions, threads: Int) throws -> Taken {
        var taken = Taken()
        let summary = try MeterStream.read(bytes: Array(text.utf8), options: options, threads: threads) {
            batch, names in
            #expect(batch.values.count == batch.count * batch.slotsPerDay)
            for index in 0..<batch.count {
                let first = index * batch.slotsPerDay
                taken.days.append(
                    Day(
                        meter: names.text(batch.meters[index]), day: batch.days[index], slots: batch.slotsPerDay,
                        decimals: batch.decimals, quality: batch.quality[index].rawValue,
                        values: Array(batch.values[first..<(first + batch.slotsPerDay)])))
            }
            return true
        }
        taken.report = summary.report
        taken.rejects = summary.rejects
        return taken
    }

    /// kWh or kW of each slot that is present, the last delivery of each; keyed by meter and second of the local clock.
    var slots: [String: [Int: Double]] {
        var result: [String: [Int: Double]] = [:]
        for day in days {
            var scale = 1.0
            for _ in 0..<day.decimals { scale *= 10 }
            for (slot, value) in day.values.enumerated() where value != MeterDays.missing {
                let second = Int(day.day) * 86_400 + slot * 86_400 / day.slots
                result[day.meter, default: [:]][second] = Double(value) / scale
            }
        }
        return result
    }
}

@Suite struct MeterStreamTests {
    private let options = MeterReadOptions(now: noon2026)

    private func long(_ meters: Int, _ days: Int, byTime: Bool = false, _ value: (Int) -> String) -> String {
        var text = "meter,ts,kwh\n"
        for row in 0..<(meters * days * 96) {
            let (meter, slot) = byTime ? (row % meters, row / meters) : (row / (days * 96), row % (days * 96))
            // 1 735 660 800 is midnight of the first of January 2025 in China.
            let time = Instant(seconds: 1_735_660_800 + Int64(slot) * 900).rfc3339()
            text += "M\(meter),\(time),\(value(row))\n"
        }
        return text
    }

    @Test func `a day is handed out whole, in its own zone`() throws {
        let taken = try Taken.read(long(2, 3) { "1.\(100 + $0 % 800)" }, options, threads: 2)
        #expect(taken.days.map(\.meter) == ["M0", "M0", "M1", "M1", "M0", "M1"])
        #expect(taken.days.map(\.day) == [20089, 20090, 20089, 20090, 20091, 20091])
        #expect(taken.days.allSatisfy { $0.slots == 96 && $0.quality == 0 && $0.decimals == 3 })
        #expect(taken.days[0].values[0] == 1100)
        #expect(taken.report.readings == 576)
        #expect(taken.report.rows.reconcile)
    }

    /// Same seed, same file: some layouts and habits, with damage here and there.
    private func made(_ seed: Int) -> (String, MeterReadOptions) {
        var dice = SplitMix(seed: UInt64(seed))
        var options = options
        options.stamp = seed % 3 == 1 ? .end : .start
        options.bidirectional = seed % 4 == 1
        options.unit = [nil, .kilowattHours, .wattHours, .kilowatts, .megawattHours][seed % 5]
        func value(_ row: Int) -> String {
            switch Int.random(in: 0..<400, using: &dice) {
            case 0: return ""
            case 1: return "x"
            case 2: return "-0.500"
            case 3: return seed % 2 == 0 ? "0.12345" : "7.5"
            case 4: return seed % 7 == 0 ? "4000000.125" : "12"
            case 5: return "0.333333333333333"
            default: return "\(Int.random(in: 0...99, using: &dice)).\(Int.random(in: 100...999, using: &dice))"
            }
        }
        if seed % 3 != 2 {
            var text = long(7, 4, byTime: seed % 2 == 1, value)
            if seed % 4 == 0 { text += long(3, 2, value).split(separator: "\n").dropFirst().joined(separator: "\n") }
            return (text, options)
        }
        var text = "meter,date," + (1...96).map { "P\($0)" }.joined(separator: ",") + "\n"
        for row in 0..<300 {
            let day = Instant(seconds: 1_735_660_800 + Int64(row / 2 % 50) * 86_400).rfc3339().prefix(10)
            text += "M\(row / 100),\(day)," + (0..<96).map { value($0) }.joined(separator: ",") + "\n"
        }
        return (text, options)
    }

    @Test(arguments: 0..<30)
    func `any number of threads gives the same days in the same order`(_ seed: Int) throws {
        let (text, options) = made(seed)
        let slow = try Taken.read(text, options, threads: 0)
        #expect(!slow.days.isEmpty)
        for threads in [1, 2, 5] {
            let fast = try Taken.read(text, options, threads: threads)
            #expect(fast.report == slow.report, "seed \(seed)")
            #expect(fast.rejects == slow.rejects, "seed \(seed)")
            #expect(fast.days == slow.days, "seed \(seed)")
        }
    }

    @Test(arguments: 0..<30)
    func `a stream and a series hold the same readings`(_ seed: Int) throws {
        let (text, options) = made(seed)
        let taken = try Taken.read(text, options, threads: 2)
        let result = try MeterReader.read(bytes: Array(text.utf8), options: options)
        // A reading that comes again when its day was handed out already is no duplicate to a stream.
        let (mine, whole) = (taken.report.rows, result.report.rows)
        #expect(mine.loaded + mine.duplicate == whole.loaded + whole.duplicate)
        #expect(mine.rejected == whole.rejected && mine.duplicate <= whole.duplicate)
        let slots = taken.slots
        #expect(slots.count == result.series.count)
        let power = result.report.unit?.isPower == true
        for series in result.series {
            let mine = try #require(slots[series.meter])
            var present = 0
            for (index, kilowatts) in series.kilowatts.enumerated() where !kilowatts.isNaN {
                present += 1
                let second = Int(series.start.seconds) + 28_800 + index * series.intervalSeconds
                let value = try #require(mine[second], "\(series.meter) \(second)")
                let expected = Double(kilowatts) * (power ? 1 : Double(series.intervalSeconds) / 3600)
                #expect(abs(value - expected) <= max(1e-6 * abs(expected), 1e-6))
            }
            #expect(present == mine.count)
        }
    }

    @Test func `a finer quantum begins a new batch and loses nothing`() throws {
        let taken = try Taken.read(long(1, 3) { $0 == 150 ? "0.12345" : "1.500" }, options, threads: 2)
        #expect(taken.days.first?.decimals == 3)
        #expect(taken.days.last?.decimals == 5)
        #expect(taken.slots["M0"]?.values.contains(0.12345) == true)
        #expect(!taken.report.flags.contains("rounded"))
    }

    @Test func `a reading too large for the quantum goes out by itself`() throws {
        let taken = try Taken.read(long(1, 2) { $0 == 100 ? "4000000.125" : "1.500" }, options, threads: 2)
        #expect(taken.report.flags.contains("rounded"))
        #expect(taken.days.map(\.decimals) == [3, 2, 3])
        #expect(taken.slots["M0"]?.values.contains(4_000_000.13) == true)
        #expect(taken.report.readings == 192)
    }

    @Test func `many readings too large for the quantum make it coarser`() throws {
        let taken = try Taken.read(long(1, 20) { _ in "4000000.125" }, options, threads: 2)
        #expect(taken.days.last?.decimals == 2)
        #expect(taken.report.readings == 1920)
        #expect(taken.report.energyKilowattHours.map { abs($0 - 4_000_000.125 * 1920) < 20 } == true)
    }

    @Test func `the one who takes days may stop`() throws {
        var batches = 0
        let summary = try MeterStream.read(
            bytes: Array(long(40, 50) { _ in "1.000" }.utf8), options: options
        ) { _, _ in
            batches += 1
            return false
        }
        #expect(summary.report.error?.kind == .stopped)
        #expect(batches == 1)
    }

    @Test func `a meter that is declared hourly has days of twenty-four`() throws {
        var declared = options
        declared.intervalMinutesByMeter = ["M1": 60]
        var text = "meter,ts,kwh\n"
        for hour in 0..<24 {
            for meter in ["M0", "M1"] { text += "\(meter),2025-01-01 \(hour < 10 ? "0" : "")\(hour):00,1\n" }
        }
        let taken = try Taken.read(text, declared, threads: 2)
        #expect(taken.days.map(\.slots) == [24, 24])
        #expect(taken.days.allSatisfy { $0.values == Array(repeating: 1000, count: 24) })
    }
}
