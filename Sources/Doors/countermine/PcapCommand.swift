import ArgumentParser
import Operations
import Terminal
import Vocabulary

extension Tier: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}

enum DigestKind: String, ExpressibleByArgument, CaseIterable { case sha256, none }

struct PcapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pcap",
        abstract: "Finds mining sessions in captures (pcap, pcapng, .gz, .zst, folders, - for standard input).")

    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions

    @Option(help: "Accounts and workers: full (verbatim) or masked.")
    var identities: Identities = .masked

    @Option(help: "Only packets that match this libpcap filter expression.")
    var filter: String?

    @Option(help: "Leave out sessions below this tier (A1, A2, B, C, D, E).")
    var minTier: Tier?

    @Option(help: "End with status 1 when a session at or above this tier was found.")
    var failOn: Tier?

    @Option(help: "Threads: 1, or 2 for reading beside analysis. The records are the same.")
    var threads = 2

    @Option(help: "How files are identified in the records: sha256, or none (faster; the records then have none).")
    var digest = DigestKind.sha256

    @Argument(help: "Captures, folders, or -.")
    var paths: [String]

    func validate() throws {
        if !(1...64).contains(threads) { throw ValidationError("--threads: from 1 to 64") }
    }

    mutating func run() async throws {
        let request = CaptureRequest(
            paths: paths, filter: filter, identities: identities, minimumTier: minTier, home: try Installation.home(),
            threads: threads, digests: digest == .sha256)
        var sink = RecordSink(formats.format)
        var sessions = TextTable(SessionColumns.columns(common.lang))
        var captures = TextTable(CaptureColumns.columns(common.lang))
        var reached = false
        let limit = failOn
        let format = formats.format
        let outcome = try CaptureAnalysis.run(request, progress: common.progress) { output in
            if let record = output.record { sink.write(record) }
            switch output.row {
            case .session(let row, let tier):
                sessions.add(row)
                if let limit, tier >= limit { reached = true }
            case .capture(let row): captures.add(row)
            case .contact: break
            case .problem(let text): complain(text)
            }
        }
        if format == .table {
            if !sessions.rows.isEmpty { sink.text(sessions.lines(style: common.output) + [""]) }
            sink.text(captures.lines(style: common.output))
            if sessions.rows.isEmpty { sink.text(["", Words.noSessions(common.lang)]) }
        } else if format == .csv {
            sink.text(CSVTable.lines(sessions))
        }
        sink.finish()
        if outcome.nothingDone { throw Finished(status: 3) }
        if outcome.partial { throw Finished(status: 4) }
        if reached { throw Finished(status: 1) }
    }
}
