/// Why a live capture cannot start or go on. Equal by all its fields.
package struct LiveCaptureError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        case noInterface = "no-interface"
        case noPermission = "no-permission"
        /// The interface exists but is down, or went away.
        case interfaceDown = "interface-down"
        case badFilter = "bad-filter"
        /// Root could not be given up.
        case privileges
        /// Any other refusal of libpcap or the system.
        case failed
    }

    package var kind: Kind
    package var detail: String
    /// What a person can do about it.
    package var remedy: String

    package init(_ kind: Kind, detail: String, remedy: String) {
        self.kind = kind
        self.detail = detail
        self.remedy = remedy
    }

    package var description: String { "\(detail); \(remedy)" }
}
