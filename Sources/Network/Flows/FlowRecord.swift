import Vocabulary
import Wire

/// What is known of every connection, however little it matters: 128 bytes, no allocation.
struct FlowRecord {
    /// What the table does with the payload of a flow.
    enum Attention: UInt8 {
        /// No payload seen yet.
        case fresh
        /// In order so far and nothing that could begin a message: each payload is searched.
        case searched
        /// Encrypted or long without a message: only the beginnings of segments are looked at.
        case opaque
        /// Another protocol's own words (a document, a mail): never looked at again.
        case foreign
        /// Followed byte by byte; `deep` says where.
        case followed
    }

    // What each packet of any flow touches comes first: one cache line.
    var key: FlowKey
    /// Nanoseconds; `unknownTime` when the capture has none.
    var last: Int64
    var bytes: UInt64 = 0
    /// Stays at its largest value.
    var packets: UInt32 = 0
    var marks = FlowMarks()
    /// Of the smaller endpoint's packets.
    var bytesLow: UInt64 = 0
    var packetsLow: UInt32 = 0
    /// Milliseconds; the longest time without a packet.
    var longestPause: UInt32 = 0
    /// Packets with payload; they stay at their largest value.
    var segmentsLow: UInt16 = 0
    var segmentsHigh: UInt16 = 0
    /// Of a followed flow, the index of its state; else the payload bytes that were searched.
    var detail: UInt32 = 0
    /// Sequence number that the smaller and the larger endpoint's next byte should have.
    var nextLow: UInt32 = 0
    var nextHigh: UInt32 = 0
    var first: Int64
    /// Of the client's SYN.
    var initial: UInt32 = 0
    var number: UInt32
    /// Time stamps of the SYNs; 0 without one.
    var stampLow: UInt32 = 0
    var stampHigh: UInt32 = 0
    /// Its layers, by the table's numbers.
    var stack: UInt16
    var attention = Attention.fresh
    var ttlLow: UInt8 = 0
    var ttlHigh: UInt8 = 0

    static let unknownTime = Int64.min

    var deep: Int { Int(detail) }
    var isFree: Bool { number == .max }
}

/// What happened on a flow. The contract's flags are the names.
package struct FlowMarks: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let gap = FlowMarks(rawValue: 1)
    package static let truncated = FlowMarks(rawValue: 1 << 1)
    package static let overlapConflict = FlowMarks(rawValue: 1 << 2)
    package static let badChecksum = FlowMarks(rawValue: 1 << 3)
    package static let urgentData = FlowMarks(rawValue: 1 << 4)
    package static let memoryLimit = FlowMarks(rawValue: 1 << 5)

    static let handshake = FlowMarks(rawValue: 1 << 8)
    static let clientIsLow = FlowMarks(rawValue: 1 << 9)
    static let knownLow = FlowMarks(rawValue: 1 << 10)
    static let knownHigh = FlowMarks(rawValue: 1 << 11)
    static let spokeLow = FlowMarks(rawValue: 1 << 12)
    static let spokeHigh = FlowMarks(rawValue: 1 << 13)
    static let finishedLow = FlowMarks(rawValue: 1 << 14)
    static let finishedHigh = FlowMarks(rawValue: 1 << 15)
    static let ended = FlowMarks(rawValue: 1 << 16)
    static let hasInitial = FlowMarks(rawValue: 1 << 17)
    /// The side's last payload ended behind a brace.
    static let braceLow = FlowMarks(rawValue: 1 << 18)
    static let braceHigh = FlowMarks(rawValue: 1 << 19)

    /// Names of the contract, section 3.
    package var flags: Set<String> {
        var names: Set<String> = []
        if contains(.gap) { names.insert("gap") }
        if contains(.truncated) { names.insert("truncated") }
        if contains(.overlapConflict) { names.insert("overlap_conflict") }
        if contains(.badChecksum) { names.insert("bad_checksum") }
        if contains(.urgentData) { names.insert("urgent_data") }
        if contains(.memoryLimit) { names.insert("memory_limit") }
        return names
    }
}
