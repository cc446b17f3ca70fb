import Meters
import Testing
import Vocabulary

/// Small files of each format, written by hand.
enum FormatSamples {
    static let options = MeterReadOptions(now: Instant(rfc3339: "2026-11-01T12:00:00Z") ?? Instant(seconds: 0))

    /// Reads a text and asks that its counts add up.
    static func read(_ text: String, _ options: MeterReadOptions = options) throws -> MeterReadResult {
        let result = try MeterReader.read(bytes: Array(text.utf8), options: options)
        #expect(result.report.rows.reconcile, "\(result.report.rows)")
        return result
    }

    /// One meter, quarter hours from 2025-01-01 00:00, with a ratio of 30.
    static func register(_ faces: [String], unit: String = "") -> String {
        var text = "用户编号,电能表资产号,综合倍率,抄表时间,正向有功总示值\(unit)\n"
        for (place, face) in faces.enumerated() {
            text += "U1,000012345678,30,2025-01-01 \(clock(place)),\(face)\n"
        }
        return text
    }

    static func clock(_ quarter: Int) -> String {
        let (hour, minute) = (quarter / 4, quarter % 4 * 15)
        return (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
    }

    static let nem = nem12(rows: ["300,20250201,\(list(48, "0.5")),A,,,20250202120025,"])

    static func nem12(
        nmi: String = "NMI1", suffix: String = "E1", unit: String = "kWh", interval: Int = 30, rows: [String]
    ) -> String {
        "100,NEM12,202502031135,MDA1,Ret1\n200,\(nmi),E1Q1,1,\(suffix),N1,SER1,\(unit),\(interval),\n"
            + rows.joined(separator: "\n") + "\n900\n"
    }

    static func list(_ count: Int, _ value: String) -> String {
        Array(repeating: value, count: count).joined(separator: ",")
    }

    static let mscons = mscons(values: ["1.5", "2", "0.25"])

    static func mscons(
        advice: String = "UNA:+.? '", location: String = "DE0001", obis: String = "1-1?:1.29.1", unit: String = ":KWH",
        kind: String = "220", values: [String]
    ) -> String {
        var text = advice + "UNB+UNOC:3+1:500+2:500+250101:0000+X'UNH+1+MSCONS:D:04B:UN:2.4c'BGM+7+A+9'UNS+D'NAD+DP'"
        text += "LOC+172+\(location)'LIN+1'PIA+5+\(obis):SRW'"
        for (place, value) in values.enumerated() {
            let (from, until) = (clock(place), clock(place + 1))
            text += "QTY+\(kind):\(value)\(unit)'"
            text += "DTM+163:20250101\(from.filter { $0 != ":" })?+00:303'"
            text += "DTM+164:20250101\(until.filter { $0 != ":" })?+00:303'"
        }
        return text + "UNT+9+1'UNZ+1+X'"
    }

    static let greenButton = feed(points: [(1, 1, 0, 72, ["1000", "2000", "500"])])

    /// A feed of usage points: commodity, flow, power of ten, unit, values of quarter hours from
    /// 2025-01-01T00:00Z. Blocks come before the reading types that explain them.
    static func feed(
        points: [(commodity: Int, flow: Int, power: Int, unit: Int, values: [String])], declaration: String = ""
    ) -> String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\(declaration)<!-- a feed -->"
        text += "<feed xmlns=\"http://www.w3.org/2005/Atom\">"
        for (number, point) in points.enumerated() {
            let root = "RetailCustomer/7/UsagePoint/\(number)"
            text += """
                <entry><link rel="self" href="\(root)"/><content><UsagePoint xmlns="http://naesb.org/espi">
                <ServiceCategory><kind>\(point.commodity == 7 ? 1 : 0)</kind></ServiceCategory></UsagePoint>
                </content></entry>
                <entry><link rel="self" href="\(root)/MeterReading/1"/>
                <link rel="related" href="ReadingType/\(number)"/><content><MeterReading/></content></entry>
                <entry><link rel="self" href="\(root)/MeterReading/1/IntervalBlock/1"/>
                <link rel="up" href="https://host.example/espi/\(root)/MeterReading/1/IntervalBlock"/><content>
                <IntervalBlock><interval><duration>2700</duration><start>1735689600</start></interval>

                """
            for (place, value) in point.values.enumerated() {
                text += "<IntervalReading><cost>9</cost><timePeriod><duration>900</duration>"
                text +=
                    "<start>\(1_735_689_600 + 900 * place)</start></timePeriod>"
                text += "<value>\(value)</value></IntervalReading>\n"
            }
            text += "</IntervalBlock></content></entry>"
            text += "<entry><link rel=\"self\" href=\"ReadingType/\(number)\"/><content><espi:ReadingType>"
            text += "<espi:accumulationBehaviour>4</espi:accumulationBehaviour>"
            text +=
                "<espi:commodity>\(point.commodity)</espi:commodity>"
            text += "<espi:flowDirection>\(point.flow)</espi:flowDirection>"
            text += "<espi:intervalLength>900</espi:intervalLength>"
            text +=
                "<espi:powerOfTenMultiplier>\(point.power)</espi:powerOfTenMultiplier>"
            text += "<espi:uom>\(point.unit)</espi:uom>"
            text += "</espi:ReadingType></content></entry>\n"
        }
        return text + "</feed>"
    }

