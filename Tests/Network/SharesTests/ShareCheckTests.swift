import Shares
import Stratum
import Testing

/// Public blocks, and nothing that is not one.
struct ShareCheckTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 11 ^ state << 31
        }
    }

    private static func bytes(_ text: String) -> [UInt8] { hexadecimalBytes(text, most: 1 << 16) ?? [] }
    private static func text(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The first block of Bitcoin, its coinbase cut as a pool would cut it around two extranonces.
    private static let genesis = BitcoinJob(
        previous: [UInt8](repeating: 0, count: 32),
        coinbase1: bytes(
            "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054"
        ),
        coinbase2: bytes(
            "2030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f7220"
                + "62616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61de"
                + "b649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"),
        branch: [], version: 1, bits: 0x1D00_FFFF)

    private static func genesisHeader(nonce: UInt32 = 2_083_236_893, job: BitcoinJob = genesis) -> [UInt8]? {
        BitcoinHeader.build(
            job, extranonce1: bytes("696d6573"), extranonce2: [], time: 1_231_006_505, nonce: nonce, versionBits: nil,
            mask: BitcoinHeader.usualMask)
    }

    @Test func `the first block of Bitcoin is put together and verified`() throws {
        let header = try #require(Self.genesisHeader())
        #expect(
            Self.text(Digests.sha256d(header).reversed())
                == "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f")
        var tries = 0
        #expect(ShareCheck.bitcoin(header, difficulty: 1, algorithm: nil, tries: &tries) == .verified("sha256d"))
        // The same block at a difficulty that it does not reach.
        #expect(ShareCheck.bitcoin(header, difficulty: 3_000, algorithm: nil, tries: &tries) == .notMet)
        // And at one that proves nothing.
        #expect(ShareCheck.bitcoin(header, difficulty: 1e-6, algorithm: nil, tries: &tries) == .notChecked)
    }

    @Test func `the first block of Litecoin is verified by scrypt and not by SHA-256d`() throws {
        let root = Self.bytes("97ddfbbae6be97fd6cdf3e7ca13232a3afff2353e29badfab7f73011edd4ced9")
        var header: [UInt8] = [1, 0, 0, 0] + [UInt8](repeating: 0, count: 32) + root.reversed()
        for value in [1_317_972_665, 0x1E0F_FFF0, 2_084_524_493] as [UInt32] {
            header += (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
        }
        #expect(
            Self.text(try #require(Digests.scrypt(header)).reversed())
                == "0000050c34a64b415b6b15b37f2216634b5b1669cb9a2e38d76f7213b0671e00")
        var tries = 2
        // The block took some 2^21 hashes; pools count 2^16 to a difficulty of 1.
        #expect(ShareCheck.bitcoin(header, difficulty: 16, algorithm: nil, tries: &tries) == .verified("scrypt"))
        #expect(tries == 1)
        #expect(ShareCheck.bitcoin(header, difficulty: 16, algorithm: "sha256d", tries: &tries) == .notMet)
        #expect(tries == 1)
        tries = 0
        #expect(ShareCheck.bitcoin(header, difficulty: 16, algorithm: nil, tries: &tries) == .notMet)
    }

    @Test func `a hundred thousand changed bits verify nothing`() throws {
        var random = Random(state: 3)
        let header = try #require(Self.genesisHeader())
        var tries = 0
        var wrong = 0
        for _ in 0..<100_000 {
            var changed = header
            let bit = Int.random(in: 0..<640, using: &random)
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            if case .verified = ShareCheck.bitcoin(changed, difficulty: 1, algorithm: nil, tries: &tries) { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test func `rolled version bits stay inside the mask`() throws {
        var job = Self.genesis
        job.version = 0x2000_0000
        func version(_ bits: UInt32?, _ mask: UInt32) throws -> [UInt8] {
            let header = try #require(
                BitcoinHeader.build(
                    job, extranonce1: [], extranonce2: [], time: 0, nonce: 0, versionBits: bits, mask: mask))
            return Array(header[0..<4].reversed())
        }
        #expect(try version(nil, 0x1FFF_E000) == [0x20, 0, 0, 0])
        #expect(try version(0x00E0_8000, 0x1FFF_E000) == [0x20, 0xE0, 0x80, 0])
        #expect(try version(0xFFFF_FFFF, 0x00FF_0000) == [0x20, 0xFF, 0, 0])
    }

    @Test func `parts that fit no header are refused`() {
        var job = Self.genesis
        job.previous = [1, 2]
        #expect(Self.genesisHeader(job: job) == nil)
        job = Self.genesis
        job.branch = [[1]]
        #expect(Self.genesisHeader(job: job) == nil)
        job.branch = Array(repeating: [UInt8](repeating: 0, count: 32), count: ShareLimits.branchHashes + 1)
        #expect(Self.genesisHeader(job: job) == nil)
        var tries = 1
        #expect(ShareCheck.bitcoin([1, 2, 3], difficulty: 1, algorithm: nil, tries: &tries) == .notChecked)
    }

    @Test func `targets are exact, whatever the difficulty`() {
        #expect(Target(difficulty: 1) == Target((0x0000_0000_FFFF_0000, 0, 0, 0)))
        #expect(Target(difficulty: 1, shift: 16) == Target((0x0000_FFFF_0000_0000, 0, 0, 0)))
        #expect(Target(difficulty: 2) == Target((0x0000_0000_7FFF_8000, 0, 0, 0)))
        #expect(Target(difficulty: 0.5) == Target((0x0000_0001_FFFE_0000, 0, 0, 0)))
        for bad in [0, -1, Double.nan, .infinity, .leastNonzeroMagnitude] { #expect(Target(difficulty: bad) == nil) }
        #expect(Target(difficulty: 1e-300) == Target.largest)
        #expect(Target(difficulty: 1e300) == Target((0, 0, 0, 0)))
        // A plain twin: schoolbook division of the number written in 16-bit digits, for whole difficulties.
        var random = Random(state: 9)
        for _ in 0..<2_000 {
            let difficulty = UInt64.random(in: 1..<(1 << 40), using: &random)
            var digits = [UInt64](repeating: 0, count: 16)
            digits[2] = 0xFFFF
            var rest: UInt64 = 0
            for place in digits.indices {
                let value = rest << 16 | digits[place]
                digits[place] = value / difficulty
                rest = value % difficulty
            }
            func word(_ at: Int) -> UInt64 { digits[at..<(at + 4)].reduce(0) { $0 << 16 | $1 } }
            #expect(Target(difficulty: Double(difficulty)) == Target((word(0), word(4), word(8), word(12))))
        }
    }

    @Test func `BLAKE2b gives the vectors of its standard`() throws {
        let abc = try #require(
            Digests.blake2b(Array("abc".utf8), size: 64, personalization: [UInt8](repeating: 0, count: 16)))
        #expect(Self.text(abc).hasPrefix("ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"))
        #expect(Digests.blake2b([], size: 64, personalization: [1]) == nil)
    }
}
