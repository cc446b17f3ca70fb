import ArgumentParser
import Operations
import Terminal

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What ran, what is late, what failed and why.",
        discussion: "Exit status: 0 all is well, 1 something is late or failed.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions

    @Option(help: "The configuration, countermine.yaml.")
    var config: String

    mutating func run() async throws {
        let status = try StatusDoor(configuration: Configuration.load(path: config), now: .present())
        var sink = RecordSink(formats.format)
        for record in status.records() { sink.write(record) }
        func word(_ zh: String, _ en: String) -> String { Words.pick(common.lang, zh, en) }
        var table = TextTable([
            .init(word("数据源", "source"), limit: 48), .init(word("种类", "kind")), .init(word("文件", "files"), .right),
            .init(word("失败", "failed"), .right), .init(word("最新数据", "newest")),
            .init(word("距今（小时）", "hours old"), .right), .init(word("周期（小时）", "cadence, hours"), .right),
            .init(word("状态", "state")),
        ])
        for source in status.sources { table.add(status.cells(source, common.lang)) }
        if formats.format == .table {
            sink.text(status.lines(common.lang) + [""] + table.lines(style: common.output))
            let failed = status.failed
            if !failed.isEmpty { sink.text(["", common.output.bold(word("未能处理", "Failed"))]) }
            sink.text(
                failed.map { "  " + printable("\($0.place): \($0.what)" + ($0.remedy.map { "; \($0)" } ?? "")) })
        } else if formats.format == .csv {
            sink.text(CSVTable.lines(table))
        }
        sink.finish()
        if status.health != .ok { throw Finished(status: 1) }
    }
}
