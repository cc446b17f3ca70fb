import Meters
import Testing
import Vocabulary

@Suite struct RegisterFormatTests {
    @Test func `a register's differences carry the ratio, its first reading gives no interval`() throws {
        let result = try FormatSamples.read(FormatSamples.register(["100.0", "100.5", "101.5", "103"]))
        #expect(result.report.layout == "register")
        #expect(result.report.rows.loaded == 4)
        #expect(result.report.readings == 3)
        #expect(abs((result.report.energyKilowattHours ?? 0) - 90) < 1e-9)
        let series = try #require(result.series.first)
        #expect(series.start.rfc3339() == "2024-12-31T16:00:00Z")
        #expect(series.kilowatts == [60, 120, 180])
        var applied = FormatSamples.options
        applied.multiplier = .applied
        let plain = try FormatSamples.read(FormatSamples.register(["100.0", "100.5", "101.5", "103"]), applied)
        #expect(abs((plain.report.energyKilowattHours ?? 0) - 3) < 1e-9)
    }

    @Test func `a register passes its modulus without a spike`() throws {
        let result = try FormatSamples.read(FormatSamples.register(["999998.0", "999999.5", "1.0", "2.5"]))
        #expect(result.report.flags.contains("rollover"))
        #expect(!result.report.flags.contains("reset"))
        #expect(try #require(result.series.first).kilowatts == [180, 180, 180])
    }

    @Test func `a fall far from the modulus is a reset, and that interval stays unknown`() throws {
        for face in ["0.0", "4999.9"] {
            let result = try FormatSamples.read(FormatSamples.register(["5000.0", "5000.5", face, "5001.5", "5002"]))
            #expect(result.report.flags.contains("reset"))
            #expect(!result.report.flags.contains("rollover"))
            let series = try #require(result.series.first)
            #expect(series.kilowatts[0] == 60)
            #expect(series.kilowatts[1].isNaN)
            #expect(series.kilowatts.allSatisfy { $0.isNaN || $0 >= 0 })
        }
    }

    @Test func `a gap between registers keeps its energy out of the series and in the report`() throws {
        let rows = FormatSamples.register(["10", "11", "12", "13", "14", "15"]).split(separator: "\n")
        let text = (Array(rows[0...3]) + Array(rows[5...])).joined(separator: "\n") + "\n"
        let result = try FormatSamples.read(text)
        #expect(result.report.flags.contains("register_gap"))
        #expect(result.report.readings == 3)
        #expect(result.report.missing == 1)
        #expect(result.report.energyKilowattHours == 150)
        let series = try #require(result.series.first)
        #expect(series.kilowatts.count == 5)
        #expect(series.kilowatts[2].isNaN && series.kilowatts[3].isNaN)
    }

    @Test func `registers in any order, twice, between the grid, and broken`() throws {
        var rows = FormatSamples.register(["10", "11", "12", "13"]).split(separator: "\n").map(String.init)
        rows.swapAt(1, 4)
        rows.append(rows[2])
        rows.append("U1,000012345678,30,2025-01-01 00:07,10.4")
        rows.append("U1,000012345678,30,2025-01-01 01:00,-1")
        rows.append("U1,000012345678,30,2025-01-01 01:15,x")
        rows.append("U1,000012345678,0,2025-01-01 01:30,15")
        let result = try FormatSamples.read(rows.joined(separator: "\n") + "\n")
        #expect(result.report.energyKilowattHours == 90)
        #expect(result.report.rows.duplicate == 1)
        #expect(result.report.rows.loaded == 5)
        #expect(result.rejects.map(\.reason) == [.negative, .badNumber, .badMultiplier])
        #expect(result.report.flags.contains("off_grid"))
    }

    @Test func `stamps declared as ends do not move a register, units come from its header`() throws {
        var ends = FormatSamples.options
        ends.stamp = .end
        let faces = ["100", "101", "102"]
        let result = try FormatSamples.read(FormatSamples.register(faces), ends)
        #expect(result.series.first?.start.rfc3339() == "2024-12-31T16:00:00Z")
        let mega = try FormatSamples.read(FormatSamples.register(faces, unit: "(MWh)"))
        #expect(mega.report.energyKilowattHours == 60_000)
        #expect(mega.report.unit == .megawattHours)
        let power = try FormatSamples.read(FormatSamples.register(faces, unit: "(kW)"))
        #expect(power.report.error?.kind == .badOption)
    }

    @Test func `a day's row of register readings is told by its quantity`() throws {
        let result = try FormatSamples.read(FormatSamples.registerByDay("正向有功总示值"))
        #expect(result.report.layout == "register-by-day")
        #expect(result.report.readings == 23)
        #expect(result.report.energyKilowattHours == 230)
        let power = try FormatSamples.read(FormatSamples.registerByDay("有功功率(kW)"))
        #expect(power.report.layout == "wide-by-day")
        // Beside power a register is another quantity, never a load of its size.
        let both =
            FormatSamples.registerByDay("有功功率(kW)")
            + FormatSamples.registerByDay("正向有功峰示值").split(separator: "\n")[1] + "\n"
        let mixed = try FormatSamples.read(both)
        #expect(mixed.report.layout == "wide-by-day")
        #expect(mixed.rejects.map(\.reason) == [.otherQuantity])
        #expect(mixed.report.energyKilowattHours == power.report.energyKilowattHours)
    }

    @Test func `in a long table rows say that they are registers`() throws {
        let text = """
            电能表资产号,倍率,数据时间,数据项,数值
            M1,10,2025-01-01 00:00,正向有功总示值,5
            M1,10,2025-01-01 00:15,正向有功总示值,6
            M1,10,2025-01-01 00:15,反向有功总示值,900
            M1,10,2025-01-01 00:30,正向有功总示值,8

            """
        let result = try FormatSamples.read(text)
        #expect(result.report.layout == "register")
        #expect(result.report.energyKilowattHours == 30)
        #expect(result.rejects.map(\.reason) == [.otherQuantity])
    }

    @Test func `a day of 25 registers ends at the next midnight`() throws {
        let names = (1...25).map { "P\($0)" }.joined(separator: ",")
        func row(_ day: Int) -> String {
            "M1,2025-03-0\(day),正向有功总示值," + (0...24).map { "\(day * 24 + $0)" }.joined(separator: ",") + "\n"
        }
        let result = try FormatSamples.read("电能表资产号,数据日期,数据类型,\(names)\n" + row(1) + row(2))
        #expect(result.report.layout == "register-by-day")
        #expect(result.report.readings == 48)
        #expect(result.report.energyKilowattHours == 48)
        #expect(result.report.flags == ["late", "unit_assumed"])
        #expect(result.series.first?.intervalSeconds == 3600)
    }

    @Test func `a long table of many quantities gives its active power alone`() throws {
        let result = try FormatSamples.read(FormatSamples.longByQuantity)
        #expect(result.report.layout == "long-by-quantity")
        #expect(result.series.map(\.kilowatts) == [[4, 8]])
        #expect(result.report.rows.loaded == 2)
        #expect(Set(result.rejects.map(\.reason)) == [.otherQuantity] && result.rejects.count == 4)
        var energy = FormatSamples.options
        energy.unit = .kilowattHours
        #expect(try FormatSamples.read(FormatSamples.longByQuantity, energy).report.readings == 0)
        // A number for a channel says nothing: a plain long table.
        let plain = try FormatSamples.read("meter,ts,channel,kwh\nA,2025-01-01T00:00,1,5\n")
        #expect(plain.report.layout == "long" && plain.report.energyKilowattHours == 5)
    }
}
