import Shares
import Testing

struct KeccakTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Public vectors: the empty text and `abc` (the Keccak team's own, and Ethereum's yellow paper for the empty one).
    @Test func `the published digests come out`() {
        #expect(
            hex(Keccak.hash256([])) == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
        #expect(
            hex(Keccak.hash256(Array("abc".utf8)))
                == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")
        #expect(
            hex(Keccak.hash512([]))
                == "0eab42de4c3ceb9235fc91acffe746b29c29a8c366b7c60e4e67c466f36a4304"
                + "c00fa9caf9d87976ba469bcbe06713b435f091ef2769fb160cdab33d3670680e")
    }

    @Test func `a text of one block, of one byte less and of several is taken whole`() {
        var seen: Set<[UInt8]> = []
        for count in [135, 136, 137, 271, 272, 1_000] {
            let text = [UInt8](repeating: 7, count: count)
            #expect(seen.insert(Keccak.hash256(text)).inserted)
        }
    }
}
