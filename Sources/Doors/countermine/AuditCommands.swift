import ArgumentParser
import Casebook
import Operations
import Terminal
import Vocabulary

extension StoreOptions {
    func configuration() throws -> Configuration {
        try Configuration.load(path: try config ?? Installation.demoConfiguration())
    }
}

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The audit chain.", subcommands: [Verify.self, Head.self, Digest.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Status 0 and the head when the chain holds, 1 and the first bad row when not.")

        @OptionGroup var store: StoreOptions

        @Option(help: "Signed heads that were kept elsewhere; without it those beside the keys.")
        var heads: String?

        mutating func run() async throws {
            let verdict = try AuditDoor(configuration: store.configuration()).verify(heads: heads)
            print(verdict.text)
            if !verdict.intact { throw Finished(status: 1) }
        }
    }

    struct Head: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "head", abstract: "The chain's head as one signed line, to be kept elsewhere.",
            discussion:
                "A scan keeps one each day beside the keys. The line is signed with Ed25519; a broken chain is not signed."
        )

        @OptionGroup var store: StoreOptions

        mutating func run() async throws {
            let (line, verdict) = try AuditDoor(configuration: store.configuration()).head(now: .present())
            print(line ?? verdict.text)
            if !verdict.intact { throw Finished(status: 1) }
        }
    }

    struct Digest: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "digest",
            abstract: "SHA-256 over the store's content without its clocks: equal stores, equal digests.")

        @OptionGroup var store: StoreOptions

        mutating func run() async throws { print(try store.open().logicalDigest()) }
    }
}

/// A copy of a store, part by part.
struct CopyOptions: ParsableArguments {
    @OptionGroup var list: ListOptions

    @Argument(help: "Folder of the copy.")
    var folder: String

    var door: BackupDoor { get throws { BackupDoor(configuration: try list.store.configuration()) } }

    func show(_ rows: [ListRow]) throws {
        try list.show(
            rows,
            [
                .init(list.word("内容", "part")), .init(list.word("截至", "holds until")),
                .init(list.word("案件或表日", "cases or meter-days"), .right), .init(list.word("字节", "bytes"), .right),
                .init("SHA-256"),
            ])
    }
}

struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Copies of a store, its shape, and what is purged.",
        subcommands: [Backup.self, Verify.self, Restore.self, Migrate.self, Purge.self])

    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "backup", abstract: "Copies the store while it works, and checks the copy.",
            discussion: "The keys are not in it: keep the folder of keys elsewhere.")

        @OptionGroup var copy: CopyOptions

        mutating func run() async throws { try copy.show(copy.door.make(at: copy.folder, now: .present())) }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Checks every byte of a copy: 0 sound, 3 not.")

        @OptionGroup var copy: CopyOptions

        mutating func run() async throws { try copy.show(copy.door.verify(copy.folder)) }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore", abstract: "Puts a sound copy where the configuration has no store yet.")

        @OptionGroup var copy: CopyOptions

        mutating func run() async throws { try copy.show(copy.door.restore(copy.folder)) }
    }

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrate", abstract: "Brings a store to this program's shape, with a copy of it before.")

        @OptionGroup var store: StoreOptions

        mutating func run() async throws {
            let done = try BackupDoor(configuration: store.configuration()).migrate(now: .present())
            for step in done.steps { print(step) }
            print(done.backup ?? "up to date")
        }
    }

    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "purge",
            abstract: "Takes out what was kept of people who turned out to be no miners; the log says what is gone.")

        @OptionGroup var store: StoreOptions

        @Option(help: "Days after the exclusion.")
        var days = 90

        func validate() throws {
            guard days >= 1, days <= 36_500 else { throw ValidationError("--days must lie between 1 and 36500") }
        }

        mutating func run() async throws {
            let done = try BackupDoor(configuration: store.configuration()).purge(afterDays: days, now: .present())
            print("sites \(done.sites), earlier rows \(done.rows), leads \(done.leads)")
        }
    }
}
