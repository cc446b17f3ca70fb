import ArgumentParser
import Operations
import Terminal
import Vocabulary

struct CaptureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Finds mining sessions in what a network interface sees, until it is interrupted or time is over.",
        discussion: """
            Needs root or CAP_NET_RAW to open the interface; root is given up right afterwards, so a file that is to be \
            kept must lie where that user may write. Sessions are told at the end.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions

    @Option(name: .shortAndLong, help: "The interface to listen on; --list names them.")
    var interface: String?

    @Flag(help: "Name the interfaces and end.")
    var list = false

    @Option(help: "Only packets that match this libpcap filter expression.")
    var filter: String?

    @Option(help: "Seconds to listen; without it until Ctrl-C.")
    var duration: Double?

    @Option(help: "Keep all packets in this pcapng file too.")
    var keep: String?

    @Option(help: "Accounts and workers: full (verbatim) or masked.")
    var identities: Identities = .masked

    @Option(help: "Leave out sessions below this tier (A1, A2, B, C, D, E).")
    var minTier: Tier?

    @Option(help: "End with status 1 when a session at or above this tier was found.")
    var failOn: Tier?

    func validate() throws {
        if !list, interface == nil { throw ValidationError("--interface: name one; --list shows them") }
        if let duration, !(duration > 0) { throw ValidationError("--duration: more than 0 seconds") }
    }

    mutating func run() async throws {
        if list { return try names() }
        guard let interface else { return }
        let request = LiveRequest(
            interface: interface, filter: filter, duration: duration, keep: keep, identities: identities,
            minimumTier: minTier, home: try Installation.home())
        var sink = try SessionSink(formats.format, common, identities: identities, failOn: failOn)
        let outcome = try LiveAnalysis.run(
            request, progress: common.progress, opened: { complain($0) }, emit: { sink.take($0) })
        try sink.finish(outcome)
    }

    private func names() throws {
        var sink = RecordSink(formats.format)
        var table = TextTable([
            .init(Words.pick(common.lang, "接口", "interface")), .init(Words.pick(common.lang, "状态", "state")),
            .init(Words.pick(common.lang, "说明", "description"), limit: 60),
        ])
        for one in try LiveAnalysis.interfaces() {
            table.add(one.row)
            sink.write(one.record)
        }
        if formats.format == .table { sink.text(table.lines(style: common.output)) }
        if formats.format == .csv { sink.text(CSVTable.lines(table)) }
        sink.finish()
    }
}

/// Sessions and captures on their way to the terminal, a file or another program.
struct SessionSink: ~Copyable {
    private var sink: RecordSink
    private var sessions: TextTable
    private var contacts: TextTable
    private var captures: TextTable
    private let rows: SessionRow
    private var evidence: [String] = []
    private var reached = false
    private let format: OutputFormat
    private let common: CommonOptions
    private let limit: Tier?

    init(_ format: OutputFormat, _ common: CommonOptions, identities: Identities, failOn limit: Tier?) throws {
        rows = try SessionRow(identities: identities, language: common.lang)
        sink = RecordSink(format)
        contacts = TextTable(ContactColumns.columns(common.lang))
        sessions = TextTable(SessionColumns.columns(common.lang))
        captures = TextTable(CaptureColumns.columns(common.lang))
        self.format = format
        self.common = common
        self.limit = limit
    }

    mutating func take(_ output: CaptureAnalysis.Output) {
        if let record = output.record { sink.write(record) }
        switch output.row {
        case .session(let tier):
            if let session = output.session { sessions.add(rows.cells(session.observation)) }
            if let limit, tier >= limit { reached = true }
        case .capture(let row): captures.add(row)
        case .evidence(let line): evidence.append(line)
        case .contact(let contact): contacts.add(rows.cells(contact))
        case .link: break
        case .problem(let text): complain(text)
        case .remark(let text): if !common.quiet { complain(text) }
        }
    }

    consuming func finish(_ outcome: RunOutcome) throws {
        if format == .table {
            if !sessions.rows.isEmpty { sink.text(sessions.lines(style: common.output) + [""]) }
            if !contacts.rows.isEmpty { sink.text(contacts.lines(style: common.output) + [""]) }
            sink.text(captures.lines(style: common.output))
            if sessions.rows.isEmpty { sink.text(["", Words.noSessions(common.lang)]) }
            if !evidence.isEmpty { sink.text(["", Words.evidence(common.lang)] + evidence) }
        } else if format == .csv {
            sink.text(CSVTable.lines(sessions))
        }
        sink.finish()
        if outcome.nothingDone { throw Finished(status: 3) }
        if outcome.partial { throw Finished(status: 4) }
        if reached { throw Finished(status: 1) }
    }
}
