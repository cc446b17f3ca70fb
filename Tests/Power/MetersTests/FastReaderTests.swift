import Meters
import Support
import Testing
import Vocabulary

private let noon2026 = Instant(rfc3339: "2026-11-01T12:00:00Z") ?? Instant(seconds: 0)

/// Both ways of reading must agree in everything that a caller can see.
private func compare(_ bytes: [UInt8], _ options: MeterReadOptions, _ note: String) throws {
    func read(_ threads: Int) throws -> (MeterReadResult, [RejectedRow]) {
        var told: [RejectedRow] = []
        let result = try MeterReader.read(bytes: bytes, options: options, threads: threads) { told.append($0) }
        return (result, told)
    }
    let (slow, slowTold) = try read(0)
    for threads in [1, 3] {
        let (fast, fastTold) = try read(threads)
        #expect(fast.report == slow.report, "\(note)")
        #expect(fast.rejects == slow.rejects, "\(note)")
        #expect(fastTold == slowTold, "\(note)")
        #expect(fast.series.map(\.meter) == slow.series.map(\.meter), "\(note)")
        for (one, other) in zip(fast.series, slow.series) {
            #expect(one.start == other.start && one.intervalSeconds == other.intervalSeconds, "\(note)")
            #expect(one.kilowatts.map(\.bitPattern) == other.kilowatts.map(\.bitPattern), "\(note)")
        }
    }
}

/// Writes files that are mostly right, with everything in them that the fast path must leave to the row path.
private struct Writer {
    var dice: SplitMix
    var text: [UInt8] = []
    var separator = ","
    var lineEnd = "\n"

    init(seed: UInt64) { dice = SplitMix(seed: seed) }

    mutating func one<Value>(of choices: [Value]) -> Value { choices[Int.random(in: 0..<choices.count, using: &dice)] }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &dice) < percent }
    mutating func add(_ line: String) { text += Array((line + lineEnd).utf8) }

    mutating func value() -> String {
        guard chance(3) else {
            let digits = String(Int.random(in: 1000...99_999, using: &dice))
            return String(digits.dropLast(3)) + "." + digits.suffix(3)
        }
        return one(of: [
            "", " ", "0", "1", "12", "1.5", ".5", "5.", ".", "-", "--", "-1.250", "+2.000", "1e2", "NaN", "null",
            "0x1F",
            "1.2.3", "123456789", "12345.678", "99999999.999", "1,5", "\"1.500\"", "\"1,234\"", "\"1,234.500\"",
            "1e300",
            "0.0001", "1.2345", "0.33333333", " 1.500", "1.500 ", "１.500", "-0.000", "2147483.647", "2147483.648",
            "1.5/0", "1:500", "/.500", "1\u{0}5",
        ])
    }

    mutating func meter(_ number: Int) -> String {
        guard chance(2) else { return "MTR-\(100_000 + number)" }
        return one(of: [
            "", " ", "6.01469E+11", "#N/A", "表一", "A\"B", "\"A,B\"", "\"MTR-100001\"", " MTR-100001", "MTR-100001 ",
            String(repeating: "x", count: 300), "M", "MTR-1000010", "A\tB", "A\u{0}", "1E5", "12E34",
        ])
    }

    mutating func stamp(_ minute: Int) -> String {
        let time = Instant(seconds: 1_735_660_800 + Int64(minute) * 60).rfc3339()
        guard chance(3) else { return time }
        let date = time.prefix(10)
        return one(of: [
            "", String(date), "\(date) 00:15", "\(date)T24:00:00Z", "\(date)T24:15:00Z", "\(date)T23:60:00Z",
            "\(date)T23:59:60Z", "\(date)T10:15:00+08:00", "\(date)T10:15:00.000Z", "\(date)T10:15", "2025/3/1 0:15",
            "20250301001500", "2025-13-01T00:00:00Z", "2050-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "x",
            "\"\(time)\"",
            "\(date)T1a:15:00Z", "\(date)T10:1a:00Z", "\(date)Z10:15:00Z", " \(time)", "\(time) ", "\(date)T10:15:0",
        ])
    }

    /// A line that has nothing to do with the others, or damage to the line before it.
    mutating func disturb() {
        switch Int.random(in: 0..<12, using: &dice) {
        case 0: text += [0x0a]
        case 1: text += [0x0d]
        case 2: text += [0x0d, 0x0a]
        case 3: add("\"MTR-100001\(separator)x\nMTR-100001\(separator)2025-01-01T00:00:00Z\(separator)9.000\ny\"")
        case 4: add("short")
        case 5: add("a\(separator)b\(separator)c\(separator)d\(separator)e\(separator)f")
        case 6: text += [0xff, 0x81, 0x0a]
        case 7: if !text.isEmpty { text[text.count - 1] = 0x0d }
        case 8: text += Array("MTR-100001\(separator)2025-01-01T00:00:00Z\(separator)\"1.000\"x\n".utf8)
        case 9: text.append(0)
        case 10: add(String(repeating: "long", count: 12_000))
        default: text.append(UInt8.random(in: 0...255, using: &dice))
        }
    }
}

@Suite struct FastReaderTests {
    private func options(_ writer: inout Writer) -> MeterReadOptions {
        var options = MeterReadOptions(
            unit: writer.one(of: [nil, nil, .kilowattHours, .wattHours, .megawatts, .kilowatts]), now: noon2026)
        options.bidirectional = writer.chance(30)
        options.stamp = writer.one(of: [.start, .end])
        if writer.chance(20), let berlin = try? MeterZone(name: "Europe/Berlin") { options.zone = berlin }
        if writer.chance(10) { options.decimalSign = .comma }
        return options
    }

