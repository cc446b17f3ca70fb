import Shares

/// Base 58 as Bitcoin and as CryptoNote write it. Only short texts: work grows with the square of the length.
enum Base58 {
    private static let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
    private static let values: [Int8] = {
        var values = [Int8](repeating: -1, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = Int8(value) }
        return values
    }()
    static let longest = 128

    /// The number's bytes, leading ones as zeros; nil for another letter or too long a text.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard (1...longest).contains(text.count) else { return nil }
        var bytes: [UInt8] = []
        var zeros = 0
        for letter in text {
            guard values[Int(letter)] >= 0 else { return nil }
            if bytes.isEmpty, values[Int(letter)] == 0 {
                zeros += 1
                continue
            }
            var carry = Int(values[Int(letter)])
            for place in bytes.indices {
                carry += Int(bytes[place]) * 58
                bytes[place] = UInt8(carry & 0xFF)
                carry >>= 8
            }
            if carry > 0 { bytes.append(UInt8(carry)) }
        }
        return [UInt8](repeating: 0, count: zeros) + bytes.reversed()
    }

    static func encode(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        for byte in bytes {
            var carry = Int(byte)
            for place in digits.indices {
                carry += Int(digits[place]) << 8
                digits[place] = UInt8(carry % 58)
                carry /= 58
            }
            while carry > 0 {
                digits.append(UInt8(carry % 58))
                carry /= 58
            }
        }
        let zeros = bytes.prefix { $0 == 0 }.count
        let letters = [UInt8](repeating: alphabet[0], count: zeros) + digits.reversed().map { alphabet[Int($0)] }
        return String(decoding: letters, as: UTF8.self)
    }

    /// Version and payload with the last four bytes' check taken off; `holds` says whether SHA-256d agrees.
    static func checked(_ text: some Collection<UInt8>) -> (bytes: [UInt8], holds: Bool)? {
        guard let all = decode(text), all.count > 5 else { return nil }
        let body = Array(all.dropLast(4))
        return (body, Array(all.suffix(4)) == Array(Digests.sha256d(body).prefix(4)))
    }

    static func withCheck(_ body: [UInt8]) -> String { encode(body + Digests.sha256d(body).prefix(4)) }

    /// CryptoNote writes blocks of eight bytes as eleven letters each (CNS007); 95 letters are 69 bytes, 106 are 77.
    static func decodeCryptoNote(_ text: [UInt8]) -> [UInt8]? {
        let sizes = [0, 2, 3, 5, 6, 7, 9, 10, 11]
        guard (12...longest).contains(text.count) else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 11) {
            let part = text[start..<min(start + 11, text.count)]
            guard let size = sizes.firstIndex(of: part.count), size > 0 else { return nil }
            var value: UInt64 = 0
            for letter in part {
                guard values[Int(letter)] >= 0 else { return nil }
                let (product, isOver) = value.multipliedReportingOverflow(by: 58)
                let (sum, isMore) = product.addingReportingOverflow(UInt64(values[Int(letter)]))
                guard !isOver, !isMore else { return nil }
                value = sum
            }
            guard size == 8 || value >> UInt64(8 * size) == 0 else { return nil }
            bytes += (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        }
        return bytes
    }
}
