/// Stratum V2 behind its Noise handshake (`stratum.md` 1.18): nothing can be read, but the lengths of the turns are fixed by
/// the specification. A turn is what one side sends until the other speaks, so that no cutting into segments changes it.
///
/// Key exchange 64 and 234 bytes (older programs 32 and 170), SetupConnection 54 to 300, its answer 44, one or more channels
/// opened with 79 bytes or more each, and an answer that holds 83 or more.
package struct SealedStratumV2Dialect: BinaryDialect {
    package static let name = "stratum-v2"
    package static let algorithm: String? = "sha256d"
    /// By judgement: the chain is the specification's, its content stays unknown.
    static let probability = 0.7

    private static let setup = 54...300
    private static let agreed = 44
    /// 79 bytes and a name of up to 255; a proxy opens several at once.
    private static let opened = 79...2_048
    private static let answered = 83

    package private(set) var verdict = BinaryVerdict.open
    private var firstIsClient: Bool?
    /// Turn that is being received, and its bytes so far.
    private var turn = 0
    private var length = 0
    private var isOlder = false
    private var head: [UInt8] = []

    package init?(opening: ArraySlice<UInt8>) {
        // A record of TLS, or a line of text.
        if opening.starts(with: [0x16, 3]) { return nil }
        if opening.count >= 16, opening.prefix(16).allSatisfy({ $0 < 0x80 }) { return nil }
        if opening.count > 64 { return nil }
    }

    package mutating func take(_ bytes: ArraySlice<UInt8>, fromClient: Bool, into said: inout [BinarySaying]) {
        guard verdict == .open, !bytes.isEmpty else { return }
        let first = firstIsClient ?? fromClient
        firstIsClient = first
        if (turn % 2 == 0) != (fromClient == first) {
            guard endTurn(&said) else { return refuse() }
            turn += 1
            length = 0
            head = []
        }
        length += bytes.count
        guard length <= most else { return refuse() }
        if turn < 4 { head += bytes }
        if turn == 5, length >= Self.answered {
            verdict = .inferred(Self.probability)
            said.append(.shown("length-chain"))
        }
    }

    package mutating func gap(fromClient: Bool, into said: inout [BinarySaying]) { if verdict == .open { refuse() } }

    private mutating func refuse() {
        verdict = .refused
        head = []
    }

    /// Bytes that the current turn may have.
    private var most: Int {
        switch turn {
        case 0: 64
        case 1: isOlder ? 170 : 234
        case 2: Self.setup.upperBound
        case 3: Self.agreed
        case 4: Self.opened.upperBound
        default: .max
        }
    }

    /// Floors of the entropy: below the 0.1 % quantile of random bytes of that length.
    private mutating func endTurn(_ said: inout [BinarySaying]) -> Bool {
        switch turn {
        case 0:
            isOlder = length == 32
            return (length == 64 || isOlder) && StreamShape.entropy(head[...]) >= (isOlder ? 4.5 : 5.4)
        case 1:
            guard length == (isOlder ? 170 : 234), StreamShape.entropy(head[...]) >= (isOlder ? 6.5 : 6.9) else {
                return false
            }
            said.append(.shown("noise-handshake"))
            return true
        case 2: return Self.setup.contains(length) && StreamShape.distinct(head[...]) >= 36
        case 3: return length == Self.agreed && StreamShape.distinct(head[...]) >= 30
        case 4: return Self.opened.contains(length)
        default: return false
        }
    }
}
