import ArgumentParser
import Foundation
import Operations
import Terminal

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Scores the load judgement on a labelled set of meters, by scenario, size and class.",
        discussion: """
            A set is a folder with labels.csv (site_id, label, scenario, and more where known), sites.csv and readings.csv,
            and feeder_readings.csv where feeders are known; .gz and .zst too. Labels are never an input of a judgement.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions

    @Option(help: "Share of meters with mining before any reading was seen.")
    var prior = 0.05

    @Option(help: "Folder of another installation (it holds Models/), whose models judge the same meters.")
    var against: String?

    @Flag(help: "Judge each meter day by day too: how late mining is found. Takes minutes.")
    var replay = false

    @Option(help: "Write precision-recall.svg and calibration.svg into this folder.")
    var svg: String?

    @Argument(help: "Folder of the set.")
    var set: String

    mutating func run() async throws {
        let request = EvaluationRequest(
            folder: set, prior: prior, home: try Installation.home(), against: against.map { URL(fileURLWithPath: $0) },
            hasReplay: replay)
        let result = try await EvaluationRun.run(request, progress: common.progress) { complain($0) }
        for problem in result.problems { complain(problem) }
        var sink = RecordSink(formats.format)
        for record in result.records() { sink.write(record) }
        for (title, table) in result.tables(common.lang) {
            if formats.format == .table {
                sink.text([common.output.bold(printable(title))] + table.lines(style: common.output) + [""])
            } else if formats.format == .csv {
                sink.text(CSVTable.lines(table))
            }
        }
        sink.finish()
        if let svg {
            for (name, picture) in result.pictures(common.lang) {
                do {
                    let folder = URL(fileURLWithPath: svg)
                    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                    try Data(picture.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
                } catch {
                    throw OperationsError.storage("\(svg)/\(name)", error, lead: "cannot be written")
                }
            }
        }
        if !result.problems.isEmpty { throw Finished(status: 4) }
    }
}
