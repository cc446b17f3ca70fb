import ArgumentParser
import Casebook
import Foundation
import Operations
import Terminal
import Vocabulary

extension StoreOptions {
    func register() throws -> RegisterDoor {
        let path = try config ?? Installation.demoConfiguration()
        return try RegisterDoor(configuration: Configuration.load(path: path), home: Installation.home())
    }
}

/// How a list is told, and of which store.
struct ListOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions
    @OptionGroup var store: StoreOptions

    func word(_ zh: String, _ en: String) -> String { Words.pick(common.lang, zh, en) }

    func show(_ rows: [ListRow], _ columns: [TextTable.Column]) throws {
        try printList(rows, formats.format, common, columns)
    }
}

/// A file whose good rows are taken.
struct TakeOptions: ParsableArguments {
    @OptionGroup var list: ListOptions

    @Option(help: "Name of the person who answers for it.")
    var actor: String

    @Flag(help: "Retire what the file does not hold any more (only if none of its rows is refused).")
    var complete = false

    @Argument(help: "CSV file, UTF-8.")
    var file: String

    func take(_ content: RegisterDoor.Content) throws {
        let taken = try list.store.register().take(
            content, from: file, complete: complete, by: actor, now: .present())
        var sink = RecordSink(list.formats.format)
        for record in taken.records { sink.write(record) }
        if list.formats.format == .table || list.formats.format == .csv {
            sink.text([
                list.word(
                    "收 \(taken.taken) 行，拒 \(taken.refused) 行", "\(taken.taken) rows taken, \(taken.refused) refused")
            ])
        }
        sink.finish()
        for line in taken.lines { complain(printable(line)) }
        if taken.refused > 0 { throw Finished(status: taken.taken == 0 ? 3 : 4) }
    }
}

struct RegisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Parties, applications and address assignments: taking in and asking.",
        subcommands: [Take.self, Holder.self, Trace.self, Facilitators.self, Names.self, Applications.self])

    struct Take: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "take", abstract: "Takes the good rows of a file and names the others (Docs/registers.md).")

        @Argument(help: "parties, applications or assignments.")
        var content: String

        @OptionGroup var what: TakeOptions

        mutating func run() async throws {
            guard let content = RegisterDoor.Content(rawValue: content) else {
                throw ValidationError(
                    "`\(content)` is no content; choose from \(RegisterDoor.Content.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            try what.take(content)
        }
    }

    struct Holder: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "holder", abstract: "Who had an address at an instant, as the logs say it.",
            discussion:
                "An address behind carrier translation needs its port. Contradicting logs are shown, none is chosen.")

        @OptionGroup var list: ListOptions

        @Option(help: "Port, where carriers share addresses.")
        var port: UInt16?

        @Option(help: "Instant, RFC 3339.")
        var at: String

        @Option(help: "Address space, for private addresses of several networks.")
        var realm = ""

        @Option(help: "Seconds by which clocks may differ.")
        var doubt: Int64 = 0

        @Argument(help: "IPv4 or IPv6 address.")
        var address: String

        mutating func run() async throws {
            guard let instant = Instant(rfc3339: at) else { throw ValidationError("--at is no RFC 3339 time: \(at)") }
            let answer = try list.store.register().holder(
                address, port: port, at: instant, realm: realm, doubtSeconds: doubt)
            try list.show(
                answer.rows,
                [
                    .init(list.word("结论", "state")), .init(list.word("地址", "address")), .init(list.word("端口", "ports")),
                    .init(list.word("内部地址", "inside")), .init(list.word("线路", "line"), limit: 32),
                    .init(list.word("设备", "device")), .init(list.word("起", "from")), .init(list.word("止", "to")),
                ])
            if answer.rows.isEmpty { complain(answer.state) }
        }
    }

    struct Trace: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trace", abstract: "The evidence that a thing rests on, at most three steps away.")

        @OptionGroup var list: ListOptions

        @Argument(help: "kind:identifier, as in case:330000-2026-0001.")
        var node: String

        mutating func run() async throws {
            try list.show(
                try list.store.register().trace(node),
                [
                    .init(list.word("证据", "evidence")), .init(list.word("编号", "reference"), limit: 40),
                    .init(list.word("来源", "source"), limit: 40), .init(list.word("步数", "steps"), .right),
                    .init(list.word("路径", "way"), limit: 100),
                ])
        }
    }

    struct Facilitators: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "facilitators", abstract: "Who or what serves several cases, the most at the top.")

        @OptionGroup var list: ListOptions

        mutating func run() async throws {
            try list.show(
                try list.store.register().facilitators(),
                [
                    .init(list.word("种类", "kind")), .init(list.word("名称", "name"), limit: 40),
                    .init(list.word("角色", "roles"), limit: 40), .init(list.word("场所", "sites"), .right),
                    .init(list.word("案件", "cases"), .right), .init(list.word("查实", "confirmed"), .right),
                ])
        }
    }

    struct Names: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "names", abstract: "Registered names for market supervision to look at; they raise no score.")

        @OptionGroup var list: ListOptions

        mutating func run() async throws {
            try list.show(
                try list.store.register().names(),
                [
                    .init(list.word("对象", "about"), limit: 48), .init(list.word("字段", "field")),
                    .init(list.word("命中词", "terms"), limit: 48), .init(list.word("移送", "receiver")),
                ])
        }
    }

    struct Applications: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "applications", abstract: "Applications for connection, those to visit first at the top.")

        @OptionGroup var list: ListOptions

        mutating func run() async throws {
            try list.show(
                try list.store.register().applications(),
                [
                    .init(list.word("申请", "application")), .init(list.word("场所", "site"), limit: 32),
                    .init(list.word("单位", "unit")), .init("kW", .right), .init(list.word("评分", "score"), .right),
                    .init(list.word("理由", "reasons"), limit: 60), .init(list.word("未知项", "unknown"), limit: 32),
                ])
        }
    }
}

