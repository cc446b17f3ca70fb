/// Limits of this room.
enum CarrierLimits {
    /// Start line and headers of one HTTP message; servers refuse heads above 8 to 16 KiB.
    static let httpHead = 16 << 10
    /// Body that is kept, as it was sent. Calls and work are below 4 KiB; block templates are larger and are passed
    /// over unread.
    static let httpBody = 64 << 10
    /// A chunk's length line with its extensions.
    static let chunkLine = 4 << 10
    /// Significant hexadecimal digits of a chunk's length.
    static let chunkDigits = 8
    /// Greeting, user and password, request of a SOCKS client: 257 + 513 + 262 bytes at most.
    static let socksHead = 1_200
    /// What one compressed body or WebSocket message may grow to.
    static let expandedBytes = 1 << 20
    /// Bytes out for each byte in, over all that one reader has expanded …
    static let expansionRatio = 100
    /// … and this much more, once: a message that repeats the one before shrinks further than a whole stream does.
    static let freeExpansion = 16 << 10
    /// Codings of one body, one inside another.
    static let codings = 2
    /// Input expanded at one go where the output is handed on at once: no more than 1 MiB comes of it.
    static let expansionStep = 1 << 10
    /// Compressed pieces that could not be read before a reader tries no more.
    static let damagedPieces = 8
    /// Longest frame taken for one where no handshake was seen.
    static let guessedFrame: UInt64 = 1 << 20
}

/// What expansion has cost one reader so far, so that no stream grows beyond its means.
struct ExpansionMeter {
    private var taken = 0
    private var given = 0

    /// Bytes that may still come out.
    var room: Int { room(after: 0) }

    /// Bytes that may come out once `count` more were taken.
    func room(after count: Int) -> Int {
        max(0, CarrierLimits.freeExpansion + (taken + count) * CarrierLimits.expansionRatio - given)
    }

    mutating func take(_ count: Int) {
        // Counted no higher than a product with the ratio can be.
        taken = min(taken + count, Int.max >> 16)
    }

    mutating func give(_ count: Int) { given += count }
}
