/// Checks a solution of Equihash (Biryukov and Khovratovich, NDSS 2016; Zcash protocol specification, 7.7.1): 2^k distinct
/// indices whose hashes cancel step by step, written in n / (k + 1) + 1 bits each.
package struct EquihashSolution {
    package let n: Int
    package let k: Int

    /// Nil for parameters that are not in use: k from 1 to 9, and hashes that fit BLAKE2b.
    package init?(n: Int, k: Int) {
        guard (1...9).contains(k), (24...256).contains(n), n % 8 == 0, n % (k + 1) == 0, n / (k + 1) <= 30 else {
            return nil
        }
        self.n = n
        self.k = k
    }

    /// The parameters that a solution of this length belongs to; nil when none in use does.
    package static func parameters(bytes: Int) -> EquihashSolution? {
        for (n, k) in [(200, 9), (144, 5), (192, 7), (125, 4), (96, 5)] {
            if let one = EquihashSolution(n: n, k: k), one.length == bytes { return one }
        }
        return nil
    }

    private var indexBits: Int { n / (k + 1) + 1 }
    private var collisionBits: Int { n / (k + 1) }
    /// Bytes of a solution.
    package var length: Int { (1 << k) * indexBits / 8 }
    private var hashBytes: Int { n / 8 }
    /// Hashes that one call of BLAKE2b gives.
    private var hashesACall: Int { 512 / n }

    /// - Parameters:
    ///   - header: everything that is hashed before the index: the block header with its nonce.
    ///   - personalization: its first eight bytes; n and k follow (Zcash: `ZcashPoW`).
    package func holds(_ solution: [UInt8], header: [UInt8], personalization: [UInt8]) -> Bool {
        guard solution.count == length, personalization.count == 8 else { return false }
        let person = personalization + littleEndian(UInt32(n)) + littleEndian(UInt32(k))
        let indices = unpack(solution)
        guard indices.count == 1 << k, Set(indices).count == indices.count else { return false }
        var rows: [(hash: [UInt8], first: UInt32)] = []
        for index in indices {
            guard let hash = hash(index, header, person) else { return false }
            rows.append((hash, index))
        }
        // Neighbours are joined round by round: the left begins with the smaller index, and the joined hash begins with
        // `collisionBits` more zero bits each time.
        for round in 1...k {
            var joined: [(hash: [UInt8], first: UInt32)] = []
            for place in stride(from: 0, to: rows.count, by: 2) {
                guard rows[place].first < rows[place + 1].first else { return false }
                let sum = zip(rows[place].hash, rows[place + 1].hash).map { $0 ^ $1 }
                let zeros = round == k ? n : round * collisionBits
                guard leadingZeros(sum) >= zeros else { return false }
                joined.append((sum, rows[place].first))
            }
            rows = joined
        }
        return rows.count == 1
    }

    private func hash(_ index: UInt32, _ header: [UInt8], _ person: [UInt8]) -> [UInt8]? {
        let call = index / UInt32(hashesACall)
        let size = hashesACall * hashBytes
        guard let whole = Digests.blake2b(header + littleEndian(call), size: size, personalization: person) else {
            return nil
        }
        let start = Int(index % UInt32(hashesACall)) * hashBytes
        return Array(whole[start..<(start + hashBytes)])
    }

    /// Indices are written one after another, most significant bit first.
    private func unpack(_ solution: [UInt8]) -> [UInt32] {
        var indices: [UInt32] = []
        var held: UInt64 = 0
        var bits = 0
        for byte in solution {
            held = held << 8 | UInt64(byte)
            bits += 8
            while bits >= indexBits {
                bits -= indexBits
                indices.append(UInt32(truncatingIfNeeded: held >> UInt64(bits) & (1 << UInt64(indexBits) - 1)))
            }
        }
        return indices
    }

    private func leadingZeros(_ bytes: [UInt8]) -> Int {
        var zeros = 0
        for byte in bytes {
            zeros += byte.leadingZeroBitCount
            if byte != 0 { break }
        }
        return zeros
    }

    private func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }
}
