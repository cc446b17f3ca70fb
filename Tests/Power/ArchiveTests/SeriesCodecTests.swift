import Archive
import Meters
import Testing
import Vocabulary

struct SeriesCodecTests {
    private let sample = [
        MeterSeries(
            meter: "表-1", start: Instant(seconds: 1_772_323_200), intervalSeconds: 900, kilowatts: [1.5, .nan, -2, 3e9]),
        MeterSeries(meter: "S2", start: Instant(seconds: -5), intervalSeconds: 3600, kilowatts: []),
    ]

    @Test func `series cross a pipe unchanged`() throws {
        let back = try SeriesCodec.decode(SeriesCodec.encode(sample))
        #expect(back.map(\.meter) == ["表-1", "S2"])
        #expect(back[0].start == sample[0].start)
        #expect(back[0].intervalSeconds == 900)
        #expect(back[0].kilowatts.map(\.bitPattern) == sample[0].kilowatts.map(\.bitPattern))
        #expect(back[1].kilowatts.isEmpty)
        #expect(try SeriesCodec.decode(SeriesCodec.encode([])).isEmpty)
    }

    @Test func `every shortened message is refused`() {
        let good = SeriesCodec.encode(sample)
        for length in good.indices {
            #expect(throws: SeriesCodec.Failure.self) { try SeriesCodec.decode(Array(good.prefix(length))) }
        }
        #expect(throws: SeriesCodec.Failure(kind: .trailingBytes, offset: good.count)) {
            try SeriesCodec.decode(good + [0])
        }
    }

    @Test func `a lie about a length asks for no memory`() {
        var many = SeriesCodec.encode([])
        many[4] = 255
        many[5] = 255
        many[6] = 255
        #expect(throws: SeriesCodec.Failure(kind: .tooManySeries, offset: 4)) { try SeriesCodec.decode(many) }
        let good = SeriesCodec.encode(sample)
        for at in good.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var bad = good
                bad[at] = value
                if let series = try? SeriesCodec.decode(bad) { #expect(series.count == 2) }
            }
        }
    }
}
