/// Reads XML 1.0 element by element, strictly and within limits. A document type or entity declaration is refused, so
/// no entity can grow or reach outside; names lose their prefix, because the formats read here are told by element
/// names.
struct XMLPullReader {
    enum Event: Equatable {
        case start(String)
        case end(String)
        case done
    }

    private var source: TextSource
    /// Qualified names of the open elements.
    private var open: [String] = []
    /// An element that closed itself: its end is the next event.
    private var pendingEnd: String?
    private var sawRoot = false
    /// Of the element that just started.
    private(set) var attributes: [String: String] = [:]
    /// Characters since the last tag.
    private(set) var text: [UInt8] = []

    init(_ source: TextSource) { self.source = source }

    var line: Int { source.line }
    var depth: Int { open.count }

    /// The characters since the last tag without white space around them.
    var trimmedText: [UInt8] {
        let inked = text.drop { $0 <= 0x20 }
        guard let last = inked.lastIndex(where: { $0 > 0x20 }) else { return [] }
        return Array(inked[...last])
    }

    mutating func next() throws(MeterError) -> Event {
        if let name = pendingEnd {
            pendingEnd = nil
            text.removeAll(keepingCapacity: true)
            return .end(name)
        }
        if lastWasEnd { text.removeAll(keepingCapacity: true) }
        lastWasEnd = false
        while let byte = try source.next() {
            switch byte {
            case UInt8(ascii: "<"):
                if let event = try markup() { return event }
            case UInt8(ascii: "&"): try reference()
            default: try append(byte)
            }
        }
        guard open.isEmpty, sawRoot else {
            throw MeterError(.truncated, line: line, detail: "XML ends inside <\(open.last ?? "")>")
        }
        return .done
    }

    private var lastWasEnd = false

    private mutating func append(_ byte: UInt8) throws(MeterError) {
        guard !open.isEmpty else {
            guard byte <= 0x20, byte != 0 else { throw fault("text outside the root element") }
            return
        }
        guard byte != 0 else { throw fault("a NUL byte") }
        guard text.count < MeterLimits.xmlTextBytes else { throw fault("a text longer than the limit") }
        text.append(byte)
    }

    /// After `<`. Nil for what gives no event.
    private mutating func markup() throws(MeterError) -> Event? {
        let byte = try required()
        switch byte {
        case UInt8(ascii: "?"):
            try skip(past: "?>")
            return nil
        case UInt8(ascii: "!"):
            try declaration()
            return nil
        case UInt8(ascii: "/"):
            let (name, stop) = try name(first: try required())
            guard try afterBlanks(stop) == UInt8(ascii: ">") else { throw fault("an end tag that does not close") }
            guard open.popLast() == name else { throw fault("</\(name)> closes what is not open") }
            lastWasEnd = true
            return .end(local(name))
        default: return try startTag(byte)
        }
    }

    private mutating func startTag(_ first: UInt8) throws(MeterError) -> Event {
        guard !(open.isEmpty && sawRoot) else { throw fault("a second root element") }
        let (name, stop) = try name(first: first)
        guard open.count < MeterLimits.xmlDepth else { throw fault("elements nested too deep") }
        attributes.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        sawRoot = true
        var byte = stop
        while true {
            let spaced = byte <= 0x20
            byte = try afterBlanks(byte)
            if byte == UInt8(ascii: ">") {
                open.append(name)
                return .start(local(name))
            }
            if byte == UInt8(ascii: "/") {
                guard try required() == UInt8(ascii: ">") else { throw fault("a stray / in <\(name)>") }
                pendingEnd = local(name)
                return .start(local(name))
            }
            guard spaced, attributes.count < MeterLimits.xmlAttributes else { throw fault("attributes of <\(name)>") }
            try attribute(first: byte, of: name)
            byte = try required()
        }
    }

    private mutating func attribute(first: UInt8, of element: String) throws(MeterError) {
        let (key, stop) = try name(first: first)
        guard try afterBlanks(stop) == UInt8(ascii: "=") else {
            throw fault("an attribute of <\(element)> without value")
        }
        let quote = try afterBlanks(try required())
        guard quote == 0x22 || quote == 0x27 else { throw fault("an attribute of <\(element)> without quotes") }
        var value: [UInt8] = []
        while true {
            let byte = try required()
            if byte == quote { break }
            guard byte != UInt8(ascii: "<"), byte != 0, value.count < MeterLimits.xmlAttributeBytes else {
                throw fault("an attribute of <\(element)>")
            }
            if byte == UInt8(ascii: "&") { value += try entity() } else { value.append(byte) }
        }
        let old = attributes.updateValue(String(decoding: value, as: UTF8.self), forKey: local(key))
        // Two attributes may share their local name under different prefixes; the same name twice may not.
        guard old == nil || key.contains(":") else { throw fault("an attribute of <\(element)> twice") }
    }

