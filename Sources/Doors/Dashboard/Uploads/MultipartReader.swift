/// `multipart/form-data` (RFC 7578) as it arrives, piece by piece: fields are gathered, files are handed on, and nothing
/// but a boundary's length of a file is held.
package struct MultipartReader: Sendable {
    package enum Limits {
        package static let boundaryBytes = 200
        package static let headBytes = 8 << 10
        package static let fieldBytes = 64 << 10
        package static let parts = 64
    }

    package enum Event: Equatable, Sendable {
        case field(name: String, value: String)
        case file(name: String, fileName: String)
        case bytes([UInt8])
        /// The file that was begun is whole.
        case fileEnd
        /// The last boundary was read.
        case end
    }

    package struct Fault: Error, Equatable, Sendable {
        package let what: String
    }

    private enum State {
        case preamble, head
        case field(name: String)
        case file, after, done
    }

    private let delimiter: [UInt8]
    private var buffer: [UInt8]
    private var state = State.preamble
    private var parts = 0

    /// - Parameter contentType: Of the request; nil where it is no form with parts.
    package init?(contentType: String) {
        let parts = contentType.split(separator: ";", omittingEmptySubsequences: true)
        guard let first = parts.first, first.lowercased() == "multipart/form-data" else { return nil }
        var boundary: String?
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, Self.trimmed(pair[0]).lowercased() == "boundary" else { continue }
            boundary = Self.trimmed(pair[1]).filter { $0 != "\"" }
        }
        guard let boundary, !boundary.isEmpty, boundary.utf8.count <= Limits.boundaryBytes,
            boundary.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first boundary may stand at the very beginning.
        buffer = [0x0D, 0x0A]
    }

    private static func trimmed(_ text: Substring) -> String {
        String(
            text.drop(while: { $0 == " " || $0 == "\t" }).reversed().drop(while: { $0 == " " || $0 == "\t" }).reversed()
        )
    }

    /// Takes the next bytes and says what they brought.
    package mutating func feed(_ bytes: some Sequence<UInt8>) throws(Fault) -> [Event] {
        buffer.append(contentsOf: bytes)
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// Called when no more comes: a form that was cut off is a fault, not a shorter form.
    package func finish() throws(Fault) {
        guard case .done = state else { throw Fault(what: "the form was cut off") }
    }

    /// False when more bytes are needed.
    private mutating func step(_ events: inout [Event]) throws(Fault) -> Bool {
        switch state {
        case .preamble:
            guard let place = find(delimiter) else {
                // What stands before the first boundary means nothing.
                keepTail()
                return false
            }
            buffer.removeFirst(place + delimiter.count)
            state = .after
            return true
        case .after: return try afterBoundary(&events)
        case .head: return try head(&events)
        case .field(let name):
            guard let place = find(delimiter) else {
                guard buffer.count <= Limits.fieldBytes + delimiter.count else { throw Fault(what: "field too long") }
                return false
            }
            guard place <= Limits.fieldBytes else { throw Fault(what: "field too long") }
            guard let value = String(validating: buffer[..<place], as: UTF8.self) else {
                throw Fault(what: "field is not UTF-8")
            }
            events.append(.field(name: name, value: value))
            buffer.removeFirst(place + delimiter.count)
            state = .after
            return true
        case .file:
            if let place = find(delimiter) {
                if place > 0 { events.append(.bytes(Array(buffer[..<place]))) }
                events.append(.fileEnd)
                buffer.removeFirst(place + delimiter.count)
                state = .after
                return true
            }
            let sure = buffer.count - (delimiter.count - 1)
            if sure > 0 {
                events.append(.bytes(Array(buffer[..<sure])))
                buffer.removeFirst(sure)
            }
            return false
        case .done:
            buffer.removeAll()
            return false
        }
    }

    /// `--` ends the form, a line end begins the next part.
    private mutating func afterBoundary(_ events: inout [Event]) throws(Fault) -> Bool {
        guard buffer.count >= 2 else { return false }
        if buffer[0] == 0x2D, buffer[1] == 0x2D {
            state = .done
            events.append(.end)
            return true
        }
        guard let line = find([0x0D, 0x0A]) else {
            guard buffer.count <= Limits.boundaryBytes else { throw Fault(what: "boundary without a line end") }
            return false
        }
        guard buffer[..<line].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
            throw Fault(what: "text after a boundary")
        }
        parts += 1
        guard parts <= Limits.parts else { throw Fault(what: "more than \(Limits.parts) parts") }
        // The line end stays: a part without headers begins with an empty line.
        buffer.removeFirst(line)
        state = .head
        return true
    }

    private mutating func head(_ events: inout [Event]) throws(Fault) -> Bool {
        guard let end = find([0x0D, 0x0A, 0x0D, 0x0A]) else {
            guard buffer.count <= Limits.headBytes else { throw Fault(what: "headers too long") }
            return false
        }
        guard end <= Limits.headBytes else { throw Fault(what: "headers too long") }
        guard let text = String(validating: buffer[..<end], as: UTF8.self) else {
            throw Fault(what: "headers are not UTF-8")
        }
        buffer.removeFirst(end + 4)
        var name: String?
        var fileName: String?
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-disposition" else {
                continue
            }
            let values = Self.parameters(line[line.index(after: colon)...])
            name = values["name"]
            fileName = values["filename"]
        }
        guard let name, !name.isEmpty, name.utf8.count <= 100 else { throw Fault(what: "a part without a name") }
        if let fileName {
            events.append(.file(name: name, fileName: fileName))
            state = .file
        } else {
            state = .field(name: name)
        }
        // The delimiter's line end may be that of the headers: an empty value.
        buffer.insert(contentsOf: [0x0D, 0x0A], at: 0)
        if let place = find(delimiter), place == 0 { return true }
        buffer.removeFirst(2)
        return true
    }

    /// `form-data; name="a"; filename="b\"c"`.
    private static func parameters(_ text: Substring) -> [String: String] {
        var found: [String: String] = [:]
        var rest = text.unicodeScalars[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop(while: { $0 == " " || $0 == "\t" })
            guard let equals = rest.firstIndex(of: "=") else { break }
            let key = String(rest[..<equals]).lowercased()
            rest = rest[rest.index(after: equals)...]
            var value = String.UnicodeScalarView()
            if rest.first == "\"" {
                rest = rest.dropFirst()
                var isEscaped = false
                while let scalar = rest.first {
                    rest = rest.dropFirst()
                    if isEscaped {
                        value.append(scalar)
                        isEscaped = false
                    } else if scalar == "\\" {
                        isEscaped = true
                    } else if scalar == "\"" {
                        break
                    } else {
                        value.append(scalar)
                    }
                }
            } else {
                let end = rest.firstIndex(of: ";") ?? rest.endIndex
                value.append(contentsOf: rest[..<end])
                rest = rest[end...]
            }
            if found[key] == nil { found[key] = String(value) }
        }
        return found
    }

    private mutating func keepTail() {
        if buffer.count >= delimiter.count { buffer.removeFirst(buffer.count - (delimiter.count - 1)) }
    }

    private func find(_ wanted: [UInt8]) -> Int? {
        guard let first = wanted.first, buffer.count >= wanted.count else { return nil }
        return buffer.withUnsafeBufferPointer { bytes -> Int? in
            var at = 0
            let last = bytes.count - wanted.count
            while at <= last {
                guard let hit = bytes[at...last].firstIndex(of: first) else { return nil }
                if bytes[hit..<hit + wanted.count].elementsEqual(wanted) { return hit }
                at = hit + 1
            }
            return nil
        }
    }
}
