import ArgumentParser
import Foundation
import Operations
import Terminal
import Vocabulary

struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "The archive of readings: figures, check, export.",
        subcommands: [Stat.self, Verify.self, Export.self])

    struct Stat: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stat", abstract: "What the archive holds, and what a reading costs.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var formats: FormatOptions
        @OptionGroup var store: StoreOptions

        mutating func run() async throws {
            let (record, rows) = try store.archive().statistics()
            var table = TextTable([
                .init(Words.pick(common.lang, "项", "figure")), .init(Words.pick(common.lang, "值", "value"), .right),
            ])
            for row in rows { table.add([Words.archive(row[0], common.lang), row[1]]) }
            var sink = RecordSink(formats.format)
            sink.write(record)
            if formats.format == .table { sink.text(table.lines(style: common.output)) }
            if formats.format == .csv { sink.text(CSVTable.lines(table)) }
            sink.finish()
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract:
                "Reads everything and compares it with its check sums: status 1 and the first bad place when it fails.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var formats: FormatOptions
        @OptionGroup var store: StoreOptions

        mutating func run() async throws {
            let checked = try store.archive().verify()
            var sink = RecordSink(formats.format)
            sink.write(checked.record)
            if formats.format == .table {
                let word =
                    checked.isClean
                    ? Words.pick(common.lang, "完好", "sound") : Words.pick(common.lang, "损坏", "damaged")
                sink.text(["\(word): \(printable(checked.text))"])
            }
            sink.finish()
            if !checked.isClean { throw Finished(status: 1) }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Readings as long CSV: meter, interval start with offset, seconds, mean kW.",
            discussion: "With --features one row a meter instead: what its stored days say of the window.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var store: StoreOptions

        @Flag(help: "Feeder heads instead of meters.")
        var feeders = false

        @Flag(help: "Features of each meter over the window, from its stored days.")
        var features = false

        @Option(help: "First local day, as 2026-03-01.")
        var from: String?

        @Option(help: "Last local day.")
        var to: String?

        mutating func run() async throws {
            let first = try day(from, "--from")
            let last = try day(to, "--to")
            var output = Output()
            let write: ([UInt8]) -> Void = { output.text(String(decoding: $0, as: UTF8.self)) }
            if features {
                _ = try store.archive().exportFeatures(feeders: feeders, from: first, to: last, write: write)
            } else {
                _ = try store.archive().export(feeders: feeders, from: first, to: last, write: write)
            }
            output.flush()
        }

        private func day(_ text: String?, _ option: String) throws -> CalendarDate? {
            guard let text else { return nil }
            guard let day = CalendarDate(text) else {
                throw ValidationError("\(option): \(text) is no day as 2026-03-01")
            }
            return day
        }
    }
}
