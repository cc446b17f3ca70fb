import ArgumentParser
import Operations
import Terminal
import Vocabulary

extension Band: ExpressibleByArgument {}

struct MetersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meters",
        abstract: "Ranks meters by their load: files, folders, .gz, .zst, or - for standard input.",
        discussion: """
            countermine meters formats lists the layouts that are read; --explain FILE says what a file was recognised as.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions

    @Flag(help: "Also meters with nothing to say.")
    var all = false

    @Option(help: "CSV of meters: site_id,interval_min,category,unit,feeder_id,province_code,start,end.")
    var sites: String?

    @Option(help: "Long CSV of feeder heads: feeder_id,timestamp,kwh.")
    var feeders: String?

    @Option(help: "Unit of the values: kWh, Wh, MWh, kW or W. Without it the header decides.")
    var unit: String?

    @Option(help: "Minutes a reading covers. Without it the most common step decides.")
    var interval: Int?

    @Option(help: "Offset of stamps that carry none, as +08:00, or a zone as Europe/Berlin.")
    var timezone = "+08:00"

    @Option(help: "Text encoding: utf-8, gb18030, utf-16le or utf-16be. Without it the file decides.")
    var encoding: String?

    @Option(help: "Layout of the files, as `meters formats` names it. Without it the content decides.")
    var layout: String?

    @Option(help: "Whether the ratio column (综合倍率) is applied to the values already: applied or pending.")
    var multiplier: String?

    @Flag(help: "Meters that also feed in: negative values are read.")
    var twoWay = false

    @Flag(help: "Only say what each file was recognised as, and why.")
    var explain = false

    @Option(help: "Share of meters with mining before any reading was seen.")
    var prior = 0.05

    @Option(help: "Write each rejected row with file, line and reason.")
    var rejects: String?

    @Option(help: "End with status 1 when a meter at or above this band was found.")
    var failOn: Band?

    @Argument(help: "Meter files, folders, or -.")
    var paths: [String]

    mutating func run() async throws {
        if paths == ["formats"], !Installation.exists("formats") { return listFormats() }
        let request = try MetersRequest(
            paths: paths, sites: sites, feeders: feeders, unit: unit, intervalMinutes: interval, timezone: timezone,
            encoding: encoding, layout: layout, multiplier: multiplier, twoWay: twoWay, prior: prior, all: all,
            rejects: rejects, home: Installation.home())
        if explain { return try tell(request) }
        var sink = RecordSink(formats.format)
        var loads = TextTable(LoadColumns.columns(common.lang))
        var inputs = TextTable(InputColumns.columns(common.lang))
        var reached = false
        let limit = failOn
        let format = formats.format
        let outcome = try MeterAnalysis.run(request, progress: common.progress) { output in
            if let record = output.record { sink.write(record) }
            switch output.row {
            case .load(let row, let band):
                loads.add(row)
                if let limit, let band, band >= limit { reached = true }
            case .feeder(let row): loads.add(row)
            case .input(let row): inputs.add(row)
            case .problem(let text): complain(text)
            }
        }
        if format == .table {
            if !loads.rows.isEmpty { sink.text(loads.lines(style: common.output) + [""]) }
            sink.text(inputs.lines(style: common.output))
            sink.text(["", Words.pick(common.lang, "先验概率 \(prior)", "prior \(prior)")])
        } else if format == .csv {
            sink.text(CSVTable.lines(loads))
        }
        sink.finish()
        if outcome.nothingDone { throw Finished(status: 3) }
        if outcome.partial { throw Finished(status: 4) }
        if reached { throw Finished(status: 1) }
    }

    private func listFormats() {
        var sink = RecordSink(formats.format)
        var table = TextTable([
            .init(Words.pick(common.lang, "版式", "layout")),
            .init(Words.pick(common.lang, "说明", "description"), limit: 100),
        ])
        for one in MeterFormatDoor.list(language: common.lang) {
            sink.write(one.record)
            table.add(one.row)
        }
        if formats.format == .table { sink.text(table.lines(style: common.output)) }
        if formats.format == .csv { sink.text(CSVTable.lines(table)) }
        sink.finish()
    }

    private func tell(_ request: MetersRequest) throws {
        var sink = RecordSink(formats.format)
        var problems = 0
        for one in try MeterFormatDoor.explain(request, language: common.lang) {
            sink.write(one.record)
            if formats.format == .table {
                sink.text([common.output.bold(printable(one.path))] + one.lines.map { "  " + printable($0) } + [""])
            }
            if one.hasFailed { problems += 1 }
        }
        sink.finish()
        if problems > 0 { throw Finished(status: 3) }
    }
}

enum LoadColumns {
    static func columns(_ language: Language) -> [TextTable.Column] {
        func word(_ zh: String, _ en: String) -> String { Words.pick(language, zh, en) }
        return [
            .init(word("电表", "meter"), limit: 28), .init(word("概率", "probability"), .right), .init(word("等级", "band")),
            .init(word("特征", "signature")), .init(word("起始", "onset")), .init("kW", .right),
            .init(word("区间", "interval"), .right),
            .init(word("完整率", "coverage"), .right), .init(word("依据", "for"), limit: 44),
            .init(word("相反", "against"), limit: 44),
        ]
    }
}

enum InputColumns {
    static func columns(_ language: Language) -> [TextTable.Column] {
        func word(_ zh: String, _ en: String) -> String { Words.pick(language, zh, en) }
        return [
            .init(word("文件", "file"), limit: 52), .init(word("版式", "layout")), .init(word("单位", "unit")),
            .init(word("行", "rows"), .right), .init(word("载入", "loaded"), .right),
            .init(word("重复", "duplicate"), .right),
            .init(word("拒绝", "rejected"), .right), .init(word("读数", "readings"), .right), .init("kWh", .right),
            .init(word("说明", "remarks"), limit: 48),
        ]
    }
}
