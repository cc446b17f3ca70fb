/// Reads one direction of an HTTP/1 connection piece by piece (RFC 9112). Bodies need a length or chunks; a body that only
/// the connection's end would end is passed over.
package struct HTTPReader: Sendable {
    package enum Part: Sendable {
        case head(HTTPHead)
        /// A whole body. One above the limit is passed over unread and not told.
        case body([UInt8])
    }

    private enum State {
        case head
        case body(left: Int)
        case chunkLine, chunkEnd, trailer
        case chunk(left: Int)
        case passedOver
    }

    private var state = State.head
    private var line: [UInt8] = []
    private var body: [UInt8] = []
    private var keeps = true
    /// What was read is no HTTP, or beyond the limits.
    package private(set) var isBroken = false

    package init() {}

    /// The next part, taken off the front of `bytes`; nil when all of them were taken and more are needed. After a head the
    /// caller may stop: what is left in `bytes` follows its empty line.
    package mutating func next(_ bytes: inout ArraySlice<UInt8>) -> Part? {
        while !isBroken, let first = bytes.first {
            switch state {
            case .head:
                if line.isEmpty, first == 0x0D || first == 0x0A {
                    bytes = bytes.dropFirst()
                } else if take(&bytes, limit: CarrierLimits.httpHead, ends: Self.endsHead) {
                    let head = HTTPHead(line[...])
                    line = []
                    begin(head)
                    return .head(head)
                }
            case .body(let left):
                if let rest = copy(&bytes, left) {
                    state = .body(left: rest)
                } else if let part = finish() {
                    return part
                }
            case .chunkLine:
                if take(&bytes, limit: CarrierLimits.chunkLine, ends: Self.endsLine) { beginChunk() }
            case .chunk(let left):
                if let rest = copy(&bytes, left) { state = .chunk(left: rest) } else { state = .chunkEnd }
            case .chunkEnd:
                if take(&bytes, limit: 2, ends: Self.endsLine) {
                    line = []
                    state = .chunkLine
                }
            case .trailer:
                guard take(&bytes, limit: CarrierLimits.httpHead, ends: Self.endsLine) else { continue }
                let isEmpty = line.count <= 2
                line = []
                if isEmpty, let part = finish() { return part }
            case .passedOver: bytes = bytes[bytes.endIndex...]
            }
        }
        return nil
    }

    private static func endsLine(_ line: [UInt8]) -> Bool { line.last == 0x0A }

    private static func endsHead(_ line: [UInt8]) -> Bool {
        guard line.last == 0x0A else { return false }
        return line.dropLast().last == 0x0A || line.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A]
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

    private mutating func begin(_ head: HTTPHead) {
        body = []
        keeps = true
        if head["transfer-encoding"]?.lowercased() == "chunked" {
            state = .chunkLine
        } else if let text = head["content-length"] {
            guard let length = Int(text), length >= 0 else {
                isBroken = true
                return
            }
            keeps = length <= CarrierLimits.httpBody
            state = length == 0 ? .head : .body(left: length)
        } else if let status = head.status, status >= 200, status != 204, status != 304 {
            state = .passedOver
        } else {
            state = .head
        }
    }

    private mutating func beginChunk() {
        var length = 0
        var digits = 0
        for byte in line {
            guard let value = Character(Unicode.Scalar(byte)).hexDigitValue else { break }
            length = length << 4 | value
            digits += 1
            if digits > 8 { break }
        }
        line = []
        if digits == 0 || digits > 8 { isBroken = true }
        state = length == 0 ? .trailer : .chunk(left: length)
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
        defer { body = [] }
        return keeps ? .body(body) : nil
    }
}
