import ArgumentParser
import Foundation
import Operations
import Terminal

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tells the story of one mining session of a capture, with frame numbers and what speaks against it.",
        discussion: "Without --session all sessions are listed with their numbers.")

    @OptionGroup var common: CommonOptions

    @Option(help: "Number of the session, as the list without this option shows it.")
    var session: Int?

    @Option(help: "Accounts and workers: full (verbatim) or masked.")
    var identities: Identities = .masked

    @Option(help: "Only packets that match this libpcap filter expression.")
    var filter: String?

    @Argument(help: "A capture or a folder of captures.")
    var path: String

    func validate() throws {
        if let session, session < 1 { throw ValidationError("--session: counted from 1") }
        if path == "-" { throw ValidationError("explain: store the capture in a file first, to look at its frames") }
    }

    mutating func run() async throws {
        let request = CaptureRequest(
            paths: [path], filter: filter, identities: identities, minimumTier: nil, home: try Installation.home(),
            threads: min(2, ProcessInfo.processInfo.activeProcessorCount), digests: .none)
        var found: [CaptureAnalysis.SeenSession] = []
        let outcome = try CaptureAnalysis.run(request, progress: common.progress) { output in
            if let session = output.session { found.append(session) }
            if case .problem(let text) = output.row { complain(text) }
        }
        if outcome.nothingDone { throw Finished(status: 3) }
        var output = Output()
        defer { output.flush() }
        guard let session else { return try list(found, &output) }
        guard session <= found.count else {
            output.flush()
            complain("--session \(session): there are \(found.count) sessions in \(path)")
            throw Finished(status: 2)
        }
        let story = try SessionStory(found[session - 1], identities: identities, language: common.lang)
        for part in story.parts() {
            output.line(common.output.bold(part.title))
            for line in part.lines { output.line("  " + printable(line)) }
        }
    }

    private func list(_ found: [CaptureAnalysis.SeenSession], _ output: inout Output) throws {
        if found.isEmpty { return output.line(Words.noSessions(common.lang)) }
        var table = TextTable([.init("#", .right)] + SessionColumns.columns(common.lang))
        let rows = try SessionRow(identities: identities, language: common.lang)
        for (index, one) in found.enumerated() { table.add(["\(index + 1)"] + rows.cells(one.observation)) }
        for line in table.lines(style: common.output) { output.line(line) }
    }
}
