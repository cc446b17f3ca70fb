/// What a run tells the person who started it: what was wrong, where, and what to do next.
package struct OperationsError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// Bad option or configuration: exit status 2.
        case usage
        /// An input or component is missing or unreadable and nothing could be done: exit status 3.
        case missing
        /// Our own fault: exit status 70.
        case internalFault
        /// Another scan holds the store.
        case busy
    }

    package var kind: Kind
    /// File, and line and column where there are any.
    package var place: String
    package var what: String
    package var remedy: String?

    package init(_ kind: Kind, place: String, what: String, remedy: String? = nil) {
        self.kind = kind
        self.place = place
        self.what = what
        self.remedy = remedy
    }

    /// A store or an output that could not be read or written. A full disk is said in words: it is the operator's to mend.
    /// - Parameter lead: what could not be done, when the place alone does not tell.
    package static func storage(_ place: String, _ error: any Error, lead: String? = nil) -> OperationsError {
        var words = "\(error)"
        if words.hasPrefix(place + ": ") { words.removeFirst(place.count + 2) }
        let before = lead.map { $0 + ": " } ?? ""
        let full = ["disk is full", "No space left", "Code=28", "File too large"]
        if full.contains(where: words.contains) {
            return OperationsError(
                .missing, place: place, what: before + "the disk is full",
                remedy: "make room and run it again: what was taken in before is kept")
        }
        // A sync that finds no room comes back from SQLite as this, and so does a disk that breaks.
        if words.contains("disk I/O error") {
            return OperationsError(
                .missing, place: place, what: before + "the disk is full or fails (\(words))",
                remedy: "make room, look at the system's log, and run it again: what was taken in before is kept")
        }
        let remedy =
            words.contains("which this program was not given") ? "set `keys` in the configuration to their folder" : nil
        return OperationsError(.missing, place: place, what: before + words, remedy: remedy)
    }

    package var description: String { "\(place): \(what)" + (remedy.map { "; \($0)" } ?? "") }

    /// The contract's exit status.
    package var exitStatus: Int32 {
        switch kind {
        case .usage: 2
        case .missing, .busy: 3
        case .internalFault: 70
        }
    }
}
