import ArgumentParser
import Casebook
import Foundation
import Operations
import Terminal
import Vocabulary

extension StoreOptions {
    func people() throws -> PeopleDoor {
        try PeopleDoor(configuration: configuration(), home: Installation.home())
    }
}

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "People, their roles and their desks.",
        discussion: "One administrator makes a person, another gives the roles, a third keeps the log.",
        subcommands: [Appoint.self, Add.self, GrantRole.self, Revoke.self, List.self])

    /// `id:name`.
    private static func person(_ text: String) throws -> PeopleDoor.NewPerson {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("`\(text)` should be id:name") }
        return (parts[0], parts[1])
    }

    struct Appoint: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "appoint", abstract: "The first three administrators: three different people, id:name each.")

        @OptionGroup var store: StoreOptions

        @Option(help: "Makes people.")
        var system: String

        @Option(help: "Gives and takes roles.")
        var security: String

        @Option(help: "Reads the log.")
        var audit: String

        mutating func run() async throws {
            try store.people().appoint(
                system: UserCommand.person(system), security: UserCommand.person(security),
                audit: UserCommand.person(audit), now: .present())
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Makes a person, who can do nothing yet.")

        @OptionGroup var store: StoreOptions

        @Option(help: "Identifier of the administrator who does it.")
        var by: String

        @Argument(help: "id:name.")
        var person: String

        mutating func run() async throws {
            try store.people().add(UserCommand.person(person), by: by, now: .present())
        }
    }

    /// What is given or taken.
    struct GrantOptions: ParsableArguments {
        @OptionGroup var store: StoreOptions

        @Option(help: "Identifier of the administrator who does it.")
        var by: String

        @Option(help: "Why.")
        var reason: String

        @Option(help: "A role, with --unit.")
        var role: String?

        @Option(help: "Code of the unit.")
        var unit: String?

        @Option(help: "reviewer or exemption_approver.")
        var capability: String?

        @Option(name: .customLong("case"), help: "A case that is the person's own.")
        var caseID: String?

        @Argument(help: "Identifier of the person.")
        var person: String

        func grant() throws -> Grant {
            switch (role, capability, caseID) {
            case (let role?, nil, nil):
                guard let unit else { throw ValidationError("--role needs --unit") }
                return .role(role, unit: unit)
            case (nil, let name?, nil): return .capability(name)
            case (nil, nil, let id?): return .assignedCase(id)
            default: throw ValidationError("give one of --role, --capability and --case")
            }
        }

        func run(given: Bool) throws {
            try store.people().grant(
                grant(), to: person, given: given, by: by, reason: reason, now: .present())
        }
    }

    struct GrantRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "Gives a role, a capability or a case to a person.")
        @OptionGroup var what: GrantOptions
        mutating func run() async throws { try what.run(given: true) }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Takes a role, a capability or a case back.")
        @OptionGroup var what: GrantOptions
        mutating func run() async throws { try what.run(given: false) }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Who there is, with what.")

        @OptionGroup var list: ListOptions

        @Option(help: "Identifier of the administrator who asks.")
        var by: String

        mutating func run() async throws {
            try list.show(
                try list.store.people().people(as: by),
                [
                    .init(list.word("编号", "id")), .init(list.word("姓名", "name")),
                    .init(list.word("角色", "roles"), limit: 60), .init(list.word("权限", "capabilities")),
                    .init(list.word("起", "since")),
                ])
        }
    }
}

struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "Evidence of a case: taken in, whose hands it was in, who reviewed it.",
        subcommands: [Add.self, Custody.self, Review.self, List.self])

    private static func columns(_ list: ListOptions) -> [TextTable.Column] {
        [
            .init(list.word("证据", "evidence")), .init(list.word("来源", "source"), limit: 40),
            .init(list.word("字节", "bytes"), .right), .init("SHA-256"), .init(list.word("封存", "seal")),
            .init(list.word("采集人", "collected by")), .init(list.word("审核", "reviews")),
        ]
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Takes a file into evidence: its size, SHA-256 and SM3 are kept.")

        @OptionGroup var list: ListOptions

        @Option(help: "Name of the person who collected it.")
        var by: String

        @Option(help: "What it is, where its file name does not say it.")
        var source: String?

        @Option(help: "Note.")
        var note = ""

        @Argument(help: "Case.")
        var caseID: String

        @Argument(help: "File.")
        var file: String

        mutating func run() async throws {
            let row = try list.store.people().addEvidence(
                case: caseID, file: file, source: source, by: by, note: note, now: .present())
            try list.show([row], columns(list))
        }
    }

    struct Custody: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "custody", abstract: "Writes down what happened to a piece of evidence.",
            discussion: "sealed and checked need --file: other bytes than those taken break the seal, for good.")

        @OptionGroup var list: ListOptions

        @Option(help: "Name of the person.")
        var by: String

        @Option(help: "The bytes as they are now.")
        var file: String?

        @Option(help: "Note.")
        var note = ""

        @Argument(help: "Evidence.")
        var id: String

        @Argument(help: "sealed, unsealed, moved, copied, exported or checked.")
        var act: String

        mutating func run() async throws {
            let row = try list.store.people().custody(id, act, file: file, by: by, note: note, now: .present())
            try list.show([row], columns(list))
        }
    }

    struct Review: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "review", abstract: "Writes down a review; without both, what leaves the house is a lead only."
        )

        @OptionGroup var list: ListOptions

        @Option(help: "Name of the reviewer.")
        var by: String

        @Option(help: "legal or technical.")
        var kind: String

        @Option(help: "Number of the paper.")
        var reference: String

        @Flag(help: "Technical: nothing is missing.")
        var dataComplete = false

        @Flag(help: "Technical: the clocks were right.")
        var clocksRight = false

        @Flag(help: "Technical: the device meets its standard.")
        var deviceStandard = false

        @Flag(help: "Legal: lawfully collected by who may.")
        var lawfullyCollected = false

        @Argument(help: "Evidence.")
        var id: String

        mutating func run() async throws {
            guard let kind = EvidenceReview.Kind(rawValue: kind) else {
                throw ValidationError("--kind is legal or technical")
            }
            let now = Instant.present()
            let review = EvidenceReview(
                kind: kind, reviewer: by, at: now, reference: reference, dataComplete: dataComplete,
                clocksRight: clocksRight, deviceStandard: deviceStandard, lawfullyCollected: lawfullyCollected)
            try list.show([try list.store.people().review(id, review, now: now)], columns(list))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "The evidence of a case, and the stamp that must stand on it.")

        @OptionGroup var list: ListOptions

        @Argument(help: "Case.")
        var caseID: String

        mutating func run() async throws {
            let found = try list.store.people().evidence(case: caseID)
            try list.show(found.rows, columns(list))
            if let stamp = found.stamp { complain(stamp, prefix: "") }
        }
    }
}
