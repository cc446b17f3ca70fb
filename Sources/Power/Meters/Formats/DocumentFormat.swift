/// A format that is no table with a header: records, segments, elements or objects. Like a `MeterFormat` it is one file
/// in this folder and one line in `FormatRegistry`.
protocol DocumentFormat: Sendable {
    /// Name in reports, lower case with hyphens.
    static var layout: String { get }

    /// What in the beginning of the file shows this format, in words for `MeterFormats.explain`; nil when nothing does.
    static func recognise(_ head: DocumentHead) throws(MeterError) -> String?

    init()

    /// Reads the document to its end. Adds one to `data` and to exactly one other of the intake's row counts per
    /// reading (or per row of readings, where the format has such rows).
    mutating func read(_ source: inout TextSource, _ intake: inout Intake) throws(MeterError)

    /// Puts what could not be resolved earlier into the intake; also after a document that was cut.
    mutating func finish(_ intake: inout Intake)
}

extension DocumentFormat {
    mutating func finish(_ intake: inout Intake) {}
}
