/// Why a meter file was refused or was not read to its end. The words for people are made at the door.
package struct MeterError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        /// The file cannot be opened or read.
        case unreadable
        /// The compressed file is damaged or its check sum is wrong: nothing of it is believed.
        case damaged
        /// Ends inside a compressed stream: what came before is kept, and the report carries `truncated_file`.
        case truncated
        /// A limit of the byte reader (expansion ratio, size) was reached.
        case limit
        case empty
        case noHeader = "no-header"
        /// Bytes that are no text in the declared or recognised encoding.
        case notText = "not-text"
        case unknownLayout = "unknown-layout"
        /// Two columns claim the same part.
        case ambiguousHeader = "ambiguous-header"
        case tooManyColumns = "too-many-columns"
        case recordTooLong = "record-too-long"
        /// A quote that opens on `line` is never closed.
        case unterminatedQuote = "unterminated-quote"
        /// A declared option makes no sense (interval that does not divide a day, unknown zone).
        case badOption = "bad-option"
        /// The format was recognised and the file breaks its rules (a record out of place, a row of the wrong length, a
        /// declaration that is refused).
        case badStructure = "bad-structure"
        /// The one who takes a stream's days wanted no more.
        case stopped
        /// The layout is read whole and not as a stream.
        case readWhole = "read-whole"
    }

    package var kind: Kind
    /// Line on which it happened, from 1; nil when the place is no line.
    package var line: Int?
    package var detail: String

    package init(_ kind: Kind, line: Int? = nil, detail: String = "") {
        self.kind = kind
        self.line = line
        self.detail = detail
    }

    package var description: String {
        kind.rawValue + (line.map { " at line \($0)" } ?? "") + (detail.isEmpty ? "" : ": " + detail)
    }
}
