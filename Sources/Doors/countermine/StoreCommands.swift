import ArgumentParser
import Dashboard
import Foundation
import Operations
import Terminal
import Vocabulary

/// Which store: the demo's, or the one of a configuration.
struct StoreOptions: ParsableArguments {
    @Flag(help: "The demo store.")
    var demo = false

    @Option(help: "The configuration whose store is meant.")
    var config: String?

    func validate() throws {
        if demo == (config != nil) { throw ValidationError("give either --demo or --config FILE") }
    }

    func archive() throws -> ArchiveDoor {
        try ArchiveDoor(configuration: Configuration.load(path: config ?? Installation.demoConfiguration()))
    }

    func open() throws -> StoreDoor {
        let path = try config ?? Installation.demoConfiguration()
        return try StoreDoor(configuration: Configuration.load(path: path), home: Installation.home())
    }
}

struct SiteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Sites of the register.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Every registered site, most suspected first.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var formats: FormatOptions
        @OptionGroup var store: StoreOptions

        mutating func run() async throws {
            try printList(try store.open().sites(), formats.format, common, SiteColumns.columns(common.lang))
        }
    }
}

func printList(_ rows: [ListRow], _ format: OutputFormat, _ common: CommonOptions, _ columns: [TextTable.Column]) throws
{
    var sink = RecordSink(format)
    var table = TextTable(columns)
    for row in rows {
        sink.write(row.record)
        table.add(row.cells)
    }
    if format == .table { sink.text(table.lines(style: common.output)) }
    if format == .csv { sink.text(CSVTable.lines(table)) }
    sink.finish()
}

enum SiteColumns {
    static func columns(_ language: Language) -> [TextTable.Column] {
        func word(_ zh: String, _ en: String) -> String { Words.pick(language, zh, en) }
        return [
            .init(word("场所", "site")), .init(word("名称", "name"), limit: 32), .init(word("单位", "unit")),
            .init(word("状态", "state")), .init(word("概率", "probability"), .right), .init("kW", .right),
            .init(word("证据", "evidence")), .init(word("起始", "since")),
        ]
    }
}

enum CaseColumns {
    static func columns(_ language: Language) -> [TextTable.Column] {
        func word(_ zh: String, _ en: String) -> String { Words.pick(language, zh, en) }
        return [
            .init(word("案件", "case")), .init(word("轮次", "episode"), .right), .init(word("场所", "site")),
            .init(word("责任单位", "unit")),
            .init(word("状态", "state")), .init(word("当前处理", "holder")), .init(word("期限", "due")),
        ]
    }
}

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes the report of a site, or of every site of a unit.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var store: StoreOptions

    @Option(help: "Formats, separated by commas: \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format = "html"

    @Option(name: .shortAndLong, help: "Folder the report is written to.")
    var output = "."

    @Option(help: "Code of a unit: the reports of all its sites.")
    var unit: String?

    @Argument(help: "Site identifiers.")
    var site: [String] = []

    func validate() throws {
        guard site.isEmpty != (unit == nil) else { throw ValidationError("give sites, or a unit with --unit") }
    }

    mutating func run() async throws {
        var formats: [ReportFormat] = []
        for name in format.split(separator: ",") {
            guard let one = ReportFormat(rawValue: String(name)) else {
                throw ValidationError(
                    "there is no report format `\(name)`; choose from \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            formats.append(one)
        }
        for path in try store.open().report(site, unit: unit, formats: formats, language: common.lang, to: output) {
            print(path)
        }
    }
}

struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "publish", abstract: "Writes the static dashboard.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var store: StoreOptions

    @Option(name: .shortAndLong, help: "Folder to write to. Without it the configuration's `publish`.")
    var output: String?

    mutating func run() async throws {
        let door = try store.open()
        print(try DashboardDoor.publish(door, to: output))
    }
}

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves the dashboard and the interface for programs, on loopback.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var store: StoreOptions

    @Option(help: "Port; 0 takes a free one.")
    var port = 8080

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Flag(help: "Browsers come over TLS that ends before this server: cookies are for TLS only.")
    var behindTls = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must lie between 0 and 65535") }
    }

    mutating func run() async throws {
        let shown = host.contains(":") ? "[\(host)]" : host
        let tell: @Sendable (Int) -> Void = { port in
            print("http://\(shown):\(port)/")
            fflush(nil)
        }
        let office = try DashboardDoor.office(try store.open(), demo: store.demo)
        let accounts =
            store.demo ? nil : try DashboardDoor.accounts(try store.open(), tell: { complain($0, prefix: $1) })
        let desk = OfficeDesk(
            office: office, accounts: accounts, isSecure: behindTls, clock: { Instant.present() })
        let server = OfficeServer(
            desk: desk, host: host, port: port,
            incoming: store.demo ? nil : try DashboardDoor.incoming(try store.open()))
        do {
            try await server.run(announce: tell)
        } catch let error as OperationsError {
            throw error
        } catch {
            throw OperationsError(
                .missing, place: "\(host):\(port)", what: "cannot listen: \(error)", remedy: "choose another --port")
        }
    }
}
