/// Words of host names that make an unlisted name look like a pool's (`stratum.md` 2.2). Whole words of a label only: `carpool`
/// and `minecraft` hold none.
package struct NameWords: Sendable {
    package enum Kind: String, Sendable, CaseIterable { case pool, coin, exclude }

    /// Kinds as bits, by the hash of the word.
    private var words: [UInt64: UInt8] = [:]
    /// A bit for each listed hash: most words of most names are ruled out without a look-up.
    private var listed = [UInt64](repeating: 0, count: 16)

    private static let pool: UInt8 = 1
    private static let coin: UInt8 = 2
    private static let exclude: UInt8 = 4

    package init() {}

    mutating func add(_ word: String, _ kind: Kind) {
        let hash = word.lowercased().utf8.reduce(NameWords.empty, NameWords.step)
        let bit: UInt8 =
            switch kind {
            case .pool: NameWords.pool
            case .coin: NameWords.coin
            case .exclude: NameWords.exclude
            }
        words[hash, default: 0] |= bit
        listed[Int(hash >> 60)] |= 1 << (hash >> 54 & 63)
    }

    /// FNV-1a.
    private static let empty: UInt64 = 0xCBF2_9CE4_8422_2325
    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

    private func kinds(_ hash: UInt64) -> UInt8 {
        guard listed[Int(hash >> 60)] >> (hash >> 54 & 63) & 1 != 0 else { return 0 }
        return words[hash] ?? 0
    }

    /// A word ends at a dot, a dash, an underscore, and where letters meet digits: `xmr-eu1.pool`. With its digits it may be a
    /// word too: `sha256`.
    /// - Parameter name: in lower case.
    /// - Returns: whether it has a word of a pool and one of a coin, and none that is another's.
    package func isPoolLike(_ name: [UInt8]) -> Bool {
        var found: UInt8 = 0
        var whole = NameWords.empty
        var part = NameWords.empty
        var last: UInt8 = 0
        for byte in name {
            if byte.isLetterOrDigit {
                if last != 0, byte.isDigit != last.isDigit {
                    found |= kinds(part)
                    part = NameWords.empty
                }
                part = NameWords.step(part, byte)
                whole = NameWords.step(whole, byte)
                last = byte
            } else {
                if last != 0 { found |= kinds(part) | kinds(whole) }
                (whole, part, last) = (NameWords.empty, NameWords.empty, 0)
            }
        }
        if last != 0 { found |= kinds(part) | kinds(whole) }
        return found == NameWords.pool | NameWords.coin
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (48...57).contains(self) }
    fileprivate var isLetterOrDigit: Bool { isDigit || (97...122).contains(self) || (65...90).contains(self) }
}
