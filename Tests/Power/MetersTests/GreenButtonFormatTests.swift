import Meters
import Testing
import Vocabulary

@Suite struct GreenButtonFormatTests {
    @Test func `blocks are resolved through links that come later`() throws {
        let result = try FormatSamples.read(FormatSamples.greenButton)
        #expect(result.report.layout == "green-button")
        #expect(result.report.energyKilowattHours == 3.5)
        let series = try #require(result.series.first)
        #expect(series.meter == "RetailCustomer/7/UsagePoint/0")
        #expect(series.start.rfc3339() == "2025-01-01T00:00:00Z")
        #expect(series.kilowatts == [4, 8, 2])
        var ends = FormatSamples.options
        ends.stamp = .end
        #expect(try FormatSamples.read(FormatSamples.greenButton, ends).series.first?.start == series.start)
    }

    @Test func `powers of ten, power and several usage points`() throws {
        let result = try FormatSamples.read(
            FormatSamples.feed(points: [
                (1, 1, 3, 72, ["1", "2"]), (1, 1, -3, 72, ["1000000"]), (1, 1, 0, 38, ["4000", "4000"]),
            ]))
        #expect(result.report.energyKilowattHours == 6)
        #expect(result.series.map(\.meter.last) == ["0", "1", "2"])
        #expect(result.series.last?.kilowatts == [4, 4])
    }

    @Test func `gas, exports and other quantities are rejected and flagged`() throws {
        let result = try FormatSamples.read(
            FormatSamples.feed(points: [
                (7, 1, 0, 169, ["5"]), (1, 19, 0, 72, ["5"]), (1, 1, 0, 63, ["5"]), (1, 1, 0, 72, ["1000", "x", ""]),
            ]))
        #expect(result.report.energyKilowattHours == 1)
        #expect(result.report.rows.loaded == 1 && result.report.rows.rejected == 5)
        for flag in ["other_commodity", "export_skipped", "other_quantity"] {
            #expect(result.report.flags.contains(flag))
        }
        #expect(result.rejects.allSatisfy { $0.line != nil })
        var twoWay = FormatSamples.options
        twoWay.bidirectional = true
        let kept = try FormatSamples.read(FormatSamples.feed(points: [(1, 19, 0, 72, ["5000"])]), twoWay)
        #expect(kept.report.energyKilowattHours == -5)
    }

    @Test func `readings of no length, of months and of two intervals`() throws {
        func with(_ seconds: String) throws -> MeterReadResult {
            let text = FormatSamples.feed(points: [(1, 1, 0, 72, ["1000", "2000"])])
            let parts = text.components(of: "<duration>900</duration>")
            return try FormatSamples.read(
                parts[0] + "<duration>900</duration>" + parts[1] + "<duration>\(seconds)</duration>" + parts[2])
        }
        #expect(try with("\u{20}").rejects.isEmpty)
        #expect(try with("0").rejects.map(\.reason) == [.badInterval])
        let month = try with("2592000")
        #expect(month.report.energyKilowattHours == 3)
        #expect(month.report.readings == 1 && month.report.flags.contains("longer_than_a_day"))
        let double = try with("1800")
        #expect(double.series.first?.kilowatts == [4, 4, 4])
        #expect(double.report.energyKilowattHours == 3)
        #expect(try with("86400").rejects.map(\.reason) == [.otherInterval])
        let broken = try with("1300")
        #expect(broken.report.energyKilowattHours == 3 && broken.report.readings == 1)
        #expect(broken.report.flags.contains("odd_interval"))
    }

    @Test func `declarations are refused, faults in the markup too`() throws {
        let bomb = "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>"
        let hostile: [String] = [
            FormatSamples.feed(points: [(1, 1, 0, 72, ["1"])], declaration: bomb),
            FormatSamples.greenButton.replacing(
                "<!-- a feed -->", with: "<!DOCTYPE feed SYSTEM \"file:///etc/passwd\">"),
            FormatSamples.greenButton.replacing("<value>1000</value>", with: "<value>&xxe;</value>"),
            FormatSamples.greenButton.replacing("<value>1000</value>", with: "<value>1000</valve>"),
            FormatSamples.greenButton.replacing("<value>1000</value>", with: "<value a=\"1\" a=\"2\">1</value>"),
            FormatSamples.greenButton.replacing("<value>1000</value>", with: "<value a=1>1</value>"),
            FormatSamples.greenButton.replacing(
                "<value>1000</value>",
                with: String(repeating: "<a>", count: 80) + String(repeating: "</a>", count: 80)),
            FormatSamples.greenButton.replacing("<value>1000", with: "<value>" + String(repeating: "1", count: 70_000)),
            FormatSamples.greenButton.replacing("<value>", with: "<" + String(repeating: "v", count: 300) + ">"),
            FormatSamples.greenButton + "<more/>",
            FormatSamples.greenButton + "text",
        ]
        for text in hostile {
            let result = try FormatSamples.read(text)
            #expect(result.report.error?.kind == .badStructure, "\(text.prefix(80))")
            #expect(result.series.isEmpty)
        }
    }

    @Test func `characters in references and sections, and UTF-16`() throws {
        let text = FormatSamples.greenButton
            .replacing("<value>1000</value>", with: "<value>&#49;0<![CDATA[00]]></value>")
        #expect(try FormatSamples.read(text).report.energyKilowattHours == 3.5)
        var wide: [UInt8] = [0xfe, 0xff]
        for unit in FormatSamples.greenButton.utf16 { wide += [UInt8(unit >> 8), UInt8(unit & 0xff)] }
        let result = try MeterReader.read(bytes: wide, options: FormatSamples.options)
        #expect(result.report.encoding == "utf-16be")
        #expect(result.report.energyKilowattHours == 3.5)
    }

    @Test func `a feed that is cut keeps the readings before the cut`() throws {
        let place = try #require(FormatSamples.greenButton.firstRange(of: "<value>2000"))
        let types = FormatSamples.feed(points: [(1, 1, 0, 72, ["1000", "2000", "500"])])
        let cut = try FormatSamples.read(String(types[..<place.upperBound]))
        #expect(cut.report.error?.kind == .truncated)
        #expect(cut.report.flags.contains("truncated_file"))
        // Its reading type lay behind the cut, so nothing can be said about the one whole reading.
        #expect(cut.rejects.map(\.reason) == [.badRecord])
    }
}

extension String {
    func components(of separator: String) -> [String] { split(separator: separator).map { String($0) } }
}
