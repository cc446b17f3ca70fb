import Shares
import Testing

/// Small parameters, solved here in the plainest way, and checked by the code that checks the large ones.
struct EquihashSolutionTests {
    private static let header = Array("a header of no block".utf8)
    private static let person = Array("ZcashPoW".utf8)
    private static let n = 48
    private static let k = 5

    private struct Row {
        var hash: [UInt8]
        var indices: [UInt32]
    }

    private static func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }

    /// Wagner's algorithm without any of its economies. All solutions, as bytes.
    private static func solve(_ header: [UInt8]) throws -> [[UInt8]] {
        let collision = n / (k + 1)
        let calls = 512 / n
        var rows: [Row] = []
        let suffix = person + littleEndian(UInt32(n)) + littleEndian(UInt32(k))
        for index in 0..<(UInt32(1) << UInt32(collision + 1)) {
            let digest = try #require(
                Digests.blake2b(
                    header + littleEndian(index / UInt32(calls)), size: calls * n / 8, personalization: suffix))
            let start = Int(index) % calls * (n / 8)
            rows.append(Row(hash: Array(digest[start..<(start + n / 8)]), indices: [index]))
        }
        // Eight bits collide at a time, which is a byte of the hash.
        for round in 1...k {
            var next: [Row] = []
            for group in Dictionary(grouping: rows, by: { $0.hash[round - 1] }).values {
                for (place, left) in group.enumerated() {
                    for right in group[(place + 1)...] where Set(left.indices).isDisjoint(with: right.indices) {
                        let sum = zip(left.hash, right.hash).map { $0 ^ $1 }
                        if round == k, sum.contains(where: { $0 != 0 }) { continue }
                        let ordered = left.indices[0] < right.indices[0]
                        next.append(
                            Row(
                                hash: sum,
                                indices: ordered ? left.indices + right.indices : right.indices + left.indices))
                    }
                }
            }
            rows = next
        }
        return rows.map { pack($0.indices) }
    }

    /// Nine bits each.
    private static func pack(_ indices: [UInt32]) -> [UInt8] {
        var bits: [UInt8] = []
        for index in indices { for place in (0..<9).reversed() { bits.append(UInt8(index >> UInt32(place) & 1)) } }
        return stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<(start + 8)].reduce(0) { $0 << 1 | $1 }
        }
    }

    @Test func `what was solved holds, and a changed bit does not`() throws {
        let check = try #require(EquihashSolution(n: Self.n, k: Self.k))
        var solutions: [(header: [UInt8], solution: [UInt8])] = []
        for nonce in UInt8(0)..<40 where solutions.count < 4 {
            let header = Self.header + [nonce]
            solutions += try Self.solve(header).map { (header, $0) }
        }
        try #require(solutions.count >= 4)
        for (header, solution) in solutions {
            #expect(solution.count == check.length)
            #expect(check.holds(solution, header: header, personalization: Self.person))
            for bit in 0..<(solution.count * 8) {
                var changed = solution
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(!check.holds(changed, header: header, personalization: Self.person))
            }
            #expect(!check.holds(solution, header: header + [0], personalization: Self.person))
            #expect(!check.holds(solution, header: header, personalization: Array("BgoldPoW".utf8)))
            #expect(!check.holds(Array(solution.dropLast()), header: header, personalization: Self.person))
            // Halves in the wrong order cancel as well, and are no solution.
            let indices = (0..<32).map { place in
                (0..<9).reduce(UInt32(0)) { sum, bit in
                    let at = place * 9 + bit
                    return sum << 1 | UInt32(solution[at / 8] >> UInt8(7 - at % 8) & 1)
                }
            }
            let swapped = Self.pack(Array(indices[16...] + indices[..<16]))
            #expect(!check.holds(swapped, header: header, personalization: Self.person))
        }
    }

    @Test func `parameters are known by the length of a solution`() throws {
        let zcash = try #require(EquihashSolution.parameters(bytes: 1344))
        #expect(zcash.n == 200 && zcash.k == 9)
        let gold = try #require(EquihashSolution.parameters(bytes: 100))
        #expect(gold.n == 144 && gold.k == 5)
        #expect(try #require(EquihashSolution.parameters(bytes: 400)).n == 192)
        #expect(EquihashSolution.parameters(bytes: 7) == nil)
        #expect(EquihashSolution(n: 200, k: 0) == nil)
        #expect(EquihashSolution(n: 7, k: 3) == nil)
        #expect(!zcash.holds([], header: [], personalization: Self.person))
    }
}
