import Bytes

/// Why a capture cannot be read any further.
package struct CaptureError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        case unreadable
        /// Neither pcap nor pcapng.
        case notACapture = "not-a-capture"
        case empty
        /// A record or block that cannot be believed; what came before it stands.
        case malformed
        case truncated
        case limit
        /// The filter expression is not libpcap's.
        case badFilter = "bad-filter"
    }

    package var kind: Kind
    /// Offset in the unpacked file.
    package var offset: Int
    package var detail: String

    package init(_ kind: Kind, offset: Int, detail: String) {
        self.kind = kind
        self.offset = offset
        self.detail = detail
    }

    init(_ error: InputError) {
        let kinds: [InputError.Kind: Kind] = [
            .unreadable: .unreadable, .damaged: .malformed, .truncated: .truncated, .limit: .limit,
        ]
        self.init(kinds[error.kind] ?? .unreadable, offset: error.offset, detail: error.detail)
    }

    package var description: String { "\(kind.rawValue) at byte \(offset): \(detail)" }
}

/// Limits of this room.
package enum CaptureLimits {
    /// No link carries a larger packet; libpcap's own bound. A longer record is not believed.
    package static let packetBytes = 262_144
    /// A pcapng block may carry options and secrets besides a packet.
    package static let blockBytes = 16 << 20
    /// Interfaces of one section.
    package static let interfaces = 65_536
}

/// What was in the file. `inFile = decoded + malformed + truncated + unsupported + overLimit` once every frame was decoded.
package struct PacketCounts: Hashable, Sendable {
    package var inFile = 0
    package var decoded = 0
    package var malformed = 0
    package var truncated = 0
    package var unsupported = 0
    package var overLimit = 0

    package init() {}

    package mutating func add(_ other: PacketCounts) {
        inFile += other.inFile
        decoded += other.decoded
        malformed += other.malformed
        truncated += other.truncated
        unsupported += other.unsupported
        overLimit += other.overLimit
    }

    package var reconcile: Bool { inFile == decoded + malformed + truncated + unsupported + overLimit }
}
