/// Limits of this room.
package enum FlowLimits {
    /// Connections held at once, 128 bytes each; beyond it the half-open and ended ones go first.
    package static let flows = 2_000_000
    /// Connections followed byte by byte; beyond it those without a message go first.
    package static let followed = 65_536
    /// Addresses remembered as seen.
    package static let addresses = 200_000
    /// Tunnelled flows whose outer addresses are remembered.
    static let wrapped = 100_000
    /// Different stacks of layers that are told apart.
    static let stacks = 4_096
    /// Payload bytes of a flow that are searched for the beginning of a message before only beginnings of segments are.
    package static let searchedBytes: UInt32 = 64 << 10
    /// Out-of-order bytes that one direction may hold before its gap is given up.
    package static let waitingBytesADirection = 64 << 10
    /// The same in segments: each newcomer may move all of them, so segments of one byte must not fill the bytes.
    static let waitingSegmentsADirection = 8_192
    /// Doubtful segments that one direction may hold: each sound one is compared with all of them.
    static let doubtfulSegments = 1_024
    /// The same over all flows.
    package static let waitingBytes = 64 << 20
    /// Bytes already handed on that are kept a direction, to compare a second copy with the first.
    package static let historyBytes = 4 << 10
    /// A segment further ahead than this is out of any window (RFC 7323's largest): not of this stream.
    package static let windowBytes: Int32 = 1 << 30
    /// A SYN this far from the stream is a new connection on the old ports, not a stray.
    static let freshStart: UInt32 = 1 << 20
    /// Hops fewer than the direction is used to, from which a segment is doubted to reach its host.
    static let doubtfulHops: UInt8 = 5
    /// Doubtful segments in a row without another copy, after which the route has changed.
    static let doubtfulRun = 8
}
