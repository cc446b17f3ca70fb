import Bytes

/// Takes the payload out of one direction of WebSocket frames (RFC 6455, 5.2), masked or not, and expands what
/// permessage-deflate compressed (RFC 7692). The first reserved bit says so by itself: nothing need be known of what
/// was agreed, and the largest window reads every smaller one.
package struct WebSocketReader {
    package struct Part: Equatable {
        package var bytes: [UInt8]
        /// These are the first bytes of a message.
        package var begins: Bool
    }

    /// What ends every compressed message and is not sent (RFC 7692, 7.2.1).
    private static let tail: [UInt8] = [0, 0, 0xFF, 0xFF]

    private var head: [UInt8] = []
    private var left: UInt64 = 0
    private var mask: [UInt8] = []
    private var maskAt = 0
    private var isInFrame = false
    private var isControl = false
    private var isFinal = false
    private var isInMessage = false
    private var isCompressed = false
    private var begins = false
    private var hasClosed = false

    private var inflater: Inflater?
    private var meter = ExpansionMeter()
    /// Bytes that the message has given so far.
    private var given = 0
    private var skipsMessage = false
    private var failures = 0
    /// Each message is compressed by itself (`…_no_context_takeover`): no window is kept between them.
    package var forgetsContext = false
    /// What was read are no frames, or frames beyond the limits.
    package private(set) var isBroken = false
    /// Messages that would have grown beyond a limit of expansion.
    package private(set) var expansionLimited = 0
    /// Nothing was read yet.
    package private(set) var isFresh = true

    package init() {}

    /// Bytes are missing; the next ones begin a frame.
    package mutating func restart() {
        let old = self
        self = WebSocketReader()
        forgetsContext = old.forgetsContext
        meter = old.meter
        failures = old.failures
        expansionLimited = old.expansionLimited
        isFresh = false
    }

    /// Payload of the next frame or part of one, taken off the front of `bytes`; nil when more bytes are needed.
    package mutating func next(_ bytes: inout ArraySlice<UInt8>) -> Part? {
        while !isBroken, !bytes.isEmpty {
            isFresh = false
            if hasClosed {
                bytes = bytes[bytes.endIndex...]
            } else if isInFrame {
                if let part = payload(&bytes) { return part }
            } else if let byte = bytes.popFirst() {
                head.append(byte)
                if beginFrame(), let part = endFrame() { return part }
            }
        }
        return nil
    }

    private mutating func payload(_ bytes: inout ArraySlice<UInt8>) -> Part? {
        let most = isCompressed ? CarrierLimits.expansionStep : Int.max
        let part = bytes.prefix(min(Int(min(left, UInt64(bytes.count))), most))
        bytes = bytes.dropFirst(part.count)
        left -= UInt64(part.count)
        if left == 0 { isInFrame = false }
        if isControl { return nil }
        var plain = Array(part)
        if !mask.isEmpty {
            for index in plain.indices {
                plain[index] ^= mask[maskAt]
                maskAt = (maskAt + 1) & 3
            }
        }
        if isCompressed { plain = expand(plain) }
        let first = begins && !plain.isEmpty
        if first { begins = false }
        // The message's end may hold more: the two are told one after the other.
        if left == 0, let end = endFrame() {
            return Part(bytes: plain + end.bytes, begins: first || end.begins)
        }
        return plain.isEmpty ? nil : Part(bytes: plain, begins: first)
    }

    /// Reads the frame's head when it is whole. True when the frame has no payload.
    private mutating func beginFrame() -> Bool {
        guard head.count >= 2 else { return false }
        let short = head[1] & 0x7F
        let wide = short == 126 ? 2 : short == 127 ? 8 : 0
        let masked = head[1] & 0x80 != 0
        guard head.count == 2 + wide + (masked ? 4 : 0) else {
            // Wrong bits are seen at once: text taken for frames must not wait for a long head.
            if head.count == 2 { isBroken = !accepts(head[0], short, applies: false) }
            return false
        }
        guard accepts(head[0], short, applies: true) else {
            isBroken = true
            return false
        }
        left = wide == 0 ? UInt64(short) : head[2..<(2 + wide)].reduce(0) { $0 << 8 | UInt64($1) }
        // The highest bit is never set (5.2).
        if left > UInt64(Int64.max) { isBroken = true }
        mask = masked ? Array(head.suffix(4)) : []
        maskAt = 0
        head = []
        isInFrame = left > 0
        return left == 0 && !isBroken
    }

    /// Whether a frame may begin so here (5.4, 5.5), and what it means for the message.
    private mutating func accepts(_ first: UInt8, _ short: UInt8, applies: Bool) -> Bool {
        let opcode = first & 0x0F
        let final = first & 0x80 != 0
        let compressed = first & 0x40 != 0
        guard first & 0x30 == 0 else { return false }
        switch opcode {
        case 8, 9, 10:
            guard final, !compressed, short < 126 else { return false }
            if applies {
                isControl = true
                if opcode == 8 { hasClosed = true }
            }
            return true
        case 0: guard isInMessage, !compressed else { return false }
        case 1, 2: guard !isInMessage else { return false }
        default: return false
        }
        guard applies else { return true }
        isControl = false
        isFinal = final
        isInMessage = true
        if opcode != 0 {
            isCompressed = compressed
            begins = true
            given = 0
            skipsMessage = false
        }
        return true
    }

    /// A frame is over, and with a final one its message.
    private mutating func endFrame() -> Part? {
        guard !isControl, isFinal else { return nil }
        isInMessage = false
        guard isCompressed else { return nil }
        let rest = expand(Self.tail)
        if forgetsContext { inflater = nil }
        guard !rest.isEmpty else { return nil }
        defer { begins = false }
        return Part(bytes: rest, begins: begins)
    }

    private mutating func expand(_ bytes: [UInt8]) -> [UInt8] {
        guard !skipsMessage, !isBroken else { return [] }
        if inflater == nil { inflater = Inflater(.raw) }
        guard let inflater else {
            expansionLimited += 1
            isBroken = true
            return []
        }
        meter.take(bytes.count)
        var input = bytes[...]
        var output: [UInt8] = []
        while true {
            let before = output.count
            let allowed = min(meter.room, CarrierLimits.expandedBytes - given)
            let outcome = inflater.inflate(&input, into: &output, limit: allowed)
            given += output.count - before
            meter.give(output.count - before)
            switch outcome {
            case .more: return output
            // A block that says it is the last one; the next may still refer to it (RFC 7692, 7.2.3.5).
            case .end:
                inflater.restart(keepsWindow: true)
                if input.isEmpty { return output }
            case .damaged:
                // Perhaps the messages it refers to were not captured. The next one may stand by itself.
                self.inflater = nil
                skipsMessage = true
                failures += 1
                if failures >= CarrierLimits.damagedPieces { isBroken = true }
                return output
            case .limit:
                self.inflater = nil
                expansionLimited += 1
                isBroken = true
                return output
            }
        }
    }
}

