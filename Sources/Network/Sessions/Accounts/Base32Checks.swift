/// Checks of addresses in base 32: Bech32 and Bech32m (BIP-173, BIP-350), and the longer code that Bitcoin Cash, Kaspa and
/// Conflux use (CashAddr; CIP-37).
enum Base32Checks {
    static let longest = 512
    private static let bech32 = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    private static let conflux = Array("abcdefghjkmnprstuvwxyz0123456789".utf8)

    /// - Returns: whether the check of six letters holds, as Bech32 or Bech32m; nil when a letter is not of the alphabet.
    static func bech32(prefix: [UInt8], data: [UInt8]) -> Bool? {
        guard data.count > 6, data.count <= longest, let values = values(data, bech32) else { return nil }
        let rest = remainder(prefix, values)
        return rest == 1 || rest == modern
    }

    /// What Bech32m leaves where Bech32 leaves 1.
    private static let modern: UInt32 = 0x2BC8_30A3

    private static func remainder(_ prefix: [UInt8], _ values: [UInt8]) -> UInt32 {
        let generators: [UInt32] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3]
        var check: UInt32 = 1
        for value in prefix.map({ $0 >> 5 }) + [0] + prefix.map({ $0 & 31 }) + values {
            let top = check >> 25
            check = (check & 0x1FF_FFFF) << 5 ^ UInt32(value)
            for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 != 0 { check ^= generator }
        }
        return check
    }

    /// The check of eight letters (40 bits).
    static func cash(prefix: [UInt8], data: [UInt8], isConflux: Bool = false) -> Bool? {
        guard data.count > 8, data.count <= longest, let values = values(data, isConflux ? conflux : bech32) else {
            return nil
        }
        let generators: [UInt64] = [
            0x98_F2BC_8E61, 0x79_B76D_99E2, 0xF3_3E5F_B3C4, 0xAE_2EAB_E2A8, 0x1E_4F43_E470,
        ]
        var check: UInt64 = 1
        for value in prefix.map({ $0 & 31 }) + [0] + values {
            let top = check >> 35
            check = (check & 0x07_FFFF_FFFF) << 5 ^ UInt64(value)
            for (bit, generator) in generators.enumerated() where top >> UInt64(bit) & 1 != 0 { check ^= generator }
        }
        return check == 1
    }

    /// A witness program as an address (BIP-173 for version 0, BIP-350 above).
    static func segwit(prefix: String, version: UInt8, program: [UInt8]) -> String {
        var values = [version]
        var (held, bits) = (UInt32(0), UInt32(0))
        for byte in program {
            held = held << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                values.append(UInt8(held >> bits & 31))
            }
        }
        if bits > 0 { values.append(UInt8(held << (5 - bits) & 31)) }
        let check = remainder(Array(prefix.utf8), values + [0, 0, 0, 0, 0, 0]) ^ (version == 0 ? 1 : modern)
        values += (0..<6).map { UInt8(check >> UInt32(5 * (5 - $0)) & 31) }
        return prefix + "1" + String(decoding: values.map { bech32[Int($0)] }, as: UTF8.self)
    }

    private static func values(_ letters: [UInt8], _ alphabet: [UInt8]) -> [UInt8]? {
        var values: [UInt8] = []
        values.reserveCapacity(letters.count)
        for letter in letters {
            guard let value = alphabet.firstIndex(of: letter) else { return nil }
            values.append(UInt8(value))
        }
        return values
    }
}
