/// One spelling for letters that only look different: width, case, and the fancy alphabets of Unicode.
enum TextFold {
    static func plain(_ text: String) -> String {
        var result = ""
        result.unicodeScalars.reserveCapacity(text.unicodeScalars.count)
        for scalar in text.unicodeScalars { result.unicodeScalars.append(plain(scalar)) }
        return result.lowercased()
    }

    private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        let value = scalar.value
        switch value {
        case 0x3000: return " "
        // Full-width forms of ! to ~.
        case 0xFF01...0xFF5E: return Unicode.Scalar(value - 0xFEE0) ?? scalar
        // Letters in circles, capital and small.
        case 0x24B6...0x24CF: return Unicode.Scalar(value - 0x24B6 + 0x61) ?? scalar
        case 0x24D0...0x24E9: return Unicode.Scalar(value - 0x24D0 + 0x61) ?? scalar
        // Thirteen mathematical alphabets of 26 capitals and 26 small letters each.
        case 0x1D400...0x1D6A3: return Unicode.Scalar((value - 0x1D400) % 26 + 0x61) ?? scalar
        default: return scalar
        }
    }
}
