import ArgumentParser
import Exchange
import Foundation
import Operations
import Vocabulary

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Findings for other systems, and candidate block lists for review.",
        discussion: """
            Documents: \(ExchangeDoor.names.documents.joined(separator: ", ")). \
            Candidates: \(ExchangeDoor.names.candidates.joined(separator: ", ")); nothing is ever applied. Docs/Formats/exchange.md.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "The demo store.")
    var demo = false

    @Option(help: "The configuration whose store is meant.")
    var config: String?

    @Option(help: "Lines of `countermine pcap --jsonl` instead of a store; may be given several times.")
    var from: [String] = []

    @Option(help: "A document.")
    var format: String?

    @Option(help: "A candidate list.")
    var candidates: String?

    @Flag(help: "The table of pool endpoints by destination.")
    var destinations = false

    @Option(help: "CSV range,country; with it the table holds endpoints abroad only.")
    var countries: String?

    @Flag(help: "Leave the clients' addresses out.")
    var withoutClient = false

    @Option(name: .shortAndLong, help: "File to write; without it standard output.")
    var output: String?

    func validate() throws {
        guard [demo, config != nil, !from.isEmpty].count(where: { $0 }) == 1 else {
            throw ValidationError("give one of --demo, --config FILE and --from FILE")
        }
        guard [format != nil, candidates != nil, destinations].count(where: { $0 }) == 1 else {
            throw ValidationError("give one of --format, --candidates and --destinations")
        }
    }

    mutating func run() async throws {
        let form: ExchangeDoor.Form =
            format.map { .document($0) } ?? candidates.map { .candidates($0) } ?? .destinations
        var found: [ExchangeFinding]
        var refused: [String] = []
        if from.isEmpty {
            let path = try config ?? Installation.demoConfiguration()
            found = try ExchangeDoor(configuration: Configuration.load(path: path)).findings()
        } else {
            (found, refused) = try ExchangeDoor.findings(lines: from)
        }
        let done = try ExchangeDoor.export(
            found, form, withoutClient: withoutClient, countries: countries, now: .present())
        if let output {
            do {
                try DurableFile.write(done.bytes, to: URL(fileURLWithPath: output))
            } catch {
                throw OperationsError.storage(output, error, lead: "cannot be written")
            }
        } else {
            FileHandle.standardOutput.write(Data(done.bytes))
        }
        for line in refused + done.left { complain(line) }
        if !common.quiet { complain("\(done.written) of \(found.count) findings", prefix: "") }
        if !refused.isEmpty { throw Finished(status: 4) }
    }
}

struct PackageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "package", abstract: "Evidence packages that public tools can check (Docs/evidence-package.md).",
        subcommands: [Make.self, Verify.self])

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "make", abstract: "Packs files with manifest, custody log, digests and signature.")

        @OptionGroup var store: StoreOptions

        @Option(help: "Name of the person who packs.")
        var by: String

        @Option(help: "Number of the legal and technical review; without it the package is a lead only.")
        var review: String?

        @Argument(help: "Case.")
        var caseID: String

        @Argument(help: "Folder to make.")
        var folder: String

        @Argument(help: "Files.")
        var files: [String]

        mutating func run() async throws {
            print(
                try ExchangeDoor(configuration: store.configuration()).pack(
                    case: caseID, files: files, into: folder, by: by, review: review, now: .present()))
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Checks a package: 0 sound, 3 and the first bad thing when not.")

        @Option(help: "Public key of the signer, PEM, had by another way.")
        var key: String?

        @Argument(help: "Folder.")
        var folder: String

        mutating func run() async throws { print(try ExchangeDoor.verifyPackage(folder, key: key)) }
    }
}

struct BundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "A province's signed report to the nation, and the nation's book.",
        subcommands: [Make.self, Verify.self, Merge.self])

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "make", abstract: "Cases, figures of a window and findings, signed and numbered.")

        @OptionGroup var store: StoreOptions

        @Option(help: "First day of the window.")
        var from: String

        @Option(help: "First day after the window.")
        var to: String

        @Option(help: "The bundle that was sent before.")
        var after: String?

        @Option(name: .shortAndLong, help: "File to write.")
        var output: String

        mutating func run() async throws {
            guard let first = CalendarDate(from), let last = CalendarDate(to), first < last else {
                throw ValidationError("--from and --to are days, the first before the second")
            }
            let made = try ExchangeDoor(configuration: store.configuration()).bundle(
                from: first, to: last, after: after, now: .present())
            do {
                try DurableFile.write(made.bytes, to: URL(fileURLWithPath: output))
            } catch {
                throw OperationsError.storage(output, error, lead: "cannot be written")
            }
            print(output)
            if made.foreign > 0 { complain("\(made.foreign) facts of other units stay behind") }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Checks a bundle against the pinned keys: 0 sound, 3 and why not.")

        @Option(help: "Pinned keys, one province a line (Docs/Formats/provincial-bundle.md).")
        var keys: String

        @Argument(help: "Bundle.")
        var file: String

        mutating func run() async throws { print(try ExchangeDoor.verifyBundle(file, keys: keys)) }
    }

    struct Merge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "merge", abstract: "Takes bundles into the nation's book; the same ones again change nothing.")

        @Option(help: "Pinned keys, one province a line.")
        var keys: String

        @Option(help: "The nation's book; made when it is not there.")
        var into: String

        @Argument(help: "Bundles, in their order.")
        var files: [String]

        mutating func run() async throws {
            for line in try ExchangeDoor.merge(files, into: into, keys: keys) { print(line) }
        }
    }
}
