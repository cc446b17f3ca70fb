import Meters
import Testing
import Vocabulary

@Suite struct MeterReadingsFormatTests {
    @Test func `interval blocks are read by their reading type`() throws {
        let result = try FormatSamples.read(FormatSamples.meterReadings)
        #expect(result.report.layout == "iec61968-9")
        #expect(result.report.energyKilowattHours == 4)
        let series = try #require(result.series.first)
        #expect(series.meter == "EX1")
        #expect(series.intervalSeconds == 900)
        #expect(series.start.rfc3339() == "2024-12-31T16:00:00Z")
        #expect(series.kilowatts == [6, 8, 2])
        var ends = FormatSamples.options
        ends.stamp = .end
        let shifted = try FormatSamples.read(FormatSamples.meterReadings, ends)
        #expect(shifted.series.first?.start.rfc3339() == "2024-12-31T15:45:00Z")
    }

    @Test func `power of ten, power and registers`() throws {
        func energy(_ type: String, _ values: [String]) throws -> Double? {
            try FormatSamples.read(FormatSamples.meterReadings(type: type, values: values)).report.energyKilowattHours
        }
        #expect(try energy("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", ["1000", "1000"]) == 2)
        #expect(try energy("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.6.72.0", ["1", "1"]) == 2000)
        #expect(try energy("11.0.0.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", ["24"]) == 24)
        #expect(try energy("0.2.2.12.1.1.37.0.0.0.0.0.0.0.0.3.38.0", ["4", "4"]) == 2)
        #expect(try energy("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0", ["100", "101", "103"]) == 3)
    }

    @Test func `other directions, commodities and units are rejected`() throws {
        let cases: [(String, RejectedRow.Reason, String)] = [
            ("0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0", .exported, "export_skipped"),
            ("0.0.2.4.1.7.12.0.0.0.0.0.0.0.0.3.72.0", .otherQuantity, "other_commodity"),
            ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.73.0", .otherQuantity, "other_quantity"),
            ("0.0.2.4.1.1.12", .badRecord, ""), ("", .badRecord, ""),
        ]
        for (type, reason, flag) in cases {
            let result = try FormatSamples.read(FormatSamples.meterReadings(type: type, values: ["1", "2"]))
            #expect(result.rejects.map(\.reason) == [reason, reason])
            #expect(flag.isEmpty || result.report.flags.contains(flag))
        }
        let doubtful = try FormatSamples.read(
            FormatSamples.meterReadings(
                type: "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", values: ["1", "x", ""], quality: "1.8.0"))
        #expect(doubtful.report.flags.contains("estimated"))
        #expect(doubtful.rejects.map(\.reason) == [.badNumber, .missingValue])
        #expect(doubtful.rejects.map(\.line) == [2, 3])
    }

    @Test func `other XML is refused by its root`() throws {
        let result = try FormatSamples.read("<html><body>no meters</body></html>")
        #expect(result.report.error?.kind == .unknownLayout)
        #expect(result.report.error?.detail.contains("html") == true)
    }
}
