/// Five bits a letter (RFC 4648 section 6), without padding.
package enum Base32 {
    /// The alphabet of authenticator apps.
    static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    /// For what people copy by hand: without I, L, O and U.
    static let typed = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    package static func encode(_ bytes: [UInt8]) -> String { encode(bytes, alphabet: standard) }

    static func encode(_ bytes: [UInt8], alphabet: [UInt8]) -> String {
        var letters: [UInt8] = []
        letters.reserveCapacity((bytes.count * 8 + 4) / 5)
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                letters.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
            }
            buffer &= 0xff
        }
        if bits > 0 { letters.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
        return String(decoding: letters, as: UTF8.self)
    }

    /// Nil for a letter outside the alphabet, a length that no bytes have, or bits left over that are not zero. Case
    /// does not matter; padding is not taken.
    package static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= AccountLimits.secretBytes, [0, 2, 4, 5, 7].contains(text.utf8.count % 8) else {
            return nil
        }
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for letter in text.utf8 {
            let upper = (0x61...0x7a).contains(letter) ? letter - 0x20 : letter
            guard let value = standard.firstIndex(of: upper) else { return nil }
            buffer = buffer << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(buffer >> UInt32(bits) & 0xff))
            }
            buffer &= (1 << UInt32(bits)) - 1
        }
        return buffer == 0 ? bytes : nil
    }
}
