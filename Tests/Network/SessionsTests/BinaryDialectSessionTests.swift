import Flows
import Sessions
import Support
import Testing
import Vocabulary

/// Dialects that are no JSON, over one flow: whole, cut elsewhere, from one side, from the middle, and what only looks so.
struct BinaryDialectSessionTests {
    /// What makes one and the same session, however the bytes came.
    private struct Outline: Equatable, CustomStringConvertible {
        var words: [String]
        var description: String { words.joined(separator: " ") }

        init(_ session: SessionObservation) {
            words = [
                "\(session.tier)", session.dialect, "\(session.probability)", session.account ?? "-",
                session.worker ?? "-", session.agent ?? "-", session.poolName ?? "-", "\(session.jobs ?? -1)",
                "\(session.submitted ?? -1)", "\(session.accepted ?? -1)", "\(session.rejected ?? -1)",
                "\(session.verified ?? -1)", "\(session.difficultyLast ?? -1)",
                session.reasons.map(\.id).joined(separator: ","),
            ]
        }
    }

    private enum Cutting: CaseIterable { case asSent, bytes, random, joined }

    private static func sessions(
        _ talk: [BinaryTalks.Piece], _ cutting: Cutting = .asSent, from: Direction? = nil, isTurned: Bool = false
    ) throws -> [SessionObservation] {
        var scene = try SessionScene()
        var source = SplitMix(seed: 91)
        var pieces = talk.filter { from == nil || $0.from == from }
        if cutting == .joined {
            pieces = pieces.reduce(into: []) { sum, next in
                if let last = sum.last, last.from == next.from {
                    sum[sum.count - 1].bytes += next.bytes
                } else {
                    sum.append(next)
                }
            }
        }
        for piece in pieces {
            let direction = isTurned ? piece.from.opposite : piece.from
            var rest = piece.bytes[...]
            while !rest.isEmpty {
                let count =
                    switch cutting {
                    case .asSent, .joined: rest.count
                    case .bytes: 1
                    case .random: Int.random(in: 1...40, using: &source)
                    }
                scene.say(direction, Array(rest.prefix(count)), after: rest.count == piece.bytes.count ? 1 : 0)
                rest = rest.dropFirst(count)
            }
        }
        return scene.finish().sessions
    }

    /// One session, the same in every cutting and with the sides turned round.
    private static func session(_ talk: [BinaryTalks.Piece]) throws -> SessionObservation {
        let whole = try #require(try sessions(talk).first)
        for cutting in Cutting.allCases {
            for isTurned in [false, true] {
                let others = try sessions(talk, cutting, isTurned: isTurned)
                #expect(others.map(Outline.init) == [Outline(whole)], "\(cutting) \(isTurned)")
            }
        }
        return whole
    }

    // MARK: Stratum V2 in clear

    @Test(arguments: [false, true])
    func `clear Stratum V2 is proved by its shares`(isExtended: Bool) throws {
        let session = try Self.session(BinaryTalks.stratumV2(isExtended: isExtended))
        #expect(session.tier == .a1 && session.dialect == "stratum-v2" && session.algorithm == "sha256d")
        #expect(session.account == "bc1account" && session.worker == "rig1" && session.coin == "BTC")
        #expect(session.agent == "Invented S1 7.1" && session.poolName == "pool.example.org:34254")
        #expect(session.jobs == 2 && session.submitted == 5 && session.accepted == 4 && session.rejected == 1)
        #expect(session.verified == 1 && session.difficultyLast == 1 && session.difficultySum == 4)
        #expect(session.hashrate.map { $0.value > 1e9 && $0.low > 0 } == true)
        #expect(session.evidence.contains { $0.event == "share-verified" && $0.frame == 6 })
        #expect(session.evidence.contains { $0.event == "subscribe" && $0.frame == 1 })
    }

    @Test func `one side of clear Stratum V2 is tier C and counts what it shows`() throws {
        let miner = try #require(try Self.sessions(BinaryTalks.stratumV2(), from: .clientToServer).first)
        #expect(miner.tier == .c && miner.submitted == 5 && miner.accepted == nil && miner.account == "bc1account")
        let pool = try #require(try Self.sessions(BinaryTalks.stratumV2(), from: .serverToClient).first)
        #expect(pool.tier == .c && pool.submitted == nil && pool.accepted == 4 && pool.rejected == 1)
        #expect(pool.jobs == 2 && pool.against.contains { $0.id == "pool-side-only" })
    }

