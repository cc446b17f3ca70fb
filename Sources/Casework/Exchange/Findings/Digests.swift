import Crypto
import FoundationEssentials

/// Digests and names made from them.
enum Digests {
    static func sha256(_ bytes: some Sequence<UInt8>) -> String { hex(SHA256.hash(data: Data(bytes))) }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Lower-case hexadecimal only: one value has one spelling, or a signature would have several.
    static func bytes(hex text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    static func isSHA256(_ text: String) -> Bool { text.utf8.count == 64 && bytes(hex: text) != nil }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    /// SHA-256 over fields with their lengths before them, so that no two lists of fields make the same bytes.
    static func key(_ fields: [String]) -> String { sha256(fields.map { "\($0.utf8.count):\($0)" }.joined().utf8) }

    /// A name-based UUID (RFC 9562, version 5).
    static func uuid5(_ namespace: Namespace, _ name: String) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Data(bytes(hex: namespace.rawValue) ?? []))
        hash.update(data: Data(name.utf8))
        var raw = Array(hash.finalize().prefix(16))
        raw[6] = raw[6] & 0x0F | 0x50
        raw[8] = raw[8] & 0x3F | 0x80
        let text = hex(raw)
        var groups: [Substring] = []
        var rest = text[...]
        for width in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(width))
            rest = rest.dropFirst(width)
        }
        return groups.joined(separator: "-")
    }

    enum Namespace: String {
        /// For the identifiers of cyber-observable objects (STIX 2.1, section 2.9).
        case stixObservables = "00abedb4aa42466c9c01fed23315a9b7"
        /// Our own, for everything else.
        case own = "5f0d3c1e6b0a4a7c9a55c2f4d7e81b36"
    }
}
