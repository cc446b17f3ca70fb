import Crypto

/// Random texts that are shown once and kept as digests only. They carry 120 bits or more: one pass of SHA-256 is
/// enough where a password needs argon2id.
enum Secrets {
    /// Random bytes; the count is the argument.
    typealias Source = @Sendable (Int) -> [UInt8]

    /// The system's generator.
    static let system: Source = { count in
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    static let tokenPrefix = "cm_"
    /// 32 bytes in base 62.
    private static let longLetters = 43
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let codeGroup = 6
    private static let codeLetters = 24

    /// 256 random bits as 43 letters and digits.
    static func long(_ random: Source) -> String {
        var number = random(32)
        var letters = [UInt8](repeating: 0, count: longLetters)
        for index in letters.indices.reversed() {
            var rest = 0
            for place in number.indices {
                let value = rest << 8 | Int(number[place])
                number[place] = UInt8(value / 62)
                rest = value % 62
            }
            letters[index] = digits[rest]
        }
        return String(decoding: letters, as: UTF8.self)
    }

    /// 120 random bits in four groups of six, for typing.
    static func code(_ random: Source) -> String {
        let letters = Array(Base32.encode(random(codeLetters * 5 / 8), alphabet: Base32.typed).utf8)
        return stride(from: 0, to: letters.count, by: codeGroup).map {
            String(decoding: letters[$0..<min($0 + codeGroup, letters.count)], as: UTF8.self)
        }.joined(separator: "-")
    }

    /// Digest of a session identifier or a token without its prefix; nil for what cannot be one.
    static func digest(long text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.count == longLetters, text.utf8.allSatisfy(digits.contains) else { return nil }
        return Array(SHA256.hash(data: Array(text.utf8)))
    }

    /// Digest of a typed code: case, spaces and hyphens do not matter, and letters that look like digits are read as
    /// such.
    static func digest(code text: String) -> [UInt8]? {
        guard text.utf8.count <= AccountLimits.secretBytes else { return nil }
        var letters: [UInt8] = []
        for letter in text.utf8 where letter != 0x20 && letter != 0x2d {
            let upper = (0x61...0x7a).contains(letter) ? letter - 0x20 : letter
            let read =
                switch upper {
                case UInt8(ascii: "O"): UInt8(ascii: "0")
                case UInt8(ascii: "I"), UInt8(ascii: "L"): UInt8(ascii: "1")
                default: upper
                }
            guard Base32.typed.contains(read) else { return nil }
            letters.append(read)
        }
        guard letters.count == codeLetters else { return nil }
        return Array(SHA256.hash(data: letters))
    }

    /// True when both are the same; the time depends on the lengths alone.
    static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
