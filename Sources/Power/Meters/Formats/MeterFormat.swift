/// One layout of meter files. A layout is one file in this folder and one line in `FormatRegistry`.
protocol MeterFormat: Sendable {
    /// Name in reports, lower case with hyphens.
    static var layout: String { get }

    /// The layout, ready to read, when the header is its own; nil when it is not. Throws when the header is its own and wrong.
    static func recognise(_ header: [HeaderColumn], _ options: MeterReadOptions) throws(MeterError) -> Self?

    /// Tells the intake what the header says: unit, interval, flags.
    func prepare(_ intake: inout Intake)

    /// Reads one row whose field count is right. Adds one to exactly one of the intake's row counts, `loaded`, `duplicate`
    /// or `rejected`; `data` is the reader's.
    mutating func read(_ bytes: Span<UInt8>, _ table: borrowing FieldTable, _ intake: inout Intake)

    /// The layout where its header alone does not tell it; `rows` are the first rows as text.
    static func recognise(
        _ header: [HeaderColumn], rows: [[String]], _ options: MeterReadOptions
    ) throws(MeterError) -> Self?

    /// After the last row, also of a file that was cut: what needed all rows.
    mutating func finish(_ intake: inout Intake)

    /// How rows that are exactly as expected may be read many at a time; nil (the default) when they may not, or not yet.
    func fastPlan(_ intake: borrowing Intake) -> FastPlan.Shape?
}

extension MeterFormat {
    static func recognise(
        _ header: [HeaderColumn], rows: [[String]], _ options: MeterReadOptions
    ) throws(MeterError) -> Self? {
        try recognise(header, options)
    }

    mutating func finish(_ intake: inout Intake) {}
}

enum FormatRegistry {
    /// In the order in which they are asked: the narrower header first.
    static let formats: [any MeterFormat.Type] = [
        RegisterByDayFormat.self,
        WideByDayFormat.self,
        RegisterFormat.self,
        LongByQuantityFormat.self,
        LongFormat.self,
        WideByTimeFormat.self,
    ]

    /// Asked before any header is looked for.
    static let documents: [any DocumentFormat.Type] = [
        NEMFormat.self,
        MSCONSFormat.self,
        GreenButtonFormat.self,
        MeterReadingsFormat.self,
        JSONLinesFormat.self,
    ]

    static var layouts: [String] { formats.map { $0.layout } + documents.map { $0.layout } }

    static func recognise(
        _ header: [HeaderColumn], rows: [[String]], _ options: MeterReadOptions
    ) throws(MeterError) -> any MeterFormat {
        for format in formats where options.layout == nil || options.layout == format.layout {
            if let found = try format.recognise(header, rows: rows, options) { return found }
        }
        let declared = options.layout.map { ", which are not those of \($0)" } ?? ""
        throw MeterError(.unknownLayout, line: 1, detail: "columns: \(header.count)\(declared)")
    }

    /// The document format that was declared or that the head shows, and why; nil for a table.
    static func document(
        _ head: DocumentHead, _ options: MeterReadOptions
    ) throws(MeterError) -> (format: any DocumentFormat.Type, why: String)? {
        if let layout = options.layout {
            return documents.first { $0.layout == layout }.map { ($0, "declared") }
        }
        for format in documents {
            if let why = try format.recognise(head) { return (format, why) }
        }
        if head.firstInk?.byte == UInt8(ascii: "<") {
            let root = try head.elementNames(1).first ?? ""
            throw MeterError(.unknownLayout, line: 1, detail: "XML with root <\(root)>")
        }
        return nil
    }
}

extension [HeaderColumn] {
    func first(_ role: ColumnRole) -> Int? { firstIndex { $0.role == role } }

    /// Columns of a day's points in their order; nil with fewer than two.
    func points() throws(MeterError) -> [Int]? {
        var points: [Int] = []
        var last = 0
        for (column, head) in enumerated() {
            guard case .point(let number) = head.role else { continue }
            guard number > last else {
                throw MeterError(.ambiguousHeader, line: 1, detail: "points out of order: \(head.name)")
            }
            last = number
            points.append(column)
        }
        return points.count >= 2 ? points : nil
    }

    /// The column that names the meter: the narrowest thing that the file names.
    var identifier: Int? { first(.meter) ?? first(.site) ?? first(.customer) ?? first(.feeder) }
}
