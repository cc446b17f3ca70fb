import Meters
import Support
import Testing
import Vocabulary

private let noon2026 = Instant(rfc3339: "2026-11-01T12:00:00Z") ?? Instant(seconds: 0)

private func options(
    unit: MeterUnit? = nil, stamp: MeterReadOptions.Stamp = .start, multiplier: MeterReadOptions.Multiplier = .applied,
    bidirectional: Bool = false, encoding: MeterReadOptions.Encoding? = nil
) -> MeterReadOptions {
    MeterReadOptions(
        unit: unit, encoding: encoding, stamp: stamp, multiplier: multiplier, bidirectional: bidirectional,
        now: noon2026)
}

private func read(_ text: String, _ options: MeterReadOptions = options()) throws -> MeterReadResult {
    let result = try MeterReader.read(bytes: Array(text.utf8), options: options)
    #expect(result.report.rows.reconcile)
    return result
}

@Suite struct MeterReaderTests {
    @Test func `long rows become average power on a grid, a gap stays a gap`() throws {
        let result = try read(
            """
            site_id,timestamp,kwh
            B,2025-01-01T00:00,1
            A,2025-01-01T00:00,2
            A,2025-01-01T00:15,3
            A,2025-01-01T00:30,0
            A,2025-01-01T01:00,5

            """)
        #expect(result.series.map(\.meter) == ["A", "B"])
        let series = try #require(result.series.first)
        #expect(series.intervalSeconds == 900)
        #expect(series.start.rfc3339() == "2024-12-31T16:00:00Z")
        #expect(series.kilowatts.count == 5)
        #expect(Array(series.kilowatts[0..<3]) == [8, 12, 0])
        #expect(series.kilowatts[3].isNaN)
        #expect(series.kilowatts[4] == 20)
        #expect(result.report.energyKilowattHours == 11)
        #expect(result.report.rows.loaded == 5)
    }

    @Test func `units come from the header or the declaration`() throws {
        for (header, value) in [
            ("Wh", "1000"), ("energy (MWh)", "0.001"), ("kW", "4"), ("value_wh", "1000"), ("有功功率(kW)", "4"),
        ] {
            let result = try read("meter,ts,\(header)\nA,2025-01-01 00:00,\(value)\nA,2025-01-01 00:15,\(value)\n")
            #expect(abs((result.report.energyKilowattHours ?? 0) - 2) < 1e-9, "\(header)")
            #expect(!result.report.flags.contains("unit_assumed"))
        }
        let declared = try read(
            "meter,ts,value\nA,2025-01-01 00:00,4\nA,2025-01-01 00:30,4\n", options(unit: .kilowatts))
        #expect(declared.report.energyKilowattHours == 4)
        let assumed = try read("meter,ts,value\nA,2025-01-01 00:00,4\n")
        #expect(assumed.report.flags.contains("unit_assumed"))
        #expect(assumed.report.flags.contains("interval_assumed"))
    }

    @Test func `wide by time keeps a blank cell missing and reports a bad one`() throws {
        let result = try read("time,M1 (kW),M2 (kW)\n2025-01-01 00:00,1,\n2025-01-01 01:00,x,2\n2025-01-01 01:00,3,2\n")
        #expect(result.report.layout == "wide-by-time")
        #expect(result.report.rows.loaded == 2)
        #expect(result.report.rows.duplicate == 1)
        #expect(result.report.missing == 1)
        #expect(result.report.flags.contains("bad_cells"))
        #expect(result.rejects.map(\.line) == [3])
        #expect(result.rejects.first?.wholeRow == false)
        #expect(result.series.map(\.kilowatts) == [[1, 3], [2]])
    }

