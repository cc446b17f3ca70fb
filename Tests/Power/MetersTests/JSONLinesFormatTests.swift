import Meters
import Testing

@Suite struct JSONLinesFormatTests {
    private let day = (0..<24).map { "\($0)" }.joined(separator: ",")

    @Test func `an object a reading`() throws {
        let result = try FormatSamples.read(FormatSamples.jsonLines)
        #expect(result.report.layout == "json-lines")
        #expect(result.report.energyKilowattHours == 4)
        #expect(result.series.first?.kilowatts == [2, 6, 8])
        let again = try FormatSamples.read(FormatSamples.jsonLines + FormatSamples.jsonLines)
        #expect(again.report.rows.loaded == 3 && again.report.rows.duplicate == 3)
    }

    @Test func `Chinese names, units and shapes with arrays`() throws {
        let lines: [(String, Double)] = [
            (#"{"用户编号":"U","电表编号":"A","采集时间":"2025-01-01 00:00","电量(kWh)":3}"#, 3),
            (#"{"meter":"A","readings":[{"ts":"2025-01-01T00:00Z","kwh":1},{"ts":"2025-01-01T00:15Z","kwh":2}]}"#, 3),
            (#"{"meter":"A","ts":["2025-01-01T00:00Z","2025-01-01T00:15Z",null],"kwh":[1,2,null]}"#, 3),
            (#"{"meter":"A","start":"2025-01-01T00:00Z","interval_min":15,"unit":"kWh","values":[1,null,2]}"#, 3),
            (#"{"meter":"A","date":"2025-01-01","values":[\#(day)],"unit":"kW"}"#, 276),
            (#"{"电表编号":"A","数据日期":"2025-01-01","数据类型":"有功功率(kW)","曲线":[\#(day)]}"#, 276),
            (
                #"{"meter":"A","ts":["2025-01-01T00:00Z","2025-01-01T00:15Z","2025-01-01T00:30Z"],"示值":[7,8,10]}"#,
                3
            ),
            (#"{"meter":"A","multiplier":2,"ts":["2025-01-01T00:00Z","2025-01-01T01:00Z"],"示值":[7,8.5]}"#, 3),
        ]
        for (line, energy) in lines {
            let result = try FormatSamples.read(line + "\n")
            #expect(result.report.layout == "json-lines")
            #expect(abs((result.report.energyKilowattHours ?? -1) - energy) < 1e-6, "\(line) \(result.rejects)")
            #expect(result.report.rows.loaded == 1, "\(line)")
        }
        let points = (1...24).map { "\"P\($0)\":1" }.joined(separator: ",")
        let wide = try FormatSamples.read("{\"meter\":\"A\",\"date\":\"2025-01-01\",\(points)}\n")
        #expect(wide.report.energyKilowattHours == 24 && wide.report.flags.contains("unit_assumed"))
    }

    @Test func `bad lines are rejected by their number and the next line is read`() throws {
        let bad = [
            #"{"meter":"1""#, #"{"meter":"A","ts":"2025-01-01T00:00Z","kwh":NaN}"#, String(repeating: "[", count: 9000),
            #"{"meter":"\ud800","ts":"2025-01-01T00:00Z","kwh":1}"#, #"{"meter":1,"meter":2}"#,
            #"{"meter":"A","ts":"2025-01-01T00:00Z","kwh":1e999}"#, #""text""#, "null",
            #"{"meter":"A","ts":"2025-01-01T00:00Z"}"#, #"{"ts":"2025-01-01T00:00Z","kwh":1}"#,
            #"{"meter":"A","ts":"yesterday","kwh":1}"#, #"{"meter":"A","ts":"2025-01-01T00:00Z","kwh":01}"#,
            #"{"meter":"A","ts":["2025-01-01T00:00Z"],"kwh":[1,2]}"#,
            #"{"meter":"A","date":"2025-01-01","kwh":[1,2,3,4,5,6,7]}"#,
            #"{"meter":"A","ts":"2025-01-01T00:00Z","kwh":1} x"#, #"{"meter":"A","ts":"2025-01-01T00:00Z","kw":1}"#,
        ]
        let text =
            #"{"meter":"A","ts":"2025-01-01T00:00Z","kwh":1}"# + "\n" + bad.joined(separator: "\n") + "\n"
            + #"{"meter":"A","ts":"2025-01-01T00:15Z","kwh":1}"# + "\n"
        let result = try FormatSamples.read(text)
        #expect(result.report.rows.loaded == 2)
        #expect(result.report.energyKilowattHours == 2)
        #expect(result.rejects.filter(\.wholeRow).map(\.line) == Array(2...(bad.count + 1)))
    }

    @Test func `GB18030 lines keep their meter's name`() throws {
        // 表 is B1 ED, 电量 is B5 E7 C1 BF, 电表编号 is B5 E7 B1 ED B1 E0 BA C5.
        var bytes = Array("{\"".utf8) + [0xb5, 0xe7, 0xb1, 0xed, 0xb1, 0xe0, 0xba, 0xc5] + Array("\":\"".utf8)
        bytes += [0xb1, 0xed] + Array("1\",\"ts\":\"2025-01-01T00:00Z\",\"".utf8) + [0xb5, 0xe7, 0xc1, 0xbf]
        bytes += Array("(kWh)\":2}\n".utf8)
        let result = try MeterReader.read(bytes: bytes, options: FormatSamples.options)
        #expect(result.report.encoding == "gb18030")
        #expect(result.series.map(\.meter) == ["表1"])
        #expect(result.report.energyKilowattHours == 2)
    }

    @Test func `a cut last line is truncated`() throws {
        let cut = try FormatSamples.read(String(FormatSamples.jsonLines.dropLast(6)))
        #expect(cut.report.rows.loaded == 2)
        #expect(cut.rejects.map(\.reason) == [.truncatedRow])
        #expect(cut.report.flags.contains("truncated_file"))
    }
}
