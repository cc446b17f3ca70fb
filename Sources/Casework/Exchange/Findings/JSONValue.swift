/// A JSON value to be written: members in the order of their names, no spaces; equal values make equal bytes.
package enum JSONValue: Hashable, Sendable {
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// An object of what is known; a nil member is left out.
    static func members(_ members: [String: JSONValue?]) -> JSONValue { .object(members.compactMapValues { $0 }) }
    static func of(_ text: String?) -> JSONValue? { text.map { .string($0) } }
    static func of(_ number: Int?) -> JSONValue? { number.map { .int($0) } }
    /// JSON has no word for what is not finite: unknown.
    static func of(_ number: Double?) -> JSONValue? { number.flatMap { $0.isFinite ? .double($0) : nil } }
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    /// One line, without an end of line.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The same in UTF-8. Gathered as bytes: a string that grows scalar by scalar is copied again and again.
    package var bytes: [UInt8] {
        var out: [UInt8] = []
        write(into: &out)
        return out
    }

    private func write(into out: inout [UInt8]) {
        switch self {
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .int(let value): out += String(value).utf8
        case .double(let value): out += JSONValue.spelled(value).utf8
        case .string(let value): JSONValue.quote(value, into: &out)
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                value.write(into: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSONValue.quote(member.key, into: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(into: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Whole numbers without a fraction, as RFC 8785 spells them; what is not finite is left out earlier.
    private static func spelled(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        return value == value.rounded() && abs(value) < 9_007_199_254_740_992 ? String(Int(value)) : "\(value)"
    }

    /// Escapes what RFC 8259 asks for, and what moves or breaks lines for a reader: C1 controls, line and paragraph
    /// separators, marks that turn the direction of writing.
    private static func quote(_ text: String, into out: inout [UInt8]) {
        out.append(0x22)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: out += [0x5C, UInt8(truncatingIfNeeded: scalar.value)]
            case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
                let hex = String(scalar.value, radix: 16)
                out += ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8
            case 0x20..<0x7F: out.append(UInt8(truncatingIfNeeded: scalar.value))
            default: out += String(scalar).utf8
            }
        }
        out.append(0x22)
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { first, _ in first }))
    }
}
