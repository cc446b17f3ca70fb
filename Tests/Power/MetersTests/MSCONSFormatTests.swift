import Meters
import Testing
import Vocabulary

@Suite struct MSCONSFormatTests {
    @Test func `quantities with their period become a series of the location`() throws {
        let result = try FormatSamples.read(FormatSamples.mscons)
        #expect(result.report.layout == "mscons")
        #expect(result.report.energyKilowattHours == 3.75)
        let series = try #require(result.series.first)
        #expect(series.meter == "DE0001")
        #expect(series.start.rfc3339() == "2025-01-01T00:00:00Z")
        #expect(series.kilowatts == [6, 8, 1])
        #expect(result.report.flags == ["late"])
    }

    @Test func `signs come from UNA, and a value with another decimal sign is rejected`() throws {
        let comma = try FormatSamples.read(
            FormatSamples.mscons(advice: "UNA:+,? '", values: ["1,5", "1.234", "1.234.567"]))
        #expect(comma.report.energyKilowattHours == 1.5)
        #expect(comma.rejects.map(\.reason) == [.badNumber, .badNumber])
        let other = FormatSamples.mscons(values: ["1.5"]).dropFirst(9)
            .replacing("?+", with: "PLUS").replacing("?:", with: "COLON")
            .replacing(":", with: "|").replacing("+", with: "*").replacing("'", with: "~")
            .replacing("PLUS", with: "+").replacing("COLON", with: ":")
        let read = try FormatSamples.read("UNA|*.? ~" + other)
        #expect(read.report.energyKilowattHours == 1.5)
        let unadvised = try FormatSamples.read(FormatSamples.mscons(advice: "", values: ["1.5"]))
        #expect(unadvised.report.energyKilowattHours == 1.5)
        let same = try FormatSamples.read(FormatSamples.mscons(advice: "UNA++.? '", values: ["1.5"]))
        #expect(same.report.error?.kind == .badStructure)
    }

    @Test func `units, direction and kind decide what is consumption`() throws {
        #expect(
            try FormatSamples.read(FormatSamples.mscons(unit: ":MWH", values: ["1"])).report.energyKilowattHours == 1000
        )
        #expect(
            try FormatSamples.read(FormatSamples.mscons(unit: ":KWT", values: ["4"])).report.energyKilowattHours == 1)
        let rejected: [(String, RejectedRow.Reason)] = [
            (FormatSamples.mscons(unit: ":D54", values: ["1"]), .otherQuantity),
            (FormatSamples.mscons(obis: "1-1?:2.29.1", values: ["1"]), .exported),
            (FormatSamples.mscons(obis: "1-1?:3.29.1", values: ["1"]), .otherQuantity),
            (FormatSamples.mscons(obis: "7-1?:1.29.1", values: ["1"]), .otherQuantity),
            (FormatSamples.mscons(kind: "20", values: ["1"]), .missingValue),
            (FormatSamples.mscons(kind: "99", values: ["1"]), .otherQuantity),
        ]
        for (text, reason) in rejected {
            let result = try FormatSamples.read(text)
            #expect(result.rejects.map(\.reason) == [reason])
            #expect(result.report.readings == 0)
        }
        let substitute = try FormatSamples.read(FormatSamples.mscons(kind: "67", values: ["1"]))
        #expect(substitute.report.flags.contains("substituted"))
        #expect(substitute.report.rows.loaded == 1)
    }

    @Test func `several locations are several meters`() throws {
        let one = FormatSamples.mscons(values: ["1", "2"])
        let second = "LOC+172+DE0002'LIN+1'QTY+220:5'DTM+163:202501010000?+01:303'DTM+164:202501010015?+01:303'UNT"
        let result = try FormatSamples.read(one.replacing("UNT", with: second, maxReplacements: 1))
        #expect(result.series.map(\.meter) == ["DE0001", "DE0002"])
        #expect(result.series.last?.start.rfc3339() == "2024-12-31T23:00:00Z")
        #expect(result.report.energyKilowattHours == 8)
        #expect(result.report.flags.contains("unit_assumed"))
    }

    @Test func `a cut interchange keeps what came before, another message is refused`() throws {
        let cut = try FormatSamples.read(String(FormatSamples.mscons.dropLast(75)))
        #expect(cut.report.flags.contains("truncated_file"))
        #expect(cut.report.rows.loaded == 2)
        let other = try FormatSamples.read(FormatSamples.mscons.replacing("MSCONS", with: "UTILMD"))
        #expect(other.report.error?.kind == .unknownLayout)
        let open = try FormatSamples.read(FormatSamples.mscons.replacing("UNT+9+1'", with: ""))
        #expect(open.report.error?.kind == .badStructure)
    }
}
