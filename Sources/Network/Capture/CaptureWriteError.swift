/// Why a capture could not be written. Equal by all its fields.
package struct CaptureWriteError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        /// The file cannot be made or replaced where it was asked for.
        case place
        /// The disk took no more.
        case full
        /// Any other refusal of the system while writing.
        case unwritable
        /// A packet that the format cannot hold.
        case packet
        /// The writer was used after its end.
        case ended
    }

    package var kind: Kind
    /// The file that was asked for.
    package var path: String
    package var detail: String
    /// What a person can do about it.
    package var remedy: String

    package init(_ kind: Kind, path: String, detail: String, remedy: String) {
        self.kind = kind
        self.path = path
        self.detail = detail
        self.remedy = remedy
    }

    package var description: String { "cannot write \(path): \(detail); \(remedy)" }
}
