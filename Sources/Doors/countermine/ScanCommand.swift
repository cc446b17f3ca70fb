import ArgumentParser
import Dashboard
import Foundation
import Operations
import Terminal
import Vocabulary

struct ScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Collects new inputs, analyses, fuses by site, updates the casebook, publishes.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions

    @Option(help: "The configuration, countermine.yaml.")
    var config: String

    @Option(help: "End with status 1 when a site at or above this band was found.")
    var failOn: Band?

    mutating func run() async throws {
        let configuration = try Configuration.load(path: config)
        let home = try Installation.home()
        let scan = Scan(
            configuration: configuration, executable: Installation.executable(), home: home, now: .present())
        let mode = common.progress
        var shown = false
        var bar = ProgressLine(label: "decode", unit: "files", total: nil, mode: mode)
        let outcome = try scan.run { done, total in
            if !shown { bar = ProgressLine(label: "decode", unit: "files", total: total, mode: mode) }
            shown = true
            bar.update(done)
        }
        bar.finish()
        for problem in outcome.problems + (common.quiet ? [] : outcome.notes) {
            complain("\(problem.place): \(problem.what)" + (problem.remedy.map { "; \($0)" } ?? ""))
        }
        let door = try StoreDoor(configuration: configuration, home: home)
        if configuration.publish != nil {
            _ = try DashboardDoor.publish(door, to: nil, onlyIfChanged: !outcome.changed)
        }
        var sink = RecordSink(formats.format)
        sink.write(ScanSummary.record(outcome))
        if formats.format == .table || formats.format == .csv { sink.text(summary(outcome, try door.sites())) }
        sink.finish()
        if outcome.failedInputs > 0 || !outcome.problems.isEmpty { throw Finished(status: 4) }
        if let limit = failOn,
            outcome.assessments.contains(where: { $0.probability.map { Band(probability: $0) >= limit } ?? false })
        {
            throw Finished(status: 1)
        }
    }

    private func summary(_ outcome: Scan.Outcome, _ sites: [ListRow]) -> [String] {
        var lines = ScanSummary.lines(outcome, language: common.lang)
        var table = TextTable(SiteColumns.columns(common.lang))
        for row in sites.prefix(12) { table.add(row.cells) }
        if !table.rows.isEmpty { lines += [""] + table.lines(style: common.output) }
        if sites.count > 12 {
            lines.append(
                Words.pick(
                    common.lang, "… 共 \(sites.count) 处；完整清单见 site list",
                    "… \(sites.count) in all; site list has every one"))
        }
        return lines
    }
}
