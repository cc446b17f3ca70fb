/// Limits of this room.
enum CarrierLimits {
    /// Start line and headers of one HTTP message; servers refuse heads above 8 to 16 KiB.
    static let httpHead = 16 << 10
    /// Body that is kept. Calls and work are below 4 KiB; block templates are larger and are passed over unread.
    static let httpBody = 64 << 10
    /// A chunk's length line.
    static let chunkLine = 64
    /// Greeting, user and password, request of a SOCKS client: 257 + 513 + 262 bytes at most.
    static let socksHead = 1_200
}
