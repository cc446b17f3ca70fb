/// DATUM, between a gateway and its pool (`stratum.md` 1.18): sealed, but for the header of the first message. Its fixed
/// flags leave 16 bits that are always the same, and its length is that of the message.
package struct DatumDialect: BinaryDialect {
    package static let name = "datum"
    package static let algorithm: String? = "sha256d"
    /// By judgement: 16 bits and an equation of lengths leave hardly a chance agreement; that hashing stands behind a
    /// gateway is left open.
    static let probability = 0.8

    /// Keys 128, signature 64, seal 48, padding of 1 to 200, and the program's version.
    private static let lengths = 241...700

    private static let fewPieces = 3

    package private(set) var verdict = BinaryVerdict.open
    private var firstIsClient: Bool?
    private var hello: [UInt8] = []
    private var pieces = 0
    private var isSettled = false

    package init?(opening: ArraySlice<UInt8>) {
        let start = opening.startIndex
        if opening.count > 2, opening[start + 2] != 0x87 { return nil }
        if opening.count > 3, opening[start + 3] != 0xD7 { return nil }
    }

    package mutating func take(_ bytes: ArraySlice<UInt8>, fromClient: Bool, into said: inout [BinarySaying]) {
        guard verdict == .open, !bytes.isEmpty else { return followUp(fromClient) }
        pieces += 1
        if fromClient != firstIsClient ?? fromClient { return refuse() }
        firstIsClient = fromClient
        guard hello.count + bytes.count <= Self.lengths.upperBound + 4 else { return refuse() }
        hello += bytes
        guard hello.count >= 4 else { return }
        let length = Int(hello[0] ^ 0x29) | Int(hello[1] ^ 0x18) << 8
        guard hello[2] == 0x87, hello[3] == 0xD7, Self.lengths.contains(length), hello.count <= length + 4 else {
            return refuse()
        }
        // The hello ends where a piece ends: nothing is sent before the pool has answered.
        guard hello.count == length + 4 else { return }
        guard StreamShape.entropy(hello[4...]) >= 6.7 else { return refuse() }
        verdict = .inferred(Self.probability)
        hello = []
        said.append(.shown("header-equation"))
    }

    /// Behind the hello the pool answers. Where only one side was captured, it must have come in few pieces: of many, one
    /// always ends where a length says.
    private mutating func followUp(_ fromClient: Bool) {
        guard !isSettled, verdict != .refused else { return }
        if fromClient == firstIsClient, pieces > Self.fewPieces { refuse() }
        isSettled = true
    }

    package mutating func gap(fromClient: Bool, into said: inout [BinarySaying]) { if verdict == .open { refuse() } }

    private mutating func refuse() {
        verdict = .refused
        hello = []
    }
}