    /// After `<!`: a comment or character data. Everything else declares something, and is refused.
    private mutating func declaration() throws(MeterError) {
        let byte = try required()
        if byte == UInt8(ascii: "-") {
            guard try required() == UInt8(ascii: "-") else { throw fault("a damaged comment") }
            return try skip(past: "-->")
        }
        guard byte == UInt8(ascii: "["), !open.isEmpty else {
            throw fault("a document type or entity declaration is refused")
        }
        for expected in "CDATA[".utf8 where try required() != expected { throw fault("a damaged CDATA section") }
        var brackets = 0
        while true {
            let byte = try required()
            if byte == UInt8(ascii: ">"), brackets >= 2 {
                text.removeLast(2)
                return
            }
            brackets = byte == UInt8(ascii: "]") ? brackets + 1 : 0
            try append(byte)
        }
    }

    private mutating func reference() throws(MeterError) {
        for byte in try entity() { try append(byte) }
    }

    /// After `&`: one of the five named characters or a number.
    private mutating func entity() throws(MeterError) -> [UInt8] {
        var name: [UInt8] = []
        while true {
            let byte = try required()
            if byte == UInt8(ascii: ";") { break }
            guard name.count < 10, byte > 0x20 else { throw fault("a damaged entity") }
            name.append(byte)
        }
        switch String(decoding: name, as: UTF8.self) {
        case "lt": return [0x3c]
        case "gt": return [0x3e]
        case "amp": return [0x26]
        case "quot": return [0x22]
        case "apos": return [0x27]
        case let text where text.hasPrefix("#"):
            let hexadecimal = text.hasPrefix("#x")
            let digits = text.dropFirst(hexadecimal ? 2 : 1)
            guard digits.first.map({ $0 != "+" && $0 != "-" }) ?? false,
                let code = UInt32(digits, radix: hexadecimal ? 16 : 10), code >= 0x20 || [9, 10, 13].contains(code),
                let scalar = Unicode.Scalar(code)
            else { throw fault("a damaged character reference") }
            return Array(String(Character(scalar)).utf8)
        default: throw fault("an entity that is not one of XML's five")
        }
    }

    private mutating func name(first: UInt8) throws(MeterError) -> (String, UInt8) {
        var bytes: [UInt8] = []
        var byte = first
        while isNameByte(byte, first: bytes.isEmpty) {
            guard bytes.count < MeterLimits.xmlNameBytes else { throw fault("a name longer than the limit") }
            bytes.append(byte)
            byte = try required()
        }
        guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self) else {
            throw fault("no name after <")
        }
        return (text, byte)
    }

    private func isNameByte(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x41...0x5a, 0x5f, 0x3a, 0x80...0xff: true
        case 0x30...0x39, 0x2d, 0x2e: !first
        default: false
        }
    }

    private func local(_ name: String) -> String {
        guard let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")) else { return name }
        return String(name[name.index(after: colon)...])
    }

    private mutating func afterBlanks(_ byte: UInt8) throws(MeterError) -> UInt8 {
        var byte = byte
        while byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { byte = try required() }
        return byte
    }

    private mutating func skip(past mark: String) throws(MeterError) {
        // The mark has at most three bytes, so the last ones fit a number.
        var (wanted, mask): (UInt32, UInt32) = (0, 0)
        for byte in mark.utf8 { (wanted, mask) = (wanted << 8 | UInt32(byte), mask << 8 | 0xff) }
        var last: UInt32 = 0
        repeat { last = last << 8 | UInt32(try required()) } while last & mask != wanted
    }

    private mutating func required() throws(MeterError) -> UInt8 {
        guard let byte = try source.next() else {
            throw MeterError(.truncated, line: line, detail: "XML ends inside a tag")
        }
        return byte
    }

    private func fault(_ detail: String) -> MeterError { MeterError(.badStructure, line: line, detail: detail) }
}
