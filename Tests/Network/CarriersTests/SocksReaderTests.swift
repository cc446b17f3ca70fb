import Carriers
import Support
import Testing

struct SocksReaderTests {
    static let byName: [UInt8] = [5, 1, 0] + [5, 1, 0, 3, 4] + Array("Pool".utf8) + [0x0D, 0x05]

    @Test(arguments: [
        (byName, SocksReader.Step.done(length: 14, target: "pool:3333")),
        (
            [5, 2, 0, 2, 1, 1, 0x61, 1, 0x62, 5, 1, 0, 1, 192, 0, 2, 1, 0, 80],
            .done(length: 19, target: "192.0.2.1:80")
        ),
        ([5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], .done(length: 12, target: nil)),
        ([5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], .done(length: 14, target: nil)),
        (
            [4, 1, 0, 80, 0, 0, 0, 1, 0x75, 0] + Array("h.example".utf8) + [0],
            .done(length: 20, target: "h.example:80")
        ),
        ([0, 0x5A, 0, 0, 0, 0, 0, 0], .done(length: 8, target: nil)), ([5, 9, 1, 1], .notSocks), ([4, 9], .notSocks),
        ([5, 1, 0, 5, 2], .notSocks), ([0x7B], .notSocks),
    ])
    func `the opening is read to its end`(bytes: [UInt8], step: SocksReader.Step) {
        #expect(SocksReader.read((bytes + [0x7B])[..<bytes.count]) == step)
    }

    @Test func `half of it asks for more`() {
        for length in 1..<Self.byName.count { #expect(SocksReader.read(Self.byName[..<length]) == .more) }
    }

    @Test func `an opening without an end is none`() {
        #expect(
            SocksReader.read(([4, 1, 0, 80, 1, 2, 3, 4] + [UInt8](repeating: 0x61, count: 2_000))[...]) == .notSocks)
    }

    @Test func `what is sent in the same breath is left to the inner stream`() {
        let message = [UInt8](repeating: 0x7B, count: 5_000)
        #expect(SocksReader.read((Self.byName + message)[...]) == .done(length: 14, target: "pool:3333"))
    }

    @Test func `random flips and cuts never trap`() {
        var random = SplitMix(seed: 11)
        let samples: [[UInt8]] = [
            Self.byName, [5, 2, 0, 2, 1, 1, 0x61, 1, 0x62, 5, 1, 0, 1, 192, 0, 2, 1, 0, 80],
            [4, 1, 0, 80, 0, 0, 0, 1, 0x75, 0] + Array("h.example".utf8) + [0],
            [5, 1, 0, 5, 1, 0, 4] + [UInt8](repeating: 7, count: 18),
        ]
        for round in 0..<20_000 {
            var bytes = samples[round % samples.count]
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            if case .done(let length, _) = SocksReader.read(bytes.dropLast(round % 7)) {
                #expect(length <= bytes.count)
            }
        }
    }
}
