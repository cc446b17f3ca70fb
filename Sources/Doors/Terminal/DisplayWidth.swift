/// Columns a text takes on a terminal: East Asian wide and fullwidth 2, combining marks and controls 0, all else 1.
/// Ranges from Unicode's EastAsianWidth (W and F), gathered to blocks; ambiguous characters count as narrow.
package func displayWidth(_ text: String) -> Int {
    var width = 0
    for scalar in text.unicodeScalars { width += displayWidth(scalar) }
    return width
}

private let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
    0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
]

private func displayWidth(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) { return 0 }
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
    }
}

/// Makes text from outside fit to print: control characters, escapes and bidi overrides become visible `\u{…}`.
package func printable(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
        let isBidi = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || isBidi {
            result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Shortens to `columns`, ending in `…`; never cuts a character.
package func shortened(_ text: String, to columns: Int) -> String {
    if displayWidth(text) <= columns { return text }
    var result = ""
    var width = 0
    for character in text {
        let step = displayWidth(String(character))
        if width + step > columns - 1 { break }
        result.append(character)
        width += step
    }
    return result + "…"
}
