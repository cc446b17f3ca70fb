/// One JSON value, read strictly (RFC 8259) and within `MeterLimits.jsonDepth`: no lone surrogate, no key twice,
/// nothing after the value. Numbers stay as they are written, because the meter readers have their own.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case number([UInt8])
    case string([UInt8])
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    init?(_ bytes: Span<UInt8>) {
        var parser = JSONParser()
        guard let value = parser.value(bytes, 0), parser.atEnd(bytes) else { return nil }
        self = value
    }

    /// The characters of a number or a text; nil for anything else.
    var scalar: [UInt8]? {
        switch self {
        case .number(let bytes), .string(let bytes): bytes
        default: nil
        }
    }

    static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)), (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }
}

private struct JSONParser {
    private var index = 0

    mutating func atEnd(_ bytes: Span<UInt8>) -> Bool {
        blanks(bytes)
        return index == bytes.count
    }

    mutating func value(_ bytes: Span<UInt8>, _ depth: Int) -> JSONValue? {
        blanks(bytes)
        guard index < bytes.count, depth < MeterLimits.jsonDepth else { return nil }
        switch bytes[index] {
        case UInt8(ascii: "{"): return object(bytes, depth)
        case UInt8(ascii: "["): return array(bytes, depth)
        case UInt8(ascii: "\""): return string(bytes).map { .string($0) }
        case UInt8(ascii: "t"): return word(bytes, "true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return word(bytes, "false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return word(bytes, "null") ? .null : nil
        default: return number(bytes).map { .number($0) }
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, _ depth: Int) -> JSONValue? {
        var members: [(key: String, value: JSONValue)] = []
        var keys: Set<String> = []
        index += 1
        blanks(bytes)
        if take(bytes, UInt8(ascii: "}")) { return .object([]) }
        while true {
            blanks(bytes)
            guard let raw = string(bytes), let key = String(validating: raw, as: UTF8.self), keys.insert(key).inserted
            else { return nil }
            blanks(bytes)
            guard take(bytes, UInt8(ascii: ":")), let member = value(bytes, depth + 1) else { return nil }
            members.append((key, member))
            blanks(bytes)
            if take(bytes, UInt8(ascii: "}")) { return .object(members) }
            guard take(bytes, UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func array(_ bytes: Span<UInt8>, _ depth: Int) -> JSONValue? {
        var items: [JSONValue] = []
        index += 1
        blanks(bytes)
        if take(bytes, UInt8(ascii: "]")) { return .array([]) }
        while true {
            guard let item = value(bytes, depth + 1) else { return nil }
            items.append(item)
            blanks(bytes)
            if take(bytes, UInt8(ascii: "]")) { return .array(items) }
            guard take(bytes, UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func string(_ bytes: Span<UInt8>) -> [UInt8]? {
        guard take(bytes, UInt8(ascii: "\"")) else { return nil }
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"): guard escape(bytes, &text) else { return nil }
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(_ bytes: Span<UInt8>, _ text: inout [UInt8]) -> Bool {
        guard index < bytes.count else { return false }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard var code = hexadecimal(bytes) else { return false }
            if code & 0xfc00 == 0xd800 {
                guard take(bytes, UInt8(ascii: "\\")), take(bytes, UInt8(ascii: "u")), let low = hexadecimal(bytes),
                    low & 0xfc00 == 0xdc00
                else { return false }
                code = 0x1_0000 + ((code & 0x3ff) << 10 | low & 0x3ff)
            }
            guard let scalar = Unicode.Scalar(code) else { return false }
            text.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: return false
        }
        return true
    }

    private mutating func hexadecimal(_ bytes: Span<UInt8>) -> UInt32? {
        guard index + 4 <= bytes.count else { return nil }
        var code: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[index]
            index += 1
            switch byte {
            case 0x30...0x39: code = code << 4 | UInt32(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: code = code << 4 | UInt32((byte | 0x20) - 0x57)
            default: return nil
            }
        }
        return code
    }

    private mutating func number(_ bytes: Span<UInt8>) -> [UInt8]? {
        let start = index
        _ = take(bytes, UInt8(ascii: "-"))
        let whole = digits(bytes)
        guard whole > 0, whole == 1 || bytes[index - whole] != 0x30 else { return nil }
        if take(bytes, UInt8(ascii: ".")) { guard digits(bytes) > 0 else { return nil } }
        if take(bytes, UInt8(ascii: "e")) || take(bytes, UInt8(ascii: "E")) {
            if !take(bytes, UInt8(ascii: "-")) { _ = take(bytes, UInt8(ascii: "+")) }
            guard digits(bytes) > 0 else { return nil }
        }
        var text: [UInt8] = []
        for place in start..<index { text.append(bytes[place]) }
        return text
    }

    private mutating func digits(_ bytes: Span<UInt8>) -> Int {
        let start = index
        while index < bytes.count, bytes[index] &- 0x30 <= 9 { index += 1 }
        return index - start
    }

    private mutating func word(_ bytes: Span<UInt8>, _ word: String) -> Bool {
        for byte in word.utf8 where !take(bytes, byte) { return false }
        return true
    }

    private mutating func take(_ bytes: Span<UInt8>, _ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func blanks(_ bytes: Span<UInt8>) {
        while index < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[index]) { index += 1 }
    }
}