extension WebSocketReader {
    package enum Guess: Equatable, Sendable { case more, no, yes }

    /// Whether a frame that begins a JSON message stands here, for a stream whose handshake was not captured: opcode,
    /// shortest form of the length, and what the mask leaves of the first two bytes.
    package static func guess(_ bytes: ArraySlice<UInt8>) -> Guess {
        var walk = ByteWalk(bytes)
        guard let first = walk.u8() else { return .more }
        guard first == 0x81 || first == 0x82 else { return .no }
        guard let second = walk.u8() else { return .more }
        var length = UInt64(second & 0x7F)
        if length >= 126 {
            let wide = length == 126 ? 2 : 8
            guard let raw = walk.take(wide) else { return .more }
            length = raw.reduce(0) { $0 << 8 | UInt64($1) }
            guard length >= (wide == 2 ? 126 : 1 << 16) else { return .no }
        }
        guard length >= 2, length <= CarrierLimits.guessedFrame else { return .no }
        var mask: [UInt8] = [0, 0, 0, 0]
        if second & 0x80 != 0 {
            guard let raw = walk.take(4) else { return .more }
            mask = Array(raw)
        }
        guard let one = walk.u8(), let two = walk.u8() else { return .more }
        let follows = two ^ mask[1]
        switch one ^ mask[0] {
        case UInt8(ascii: "{"): return [0x22, 0x20, 0x0A, 0x0D, 0x09].contains(follows) ? .yes : .no
        case UInt8(ascii: "["): return follows == UInt8(ascii: "{") ? .yes : .no
        default: return .no
        }
    }
}
