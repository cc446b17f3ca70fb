/// Reads finite decimal ASCII numbers and nothing else: no NaN, no infinity, no hexadecimal, no other digits.
struct NumberParser {
    enum Outcome: Equatable {
        /// The value, and how many decimals were written.
        case value(Double, decimals: Int)
        case missing
        case bad(RejectedRow.Reason)
    }

    var decimalComma = false

    /// Powers of ten that a Double holds exactly.
    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]

    func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Outcome {
        var index = range.lowerBound
        var end = range.upperBound
        while index < end, isBlank(bytes[index]) { index += 1 }
        while end > index, isBlank(bytes[end - 1]) { end -= 1 }
        guard index < end else { return .missing }
        let first = index
        let negative = bytes[index] == UInt8(ascii: "-")
        if negative || bytes[index] == UInt8(ascii: "+") { index += 1 }
        let point = decimalComma ? UInt8(ascii: ",") : UInt8(ascii: ".")
        var mantissa: UInt64 = 0
        var digits = 0
        var decimals = 0
        var seenPoint = false
        while index < end {
            let byte = bytes[index]
            let digit = byte &- 0x30
            if digit <= 9 {
                // Eighteen digits always fit; longer numbers go the slow way below.
                if digits < 18 { mantissa = mantissa &* 10 &+ UInt64(digit) }
                digits += 1
                if seenPoint { decimals += 1 }
            } else if byte == point, !seenPoint {
                seenPoint = true
            } else {
                return unusual(bytes, first..<end)
            }
            index += 1
        }
        guard digits > 0 else { return isDashes(bytes, first..<end) ? .missing : .bad(.badNumber) }
        guard digits <= 15, decimals <= 22 else { return slow(bytes, first..<end, decimals: decimals) }
        // A mantissa below 2^53 over an exact power of ten: one rounding, the nearest Double.
        let magnitude = Double(mantissa) / Self.powers[decimals]
        return .value(negative && mantissa != 0 ? -magnitude : magnitude, decimals: decimals)
    }

    /// Exponents and thousands separators; anything else is refused.
    private func unusual(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Outcome {
        if isAbsent(bytes, range) { return .missing }
        let group = decimalComma ? UInt8(ascii: ".") : UInt8(ascii: ",")
        for index in range where bytes[index] == group { return grouped(bytes, range, group: group) }
        return slow(bytes, range, decimals: 0)
    }

    /// `1,000.5` and `1,234,567`. A single group without decimals (`1,234`) may be a decimal comma, so it is refused.
    private func grouped(_ bytes: Span<UInt8>, _ range: Range<Int>, group: UInt8) -> Outcome {
        let point = decimalComma ? UInt8(ascii: ",") : UInt8(ascii: ".")
        var plain: [UInt8] = []
        var run = 0
        var groups = 0
        var fraction = false
        for index in range {
            let byte = bytes[index]
            if byte == group {
                guard !fraction, groups == 0 ? (1...3).contains(run) : run == 3 else { return .bad(.badNumber) }
                groups += 1
                run = 0
            } else if byte == point {
                guard !fraction, run == 3 else { return .bad(.badNumber) }
                fraction = true
                plain.append(byte)
            } else if byte &- 0x30 <= 9 {
                run += 1
                plain.append(byte)
            } else if index == range.lowerBound, byte == UInt8(ascii: "-") {
                plain.append(byte)
            } else {
                return .bad(.badNumber)
            }
        }
        guard fraction || run == 3 else { return .bad(.badNumber) }
        guard fraction || groups >= 2 else { return .bad(.ambiguousNumber) }
        return parse(plain.span, 0..<plain.count)
    }

    /// Long numbers and exponents, through the library's correctly rounded reader, after the characters were checked.
    private func slow(_ bytes: Span<UInt8>, _ range: Range<Int>, decimals: Int) -> Outcome {
        guard range.count <= 64 else { return .bad(.badNumber) }
        var text: [UInt8] = []
        var exponents = 0
        for index in range {
            var byte = bytes[index]
            if decimalComma, byte == UInt8(ascii: ",") { byte = UInt8(ascii: ".") }
            if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
                exponents += 1
            } else if byte &- 0x30 > 9, byte != UInt8(ascii: "."), byte != UInt8(ascii: "-"), byte != UInt8(ascii: "+")
            {
                return .bad(.badNumber)
            }
            text.append(byte)
        }
        guard exponents <= 1, let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
            return .bad(.badNumber)
        }
        return .value(value == 0 ? 0 : value, decimals: decimals)
    }

    private func isDashes(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where bytes[index] != UInt8(ascii: "-") { return false }
        return true
    }

    /// Words that exports write for "no reading".
    private func isAbsent(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard range.count <= 4 else { return false }
        var text = ""
        for index in range { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        return isDashes(bytes, range) || ["null", "NULL", "Null", "NA", "N/A"].contains(text)
    }
}

func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
