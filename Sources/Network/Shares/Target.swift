/// A 256-bit number to compare hashes with, most significant word first.
package struct Target: Comparable, Sendable, Hashable {
    package let words: (UInt64, UInt64, UInt64, UInt64)

    package static let largest = Target((.max, .max, .max, .max))

    package init(_ words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// 32 bytes, the least significant first: the order in which Bitcoin counts a hash as a number.
    package init?(littleEndian bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        func word(_ at: Int) -> UInt64 { (0..<8).reduce(0) { $0 << 8 | UInt64(bytes[at + 7 - $1]) } }
        words = (word(24), word(16), word(8), word(0))
    }

    /// The target of a share of this difficulty: floor(0xffff x 2^(208 + shift) / difficulty), exactly, whatever the
    /// fraction (`stratum.md` 5.1). Scrypt pools count a difficulty in 2^16 hashes: `shift` 16. Nil for no number above 0.
    package init?(difficulty: Double, shift: Int = 0) {
        guard difficulty.isFinite, difficulty > 0, difficulty.isNormal else { return nil }
        // difficulty = divisor x 2^exponent, with a divisor of 53 bits.
        let divisor = difficulty.significandBitPattern | 1 << 52
        let zeros = 208 + shift - (Int(difficulty.exponent) - 52)
        guard zeros >= 0 else {
            words = (0, 0, 0, 0)
            return
        }
        var rest = UInt64(0xFFFF)
        var words: [UInt64] = [0, 0, 0, rest / divisor]
        rest %= divisor
        // Long division, a bit at a time: at most some 1 300 steps, once for each difficulty.
        for _ in 0..<zeros {
            if words[0] >> 63 != 0 {
                self = Target.largest
                return
            }
            rest <<= 1
            let bit: UInt64 = rest >= divisor ? 1 : 0
            if bit == 1 { rest -= divisor }
            for place in 0..<3 { words[place] = words[place] << 1 | words[place + 1] >> 63 }
            words[3] = words[3] << 1 | bit
        }
        self.words = (words[0], words[1], words[2], words[3])
    }

    package static func == (left: Target, right: Target) -> Bool { left.words == right.words }
    package static func < (left: Target, right: Target) -> Bool { left.words < right.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
