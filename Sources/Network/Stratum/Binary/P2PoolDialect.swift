/// P2Pool's peers (Monero, `stratum.md` 1.5): both sides open with a challenge of 17 bytes, a solution of 41 and the port
/// they listen at, each behind its number. A node of it means miners nearby; their own work is seen elsewhere, if at all.
package struct P2PoolDialect: BinaryDialect {
    package static let name = "p2pool"
    package static let algorithm: String? = "randomx"
    /// By judgement, with less than the whole handshake of both sides.
    static let probability = 0.6

    /// Challenge and solution; with the port behind them.
    private static let solved = 58
    private static let whole = 63

    package private(set) var verdict = BinaryVerdict.open
    private var client: [UInt8] = []
    private var server: [UInt8] = []
    private var isSure = false
    private var isLost = false

    package init?(opening: ArraySlice<UInt8>) { guard opening.first == 0 else { return nil } }

    package mutating func take(_ bytes: ArraySlice<UInt8>, fromClient: Bool, into said: inout [BinarySaying]) {
        guard verdict != .refused, !isSure, !isLost else { return }
        let had = fromClient ? client.count : server.count
        guard had < Self.whole else { return }
        let part = bytes.prefix(Self.whole - had)
        if fromClient { client += part } else { server += part }
        guard Self.fits(fromClient ? client : server) else {
            verdict = .refused
            return
        }
        judge(had, fromClient ? client.count : server.count, &said)
    }

    private mutating func judge(_ had: Int, _ has: Int, _ said: inout [BinarySaying]) {
        if had < Self.solved, has >= Self.solved { said.append(.shown("peer-handshake")) }
        let least = min(client.count, server.count)
        let most = max(client.count, server.count)
        if least >= Self.solved, most >= Self.whole {
            verdict = .certain
            isSure = true
        } else if least >= Self.solved || least == 0 && most >= Self.whole {
            verdict = .inferred(Self.probability)
        } else {
            // The other side has begun to speak, and may yet say something else.
            verdict = .open
        }
    }

    package mutating func gap(fromClient: Bool, into said: inout [BinarySaying]) {
        if verdict == .open { verdict = .refused }
        isLost = true
    }

    /// Whether these bytes, as far as they go, may be one side's beginning: numbers 0, 1, 2, and what is random is so.
    private static func fits(_ bytes: [UInt8]) -> Bool {
        guard bytes.first == 0 else { return false }
        if bytes.count > 17 {
            guard bytes[17] == 1, StreamShape.distinct(bytes[1..<9]) >= 5, StreamShape.distinct(bytes[9..<17]) >= 5
            else { return false }
        }
        if bytes.count >= solved, StreamShape.distinct(bytes[18..<50]) < 20 { return false }
        if bytes.count > solved, bytes[solved] != 2 { return false }
        if bytes.count >= whole {
            guard bytes[61] == 0, bytes[62] == 0, bytes[59] != 0 || bytes[60] != 0 else { return false }
        }
        return true
    }
}