    private func style(_ writer: inout Writer) {
        writer.separator = writer.one(of: [",", ",", ",", ";", "\t"])
        writer.lineEnd = writer.one(of: ["\n", "\n", "\r\n", "\r"])
    }

    @Test(arguments: 0..<60)
    func `long files are read the same way fast and slowly`(_ seed: Int) throws {
        var writer = Writer(seed: UInt64(seed))
        style(&writer)
        let byTime = writer.chance(30)
        let extra = writer.chance(30)
        let odds = writer.one(of: [0, 1, 10])
        let split = writer.chance(15)
        let mark = writer.separator
        writer.add(
            ["meter", split ? "date\(mark)time" : "ts", "kwh"].joined(separator: mark) + (extra ? mark + "note" : ""))
        for row in 0..<writer.one(of: [3, 200, 2500]) {
            let (meter, minute) = byTime ? (row % 17, row / 17 * 15) : (row / 300, row % 300 * 15)
            let stamp = split ? writer.stamp(minute).replacing("T", with: mark) : writer.stamp(minute)
            var fields = [writer.meter(meter), stamp, writer.value()]
            if extra { fields.append(writer.one(of: ["", "ok", "备注", "q\"q"])) }
            writer.add(fields.joined(separator: mark))
            if writer.chance(odds) { writer.disturb() }
        }
        if writer.chance(20) { writer.text.removeLast(min(writer.text.count, 7)) }
        try compare(writer.text, options(&writer), "seed \(seed)")
    }

    @Test(arguments: 0..<40)
    func `wide files by day are read the same way fast and slowly`(_ seed: Int) throws {
        var writer = Writer(seed: UInt64(1000 + seed))
        style(&writer)
        let points = writer.one(of: [24, 48, 96])
        let quantity = writer.chance(50)
        let odds = writer.one(of: [0, 1, 10])
        let mark = writer.separator
        var head = ["meter", "date"] + (quantity ? ["数据类型"] : [])
        head += (1...points).map { "P\($0)" }
        if writer.chance(30) { head.insert("note", at: 2) }
        if writer.chance(20) { head.append("note") }
        writer.add(head.joined(separator: mark))
        for row in 0..<writer.one(of: [3, 60, 400]) {
            let day = Instant(seconds: 1_735_660_800 + Int64(row % 30) * 86_400).rfc3339().prefix(10)
            let fields = head.map { name in
                switch name {
                case "meter": writer.meter(row / 30)
                case "date": writer.chance(3) ? writer.stamp(row) : String(day)
                case "数据类型": writer.chance(5) ? "电压" : "有功功率(kW)"
                case "note": writer.one(of: ["", "ok", "备注"])
                default: writer.chance(97) ? writer.one(of: ["1.250", "12.500", "0.004", ""]) : writer.value()
                }
            }
            writer.add(fields.joined(separator: mark))
            if writer.chance(odds) { writer.disturb() }
        }
        try compare(writer.text, options(&writer), "seed \(seed)")
    }

    @Test(arguments: 0..<30)
    func `wide files by time are read the same way fast and slowly`(_ seed: Int) throws {
        var writer = Writer(seed: UInt64(2000 + seed))
        style(&writer)
        let meters = writer.one(of: [1, 7, 40])
        let odds = writer.one(of: [0, 1, 10])
        let mark = writer.separator
        writer.add((["time"] + (1...meters).map { "M\($0)" }).joined(separator: mark))
        for row in 0..<writer.one(of: [3, 300, 1500]) {
            let cells = (0..<meters).map { _ in writer.chance(98) ? "1.250" : writer.value() }
            writer.add(([writer.stamp(row * 15)] + cells).joined(separator: mark))
            if writer.chance(odds) { writer.disturb() }
        }
        try compare(writer.text, options(&writer), "seed \(seed)")
    }

    @Test func `any bytes after a good beginning are read the same way fast and slowly`() throws {
        let alphabet = Array("A,\"\n\n\n\r;0123456789.-:T +eé\u{0}".utf8) + [0xff, 0x81, 0xfe]
        for seed in 0..<200 {
            var dice = SplitMix(seed: UInt64(seed))
            var bytes = Array("meter,ts,kwh\n".utf8)
            for _ in 0..<3 { bytes += Array("A,2025-01-01 00:00,1.000\n".utf8) }
            for _ in 0..<Int.random(in: 0..<400, using: &dice) {
                bytes.append(alphabet[Int.random(in: 0..<alphabet.count, using: &dice)])
            }
            for _ in 0..<3 { bytes += Array("A,2025-01-01 00:15,1.000\n".utf8) }
            try compare(bytes, MeterReadOptions(now: noon2026), "seed \(seed)")
        }
    }

    @Test func `lines at the edges of blocks and pieces are read once`() throws {
        for length in [
            MeterLimits.indexedBytes - 40, MeterLimits.indexedBytes, MeterLimits.indexedBytes + 1,
            MeterLimits.firstPieceBytes + 1,
        ] {
            var text = "meter,ts,kwh,note\n"
            for row in 0..<4000 {
                let time = Instant(seconds: 1_735_660_800 + Int64(row) * 900).rfc3339()
                text += "A,\(time),1.\(100 + row % 900),\(row == 20 ? String(repeating: "n", count: length) : "")\n"
            }
            let result = try MeterReader.read(bytes: Array(text.utf8), options: MeterReadOptions(now: noon2026))
            #expect(result.report.rows.loaded == 4000)
            try compare(Array(text.utf8), MeterReadOptions(now: noon2026), "\(length)")
        }
    }
}