    @Test func `wide by day takes any count that divides a day`() throws {
        let hours = (1...24).map { "P\($0)" }.joined(separator: ",")
        let values = (1...24).map { $0 == 3 ? "" : String($0) }.joined(separator: ",")
        let text = "电能表资产号,综合倍率,数据日期,数据类型,\(hours)\nM,10,2025/3/1,有功功率(kW),\(values)\nM,10,2025-03-01,电压,\(values)\n"
        let result = try read(text)
        let series = try #require(result.series.first)
        #expect(result.report.layout == "wide-by-day")
        #expect(series.intervalSeconds == 3600)
        #expect(series.start.rfc3339() == "2025-02-28T16:00:00Z")
        #expect(series.kilowatts[0] == 1)
        #expect(series.kilowatts[2].isNaN)
        #expect(result.report.rows.rejected == 1)
        #expect(result.rejects.first?.reason == .otherQuantity)
        #expect(try read(text, options(multiplier: .pending)).series.first?.kilowatts[0] == 10)
        let ended = try read(text, options(stamp: .end)).series.first
        #expect(ended?.start.rfc3339() == "2025-02-28T15:00:00Z")
        let odd = (1...7).map { "P\($0)" }.joined(separator: ",")
        #expect(try read("meter,date,\(odd)\nM,2025-01-01,1,1,1,1,1,1,1\n").report.error?.kind == .unknownLayout)
    }

    @Test func `date and time of day may stand apart`() throws {
        let result = try read(
            "meter,date,time,kw\nA,2024-08-01,00:15:00.000,0.9\nA,2024-08-01,00:30:00.000,0.1\nA,2024-08-01,24:00,1\n")
        #expect(result.series.first?.start.rfc3339() == "2024-07-31T16:15:00Z")
        #expect(result.series.first?.kilowatts.count == 96)
    }

