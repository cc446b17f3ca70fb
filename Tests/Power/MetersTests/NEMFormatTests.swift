import Meters
import Testing
import Vocabulary

@Suite struct NEMFormatTests {
    private func day(_ quality: String, _ value: String = "0.5", count: Int = 48, date: String = "20250201") -> String {
        "300,\(date),\(FormatSamples.list(count, value)),\(quality),,,20250202120025,"
    }

    @Test func `a day of half hours lies in market time`() throws {
        let result = try FormatSamples.read(FormatSamples.nem)
        #expect(result.report.layout == "nem")
        #expect(result.report.energyKilowattHours == 24)
        let series = try #require(result.series.first)
        #expect(series.meter == "NMI1")
        #expect(series.start.rfc3339() == "2025-01-31T14:00:00Z")
        #expect(series.intervalSeconds == 1800)
        #expect(series.kilowatts.count == 48 && series.kilowatts[0] == 1)
        #expect(result.report.flags.isEmpty || result.report.flags == ["late"])
    }

    @Test func `units, exports and reactive channels`() throws {
        let watts = try FormatSamples.read(FormatSamples.nem12(unit: "WH", rows: [day("A", "500")]))
        #expect(watts.report.energyKilowattHours == 24)
        let reactive = try FormatSamples.read(FormatSamples.nem12(suffix: "Q1", unit: "kVArh", rows: [day("A")]))
        #expect(reactive.rejects.map(\.reason) == [.otherQuantity])
        let export = FormatSamples.nem12(suffix: "B1", rows: [day("A")])
        let skipped = try FormatSamples.read(export)
        #expect(skipped.rejects.map(\.reason) == [.exported])
        #expect(skipped.report.flags.contains("export_skipped"))
        var twoWay = FormatSamples.options
        twoWay.bidirectional = true
        let kept = try FormatSamples.read(export, twoWay)
        #expect(kept.report.energyKilowattHours == -24)
        #expect(kept.series.first?.meter == "NMI1-B1")
        let second = try FormatSamples.read(FormatSamples.nem12(suffix: "E2", rows: [day("A")]))
        #expect(second.series.first?.meter == "NMI1-E2")
    }

    @Test func `null intervals are missing, substituted ones are flagged`() throws {
        let mixed = try FormatSamples.read(
            FormatSamples.nem12(rows: [day("V"), "400,1,40,S14,1,", "400,41,48,N,,", day("A", date: "20250202")]))
        #expect(mixed.report.missing == 8)
        #expect(mixed.report.readings == 88)
        #expect(mixed.report.flags.contains("substituted"))
        let null = try FormatSamples.read(FormatSamples.nem12(rows: [day("N", "0")]))
        #expect(null.report.readings == 0 && null.report.missing == 48)
    }

    @Test func `a broken structure refuses the file with its line and reason`() throws {
        let header = "100,NEM12,202502031135,MDA1,Ret1\n"
        let broken: [(text: String, line: Int, says: String)] = [
            (header + "900\n", 2, "without a 200"),
            ("\n" + FormatSamples.nem.dropFirst(header.count), 2, "before the 100"),
            (FormatSamples.nem12(interval: 15, rows: [day("A")]), 3, "48 values; 15 minutes need 96"),
            (FormatSamples.nem12(rows: [day("A", count: 47)]), 3, "47 values"),
            (FormatSamples.nem12(rows: ["300,20250201,V,,,20250202120025,"]), 3, "0 values"),
            (FormatSamples.nem12(interval: 7, rows: [day("A")]), 2, "does not divide"),
            (header + day("A") + "\n900\n", 2, "before any 200"),
            (FormatSamples.nem12(rows: [day("A"), "400,1,48,S14,,"]), 4, "varying quality"),
            (FormatSamples.nem12(rows: [day("V"), "400,40,49,S14,,"]), 4, "outside 1 to 48"),
            (FormatSamples.nem12(rows: [day("A"), "777,1"]), 4, "'777'"),
            (header + header, 2, "100 record"),
        ]
        for (text, line, says) in broken {
            let result = try FormatSamples.read(text)
            #expect(result.report.error?.kind == .badStructure, "\(says)")
            #expect(result.report.error?.line == line, "\(says)")
            #expect(result.report.error?.detail.contains(says) == true, "\(result.report.error?.detail ?? "")")
            #expect(result.series.isEmpty)
        }
    }

    @Test func `a file cut in a row keeps the rows before it`() throws {
        let text = FormatSamples.nem12(rows: [day("A"), day("A", date: "20250202")])
        let cut = try FormatSamples.read(String(text.dropLast(120)))
        #expect(cut.report.error == nil)
        #expect(cut.report.flags.contains("truncated_file"))
        #expect(cut.report.rows.loaded == 1)
        #expect(cut.rejects.map(\.reason) == [.truncatedRow])
    }

    @Test func `bad values are cells, the day again is a duplicate`() throws {
        var values = FormatSamples.list(48, "1").split(separator: ",").map(String.init)
        values[3] = "x"
        values[4] = "-1"
        values[5] = ""
        let odd = "300,20250201,\(values.joined(separator: ",")),A,,,,"
        let result = try FormatSamples.read(FormatSamples.nem12(rows: [odd, odd]))
        #expect(result.report.rows.loaded == 1 && result.report.rows.duplicate == 1)
        #expect(result.report.readings == 45)
        #expect(Set(result.rejects.map(\.reason)) == [.badNumber, .negative])
        #expect(result.rejects.map(\.line) == [3, 3, 4, 4])
    }

    @Test func `an accumulation counts its energy without a series`() throws {
        let text =
            "100,NEM13,202501101030,MDA1,Ret1\n250,NMI9,11,1,11,11,SER,E,006342.8,20241005093055,A,,,007654.9,"
            + "20250107100333,A,,,1312.1,kWh,20250407,20250108100333,20250108091133\n900\n"
        let result = try FormatSamples.read(text)
        #expect(result.report.energyKilowattHours == 1312.1)
        #expect(result.report.rows.loaded == 1)
        #expect(result.report.flags.contains("longer_than_a_day"))
        #expect(result.series.isEmpty)
    }
}
