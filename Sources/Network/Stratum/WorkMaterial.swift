/// What a job hands out to be hashed, as the wire gives it: enough, with a share, to do the work again.
package enum JobTemplate: Sendable, Hashable {
    /// Stratum V1 (`stratum.md` 1.1): the header is put together from these and the share.
    case bitcoin(BitcoinJob)
    /// ZIP-301: the header without nonce and solution.
    case equihash(EquihashJob)
    /// Stratum V2, standard jobs: the root is ready, and the share brings the rest.
    case header(HeaderJob)

    /// Bytes that remembering it costs.
    package var size: Int {
        switch self {
        case .bitcoin(let job): job.coinbase1.count + job.coinbase2.count + job.branch.count * 32 + 80
        case .equihash: 200
        case .header: 80
        }
    }
}

package struct BitcoinJob: Sendable, Hashable {
    /// 32 bytes: eight words of four bytes, each in reverse order, as the protocol sends it.
    package var previous: [UInt8]
    package var coinbase1: [UInt8]
    package var coinbase2: [UInt8]
    /// Each 32 bytes.
    package var branch: [[UInt8]]
    package var version: UInt32
    package var bits: UInt32

    package init(
        previous: [UInt8], coinbase1: [UInt8], coinbase2: [UInt8], branch: [[UInt8]], version: UInt32, bits: UInt32
    ) {
        self.previous = previous
        self.coinbase1 = coinbase1
        self.coinbase2 = coinbase2
        self.branch = branch
        self.version = version
        self.bits = bits
    }
}

/// Both 32 bytes, in the order of the header.
package struct HeaderJob: Sendable, Hashable {
    package var previous: [UInt8]
    package var root: [UInt8]
    package var bits: UInt32

    package init(previous: [UInt8], root: [UInt8], bits: UInt32) {
        self.previous = previous
        self.root = root
        self.bits = bits
    }
}

package struct EquihashJob: Sendable, Hashable {
    /// Version, previous block, merkle root, reserved: 4 + 3 x 32 bytes, in the order of the header.
    package var head: [UInt8]
    /// Four bytes in the order of the header.
    package var bits: [UInt8]
    /// First eight bytes of the personalisation where the pool names it; `ZcashPoW` otherwise.
    package var personalization: String?

    package init(head: [UInt8], bits: [UInt8], personalization: String?) {
        self.head = head
        self.bits = bits
        self.personalization = personalization
    }
}

/// What a share adds to its job.
package enum ShareMaterial: Sendable, Hashable {
    case bitcoin(extranonce2: [UInt8], time: UInt32, nonce: UInt32, versionBits: UInt32?)
    /// Siacoin: time and nonce of eight bytes each, in the order of the header.
    case sia(extranonce2: [UInt8], time: [UInt8], nonce: [UInt8])
    /// Ethash with the mix that the miner claims: 32, 8 and 32 bytes, the nonce as it is written.
    case ethash(header: [UInt8], nonce: [UInt8], mix: [UInt8])
    /// A nonce and the hash that the miner claims for it, as CryptoNote sends them: 4 or 8 and 32 bytes.
    case claim(nonce: [UInt8], hash: [UInt8])
    /// Time: four bytes in the order of the header. The solution without its length.
    case equihash(time: [UInt8], nonce2: [UInt8], solution: [UInt8])
    case header(version: UInt32, time: UInt32, nonce: UInt32)
}

enum EthashShare {
    static func read(header: JSONValue, nonce: JSONValue, mix: JSONValue) -> ShareMaterial? {
        guard let header = hexadecimalBytes(header.string, most: 32), header.count == 32,
            let nonce = hexadecimalBytes(nonce.string, most: 8), nonce.count == 8,
            let mix = hexadecimalBytes(mix.string, most: 32), mix.count == 32
        else { return nil }
        return .ethash(header: header, nonce: nonce, mix: mix)
    }
}

/// Bytes of a hexadecimal text of even length, `0x` aside; nil for anything else or more than `most` bytes.
package func hexadecimalBytes(_ text: String?, most: Int) -> [UInt8]? {
    guard let text else { return nil }
    var digits = Substring(text).utf8
    if digits.starts(with: "0x".utf8) { digits = digits.dropFirst(2) }
    guard digits.count % 2 == 0, digits.count / 2 <= most else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    var high: UInt8?
    for digit in digits {
        guard let value = hexDigit(digit) else { return nil }
        if let first = high {
            bytes.append(first << 4 | value)
            high = nil
        } else {
            high = value
        }
    }
    return bytes
}

/// A number of up to four bytes in hexadecimal, as V1 writes version, bits, time and nonce.
package func hexadecimalWord(_ text: String?) -> UInt32? {
    guard let text, (1...8).contains(text.utf8.count), text.utf8.allSatisfy({ hexDigit($0) != nil }) else { return nil }
    return UInt32(text, radix: 16)
}
