import ArgumentParser
import Casebook
import Foundation
import Operations
import Terminal
import Vocabulary

extension StoreOptions {
    func cases() throws -> CaseDoor {
        let path = try config ?? Installation.demoConfiguration()
        return try CaseDoor(configuration: Configuration.load(path: path), home: Installation.home())
    }
}

/// Who acts: a person by name, with a role of the lifecycle, at a desk.
struct ActorOptions: ParsableArguments {
    @Option(help: "Name of the person who acts.")
    var actor: String

    @Option(help: "Role of that person, as the lifecycle names it.")
    var role: String

    @Option(help: "Code of that person's unit.")
    var unit: String

    var person: CaseActor { CaseActor(name: actor, role: role, unit: unit) }
}

/// One case, who acts on it, and how the answer is told.
struct OneCaseOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var who: ActorOptions

    @Argument(help: "Case identifier.")
    var id: String

    /// Takes a step, or without one the last one back, and prints the case as it then stands.
    func move(_ step: String?, reason: String, fields: String?, version: Int, happened: Instant? = nil) throws {
        let row = try store.cases().move(
            .init(
                id: id, step: step, actor: who.person, reason: reason, fields: try formBytes(fields), version: version,
                happened: happened), now: .present())
        try printList([row], formats.format, common, CaseColumns.columns(common.lang))
    }
}

struct CaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case", abstract: "Cases: list, what may be done, and doing it.",
        subcommands: [List.self, Steps.self, Move.self, Undo.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Every case with its state, holder and due day.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var formats: FormatOptions
        @OptionGroup var store: StoreOptions

        mutating func run() async throws {
            try printList(try store.open().cases(), formats.format, common, CaseColumns.columns(common.lang))
        }
    }

    struct Steps: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "steps", abstract: "What a person may do with a case now, and why not.")

        @OptionGroup var one: OneCaseOptions

        mutating func run() async throws {
            let rows = try one.store.cases().steps(one.id, one.who.person, now: .present())
            func word(_ zh: String, _ en: String) -> String { Words.pick(one.common.lang, zh, en) }
            try printList(
                rows, one.formats.format, one.common,
                [
                    .init(word("步骤", "step")), .init(word("到", "to")), .init(word("可行", "may")),
                    .init(word("不可行的原因", "why not"), limit: 60), .init(word("所需", "needs"), limit: 60),
                    .init(word("代码", "codes"), limit: 40), .init(word("版本", "version"), .right),
                ])
        }
    }

    struct Move: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "move", abstract: "Takes a step with a case, by a named person and with a reason.")

        @OptionGroup var one: OneCaseOptions

        @Option(help: "The step, as `case steps` names it.")
        var step: String

        @Option(help: "Why.")
        var reason: String

        @Option(name: .customLong("seen-version"), help: "Version of the case that was looked at, from `case steps`.")
        var version: Int

        @Option(help: "File with what the form brings, JSON; - is standard input.")
        var fields: String?

        @Option(help: "When it happened, RFC 3339; without it now.")
        var happened: String?

        mutating func run() async throws {
            var when: Instant?
            if let happened {
                guard let instant = Instant(rfc3339: happened) else {
                    throw ValidationError("--happened: \(happened) is no time as 2026-03-01T09:00:00+08:00")
                }
                when = instant
            }
            try one.move(step, reason: reason, fields: fields, version: version, happened: when)
        }
    }

    struct Undo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "undo", abstract: "Takes the last step of a case back: a new step, with a reason.")

        @OptionGroup var one: OneCaseOptions

        @Option(help: "Why.")
        var reason: String

        @Option(name: .customLong("seen-version"), help: "Version of the case that was looked at, from `case steps`.")
        var version: Int

        @Option(help: "File with the second person, JSON, where the step took two; - is standard input.")
        var fields: String?

        mutating func run() async throws {
            try one.move(nil, reason: reason, fields: fields, version: version)
        }
    }
}

