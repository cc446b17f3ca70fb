import ArgumentParser
import Foundation
import Operations
import Terminal
import Vocabulary

extension Tier: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}

enum DigestKind: String, ExpressibleByArgument, CaseIterable { case auto, sha256, none }

struct PcapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pcap",
        abstract: "Finds mining sessions in captures (pcap, pcapng, .gz, .zst, folders, - for standard input).")

    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions

    @Option(help: "Accounts and workers: full (verbatim) or masked.")
    var identities: Identities = .masked

    @Option(
        help: "Give each account a name of its own under the key in this file (16 random bytes or more): account_id.")
    var pseudonymKey: String?

    @Option(help: "Only packets that match this libpcap filter expression.")
    var filter: String?

    @Option(help: "Leave out sessions below this tier (A1, A2, B, C, D, E).")
    var minTier: Tier?

    @Option(help: "Write the packets of the sessions found into this pcapng file, each with its session and frame.")
    var evidence: String?

    @Option(help: "End with status 1 when a session at or above this tier was found.")
    var failOn: Tier?

    @Option(help: "Threads: 1, or 2 for reading beside analysis. The records are the same.")
    var threads = min(2, ProcessInfo.processInfo.activeProcessorCount)

    @Option(
        help: """
            Identify files by SHA-256: sha256 (all), none, or auto (up to 256 MiB, and all when evidence is written: \
            hashing takes longer than the analysis). Records of files that were not hashed have none.
            """)
    var digest = DigestKind.auto

    @Argument(help: "Captures, folders, or -.")
    var paths: [String]

    func validate() throws {
        if !(1...64).contains(threads) { throw ValidationError("--threads: from 1 to 64") }
        if evidence != nil, paths.contains("-") {
            throw ValidationError("--evidence: standard input cannot be read a second time; store it in a file first")
        }
    }

    mutating func run() async throws {
        var request = CaptureRequest(
            paths: paths, filter: filter, identities: identities, minimumTier: minTier, home: try Installation.home(),
            threads: threads, digests: digest == .auto ? .automatic : digest == .sha256 ? .all : .none)
        request.evidence = evidence
        request.pseudonyms = try pseudonymKey.map { try Pseudonyms(keyFile: $0) }
        var sink = try SessionSink(formats.format, common, identities: identities, failOn: failOn)
        let outcome = try CaptureAnalysis.run(request, progress: common.progress) { sink.take($0) }
        try sink.finish(outcome)
    }
}
