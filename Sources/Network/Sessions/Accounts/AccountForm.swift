import Shares
import Vocabulary

/// What an account's text shows of itself: whose address it has the form of, and whether its own check holds (`stratum.md`
/// 1.21). A hint: pools pay one coin for another's work, and anybody can write an address.
package struct AccountForm: Hashable, Sendable {
    package enum Check: String, Hashable, Sendable { case holds, fails }

    /// Nil where several coins share the form.
    package var coin: String?
    /// Nil for an address form without a check.
    package var check: Check?

    /// Nil when the text has no address's form: a pool's account name.
    package static func read(_ account: String, dialect: String) -> AccountForm? {
        guard account.utf8.count <= Base32Checks.longest, account.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            return nil
        }
        if let at = account.firstIndex(of: ":") {
            let name = account[..<at].lowercased()
            let rest = String(account[account.index(after: at)...])
            return named(name, rest) ?? read(rest, dialect: dialect)
        }
        let bytes = Array(account.utf8)
        return hexadecimal(account, bytes) ?? bech32(account) ?? cryptoNote(bytes, dialect)
            ?? base58(bytes, dialect) ?? bareKaspa(bytes, dialect) ?? unreadable(bytes, dialect)
    }

    private static func check(_ holds: Bool?) -> Check? { holds.map { $0 ? .holds : .fails } }

    /// `kaspa:q…`, `cfx:a…`, `k:…`: the text before the colon says the coin.
    private static func named(_ name: String, _ rest: String) -> AccountForm? {
        let prefix = Array(name.utf8)
        let data = Array(rest.lowercased().utf8)
        switch name {
        case "kaspa", "karlsen", "bitcoincash", "ecash":
            let coin = ["kaspa": "KAS", "karlsen": "KLS", "bitcoincash": "BCH", "ecash": "XEC"][name]
            guard let holds = Base32Checks.cash(prefix: prefix, data: data) else { return nil }
            return AccountForm(coin: coin, check: check(holds))
        case "cfx":
            // `cfx:type.user:aa…`: what stands between is optional and no part of the check (CIP-37).
            let address = data.split(separator: UInt8(ascii: ":")).last.map(Array.init) ?? []
            guard let holds = Base32Checks.cash(prefix: prefix, data: address, isConflux: true) else { return nil }
            return AccountForm(coin: "CFX", check: check(holds))
        case "k": return isHexadecimalKey(rest) ? AccountForm(coin: "KDA", check: nil) : nil
        case "xel": return AccountForm(coin: "XEL", check: nil)
        default: return nil
        }
    }

    private static func isHexadecimalKey(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { $0.isHexadecimalDigit }
    }

    /// `0x` and forty digits; the case of its letters is the check (EIP-55), unless all are of one case.
    private static func hexadecimal(_ text: String, _ bytes: [UInt8]) -> AccountForm? {
        guard bytes.count == 42, text.hasPrefix("0x"), bytes.dropFirst(2).allSatisfy({ $0.isHexadecimalDigit }) else {
            return nil
        }
        let digits = Array(bytes.dropFirst(2))
        guard digits.contains(where: { (65...70).contains($0) }), digits.contains(where: { (97...102).contains($0) })
        else { return AccountForm(coin: nil, check: nil) }
        let hash = Keccak.hash256(digits.map { $0 | 0x20 })
        let holds = digits.indices.allSatisfy { place in
            guard digits[place] > 57 else { return true }
            let nibble = place % 2 == 0 ? hash[place / 2] >> 4 : hash[place / 2] & 15
            return (digits[place] < 97) == (nibble >= 8)
        }
        return AccountForm(coin: nil, check: check(holds))
    }

    private static let bech32Coins = [
        "bc": "BTC", "ltc": "LTC", "ckb": "CKB", "aleo": "ALEO", "zs": "ZEC", "u": "ZEC", "vtc": "VTC",
    ]

    private static func bech32(_ text: String) -> AccountForm? {
        let lower = text.lowercased()
        guard lower == text || text.uppercased() == text, let at = lower.lastIndex(of: "1") else { return nil }
        let name = String(lower[..<at])
        guard let coin = bech32Coins[name] else { return nil }
        let data = Array(lower[lower.index(after: at)...].utf8)
        guard data.count > 6 else { return nil }
        // Letters outside the alphabet: written like one, and wrong.
        return AccountForm(coin: coin, check: check(Base32Checks.bech32(prefix: Array(name.utf8), data: data) ?? false))
    }

    /// Monero and its kin: base 58 in blocks, the last four bytes are Keccak's.
    private static func cryptoNote(_ bytes: [UInt8], _ dialect: String) -> AccountForm? {
        guard bytes.count == 95 || bytes.count == 106 || bytes.count == 97 || bytes.count == 98,
            let all = Base58.decodeCryptoNote(bytes), all.count > 5
        else { return nil }
        let holds = Array(all.suffix(4)) == Array(Keccak.hash256(Array(all.dropLast(4))).prefix(4))
        let isMonero = [18, 19, 42].contains(all[0]) && bytes.count != 97 && bytes.count != 98
        return AccountForm(coin: isMonero && dialect == "cryptonote" ? "XMR" : nil, check: check(holds))
    }

    /// First letter to version bytes and coin; several coins share the versions of Bitcoin and of Komodo.
    private static func base58(_ bytes: [UInt8], _ dialect: String) -> AccountForm? {
        if bytes.count == 51, bytes.first == UInt8(ascii: "9"), let all = Base58.decode(bytes), all.count == 38 {
            let sum = Digests.blake2b(Array(all.dropLast(4)))
            return AccountForm(coin: "ERG", check: check(sum.map { Array($0.prefix(4)) == Array(all.suffix(4)) }))
        }
        guard (25...36).contains(bytes.count), let (body, holds) = Base58.checked(bytes) else { return nil }
        if body.count == 22 {
            switch (body[0], body[1]) {
            case (0x1C, 0xB8), (0x1C, 0xBD): return AccountForm(coin: "ZEC", check: check(holds))
            case (0x20, 0x89), (0x20, 0x96): return AccountForm(coin: "ZEN", check: check(holds))
            case (0x07, 0x3F): return AccountForm(coin: "DCR", check: check(holds))
            default: return nil
            }
        }
        guard body.count == 21 else { return nil }
        switch body[0] {
        case 0x00, 0x05: return AccountForm(coin: nil, check: check(holds))
        case 0x30, 0x32: return AccountForm(coin: "LTC", check: check(holds))
        case 0x1E, 0x16: return AccountForm(coin: "DOGE", check: check(holds))
        case 0x4C, 0x10: return AccountForm(coin: "DASH", check: check(holds))
        case 0x26: return AccountForm(coin: "BTG", check: check(holds))
        // Ravencoin, Komodo and Verus.
        case 0x3C: return AccountForm(coin: dialect == "kawpow" ? "RVN" : nil, check: check(holds))
        default: return nil
        }
    }

    /// As long as an address and begun like one, with letters that none has.
    private static func unreadable(_ bytes: [UInt8], _ dialect: String) -> AccountForm? {
        switch (dialect, bytes.count, bytes.first) {
        case ("stratum-v1", 34, UInt8(ascii: "L")), ("stratum-v1", 34, UInt8(ascii: "M")):
            AccountForm(coin: "LTC", check: .fails)
        case ("stratum-v1", 34, UInt8(ascii: "D")): AccountForm(coin: "DOGE", check: .fails)
        case ("cryptonote", 95, UInt8(ascii: "4")), ("cryptonote", 95, UInt8(ascii: "8")),
            ("cryptonote", 106, UInt8(ascii: "4")):
            AccountForm(coin: "XMR", check: .fails)
        default: nil
        }
    }

    /// Kaspa's prefix may be left out.
    private static func bareKaspa(_ bytes: [UInt8], _ dialect: String) -> AccountForm? {
        guard dialect == "kaspa", (61...63).contains(bytes.count),
            let holds = Base32Checks.cash(prefix: Array("kaspa".utf8), data: bytes)
        else { return nil }
        return AccountForm(coin: "KAS", check: check(holds))
    }
}

