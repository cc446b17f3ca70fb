import Foundation
import Meters
import Reports
import Vocabulary

/// `countermine meters formats` and `countermine meters --explain`: what can be read, and what a file was taken for.
package enum MeterFormatDoor {
    package struct Listed: Sendable {
        package var record: String
        package var row: [String]
    }

    package static func list(language: Language) -> [Listed] {
        let words = try? Catalogue.load(language == .zh ? .zh : .en)
        return MeterFormats.list().map { one in
            var record = Record(kind: "format")
            record.field("layout", one.layout)
            return Listed(record: record.line(), row: [one.layout, words?[one.descriptionKey] ?? one.layout])
        }
    }

    package struct Told: Sendable {
        package var path: String
        package var record: String
        package var lines: [String]
        package var hasFailed: Bool
    }

    /// Every file of the request, folders walked.
    package static func explain(_ request: MetersRequest, language: Language) throws(OperationsError) -> [Told] {
        let words: Catalogue
        do {
            words = try Catalogue.load(language == .zh ? .zh : .en)
        } catch {
            throw OperationsError(.missing, place: "catalogue", what: "\(error)", remedy: "reinstall the program")
        }
        var told: [Told] = []
        for path in request.paths {
            guard path != "-" else {
                throw OperationsError(
                    .usage, place: "--explain", what: "standard input is read once", remedy: "store it in a file first")
            }
            let files = try InputCollector.files(
                under: URL(fileURLWithPath: path), endings: InputCollector.meterEndings)
            for file in files { told.append(try explain(file.path, request.options, words)) }
        }
        return told
    }

    private static func explain(
        _ path: String, _ options: MeterReadOptions, _ words: Catalogue
    ) throws(OperationsError) -> Told {
        let one: MeterFormats.Explanation
        do {
            one = try MeterFormats.explain(path: path, options: options)
        } catch {
            throw OperationsError(.usage, place: path, what: "\(error)")
        }
        var lines: [String] = []
        func add(_ key: String, _ text: String?) {
            if let text, !text.isEmpty { lines.append(words["explain.\(key)"].replacing("{text}", with: text)) }
        }
        add("layout", one.layout.map { "\($0) – \(words["meter.format.\($0)"])" })
        add("why", one.reason)
        add("encoding", one.encoding)
        add("separator", one.separator)
        add("unit", one.unit?.rawValue)
        add("interval", one.intervalMinutes.map(String.init).joined(separator: ", "))
        let used = one.columns.filter { $0.role != "other" && $0.role != "point" }
        add("columns", used.map { "\($0.name) = \($0.role)" }.joined(separator: "; "))
        let points = one.columns.count { $0.role == "point" }
        if points > 0 { add("points", "\(points)") }
        add("assumed", one.assumed.joined(separator: ", "))
        let rows = one.report.rows
        add("rows", "\(rows.data) = \(rows.loaded) + \(rows.duplicate) + \(rows.rejected)")
        add("flags", one.report.flags.joined(separator: ", "))
        for reject in one.rejects {
            add("reject", "\(reject.line.map(String.init) ?? "–"): \(reject.reason.rawValue) \(reject.detail)")
        }
        for row in one.firstRows.prefix(3) { add("row", row) }
        if one.isPartial { lines.append(words["explain.partial"]) }
        add("error", one.report.error?.description)
        return Told(path: path, record: record(one), lines: lines, hasFailed: one.report.error != nil)
    }

    private static func record(_ one: MeterFormats.Explanation) -> String {
        var record = Record(kind: "explanation")
        record.field("path", one.path)
        record.field("layout", one.layout)
        record.field("reason", one.reason.isEmpty ? nil : one.reason)
        record.field("encoding", one.encoding)
        record.field("separator", one.separator)
        record.field("unit", one.unit?.rawValue)
        record.array("interval_min", one.intervalMinutes) { minutes, inner in inner.field("minutes", minutes) }
        record.array("columns", one.columns) { column, inner in
            inner.field("name", column.name)
            inner.field("role", column.role)
            inner.field("unit", column.unit?.rawValue)
        }
        record.strings("assumed", one.assumed)
        record.strings("flags", one.report.flags)
        record.field("error", one.report.error?.description)
        return record.line()
    }
}
