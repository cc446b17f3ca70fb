import Stratum
import Testing

struct MessageFramerTests {
    static func identities(_ pieces: [String], gapAfter: Int? = nil) -> (ids: [String], framer: MessageFramer) {
        var framer = MessageFramer()
        var ids: [String] = []
        for (index, piece) in pieces.enumerated() {
            framer.add(Array(piece.utf8)[...]) { value in
                let root = value.items?.first ?? value
                ids.append((value.items == nil ? "" : "batch ") + (root["id"]?.word ?? "-"))
            }
            if index == gapAfter { framer.gap() }
        }
        return (ids, framer)
    }

    static let stream = """
        {"id":1,"params":["a}\\"{",[]]}
        {"id":2}{"id":3} {"id":4}
        {
          "id": 5,
          "params": [ { "x": [1, 2] } ]
        }
        [{"id":6},{"id":7}]

        """

    @Test func `messages stand on lines share lines and span lines`() {
        let (ids, framer) = Self.identities([Self.stream])
        #expect(ids == ["1", "2", "3", "4", "5", "batch 6"])
        #expect(framer.strayBytes == 0)
    }

    @Test func `a cut at any place changes nothing`() {
        let bytes = Array(Self.stream.utf8)
        let whole = Self.identities([Self.stream]).ids
        for first in 0...bytes.count {
            let pieces = [bytes[..<first], bytes[first...]].map { String(decoding: $0, as: UTF8.self) }
            #expect(Self.identities(pieces).ids == whole)
        }
        #expect(Self.identities(bytes.map { String(decoding: [$0], as: UTF8.self) }).ids == whole)
    }

    @Test func `a message without a line end is given at once`() {
        #expect(Self.identities([#"{"id":1}"#]).ids == ["1"])
    }

    @Test func `after a broken line the next one is read`() {
        #expect(Self.identities(["{\"id\":1,\"par\n{\"id\":2}\n"]).ids == ["2"])
        #expect(Self.identities(["{\"id\":1,\"params\":[3\n{\"id\":2}\n"]).ids == ["2"])
        #expect(Self.identities(["{\"id\":1 nonsense}\n{\"id\":2}\n"]).ids == ["2"])
        #expect(Self.identities(["}}]]\n{\"id\":2}\n"]).ids == ["2"])
    }

    @Test func `a quotation in running text is no message`() {
        let (ids, framer) = Self.identities(["he said {\"id\":1} yesterday\n", "log: [{\"id\":2}]\n", "{\"id\":3}\n"])
        #expect(ids == ["3"])
        #expect(framer.strayBytes > 20)
    }

    @Test func `after a gap reading begins at the next line`() {
        #expect(Self.identities([#"{"id":1,"params":["#, "1]}{\"id\":2}\n{\"id\":3}\n"], gapAfter: 0).ids == ["3"])
    }

    @Test func `a message right behind a gap is read and a member's value is not`() {
        #expect(Self.identities(["{\"id\":1,", "{\"id\":2}\n{\"id\":3}\n"], gapAfter: 0).ids == ["2", "3"])
        #expect(Self.identities(["{\"id\":1,", "{\"x\":2}}\n{\"id\":3}\n"], gapAfter: 0).ids == ["-", "3"])
    }

    @Test func `a long message is read and told`() {
        let long = #"{"id":1,"a":""# + String(repeating: "x", count: 70_000) + "\"}\n{\"id\":2}\n"
        let (ids, framer) = Self.identities([long])
        #expect(ids == ["1", "2"] && framer.lineTooLong)
        #expect(!Self.identities(["{\"id\":1}\n"]).framer.lineTooLong)
    }

    @Test func `very many small messages in one piece are all read`() {
        #expect(Self.identities([String(repeating: "{}", count: 200_000)]).ids.count == 200_000)
    }

    @Test func `a giant line is dropped and what follows is read`() {
        let block = String(repeating: "x", count: 1 << 16)
        let pieces = [#"{"id":1,"a":""#] + Array(repeating: block, count: 20) + ["\"}\n{\"id\":2}\n"]
        let (ids, framer) = Self.identities(pieces)
        #expect(ids == ["2"])
        #expect(framer.lineTooLong)
    }

    @Test func `text that is too deep is told`() {
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        let (ids, framer) = Self.identities([deep + "\n{\"id\":2}\n"])
        #expect(ids == ["2"])
        #expect(framer.tooDeep)
    }

    @Test func `random bytes do not trap and do not grow`() {
        let alphabet = Array("{}[]\":,\\n1 a\n\0".utf8) + [0xFF, 0xC3]
        var seed: UInt64 = 3
        var framer = MessageFramer()
        for _ in 0..<2_000 {
            let bytes = (0..<64).map { _ in
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(seed >> 33) % alphabet.count]
            }
            framer.add(bytes[...]) { _ in }
        }
        framer.gap()
        var last = 0
        framer.add(Array("\n{\"id\":9}\n".utf8)[...]) { _ in last += 1 }
        #expect(last == 1)
    }
}
