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
