/// Keccak before its standard form (padding 0x01, not SHA-3's 0x06), as CryptoNote and Ethereum use it (Bertoni et al., The
/// Keccak reference, 3.0). No library at hand has this padding.
package enum Keccak {
    package static func hash256(_ bytes: [UInt8]) -> [UInt8] { sponge(bytes, size: 32) }
    package static func hash512(_ bytes: [UInt8]) -> [UInt8] { sponge(bytes, size: 64) }

    private static func sponge(_ bytes: [UInt8], size: Int) -> [UInt8] {
        let rate = 200 - 2 * size
        var state = [UInt64](repeating: 0, count: 25)
        var padded = bytes
        padded.append(1)
        while padded.count % rate != 0 { padded.append(0) }
        padded[padded.count - 1] |= 0x80
        for block in stride(from: 0, to: padded.count, by: rate) {
            for place in 0..<rate { state[place / 8] ^= UInt64(padded[block + place]) << UInt64(8 * (place % 8)) }
            permute(&state)
        }
        return (0..<size).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64(8 * ($0 % 8))) }
    }

    private static func permute(_ state: inout [UInt64]) {
        for constant in constants {
            // Theta: each column's parity goes into its neighbours.
            var parity = [UInt64](repeating: 0, count: 5)
            for x in 0..<5 { parity[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] }
            for x in 0..<5 {
                let mixed = parity[(x + 4) % 5] ^ rotated(parity[(x + 1) % 5], 1)
                for y in stride(from: 0, to: 25, by: 5) { state[x + y] ^= mixed }
            }
            // Rho and pi: each lane is turned and moves to its new place.
            var moved = [UInt64](repeating: 0, count: 25)
            for x in 0..<5 {
                for y in 0..<5 { moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotated(state[x + 5 * y], turns[x + 5 * y]) }
            }
            for y in stride(from: 0, to: 25, by: 5) {
                for x in 0..<5 { state[x + y] = moved[x + y] ^ ~moved[(x + 1) % 5 + y] & moved[(x + 2) % 5 + y] }
            }
            state[0] ^= constant
        }
    }

    private static func rotated(_ value: UInt64, _ by: UInt64) -> UInt64 {
        by == 0 ? value : value << by | value >> (64 - by)
    }

    /// Rotations of rho: triangular numbers modulo 64, along the walk of pi.
    private static let turns: [UInt64] = {
        var turns = [UInt64](repeating: 0, count: 25)
        var (x, y) = (1, 0)
        for step in 0..<24 {
            turns[x + 5 * y] = UInt64((step + 1) * (step + 2) / 2 % 64)
            (x, y) = (y, (2 * x + 3 * y) % 5)
        }
        return turns
    }()

    /// Constants of iota, from the linear feedback register x^8 + x^6 + x^5 + x^4 + 1.
    private static let constants: [UInt64] = {
        var register: UInt8 = 1
        return (0..<24).map { _ in
            var constant: UInt64 = 0
            for bit in 0..<7 {
                if register & 1 != 0 { constant |= 1 << UInt64((1 << bit) - 1) }
                register = register & 0x80 != 0 ? register << 1 ^ 0x71 : register << 1
            }
            return constant
        }
    }()
}
