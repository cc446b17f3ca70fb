/// Why bytes could not be read, and where. Equal by kind, offset and detail.
package struct InputError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        /// The file cannot be opened or read.
        case unreadable
        /// A compressed stream that is not what it says, or whose check sum is wrong.
        case damaged
        /// The stream ends before its own end.
        case truncated
        /// A named limit was reached: expansion ratio or absolute size.
        case limit
    }

    package var kind: Kind
    /// Byte offset in the file as it lies on disk.
    package var offset: Int
    package var detail: String

    package init(_ kind: Kind, offset: Int, detail: String = "") {
        self.kind = kind
        self.offset = offset
        self.detail = detail
    }

    package var description: String { "\(kind.rawValue) at byte \(offset)" + (detail.isEmpty ? "" : ": \(detail)") }
}

/// Limits of the byte readers.
package enum ByteLimits {
    /// Read at a time: fits the second-level cache.
    package static let blockBytes = 1 << 18
    /// Expansion is believed whatever its ratio up to here …
    package static let freeExpansion = 10 << 20
    /// … and then up to this many bytes out for each byte in.
    package static let expansionRatio = 100
    /// Most bytes one compressed file may grow to.
    package static let expandedBytes = 4 << 30
    /// Members of one gzip file, so that a file of empty members ends.
    package static let gzipMembers = 1_000_000
    /// Memory a zstd frame may ask for its window, as a power of two: 128 MiB.
    package static let zstdWindowLog: Int32 = 27
}
