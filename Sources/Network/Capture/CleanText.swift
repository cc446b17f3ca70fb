/// Text that came with evidence, made safe to write, show and print: always valid UTF-8, without control characters.
enum CleanText {
    /// At most `limit` bytes of UTF-8, cut between characters. Line breaks and tabs become spaces; other control
    /// characters, invisible formatting (direction marks among them: they make text read as what it is not) and code points
    /// without a meaning become U+FFFD.
    static func utf8(_ text: String, limit: Int) -> [UInt8] {
        var clean: [UInt8] = []
        clean.reserveCapacity(min(limit, text.utf8.count))
        for scalar in text.unicodeScalars {
            let bytes = UTF8.encode(replacement(scalar)) ?? UTF8.encodedReplacementCharacter
            guard clean.count + bytes.count <= limit else { break }
            clean.append(contentsOf: bytes)
        }
        return clean
    }

    /// The same for bytes that ought to be text.
    static func string(_ bytes: ArraySlice<UInt8>, limit: Int) -> String {
        // Cut first: a scalar takes four bytes at most, so nothing that would be kept is lost.
        String(decoding: utf8(String(decoding: bytes.prefix(limit), as: UTF8.self), limit: limit), as: UTF8.self)
    }

    private static func replacement(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.value >= 0x20, scalar.value < 0x7F { return scalar }
        if scalar.value >= 0x09, scalar.value <= 0x0D { return " " }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate:
            return "\u{FFFD}"
        default: return scalar
        }
    }
}
