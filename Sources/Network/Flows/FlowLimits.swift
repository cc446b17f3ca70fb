/// Limits of this room.
package enum FlowLimits {
    /// Connections held at once; beyond it the longest idle ones without data go first.
    package static let flows = 1_000_000
    /// Out-of-order bytes that one direction may hold before its gap is given up.
    package static let waitingBytesADirection = 64 << 10
    /// The same over all flows.
    package static let waitingBytes = 256 << 20
    /// Bytes already handed on that are kept a direction, to compare a second copy with the first.
    package static let historyBytes = 4 << 10
    /// A segment further ahead than this is out of any window (RFC 7323's largest): not of this stream.
    package static let windowBytes: Int32 = 1 << 30
    /// Seconds after which a quiet flow is closed when room is needed.
    package static let idleSeconds: Double = 600
}
