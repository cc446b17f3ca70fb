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
}

enum FormatRegistry {
    /// In the order in which they are asked: the narrower header first.
    static let formats: [any MeterFormat.Type] = [WideByDayFormat.self, LongFormat.self, WideByTimeFormat.self]

    static func recognise(_ header: [HeaderColumn], _ options: MeterReadOptions) throws(MeterError) -> any MeterFormat {
        for format in formats {
            if let found = try format.recognise(header, options) { return found }
        }
        throw MeterError(.unknownLayout, line: 1, detail: "columns: " + String(header.count))
    }
}

extension [HeaderColumn] {
    func first(_ role: ColumnRole) -> Int? { firstIndex { $0.role == role } }

    /// The column that names the meter: the narrowest thing that the file names.
    var identifier: Int? { first(.meter) ?? first(.site) ?? first(.customer) ?? first(.feeder) }
}