    @Test func `clear Stratum V2 is read from the middle, at either side's next frame`() throws {
        let talk = Array(BinaryTalks.stratumV2().dropFirst(4))
        let session = try #require(try Self.sessions(talk).first)
        #expect(session.tier == .b && session.jobs == 2 && session.submitted == 5 && session.accepted == 4)
        #expect(session.account == nil && session.verified == nil && session.hashrate == nil)
    }

    @Test func `a gap costs what it holds and no more`() throws {
        var scene = try SessionScene()
        for (index, piece) in BinaryTalks.stratumV2().enumerated() {
            guard index == 6 else {
                scene.say(piece.from, piece.bytes)
                continue
            }
            scene.lose(piece.from, piece.bytes.count)
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.tier == .a1 && session.submitted == 4 && session.accepted == 4)
    }

    @Test func `the other protocols of Stratum V2 are no mining session`() throws {
        for use: UInt8 in 1...2 {
            let talk = [
                BinaryTalks.Piece(.clientToServer, BinaryTalks.setup(use: use)),
                BinaryTalks.Piece(.serverToClient, BinaryTalks.agreed),
                BinaryTalks.Piece(.serverToClient, BinaryTalks.frame(0x70, [UInt8](repeating: 1, count: 20))),
            ]
            #expect(try Self.sessions(talk).isEmpty)
        }
    }

    @Test func `a pool that claims more than was sent does not overflow`() throws {
        let most: UInt64 = 0xFFFF_FFFF
        var talk = BinaryTalks.stratumV2()
        for _ in 0..<50 {
            talk.append(BinaryTalks.Piece(.serverToClient, BinaryTalks.taken(last: most, count: most)))
        }
        let session = try #require(try Self.sessions(talk).first)
        #expect(session.accepted.map { $0 < 100_000 } == true)
    }

    // MARK: What cannot be read

    private static let chain = [64, 234, 121, 44, 95, 256, 62, 58, 62, 86]

    @Test(arguments: [chain, [32, 170] + chain.dropFirst(2)])
    func `sealed Stratum V2 is inferred from its turns`(lengths: [Int]) throws {
        for seed: UInt64 in 1...20 {
            let session = try Self.session(BinaryTalks.turns(lengths, seed: seed))
            #expect(session.tier == .d && session.dialect == "stratum-v2" && session.probability == 0.7)
            #expect(session.jobs == nil && session.submitted == nil && session.hashrate == nil)
            #expect(session.evidence.contains { $0.event == "noise-handshake" })
        }
    }

    @Test func `a chain that breaks anywhere is nothing`() throws {
        for place in 0..<6 {
            for change in [-1, 1] {
                var lengths = Self.chain
                lengths[place] += change
                // The set-up and the opening may be longer; the last turn may too.
                if place == 2 || place == 4 || place == 5 { lengths[place] = change < 0 ? 40 : 3_000 }
                if place == 5, change > 0 { continue }
                #expect(try Self.sessions(BinaryTalks.turns(lengths, seed: 7)).isEmpty, "\(lengths)")
            }
        }
        for count in 1...5 {
            #expect(try Self.sessions(BinaryTalks.turns(Array(Self.chain.prefix(count)), seed: 7)).isEmpty)
        }
        for side in [Direction.clientToServer, .serverToClient] {
            #expect(try Self.sessions(BinaryTalks.turns(Self.chain, seed: 7), from: side).isEmpty)
        }
        var plain = BinaryTalks.turns(Self.chain, seed: 7)
        plain[0].bytes = [0xE7] + [UInt8](repeating: 0x41, count: 63)
        #expect(try Self.sessions(plain).isEmpty)
    }