    static let meterReadings = meterReadings(
        type: "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", values: ["1.5", "2", "0.5"])

    /// The meter's name comes after its readings, as the schema's order has it.
    static func meterReadings(type: String, values: [String], quality: String = "1.0.0") -> String {
        var text =
            "<EventMessage><Payload><m:MeterReadings xmlns:m=\"http://iec.ch/TC57/2011/MeterReadings#\"><m:MeterReading>"
        for (place, value) in values.enumerated() {
            text +=
                "<m:IntervalBlocks><m:IntervalReadings><m:timeStamp>2025-01-01T\(clock(place)):00+08:00</m:timeStamp>"
            text += "<m:value>\(value)</m:value><m:ReadingQualities><m:ReadingQualityType ref=\"\(quality)\"/>"
            text += "</m:ReadingQualities></m:IntervalReadings><m:ReadingType ref=\"\(type)\"/></m:IntervalBlocks>\n"
        }
        return text
            + "<m:Meter><m:mRID>EX1</m:mRID></m:Meter></m:MeterReading></m:MeterReadings></Payload></EventMessage>"
    }

    static let jsonLines = """
        {"meter": "A", "ts": "2025-01-01T00:00:00+08:00", "kwh": 0.5}
        {"meter": "A", "ts": "2025-01-01T00:15:00+08:00", "kwh": "1.5"}
        {"meter": "A", "ts": "2025-01-01T00:30:00+08:00", "kwh": 2e0}

        """

    /// All samples by their layout.
    static let all: [(layout: String, text: String)] = [
        ("register", register(["100.0", "100.5", "101.5", "103"])),
        ("register-by-day", registerByDay("正向有功总示值")), ("long-by-quantity", longByQuantity),
        ("nem", nem), ("mscons", mscons), ("green-button", greenButton), ("iec61968-9", meterReadings),
        ("json-lines", jsonLines),
    ]

    static let longByQuantity = """
        电能表资产号,数据时间,数据项,数值
        M1,2025-01-01 00:00,有功功率(kW),4
        M1,2025-01-01 00:00,无功功率(kvar),900
        M1,2025-01-01 00:15,有功功率(W),8000
        M1,2025-01-01 00:15,正向有功总示值,77777
        M1,2025-01-01 00:30,A相电压,220
        M1,2025-01-01 00:30,反向有功功率(kW),50

        """

    static func registerByDay(_ quantity: String) -> String {
        let names = (1...24).map { "P\($0)" }.joined(separator: ",")
        let values = (0..<24).map { "\(100 + $0)" }.joined(separator: ",")
        return "电能表资产号,综合倍率,数据日期,数据类型,\(names)\nM1,10,2025-03-01,\(quantity),\(values)\n"
    }
}