    @Test func `every row that is not loaded has its line and reason`() throws {
        let result = try read(
            """
            meter,ts,kwh
            A,2025-01-01T00:00,1
            A,2025-01-01T00:15
            A,2025-13-01T00:15,1
            A,2025-01-01T00:30,0x1F
            A,2025-01-01T00:30,NaN
            A,2025-01-01T00:30,
            A,2025-01-01T00:30,"1,234"
            6.01469E+11,2025-01-01T00:30,1
            ,2025-01-01T00:30,1
            A,2050-01-01T00:30,1
            A,1970-01-01T00:30,1
            A,2025-01-01T00:30,-1
            A,2025-01-01T00:30,1e300
            A,2025-01-01T00:30,"1"x
            A,2025-01-01T00:15,2

            """)
        #expect(result.rejects.compactMap(\.line) == Array(3...15))
        #expect(
            result.rejects.map(\.reason) == [
                .fieldCount, .badTime, .badNumber, .badNumber, .missingValue, .ambiguousNumber, .damagedIdentifier,
                .missingIdentifier, .future, .timeOutOfRange, .negative, .outOfRange, .badQuote,
            ])
        #expect(result.report.rows == rows(data: 15, loaded: 2, duplicate: 0, rejected: 13))
        #expect(result.report.flags.contains("negative"))
    }

    private func rows(data: Int, loaded: Int, duplicate: Int, rejected: Int) -> InputReport.Rows {
        var rows = InputReport.Rows()
        (rows.data, rows.loaded, rows.duplicate, rows.rejected) = (data, loaded, duplicate, rejected)
        return rows
    }

    @Test func `the last delivery wins, and a conflict is not a plain duplicate`() throws {
        let result = try read(
            "meter,ts,kwh\nA,2025-01-01 01:00,1\nA,2025-01-01 00:00,2\nA,2025-01-01 01:00,7\nA,2025-01-01 00:00,2\n")
        #expect(result.report.rows == rows(data: 4, loaded: 2, duplicate: 2, rejected: 0))
        #expect(result.series.first?.kilowatts == [2, 7])
        #expect(result.report.energyKilowattHours == 9)
        #expect(Set(result.report.flags).isSuperset(of: ["conflicts", "duplicates"]))
    }

    @Test func `negative readings stay when the meter is declared two-way`() throws {
        let text = "meter,ts,kwh\nA,2025-01-01 00:00,-1\nA,2025-01-01 01:00,2\n"
        #expect(try read(text, options(bidirectional: true)).series.first?.kilowatts == [-1, 2])
        #expect(try read(text).series.first?.kilowatts == [2])
    }

    @Test func `a file of any line ends, separators and encodings gives the same`() throws {
        let plain = "meter,ts,kwh\nA,2025-01-01 00:00,1.5\nA,2025-01-01 01:00,2\n"
        var variants = [plain, "\u{feff}" + plain]
        variants.append(plain.replacing("\n", with: "\r\n"))
        variants.append(plain.replacing("\n", with: "\r"))
        variants.append(plain.replacing(",", with: "\t"))
        variants.append(plain.replacing(",", with: ";").replacing("1.5", with: "1,5"))
        variants.append(plain.replacing("A,", with: "\"A\",").replacing("1.5\n", with: "\"1.5\"\n"))
        variants.append(String(plain.dropLast()))
        for text in variants {
            let result = try read(text)
            #expect(result.series.map(\.kilowatts) == [[1.5, 2]], "\(text.debugDescription)")
            #expect(result.series.map(\.meter) == ["A"])
        }
        for big in [false, true] {
            var bytes: [UInt8] = big ? [0xfe, 0xff] : [0xff, 0xfe]
            for unit in plain.utf16 {
                bytes += big ? [UInt8(unit >> 8), UInt8(unit & 255)] : [UInt8(unit & 255), UInt8(unit >> 8)]
            }
            #expect(try MeterReader.read(bytes: bytes, options: options()).report.energyKilowattHours == 3.5)
        }
    }

    @Test func `GB18030 is recognised by its header and decoded in identifiers`() throws {
        // 电表编号,采集时间,电量 and the identifier 表一.
        let header: [UInt8] = [
            0xb5, 0xe7, 0xb1, 0xed, 0xb1, 0xe0, 0xba, 0xc5, 0x2c, 0xb2, 0xc9, 0xbc, 0xaf, 0xca, 0xb1, 0xbc, 0xe4, 0x2c,
            0xb5,
            0xe7, 0xc1, 0xbf, 0x0a,
        ]
        let bytes = header + [0xb1, 0xed, 0xd2, 0xbb] + Array(",2025-01-01 00:00,1\n".utf8)
        let result = try MeterReader.read(bytes: bytes, options: options())
        #expect(result.report.encoding == "gb18030")
        #expect(result.series.map(\.meter) == ["表一"])
        let forced = try MeterReader.read(bytes: bytes, options: options(encoding: .utf8))
        #expect(forced.report.error?.kind == .notText)
        #expect(forced.series.isEmpty)
    }

    @Test func `a cut last row is not loaded`() throws {
        let result = try read("meter,ts,kwh\nA,2025-01-01 00:00,1\nA,2025-01-01 00:1")
        #expect(result.report.flags.contains("truncated_file"))
        #expect(result.report.rows == rows(data: 2, loaded: 1, duplicate: 0, rejected: 1))
    }

    @Test func `an open quote is named by its line and keeps what came before`() throws {
        let result = try read("meter,ts,kwh\nA,2025-01-01 00:00,1\n\"A,2025-01-01 00:15,1\nA,2025-01-01 00:30,1\n")
        #expect(result.report.error == MeterError(.unterminatedQuote, line: 3))
        #expect(result.report.readings == 1)
    }

    @Test func `a giant line costs one row, a giant header the file`() throws {
        let digits = String(repeating: "7", count: MeterLimits.recordBytes + 5000)
        let result = try read("meter,ts,kwh\nA,2025-01-01 00:00,1\n\(digits)\nA,2025-01-01 00:15,1\n")
        #expect(result.report.rows == rows(data: 3, loaded: 2, duplicate: 0, rejected: 1))
        #expect(result.rejects.map(\.line) == [3])
        #expect(try read(digits).report.error?.kind == .recordTooLong)
        #expect(try read(String(repeating: "a,", count: 5000)).report.error?.kind == .tooManyColumns)
    }

    @Test func `a clock that is off is aligned and said`() throws {
        let result = try read(
            "meter,ts,kwh\nA,2025-01-01T00:07:12,1\nA,2025-01-01T00:22:12,2\nA,2025-01-01T00:37:12,3\n")
        #expect(result.report.flags.contains("clock_skew"))
        #expect(result.series.first?.start.rfc3339() == "2024-12-31T16:00:00Z")
        #expect(result.series.first?.kilowatts == [4, 8, 12])
    }

    @Test func `two readings far apart do not make a giant grid`() throws {
        var text = "meter,ts,kwh\n"
        for meter in 0..<40 {
            text += "M\(meter),1991-01-01 00:00,1\nM\(meter),1991-01-01 00:01,1\nM\(meter),2025-01-01 00:00,1\n"
        }
        let result = try read(text)
        #expect(result.series.reduce(0) { $0 + $1.kilowatts.count } <= MeterLimits.freeSlots + 120 * 64)
        #expect(result.rejects.contains { $0.reason == .tooSparse })
    }

    @Test func `nothing that is no meter file is read as one`() throws {
        for text in [
            "", "\n\n", "a,b,c\n1,2,3\n", "{}\n", "\u{0}\u{1}\u{2}",
        ] {
            let result = try read(text)
            #expect(result.report.error != nil, "\(text.debugDescription)")
            #expect(result.series.isEmpty)
        }
        #expect(try read("meter,ts,kwh\n").report.flags.contains("no_rows"))
    }

    @Test func `any bytes after a good header end with counts that add up`() throws {
        var state: UInt64 = 7
        let alphabet = Array("A,\"\n\r;0123456789.-:T +eé\u{0}".utf8) + [0xff, 0x81, 0xfe]
        for _ in 0..<300 {
            var bytes = Array("meter,ts,kwh\nA,2025-01-01 00:00,1\n".utf8)
            for _ in 0..<200 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            let result = try MeterReader.read(bytes: bytes, options: options())
            #expect(result.report.rows.reconcile)
        }
    }

    @Test func `an interval that does not divide a day is refused`() {
        #expect(throws: MeterError.self) {
            try MeterReader.read(bytes: [], options: MeterReadOptions(intervalMinutes: 7, now: noon2026))
        }
    }

    @Test func `a named zone keeps the repeated hour in order of rows`() throws {
        guard let zone = try? MeterZone(name: "Europe/Berlin") else { return }
        var rows = "meter,ts,kwh\n"
        for time in ["01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00"] {
            rows += "A,2025-10-26 \(time),1\n"
        }
        let result = try MeterReader.read(bytes: Array(rows.utf8), options: MeterReadOptions(zone: zone, now: noon2026))
        #expect(result.series.first?.kilowatts == [2, 2, 2, 2, 2, 2, 2])
        #expect(result.report.rows.duplicate == 0)
        #expect(result.series.first?.start.rfc3339() == "2025-10-25T23:00:00Z")
    }

    @Test func `a register of meters is read by column name`() throws {
        let text =
            "feeder_id,site_id,interval_min,category,unit,province_code,extra\nF1,S1,60,education,kWh,50,x\n,S2,,,,,\nbad\n"
        let register = try MeterRegister.read(bytes: Array(text.utf8))
        #expect(register.meters.count == 2)
        #expect(
            register["S1"]
                == MeterInfo(
                    meter: "S1", intervalMinutes: 60, category: "education", unit: .kilowattHours, feeder: "F1",
                    provinceCode: "50"))
        #expect(register["S2"] == MeterInfo(meter: "S2"))
        #expect(register.droppedLines == [4])
    }
}