    @Test func `DATUM is told by the header of its first message`() throws {
        let session = try Self.session(BinaryTalks.datum())
        #expect(session.tier == .d && session.dialect == "datum" && session.evidence.map(\.frame) == [1])
        #expect(try Self.sessions(BinaryTalks.datum(), from: .clientToServer).count == 1)
        for error in [-3, -1, 1, 2, 256] { #expect(try Self.sessions(BinaryTalks.datum(error: error)).isEmpty) }
        #expect(try Self.sessions(BinaryTalks.datum(length: 120)).isEmpty)
    }

    @Test func `P2Pool peers are told by both openings`() throws {
        for seed: UInt64 in 1...20 {
            let session = try Self.session(BinaryTalks.p2pool(seed: seed))
            #expect(session.tier == .c && session.dialect == "p2pool" && session.jobs == nil)
            #expect(session.reasons.map(\.id) == ["peer-handshake"])
        }
        // Less than all of both: inferred.
        #expect(try Self.sessions(BinaryTalks.p2pool(), from: .clientToServer).map(\.tier) == [.d])
        #expect(try Self.sessions(Array(BinaryTalks.p2pool().prefix(4))).map(\.tier) == [.d])
        #expect(try Self.sessions(Array(BinaryTalks.p2pool().prefix(3))).isEmpty)
        #expect(try Self.sessions(BinaryTalks.p2pool(second: 4)).isEmpty)
    }

    @Test func `P2Pool's opening and another protocol's answer is nothing`() throws {
        var talk = BinaryTalks.p2pool()
        talk[1].bytes = [0] + [UInt8](repeating: 7, count: 40)
        #expect(try Self.sessions(talk).isEmpty)
    }

    @Test func `a tunnel with the same first value is told by its frames`() throws {
        let session = try Self.session(BinaryTalks.staticIV())
        #expect(session.tier == .d && session.dialect == "static-iv-tunnel" && session.probability == 0.5)
        #expect(session.against.map(\.id) == ["inferred-only"])
        #expect(try Self.sessions(BinaryTalks.staticIV(frames: 12), from: .clientToServer).count == 1)
        #expect(try Self.sessions(Array(BinaryTalks.staticIV(frames: 20).dropFirst(5))).count == 1)
    }

    @Test func `fewer frames, other first blocks or other lengths are no tunnel`() throws {
        #expect(try Self.sessions(BinaryTalks.staticIV(frames: 7)).isEmpty)
        #expect(try Self.sessions(BinaryTalks.staticIV(repeats: false)).isEmpty)
        #expect(try Self.sessions(BinaryTalks.staticIV(step: 15)).isEmpty)
        // The same frame again and again: a keep-alive.
        let one = BinaryTalks.staticIV(frames: 1)
        #expect(try Self.sessions((0..<12).flatMap { _ in one }).isEmpty)
        // A fixed text in front, whatever follows.
        var texts = BinaryTalks.staticIV()
        for place in texts.indices {
            texts[place].bytes.replaceSubrange(4..<20, with: [UInt8](repeating: 0x20, count: 16))
        }
        #expect(try Self.sessions(texts).isEmpty)
    }

    // MARK: Duino-Coin

    @Test(arguments: [true, false])
    func `Duino-Coin's lines are a session`(endsLines: Bool) throws {
        let session = try Self.session(BinaryTalks.duino(endsLines: endsLines))
        #expect(session.tier == .b && session.dialect == "duino-coin" && session.algorithm == "duco-s1")
        #expect(session.account == "someone" && session.worker == "rig1")
        #expect(session.agent == "Invented AVR Miner 4.3" && session.submitted == 4)
        #expect(session.accepted == 3 && session.rejected == 1 && session.difficultyLast == 10)
    }

    @Test func `one side of Duino-Coin is tier C`() throws {
        let miner = try #require(try Self.sessions(BinaryTalks.duino(), from: .clientToServer).first)
        #expect(miner.tier == .c && miner.submitted == 4 && miner.accepted == nil)
        let pool = try #require(try Self.sessions(BinaryTalks.duino(), from: .serverToClient).first)
        #expect(pool.tier == .c && pool.submitted == nil && pool.accepted == 3)
        #expect(try Self.sessions(Array(BinaryTalks.duino().dropFirst(3))).first?.submitted == 3)
    }

    @Test func `other lines between commas are no Duino-Coin`() throws {
        for text in ["JOB,alice,A4\n12,3.5,page\n", "JOB,alice,A4\nJOB,bob,A4\n", "4.3\nGOOD\nBAD\n", "JOB,a\nJOB\n"] {
            let talk = [
                BinaryTalks.Piece(.clientToServer, Array(text.utf8)),
                BinaryTalks.Piece(.serverToClient, Array("OK\n".utf8)),
            ]
            #expect(try Self.sessions(talk).isEmpty, "\(text)")
        }
        let hashes = "\(BinaryTalks.hashes.0),\(BinaryTalks.hashes.1),10\n"
        let list = BinaryTalks.Piece(.serverToClient, Array(String(repeating: hashes, count: 50).utf8))
        #expect(try Self.sessions([list]).isEmpty)
    }

    // MARK: False alarms

    @Test func `random bytes in random turns are nothing`() throws {
        var source = SplitMix(seed: 12)
        for seed: UInt64 in 0..<400 {
            let lengths = (0..<6).map { _ in Int.random(in: 1...400, using: &source) }
            var talk = BinaryTalks.turns(lengths, seed: seed)
            // Every beginning that a first byte can lead to.
            talk[0].bytes[0] = UInt8(truncatingIfNeeded: seed)
            #expect(try Self.sessions(talk, seed % 2 == 0 ? .asSent : .random).isEmpty)
        }
    }

    @Test func `peers of Bitcoin that encrypt (BIP-324) are nothing`() throws {
        var source = SplitMix(seed: 13)
        for seed: UInt64 in 0..<200 {
            // Key and garbage of both, then terminator and version; at times with the same garbage as none.
            let garbage = (0..<2).map { _ in seed % 3 == 0 ? 0 : Int.random(in: 0...4_095, using: &source) }
            let lengths = [64 + garbage[0], 64 + garbage[1] + 36, 16 + 20 + 120, 44, 120, 300]
            #expect(try Self.sessions(BinaryTalks.turns(lengths, seed: seed)).isEmpty)
        }
    }

    @Test(arguments: [
        "16030100f8010000f40303", "5353482d322e302d4f70656e5353485f392e320d0a",
        "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a000000040000000000",
        "00000085ff534d4272000000001853c8", "0000002cfe534d4240000100",
        "000000080404d2162f", "0000002c00000002000000010005636f6e73", "0300002f2ae00000000000436f6f6b69653a20",
        "101a00044d51545404020001000e", "001e120b01000001000000000000076578616d706c65036f726700",
        "f9beb4d976657273696f6e000000000066000000", "0121010101010101", "13426974546f7272656e742070726f746f636f6c",
        "0000000000000000000000000000000000000000000000000000", "050100", "4a0000000a382e302e3336",
    ])
    func `the openings of other protocols are nothing`(text: String) throws {
        var source = SplitMix(seed: 14)
        let opening = BinaryTalks.hexadecimal(text)
        let talk = (0..<24).map { index in
            BinaryTalks.Piece(
                index % 2 == 0 ? .clientToServer : .serverToClient,
                opening + BinaryTalks.random(index * 7, &source))
        }
        for cutting in Cutting.allCases { #expect(try Self.sessions(talk, cutting).isEmpty, "\(cutting)") }
    }

    @Test func `damaged talks end in nothing worse than fewer counts`() throws {
        var source = SplitMix(seed: 15)
        let talks = [
            BinaryTalks.stratumV2(), BinaryTalks.stratumV2(isExtended: true), BinaryTalks.duino(),
            BinaryTalks.p2pool(), BinaryTalks.staticIV(), BinaryTalks.datum(),
        ]
        for talk in talks {
            for _ in 0..<150 {
                var damaged = talk
                for _ in 0...Int.random(in: 0...3, using: &source) {
                    let piece = Int.random(in: damaged.indices, using: &source)
                    let byte = Int.random(in: damaged[piece].bytes.indices, using: &source)
                    damaged[piece].bytes[byte] = UInt8.random(in: 0...255, using: &source)
                }
                for session in try Self.sessions(damaged, .random) {
                    #expect([session.difficultyLast, session.hashrate?.value].allSatisfy { $0?.isFinite ?? true })
                    #expect(session.submitted.map { $0 <= 5 } ?? true)
                }
            }
        }
    }
}