struct LeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lead", abstract: "Leads: take in, list, and what a sender is told.",
        subcommands: [Take.self, List.self, Status.self])

    struct Take: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "take", abstract: "Takes leads from a file; with --jsonl each has its receipt.")
        @OptionGroup var what: TakeOptions
        mutating func run() async throws { try what.take(.leads) }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Leads, the newest first.")

        @OptionGroup var list: ListOptions

        @Option(help: "Longest list.")
        var limit = 200

        mutating func run() async throws {
            try list.show(
                try list.store.register().leads(limit: limit),
                [
                    .init(list.word("线索", "lead"), limit: 20), .init(list.word("来源", "source")),
                    .init(list.word("收到", "received")), .init(list.word("单位", "unit")),
                    .init(list.word("事项", "matter")), .init(list.word("对象", "subject"), limit: 40),
                    .init(list.word("重复于", "duplicate of"), limit: 20), .init(list.word("案件", "cases"), limit: 40),
                ])
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "What a sender learns: received, in hand, confirmed or not.")

        @OptionGroup var list: ListOptions

        @Option(help: "Source that sent it, as public_tip.")
        var source: String

        @Argument(help: "The receipt.")
        var receipt: String

        mutating func run() async throws {
            try list.show(
                [try list.store.register().lead(receipt: receipt, source: source)],
                [
                    .init(list.word("回执", "receipt")), .init(list.word("收到", "received")),
                    .init(list.word("状态", "status")),
                ])
        }
    }
}

struct ExemptionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exemption", abstract: "Lawful high loads: take in, and which have ended or are exceeded.",
        subcommands: [Take.self, List.self])

    struct Take: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "take", abstract: "Takes exemptions from a file.")
        @OptionGroup var what: TakeOptions
        mutating func run() async throws { try what.take(.exemptions) }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Exemptions that have ended, are exceeded, or end soon.")

        @OptionGroup var list: ListOptions

        @Option(help: "Days ahead; a large number lists every exemption.")
        var days = 30

        mutating func run() async throws {
            try list.show(
                try list.store.register().exemptions(
                    on: Instant.present().date(offset: 28_800), within: days),
                [
                    .init(list.word("豁免", "exemption")), .init(list.word("对象", "of"), limit: 24),
                    .init(list.word("种类", "kind")), .init(list.word("上限 kW", "ceiling kW"), .right),
                    .init(list.word("实测 kW", "measured kW"), .right), .init(list.word("情况", "outcome")),
                    .init(list.word("到期", "last day")), .init(list.word("剩余天数", "days left"), .right),
                    .init(list.word("案件与步骤", "case and step")),
                ])
        }
    }
}