extension UInt8 {
    var isHexadecimalDigit: Bool { (48...57).contains(self) || (65...70).contains(self) || (97...102).contains(self) }
}

extension AccountForm {
    /// The algorithm that a coin is mined with; nil where it is not known.
    /// - Parameter time: Monero went over to RandomX on 30 November 2019 (block 1 978 433); without a time it is the present one.
    package static func algorithm(of coin: String?, at time: Instant? = nil) -> String? {
        switch coin {
        case "BTC", "BCH", "XEC": "sha256d"
        case "LTC", "DOGE": "scrypt"
        case "XMR": time.map { $0.seconds < 1_575_072_000 } == true ? "cryptonight" : "randomx"
        case "KAS": "kheavyhash"
        case "ZEC": "equihash"
        case "RVN": "kawpow"
        default: nil
        }
    }

    /// Coins that a miner of this dialect can be mining: an address of another is where the pay goes, not the work.
    package static func isMined(_ coin: String?, dialect: String, algorithm: String?) -> Bool {
        if coin != "XMR", let algorithm, let own = Self.algorithm(of: coin) { return own == algorithm }
        switch coin {
        case "BTC", "LTC", "DOGE", "BCH", "XEC", "DASH", "VTC": return dialect == "stratum-v1"
        case "ZEC", "ZEN", "BTG": return dialect == "equihash"
        case "XMR": return dialect == "cryptonote"
        case "KAS", "KLS": return dialect == "kaspa"
        case "CKB": return dialect == "ckb"
        case "CFX": return dialect == "conflux"
        case "KDA": return dialect == "kadena"
        case "ERG": return dialect == "autolykos"
        case "ALEO": return dialect == "aleo"
        case "RVN": return dialect == "kawpow"
        case "DCR": return dialect == "decred"
        case "XEL": return dialect == "xelis"
        default: return false
        }
    }
}
