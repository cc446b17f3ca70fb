internal import Vocabulary

/// What formats the reader knows, and what it makes of a file.
package enum MeterFormats {
    /// One format that can be read.
    package struct Entry: Hashable, Sendable {
        /// For `MeterReadOptions.layout`, and in reports.
        package var layout: String
        /// Key of the words that describe it to people: `meter.format.<layout>`.
        package var descriptionKey: String
    }

    /// A column of a table and what it was taken for.
    package struct Column: Hashable, Sendable {
        package var name: String
        /// `meter`, `site`, `customer`, `feeder`, `stamp`, `date`, `time-of-day`, `value`, `register`, `multiplier`,
        /// `quantity`, `point`, or `other` for one that is passed over.
        package var role: String
        package var unit: MeterUnit?
    }

    package struct Explanation: Sendable {
        package var path: String
        /// Nil when nothing was recognised; then `report.error` says why.
        package var layout: String?
        /// Why that layout: `declared`, the marks of a document, or the roles of a header.
        package var reason: String
        package var encoding: String?
        /// `comma`, `semicolon`, `tab`; nil for documents.
        package var separator: String?
        package var unit: MeterUnit?
        /// Minutes that readings cover, each value once, ascending.
        package var intervalMinutes: [Int]
        package var columns: [Column]
        /// The first lines after the header (of documents: from the start), cut and made visible.
        package var firstRows: [String]
        /// What nobody declared and the file does not say: `unit`, `interval`, `zone`, `stamp`, `multiplier`,
        /// `encoding`, or a sentence of the format.
        package var assumed: [String]
        /// Of what was read for the explanation.
        package var report: InputReport
        package var rejects: [RejectedRow]
        /// The file goes on after what was read here.
        package var isPartial: Bool
    }

    /// All formats, tables first.
    package static func list() -> [Entry] {
        FormatRegistry.layouts.map { Entry(layout: $0, descriptionKey: "meter.format.\($0)") }
    }

    /// Reads the first `MeterLimits.explainBytes` of a file and tells what was recognised and why. Throws only for
    /// options that make no sense; what is wrong with the file is in the report.
    package static func explain(path: String, options: MeterReadOptions) throws(MeterError) -> Explanation {
        let feed: ByteFeed
        do { feed = try MeterReader.feed(path: path) } catch {
            return empty(path, error)
        }
        return try explain(feed: feed, path: path, options: options)
    }

    /// The same of bytes in memory.
    package static func explain(
        bytes: [UInt8], path: String = "", options: MeterReadOptions
    ) throws(MeterError) -> Explanation {
        try explain(feed: MeterReader.feed(bytes: bytes), path: path, options: options)
    }

    private static func empty(_ path: String, _ error: MeterError) -> Explanation {
        var report = InputReport()
        report.path = path
        report.error = error
        return Explanation(
            path: path, layout: nil, reason: "", encoding: nil, separator: nil, unit: nil, intervalMinutes: [],
            columns: [], firstRows: [], assumed: [], report: report, rejects: [], isPartial: false)
    }

    private static func explain(
        feed: @escaping ByteFeed, path: String, options: MeterReadOptions
    ) throws(MeterError) -> Explanation {
        var (raw, more) = ([UInt8](), true)
        var damage: MeterError?
        do throws(MeterError) {
            while raw.count < MeterLimits.explainBytes, more { more = try feed(&raw, MeterLimits.blockBytes) > 0 }
        } catch {
            damage = error
            more = false
        }
        // A row that the end of the look cuts is not the file's fault.
        if more, let last = raw.lastIndex(where: { $0 == 0x0a || $0 == 0x0d }) { raw.removeSubrange((last + 1)...) }
        let result = try MeterReader.read(bytes: raw, path: path, options: options)
        var explained = empty(path, MeterError(.empty))
        explained.report = result.report
        explained.report.error = damage ?? result.report.error
        explained.rejects = Array(result.rejects.prefix(MeterLimits.explainRows))
        explained.isPartial = more
        if more {
            explained.report.flags.removeAll { $0 == "truncated_file" }
            if explained.report.error?.kind == .truncated { explained.report.error = nil }
        }
        explained.layout = result.report.layout
        explained.encoding = result.report.encoding
        explained.unit = result.report.layout == nil ? nil : result.report.unit
        explained.intervalMinutes = Set(result.series.map { $0.intervalSeconds / 60 }).sorted()
        describe(&explained, raw, options)
        assume(&explained, options)
        return explained
    }

    private static func describe(_ explained: inout Explanation, _ raw: [UInt8], _ options: MeterReadOptions) {
        let head = DocumentHead(raw: Array(raw.prefix(MeterLimits.headBytes)), declared: options.encoding)
        let lines = head.lines(MeterLimits.explainRows + 1)
        explained.firstRows = lines.map { line in
            let bytes = Array(line.utf8)
            return visible(bytes.span, 0..<bytes.count)
        }
        if let document = try? FormatRegistry.document(head, options) {
            explained.reason = document.why
            return
        }
        guard explained.layout != nil else { return }
        var scanner = RecordScanner(feed: MeterReader.feed(bytes: raw))
        guard let encoding = try? scanner.start(declared: options.encoding),
            let names = try? scanner.header(encoding == .gb18030 ? .gb18030 : .utf8)
        else { return }
        let columns = names.map(HeaderNames.column)
        let signs: [UInt8: String] = [0x2c: "comma", 0x3b: "semicolon", 0x09: "tab"]
        explained.separator = signs[scanner.separator]
        explained.firstRows = Array(explained.firstRows.dropFirst())
        explained.columns = columns.map { column in
            let (role, unit) = words(column.role)
            return Column(name: column.name, role: role, unit: unit)
        }
        let used = Set(explained.columns.map(\.role)).subtracting(["other"]).sorted().joined(separator: ", ")
        explained.reason = options.layout == nil ? "a header with \(used)" : "declared"
    }

    private static func words(_ role: ColumnRole) -> (String, MeterUnit?) {
        switch role {
        case .meter: ("meter", nil)
        case .site: ("site", nil)
        case .customer: ("customer", nil)
        case .feeder: ("feeder", nil)
        case .stamp: ("stamp", nil)
        case .date: ("date", nil)
        case .timeOfDay: ("time-of-day", nil)
        case .value(let unit): ("value", unit)
        case .register: ("register", nil)
        case .multiplier: ("multiplier", nil)
        case .quantity: ("quantity", nil)
        case .point: ("point", nil)
        case .other: ("other", nil)
        }
    }

    private static func assume(_ explained: inout Explanation, _ options: MeterReadOptions) {
        let flags = explained.report.flags
        if flags.contains("unit_assumed") { explained.assumed.append("unit") }
        let told: Set<String> = [
            RegisterByDayFormat.layout, WideByDayFormat.layout, NEMFormat.layout, MSCONSFormat.layout,
            GreenButtonFormat.layout,
        ]
        guard let layout = explained.layout else { return }
        if options.intervalMinutes == nil, !told.contains(layout) { explained.assumed.append("interval") }
        if options.encoding == nil { explained.assumed.append("encoding") }
        let zoned: Set<String> = [NEMFormat.layout, GreenButtonFormat.layout]
        if !zoned.contains(layout) { explained.assumed.append("zone") }
        let registers: Set<String> = [RegisterFormat.layout, RegisterByDayFormat.layout]
        if !told.contains(layout), !registers.contains(layout) { explained.assumed.append("stamp") }
        if options.multiplier == nil, explained.columns.contains(where: { $0.role == "multiplier" }) {
            explained.assumed.append("multiplier")
        }
        if layout == NEMFormat.layout { explained.assumed.append("market time, UTC+10") }
    }
}
