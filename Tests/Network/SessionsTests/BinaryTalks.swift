import Flows
import Support

/// Conversations that are no JSON, made by the rules of their specifications with invented content.
enum BinaryTalks {
    struct Piece: Sendable {
        var from: Direction
        var bytes: [UInt8]

        init(_ from: Direction, _ bytes: [UInt8]) {
            self.from = from
            self.bytes = bytes
        }
    }

    static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    static func hexadecimal(_ text: String) -> [UInt8] {
        let digits = text.utf8.map { $0 <= 0x39 ? $0 - 0x30 : ($0 | 0x20) - 0x57 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    static func random(_ count: Int, _ source: inout SplitMix) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &source) }
    }

    // MARK: Stratum V2 in clear

    static func frame(_ type: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let ofChannel: UInt8 = (0x15...0x25).contains(type) ? 0x80 : 0
        return [0, ofChannel, type] + little(UInt64(payload.count), 3) + payload
    }

    static func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

    /// 0xffff x 2^208, the target of difficulty 1.
    static let target = [UInt8](repeating: 0, count: 26) + [0xFF, 0xFF, 0, 0, 0, 0]
    /// The first block of Bitcoin, as a pool would have handed it out.
    static let root = hexadecimal("3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a")
    static let coinbase1 = hexadecimal(
        "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054"
    )
    static let coinbase2 = hexadecimal(
        "2030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f7220"
            + "62616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb6"
            + "49f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000")
    static let nonce: UInt64 = 0x7C2B_AC1D
    static let time: UInt64 = 0x495F_AB29
    static let bits: UInt64 = 0x1D00_FFFF

    static func setup(use: UInt8 = 0) -> [UInt8] {
        frame(
            0,
            [use, 2, 0, 2, 0, 0, 0, 0, 0] + text("pool.example.org") + little(34_254, 2) + text("Invented")
                + text("S1") + text("7.1") + text("device-1"))
    }

    static let agreed = frame(1, [2, 0, 0, 0, 0, 0])

    static func opened(isExtended: Bool) -> [Piece] {
        let rate = little(UInt64(Float(1e14).bitPattern), 4)
        let most = [UInt8](repeating: 0xFF, count: 32)
        let identity = text("bc1account.rig1")
        if isExtended {
            return [
                Piece(.clientToServer, frame(0x13, little(1, 4) + identity + rate + most + little(2, 2))),
                Piece(
                    .serverToClient,
                    frame(0x14, little(1, 4) + little(7, 4) + target + little(2, 2) + [2, 0x69, 0x6D] + little(1, 4))),
            ]
        }
        return [
            Piece(.clientToServer, frame(0x10, little(1, 4) + identity + rate + most)),
            Piece(
                .serverToClient,
                frame(0x11, little(1, 4) + little(7, 4) + target + [2, 0x69, 0x6D] + little(1, 4))),
        ]
    }

    static func job(_ number: UInt64, isExtended: Bool) -> [UInt8] {
        let head = little(7, 4) + little(number, 4) + [0] + little(1, 4)
        if !isExtended { return frame(0x15, head + root) }
        return frame(
            0x1F,
            head + [1, 0] + little(UInt64(coinbase1.count), 2) + coinbase1 + little(UInt64(coinbase2.count), 2)
                + coinbase2)
    }

    static func previous(_ job: UInt64) -> [UInt8] {
        frame(
            0x20,
            little(7, 4) + little(job, 4) + [UInt8](repeating: 0, count: 32) + little(time, 4) + little(bits, 4))
    }

    static func share(_ sequence: UInt64, job: UInt64, nonce: UInt64 = nonce, isExtended: Bool) -> [UInt8] {
        let body =
            little(7, 4) + little(sequence, 4) + little(job, 4) + little(nonce, 4) + little(time, 4) + little(1, 4)
        return isExtended ? frame(0x1B, body + [2, 0x65, 0x73]) : frame(0x1A, body)
    }

    static func taken(last: UInt64, count: UInt64) -> [UInt8] {
        frame(0x1C, little(7, 4) + little(last, 4) + little(count, 4) + little(count, 8))
    }

    static func refused(_ sequence: UInt64) -> [UInt8] {
        frame(0x1D, little(7, 4) + little(sequence, 4) + text("stale-share"))
    }

    /// Two jobs, five shares, one of which meets its target; four are taken in two answers, one is refused.
    static func stratumV2(isExtended: Bool = false) -> [Piece] {
        func share(_ sequence: UInt64, nonce: UInt64) -> Piece {
            Piece(
                .clientToServer,
                Self.share(sequence, job: sequence < 3 ? 1 : 2, nonce: nonce, isExtended: isExtended))
        }
        return [Piece(.clientToServer, setup()), Piece(.serverToClient, agreed)] + opened(isExtended: isExtended) + [
            Piece(.serverToClient, job(1, isExtended: isExtended) + previous(1)),
            share(0, nonce: nonce), share(1, nonce: 5), Piece(.serverToClient, taken(last: 1, count: 2)),
            Piece(.serverToClient, job(2, isExtended: isExtended) + previous(2)), share(2, nonce: 6),
            Piece(.serverToClient, refused(2)), share(3, nonce: 7), share(4, nonce: 8),
            Piece(.serverToClient, taken(last: 4, count: 2)),
        ]
    }

    // MARK: What cannot be read

    /// - Parameter lengths: of the turns, the initiator's first.
    static func turns(_ lengths: [Int], seed: UInt64) -> [Piece] {
        var source = SplitMix(seed: seed)
        return lengths.enumerated().map { index, length in
            // Some openings look like text, SOCKS or WebSocket by chance: not those that are tried here.
            let opening: [UInt8] = index < 2 ? [0xE7] : []
            return Piece(
                index % 2 == 0 ? .clientToServer : .serverToClient,
                opening + random(length - opening.count, &source))
        }
    }

    static func datum(length: Int = 401, error: Int = 0, seed: UInt64 = 3) -> [Piece] {
        var source = SplitMix(seed: seed)
        let said = length + error
        let head = [UInt8(said & 0xFF) ^ 0x29, UInt8(said >> 8) ^ 0x18, 0x87, 0xD7]
        return [
            Piece(.clientToServer, head + random(length, &source)),
            Piece(.serverToClient, random(300, &source)), Piece(.clientToServer, random(90, &source)),
        ]
    }

    static func p2pool(seed: UInt64 = 4, second: UInt8 = 1) -> [Piece] {
        var source = SplitMix(seed: seed)
        // With 0x5A here it would look like the answer of a SOCKS proxy.
        func challenge() -> [UInt8] { [0, 0xE7] + random(15, &source) }
        func solution() -> [UInt8] { [second] + random(40, &source) }
        let port: [UInt8] = [2] + little(37_888, 4)
        let request = [3] + [UInt8](repeating: 0, count: 32)
        return [
            Piece(.clientToServer, challenge()), Piece(.serverToClient, challenge()),
            Piece(.clientToServer, solution()), Piece(.serverToClient, solution()),
            Piece(.clientToServer, port + request), Piece(.serverToClient, port + request),
        ]
    }

    /// - Parameter step: frames are as long as a number of blocks of this many bytes.
    static func staticIV(frames: Int = 12, repeats: Bool = true, step: Int = 16, seed: UInt64 = 5) -> [Piece] {
        var source = SplitMix(seed: seed)
        let first = random(16, &source)
        return (0..<frames).map { index in
            let count = step * (10 + index % 4) - 16
            let length = UInt32(16 + count)
            let block = repeats ? first : random(16, &source)
            return Piece(
                index % 3 == 2 ? .serverToClient : .clientToServer,
                little(UInt64(length.byteSwapped), 4) + block + random(count, &source))
        }
    }

    static let hashes = (String(repeating: "5c1e90ab", count: 5), String(repeating: "0badcafe", count: 5))

    static func duino(endsLines: Bool = true, shares: Int = 4) -> [Piece] {
        func line(_ from: Direction, _ text: String) -> Piece {
            Piece(from, Array((text + (endsLines ? "\n" : "")).utf8))
        }
        var talk = [line(.serverToClient, "4.3")]
        for count in 0..<shares {
            talk += [
                line(.clientToServer, "JOB,someone,AVR,key1"),
                line(.serverToClient, "\(hashes.0),\(hashes.1),10"),
                line(.clientToServer, "\(400 + count),180.51,Invented AVR Miner 4.3,rig1,DUCOID01"),
                line(.serverToClient, count == 3 ? "BAD,late" : "GOOD"),
            ]
        }
        return talk
    }
}
