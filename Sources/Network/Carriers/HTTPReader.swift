/// Reads one direction of an HTTP/1 connection piece by piece (RFC 9112), its bodies without their codings.
package struct HTTPReader {
    package enum Part {
        case head(HTTPHead)
        /// A whole body. One above the limits, or in a coding that is not known, is passed over and not told.
        case body([UInt8])
        /// Some of a body that ends with the connection.
        case piece([UInt8])
    }

    private enum State {
        case head
        case body(left: Int)
        case chunkLine, chunkEnd, trailer
        case chunk(left: Int)
        case untilClose
        case passedOver
    }

    private var state = State.head
    private var line: [UInt8] = []
    private var body: [UInt8] = []
    private var keeps = true
    private var decoder: BodyDecoder?
    private var meter = ExpansionMeter()
    /// What was read is no HTTP, or beyond the limits.
    package private(set) var isBroken = false
    /// Bodies that would have grown beyond a limit of expansion.
    package private(set) var expansionLimited = 0

    package init() {}

    /// The next part, taken off the front of `bytes`; nil when all of them were taken and more are needed. After a
    /// head the caller may stop: what is left in `bytes` follows its empty line.
    package mutating func next(_ bytes: inout ArraySlice<UInt8>) -> Part? {
        while !isBroken, let first = bytes.first {
            if case .head = state {
                if line.isEmpty, first == 0x0D || first == 0x0A {
                    bytes = bytes.dropFirst()
                } else if take(&bytes, limit: CarrierLimits.httpHead, ends: Self.endsHead) {
                    let head = HTTPHead(line[...])
                    line = []
                    begin(head)
                    return .head(head)
                }
            } else if let part = readBody(&bytes) {
                return part
            }
        }
        return nil
    }

    /// After a head: this message has no body, whatever its head says (the answer to HEAD; RFC 9112, 6.3).
    package mutating func expectNoBody() { state = .head }

    /// After a head: the body is nobody's concern.
    package mutating func passOverBody() {
        keeps = false
        if case .untilClose = state { state = .passedOver }
    }

    private mutating func readBody(_ bytes: inout ArraySlice<UInt8>) -> Part? {
        switch state {
        case .head: return nil
        case .body(let left):
            guard let rest = copy(&bytes, left) else { return finish() }
            state = .body(left: rest)
        case .chunkLine:
            if take(&bytes, limit: CarrierLimits.chunkLine, ends: Self.endsLine) { beginChunk() }
        case .chunk(let left):
            if let rest = copy(&bytes, left) { state = .chunk(left: rest) } else { state = .chunkEnd }
        case .chunkEnd:
            if take(&bytes, limit: 2, ends: Self.endsLine) {
                if line.count == 2, line.first != 0x0D { isBroken = true }
                line = []
                state = .chunkLine
            }
        case .trailer:
            guard take(&bytes, limit: CarrierLimits.httpHead, ends: Self.endsLine) else { return nil }
            let isEmpty = line.count == 1 || line == [0x0D, 0x0A]
            line = []
            if isEmpty { return finish() }
        case .untilClose: return piece(&bytes)
        case .passedOver: bytes = bytes[bytes.endIndex...]
        }
        return nil
    }

    private static func endsLine(_ line: [UInt8]) -> Bool { line.last == 0x0A }

    /// An empty line, with or without its carriage return.
    private static func endsHead(_ line: [UInt8]) -> Bool {
        guard line.last == 0x0A else { return false }
        let before = line.dropLast()
        return before.last == 0x0A || before.last == 0x0D && before.dropLast().last == 0x0A
    }

    /// Moves bytes to `line` up to its end. False when the end was not there.
    private mutating func take(_ bytes: inout ArraySlice<UInt8>, limit: Int, ends: ([UInt8]) -> Bool) -> Bool {
        while let byte = bytes.popFirst() {
            line.append(byte)
            if byte == 0x0A, ends(line) { return true }
            if line.count > limit {
                isBroken = true
                line = []
                return false
            }
        }
        return false
    }

    /// How long the body will be (RFC 9112, 6.3).
    private mutating func begin(_ head: HTTPHead) {
        body = []
        let transfer = head.list("transfer-encoding")
        let isChunked = transfer.last == "chunked"
        decoder = BodyDecoder(head.list("content-encoding") + (isChunked ? Array(transfer.dropLast()) : transfer))
        keeps = decoder != nil
        if let status = head.status, status < 200 || status == 204 || status == 304 {
            state = .head
        } else if isChunked {
            state = .chunkLine
        } else if !transfer.isEmpty {
            // Nobody can tell where such a request ends.
            if head.isAnswer { state = keeps ? .untilClose : .passedOver } else { isBroken = true }
        } else if head["content-length"] != nil {
            beginLength(head)
        } else if head.isAnswer {
            state = keeps ? .untilClose : .passedOver
        } else {
            state = .head
        }
    }

    private mutating func beginLength(_ head: HTTPHead) {
        let texts = Set(head.list("content-length"))
        guard texts.count == 1, let text = texts.first, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(text)
        else {
            isBroken = true
            return
        }
        if length > CarrierLimits.httpBody { keeps = false }
        state = length == 0 ? .head : .body(left: length)
    }

    private mutating func beginChunk() {
        var length = 0
        var digits = 0
        var significant = 0
        for byte in line {
            guard let value = Self.digit(byte) else { break }
            digits += 1
            if length > 0 || value > 0 { significant += 1 }
            if significant > CarrierLimits.chunkDigits { break }
            length = length << 4 | value
        }
        line = []
        if digits == 0 || significant > CarrierLimits.chunkDigits { isBroken = true }
        state = length == 0 ? .trailer : .chunk(left: length)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x41 + 10
        case 0x61...0x66: Int(byte) - 0x61 + 10
        default: nil
        }
    }

    /// Copies body bytes; how many are still to come, nil when none are.
    private mutating func copy(_ bytes: inout ArraySlice<UInt8>, _ left: Int) -> Int? {
        let part = bytes.prefix(left)
        if body.count + part.count > CarrierLimits.httpBody { keeps = false }
        if keeps { body.append(contentsOf: part) } else { body = [] }
        bytes = bytes.dropFirst(part.count)
        return part.count < left ? left - part.count : nil
    }

    private mutating func finish() -> Part? {
        state = .head
        defer {
            body = []
            decoder = nil
        }
        guard keeps, var decoder else { return nil }
        if decoder.isIdentity { return .body(body) }
        let (plain, outcome) = decoder.decode(body[...], &meter)
        if outcome == .limit { expansionLimited += 1 }
        return outcome == .good ? .body(plain) : nil
    }

    private mutating func piece(_ bytes: inout ArraySlice<UInt8>) -> Part? {
        let part = bytes.prefix(CarrierLimits.expansionStep)
        bytes = bytes.dropFirst(part.count)
        guard let isIdentity = decoder?.isIdentity else { return nil }
        if isIdentity { return .piece(Array(part)) }
        guard let (plain, outcome) = decoder?.decode(part, &meter) else { return nil }
        if outcome == .limit { expansionLimited += 1 }
        if outcome != .good {
            state = .passedOver
            decoder = nil
        }
        return plain.isEmpty ? nil : .piece(plain)
    }
}