/// A form is a page of text; more is refused.
private let largestForm = 1 << 20

private func formBytes(_ path: String?) throws -> [UInt8]? {
    guard let path else { return nil }
    let data =
        path == "-"
        ? try FileHandle.standardInput.read(upToCount: largestForm + 1) ?? Data()
        : try Data(contentsOf: URL(fileURLWithPath: path))
    guard data.count <= largestForm else { throw ValidationError("--fields: larger than a megabyte") }
    return Array(data)
}

struct KPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kpi", abstract: "The figures K01 to K22, with what each stands on.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var formats: FormatOptions
    @OptionGroup var store: StoreOptions

    @Option(help: "First day, as 2026-03-01. Without it a year before --to.")
    var from: String?

    @Option(help: "First day that is no longer counted. Without it tomorrow.")
    var to: String?

    @Option(help: "As known at this time, RFC 3339. Without it all that is known.")
    var asOf: String?

    @Option(help: "Code of the answering unit. Without it the whole province.")
    var unit: String?

    @Option(help: "Figures, separated by commas: K01,K05.")
    var only: String?

    mutating func run() async throws {
        func day(_ text: String?, _ option: String) throws -> CalendarDate? {
            guard let text else { return nil }
            guard let day = CalendarDate(text) else {
                throw ValidationError("\(option): \(text) is no day as 2026-03-01")
            }
            return day
        }
        var known: Instant?
        if let asOf {
            guard let instant = Instant(rfc3339: asOf) else {
                throw ValidationError("--as-of: \(asOf) is no time as 2026-03-01T18:00:00+08:00")
            }
            known = instant
        }
        let today = Instant.present().date(offset: 28_800)
        let end = try day(to, "--to") ?? CalendarDate(daysSince1970: today.daysSince1970 + 1)
        let start = try day(from, "--from") ?? CalendarDate(daysSince1970: end.daysSince1970 - 365)
        guard start.daysSince1970 < end.daysSince1970 else { throw ValidationError("--from lies after --to") }
        let rows = try store.cases().figures(
            .init(
                from: start, to: end, asOf: known, unit: unit,
                only: only.map { Set($0.split(separator: ",").map { String($0).uppercased() }) }),
            chinese: common.lang == .zh)
        func word(_ zh: String, _ en: String) -> String { Words.pick(common.lang, zh, en) }
        try printList(
            rows, formats.format, common,
            [
                .init(word("指标", "figure")), .init(word("名称", "name"), limit: 40), .init(word("分项", "part"), limit: 24),
                .init(word("值", "value"), .right), .init(word("区间", "interval"), .right), .init(word("单位", "unit")),
                .init("n", .right), .init(word("说明", "note"), limit: 30),
            ])
    }
}

struct ReturnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "return", abstract: "Weekly returns: frozen on Friday at 18:00, numbered, never changed.",
        subcommands: [List.self, Freeze.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Every return that was frozen.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var formats: FormatOptions
        @OptionGroup var store: StoreOptions

        mutating func run() async throws {
            try printList(try store.cases().returns(), formats.format, common, ReturnColumns.columns(common.lang))
        }
    }

    struct Freeze: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "freeze", abstract: "Freezes the return of the last week that ended, once.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var formats: FormatOptions
        @OptionGroup var store: StoreOptions

        @Option(help: "Name of the person who freezes it.")
        var actor: String

        mutating func run() async throws {
            let row = try store.cases().freeze(by: actor, now: .present())
            try printList([row], formats.format, common, ReturnColumns.columns(common.lang))
        }
    }
}

private enum ReturnColumns {
    static func columns(_ language: Language) -> [TextTable.Column] {
        func word(_ zh: String, _ en: String) -> String { Words.pick(language, zh, en) }
        return [
            .init(word("编号", "number"), .right), .init(word("截止", "week end")), .init(word("行", "lines"), .right),
            .init(word("更正", "corrects"), .right), .init("SHA-256"),
        ]
    }
}
