import Glibc

/// The cheap look at one payload that decides whether a flow is followed byte by byte. It never has to be right about what
/// mines, only about what cannot: whatever one whole segment cannot rule out is followed, so cutting a stream into small
/// pieces or shuffling them only brings more attention.
enum FirstLook {
    enum Verdict: Equatable {
        /// May be a carrier or a conversation: follow from here.
        case follow
        /// The whole greeting of a TLS client lies in this segment: its name can be read at once, nothing later can.
        case greeting
        /// Encrypted from here on.
        case opaque
        /// A document is asked for: no conversation.
        case foreign
        /// Nothing yet: search each payload.
        case search
    }

    /// A shorter beginning than this cannot be judged.
    static let leastBytes = 16

    /// The first payload of one direction, in order.
    /// - Parameter isCut: the capture cut the packet; what is missing will never come.
    static func opening(_ payload: UnsafeRawBufferPointer, isCut: Bool) -> Verdict {
        guard payload.count >= leastBytes else { return isCut ? .search : .follow }
        switch payload[0] {
        case 0x16 where payload[1] == 3: return greeting(payload, isCut: isCut)
        case 0x14...0x17 where payload[1] == 3 && payload[2] <= 4: return .opaque
        case 0, 4, 5, 0x1F: return .follow
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "2"), UInt8(ascii: "*"), UInt8(ascii: "+"):
            return words(payload, isCut: isCut)
        default: return unknown(payload)
        }
    }

    /// What a payload may hold of a message's beginning.
    enum Sign {
        case nothing
        /// A brace, white space, a quotation mark, and text as far as the segment goes.
        case message
        /// The segment ends behind a brace, white space aside: the next one tells.
        case brace
    }

    /// Every JSON message of every dialect holds these bytes; re-cut segments only end earlier, and what ends earlier than
    /// the text is believed.
    static func sign(_ payload: UnsafeRawBufferPointer) -> Sign {
        guard let base = payload.baseAddress else { return .nothing }
        // Duino-Coin's calls for work are no JSON.
        if isCompressed(payload) || starts(payload, "JOB,") { return .message }
        var at = 0
        while at < payload.count, let found = memchr(base + at, 0x7B, payload.count - at) {
            at = UnsafeRawPointer(found) - base + 1
            while at < payload.count, isSpace(payload[at]) { at += 1 }
            if at == payload.count { return .brace }
            if payload[at] == 0x22, isText(payload, at + 1) { return .message }
        }
        return .nothing
    }

    /// Whether a segment goes on behind a brace as a message would; nil when it is white space only.
    static func continues(_ payload: UnsafeRawBufferPointer) -> Bool? {
        var at = 0
        while at < payload.count, isSpace(payload[at]) { at += 1 }
        if at == payload.count { return nil }
        return payload[at] == 0x22 && isText(payload, at + 1)
    }

    /// The first bytes of a member's name, as far as they are there, are printable ASCII, as all names of all dialects are.
    @inline(__always)
    private static func isText(_ payload: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        for at in start..<max(start, min(start + 4, payload.count)) where !(0x20...0x7E).contains(payload[at]) {
            return false
        }
        return true
    }

    /// Whether a message could begin with this payload.
    static func beginsMessage(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard let first = payload.first, first == 0x7B || first == 0x5B || isSpace(first) else { return false }
        return sign(UnsafeRawBufferPointer(rebasing: payload.prefix(64))) != .nothing
    }

    @inline(__always)
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// A gzip member (RFC 1952) may begin where a message may.
    private static func isCompressed(_ payload: UnsafeRawBufferPointer) -> Bool {
        payload.count >= 3 && payload[0] == 0x1F && payload[1] == 0x8B && payload[2] == 8
    }

    /// RFC 8446, 5.1 and 4.1.2.
    private static func greeting(_ payload: UnsafeRawBufferPointer, isCut: Bool) -> Verdict {
        guard payload[5] == 1 else { return .opaque }
        let whole = 5 + Int(payload[3]) << 8 + Int(payload[4])
        return payload.count >= whole || isCut ? .greeting : .follow
    }

    /// Words before a document; anything else that begins with a capital is a conversation to follow.
    private static let documents: [StaticString] = ["GET ", "HEAD ", "PUT ", "OPTIONS ", "DELETE ", "PATCH "]

    private static func words(_ payload: UnsafeRawBufferPointer, isCut: Bool) -> Verdict {
        for word in documents where starts(payload, word) {
            if ManagementPaths.isAsked(payload) { return .follow }
            // The head must be whole: an upgrade to WebSocket may stand in its last line.
            if isCut { return .foreign }
            guard endsHead(payload) else { return .follow }
            return asksForUpgrade(payload) ? .follow : .foreign
        }
        for word in carriers where starts(payload, word) { return .follow }
        return unknown(payload)
    }

    @inline(__always)
    private static func unknown(_ payload: UnsafeRawBufferPointer) -> Verdict {
        sign(payload) != .nothing || mayBeSealed(payload) ? .follow : .search
    }

    /// Two protocols of miners are encrypted and still tell themselves: Stratum V2 by a first message of 64 random bytes (32
    /// of old; `stratum.md` 1.18), and DATUM by the fixed bits of its header. Whoever follows them soon knows more. Every
    /// private protocol with a short opening would be followed if the key might come in pieces: so it may not.
    @inline(__always)
    private static func mayBeSealed(_ payload: UnsafeRawBufferPointer) -> Bool {
        if payload[2] == 0x87, payload[3] == 0xD7 { return true }
        guard payload.count == 64 || payload.count == 32 else { return false }
        // Of sixteen random bytes two to fourteen are above 127, but for one time in two thousand.
        let high: UInt64 = 0x8080_8080_8080_8080
        let count =
            (payload.loadUnaligned(as: UInt64.self) & high).nonzeroBitCount
            + (payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & high).nonzeroBitCount
        return (2...14).contains(count)
    }

    private static let carriers: [StaticString] = [
        "POST ", "CONNECT ", "HTTP/", "PRI ", "SSH-", "220 ", "220-", "* OK", "+OK", "Content-Length:", "USER ",
        "NICK ", "EHLO ", "HELO ",
    ]

    @inline(__always)
    private static func starts(_ payload: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard payload.count >= length, let base = payload.baseAddress else { return false }
        return memcmp(base, word.utf8Start, length) == 0
    }

    private static func endsHead(_ payload: UnsafeRawBufferPointer) -> Bool {
        let end = payload.count
        return end >= 4 && payload[end - 1] == 0x0A && payload[end - 2] == 0x0D && payload[end - 3] == 0x0A
    }

    /// `upgrade` in any case, anywhere in the head.
    private static func asksForUpgrade(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard let base = payload.baseAddress else { return false }
        for letter: Int32 in [0x67, 0x47] {
            // The `g` is the rarest letter of the word.
            var at = 2
            while at < payload.count, let found = memchr(base + at, letter, payload.count - at) {
                let place = UnsafeRawPointer(found) - base
                if isUpgrade(payload, place - 2) { return true }
                at = place + 1
            }
        }
        return false
    }

    private static func isUpgrade(_ payload: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        let word: StaticString = "upgrade"
        guard at >= 0, payload.count - at >= 7 else { return false }
        for index in 0..<7 where payload[at + index] | 0x20 != word.utf8Start[index] { return false }
        return true
    }
}
