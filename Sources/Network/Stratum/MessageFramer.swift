/// Cuts one direction of a stream into whole JSON messages: objects or batches that begin a line, wherever segments were cut.
/// A message may span lines (pretty-printed) and lines may hold several. What cannot be one is skipped to the next line.
package struct MessageFramer: Sendable {
    private var buffer: [UInt8] = []
    /// Where in `buffer` the message begins; what lies before is done with.
    private var start = 0
    /// Bytes of `buffer` that were scanned.
    private var scanned = 0
    private var depth = 0
    private var inString = false
    private var escaped = false
    /// Last byte that is no white space, in the message.
    private var significant: UInt8 = 0
    /// Outside a message: the byte before allows a message to begin here.
    private var mayBegin = true
    /// Skip to the next newline.
    private var skipping = false
    /// The next byte is the first one behind a gap.
    private var isBehindGap = false
    package private(set) var lineTooLong = false
    package private(set) var tooDeep = false
    /// Bytes outside messages, white space aside: what a mining stream has almost none of.
    package private(set) var strayBytes = 0

    package init() {}

    /// What follows is not joined to what came before. Where the capture cut the packet (`isCut`), the members of the
    /// message that were captured whole are answered.
    @discardableResult
    package mutating func gap(isCut: Bool = false) -> CutMessage? {
        let cut = isCut && depth > 0 ? CutMessage.read(buffer[start..<scanned]) : nil
        reset()
        skipping = true
        isBehindGap = true
        return cut
    }

    /// Appends bytes; `body` gets each whole message. Its array root means a batch.
    package mutating func add(_ bytes: ArraySlice<UInt8>, _ body: (JSONValue) -> Void) {
        if isBehindGap, let first = bytes.first {
            // Whole segments are lost, and most begin a message: a brace here is one. Inside a message it would open a
            // member's value, which has no verb and is not heard.
            isBehindGap = false
            if first == UInt8(ascii: "{") { skipping = false }
        }
        let rest = depth == 0 ? skipOutside(bytes) : bytes
        if rest.isEmpty { return }
        buffer.append(contentsOf: rest)
        while scanned < buffer.count {
            if depth > 0, !skipping { pass() }
            if scanned < buffer.count { step(body) }
        }
        if depth == 0 {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 16)
            start = 0
            scanned = 0
            return
        }
        // Once for each call, not for each message: many small ones in one piece must not move the rest each time.
        buffer.removeFirst(start)
        scanned -= start
        start = 0
        if buffer.count > StratumLimits.usualMessageBytes { lineTooLong = true }
        if buffer.count > StratumLimits.messageBytes {
            reset()
            skipping = true
        }
    }

    private mutating func reset() {
        buffer.removeAll()
        start = 0
        scanned = 0
        depth = 0
        inString = false
        escaped = false
        mayBegin = true
    }

    /// Passes over what changes nothing inside a message: most of its bytes.
    private mutating func pass() {
        if escaped { return }
        let (from, isString) = (scanned, inString)
        scanned = buffer.withUnsafeBufferPointer { bytes in
            var at = from
            if isString {
                while at < bytes.count, bytes[at] != 0x22, bytes[at] != 0x5C, bytes[at] != 0x0A { at += 1 }
            } else {
                // Both kinds of brackets and the quotation mark; upper and lower case differ in one bit.
                while at < bytes.count, bytes[at] | 0x20 != 0x7B, bytes[at] | 0x20 != 0x7D, bytes[at] != 0x22 {
                    at += 1
                }
            }
            return at
        }
        if !isString, let last = buffer[from..<scanned].last(where: { $0 > 0x20 }) { significant = last }
    }

    private mutating func step(_ body: (JSONValue) -> Void) {
        let byte = buffer[scanned]
        scanned += 1
        if skipping {
            if byte == 0x0A {
                skipping = false
                mayBegin = true
            }
            return
        }
        if depth == 0 { return outside(byte) }
        if inString {
            if escaped {
                escaped = false
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "\"") {
                inString = false
            }
            // A raw line end cannot stand in a string: this was no message.
            else if byte == 0x0A {
                abandon(keepingFrom: scanned)
            }
            return
        }
        inside(byte, body)
    }

    /// Passes over what lies before the next message, without keeping it: most bytes of a stream that is no conversation.
    private mutating func skipOutside(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.withUnsafeBufferPointer { all in
            var at = 0
            if skipping {
                while at < all.count, all[at] != 0x0A { at += 1 }
                if at == all.count { return [] }
                at += 1
                skipping = false
                mayBegin = true
            }
            while at < all.count {
                let byte = all[at]
                // Both brackets in one comparison.
                if byte | 0x20 == 0x7B, mayBegin { return bytes[(bytes.startIndex + at)...] }
                if byte != 0x20, byte != 0x09 {
                    let endsLine = byte == 0x0A || byte == 0x0D || byte == 0
                    strayBytes += endsLine ? 0 : 1
                    if byte | 0x20 != 0x7B { mayBegin = byte < 0x20 || byte >= 0x7F }
                }
                at += 1
            }
            return []
        }
    }

    private mutating func outside(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard mayBegin else {
                strayBytes += 1
                return
            }
            start = scanned - 1
            depth = 1
            significant = byte
        case 0x0A, 0x0D, 0x00: mayBegin = true
        case 0x20, 0x09: break
        default:
            strayBytes += 1
            // Text before a brace makes it a quotation (a chat, a log); binary before it does not.
            mayBegin = byte < 0x20 || byte >= 0x7F
        }
    }

    private mutating func inside(_ byte: UInt8, _ body: (JSONValue) -> Void) {
        switch byte {
        case UInt8(ascii: "\""): inString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let follows: [UInt8] = [UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{")]
            // A brace where no value may stand: the line before was cut short, and a new message begins here.
            if !follows.contains(significant) { return abandon(keepingFrom: scanned - 1) }
            depth += 1
            if depth > StratumLimits.depth { tooDeep = true }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if depth == 0 { complete(body) }
        default: break
        }
        if byte > 0x20 { significant = byte }
    }

    private mutating func complete(_ body: (JSONValue) -> Void) {
        let text = buffer[start..<scanned]
        if text.count > StratumLimits.usualMessageBytes { lineTooLong = true }
        do {
            body(try JSONReader.read(text))
        } catch {
            if error == .tooDeep { tooDeep = true }
        }
        start = scanned
        mayBegin = true
    }

    private mutating func abandon(keepingFrom index: Int) {
        strayBytes += index - start
        start = index
        scanned = index
        depth = 0
        inString = false
        escaped = false
        mayBegin = true
    }
}
