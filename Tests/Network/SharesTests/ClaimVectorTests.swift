import Shares
import Stratum
import Testing

struct SiaShareTests {
    private static let previous = [UInt8](repeating: 3, count: 32)
    private static let job = BitcoinJob(
        previous: previous, coinbase1: [1, 2, 3], coinbase2: [4, 5], branch: [[UInt8](repeating: 9, count: 32)],
        version: 0, bits: 0x1A08_645A)

    /// The header put together by hand, the other way round: RFC 7693's own vector guards the hash itself.
    @Test func `a Siacoin share holds for the target it meets and for no harder one`() throws {
        let leaf = try #require(Digests.blake2b([0, 1, 2, 3, 7, 8, 4, 5]))
        let root = try #require(Digests.blake2b([1] + [UInt8](repeating: 9, count: 32) + leaf))
        // The least work that is looked at takes 2^20 hashes: the nonce was searched for once.
        var best: (nonce: [UInt8], zeros: Int) = ([], 0)
        for number in 0..<4_000 {
            let nonce = [UInt8(number & 0xFF), UInt8(number >> 8), 0, 0, 0, 0, 0, 0]
            let header = Self.previous + nonce + [UInt8](repeating: 6, count: 8) + root
            let digest = try #require(Digests.blake2b(header))
            let zeros =
                digest.first == 0 ? 8 + digest[1].leadingZeroBitCount : (digest.first ?? 255).leadingZeroBitCount
            if zeros > best.zeros { best = (nonce, zeros) }
        }
        #expect(best.zeros >= 8)
        func check(_ difficulty: Double) -> ShareCheck.Outcome {
            ShareCheck.sia(
                Self.job, extranonce: [7, 8], time: [UInt8](repeating: 6, count: 8), nonce: best.nonce,
                difficulty: difficulty)
        }
        // A difficulty below the least work is not looked at, one above what the nonce meets is not met.
        #expect(check(Double(1 << best.zeros) / 4_294_967_296 / 2) == .notChecked)
        #expect(check(1) == .notMet)
    }

    @Test func `RFC 7693's digest comes out`() throws {
        let digest = try #require(Digests.blake2b([]))
        // BLAKE2b-256 of nothing, as published with the reference implementation.
        #expect(digest.prefix(4) == [0x0E, 0x57, 0x51, 0xC0])
    }
}

struct CoinbaseTests {
    private func bytes(_ text: String) throws -> [UInt8] { try #require(hexadecimalBytes(text, most: 4_096)) }

    private func job(_ first: String, _ second: String) throws -> BitcoinJob {
        BitcoinJob(
            previous: [UInt8](repeating: 0, count: 32), coinbase1: try bytes(first), coinbase2: try bytes(second),
            branch: [], version: 1, bits: 0x1D00_FFFF)
    }

    /// Version, one input from nothing, a script of 25 bytes: height, `/Invented Pool/`, extranonces of 4 + 4 bytes.
    private static let opening =
        "01000000" + "01" + String(repeating: "0", count: 64) + "ffffffff" + "1b" + "03aabb0c"
        + "2f496e76656e74656420506f6f6c2f"
    private static let closing =
        "ffffffff" + "02" + "00f2052a01000000" + "19" + "76a914" + String(repeating: "11", count: 20) + "88ac"
        + "0000000000000000" + "04" + "6a020102" + "00000000"

    @Test func `the operator's text and the largest output are read`() throws {
        let one = try #require(Coinbase.read(try job(Self.opening, Self.closing)))
        #expect(one.tag == "/Invented Pool/")
        #expect(one.payoutScript?.count == 25 && one.payoutScript?.first == 0x76)
    }

    @Test func `text behind the extranonce is read too`() throws {
        let tail = "2f62656869 6e642f".replacing(" ", with: "")
        let longer = Self.opening.replacing("ffffffff1b", with: "ffffffff22")
        let one = try #require(Coinbase.read(try job(longer, tail + Self.closing)))
        #expect(one.tag == "/Invented Pool/ /behind/")
    }

    @Test func `anything cut, lengthened or turned around is read without harm`() throws {
        let first = try bytes(Self.opening)
        let second = try bytes(Self.closing)
        for cut in 0...first.count {
            let one = BitcoinJob(
                previous: [], coinbase1: Array(first.prefix(cut)), coinbase2: second, branch: [], version: 1, bits: 1)
            _ = Coinbase.read(one)
        }
        for cut in 0...second.count {
            var turned = second
            turned.swapAt(0, max(0, cut - 1))
            let one = BitcoinJob(
                previous: [], coinbase1: first, coinbase2: Array(turned.prefix(cut)), branch: [], version: 1, bits: 1)
            if cut < second.count { #expect(Coinbase.read(one)?.payoutScript == nil) }
        }
    }
}
