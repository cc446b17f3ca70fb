import Archive
import Testing

struct DayCodecTests {
    private func same(_ left: [Float]?, _ right: [Float]) -> Bool {
        guard let left, left.count == right.count else { return false }
        return zip(left, right).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    }

    @Test func `every value comes back equal, missing stays missing`() throws {
        var random = SystemRandomNumberGenerator()
        for count in [1, 24, 96, 288] {
            for kind in 0..<6 {
                var day = (0..<count).map { _ -> Float in
                    switch kind {
                    case 0: Float(Int.random(in: -50_000...50_000, using: &random)) / 100
                    case 1: Float.random(in: 0...1e7, using: &random)
                    case 2: 66.125
                    case 3: Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
                    case 4: Float(Double(Int.random(in: 0...9_999_999, using: &random)) / 1e4)
                    default: .infinity
                    }
                }
                for _ in 0..<(count / 3) { day[Int.random(in: 0..<count, using: &random)] = .nan }
                guard let bytes = DayCodec.encode(day) else {
                    #expect(!day.contains { !$0.isNaN })
                    continue
                }
                #expect(same(DayCodec.decode(bytes, count: count), day))
            }
        }
    }

    @Test func `a day without a reading is no row`() { #expect(DayCodec.encode([.nan, .nan]) == nil) }

    @Test func `a flat day costs next to nothing`() throws {
        let bytes = try #require(DayCodec.encode([Float](repeating: 3.2, count: 96)))
        #expect(bytes.count == 11)
    }

    @Test func `damaged days are refused, never a trap`() throws {
        let good = try #require(DayCodec.encode((0..<96).map { $0 == 7 ? .nan : Float($0) * 0.25 }))
        #expect(DayCodec.decode([], count: 96) == nil)
        for length in 0..<good.count { #expect(DayCodec.decode(Array(good.prefix(length)), count: 96) == nil) }
        for at in good.indices {
            for bit in 0..<8 {
                var bad = good
                bad[at] ^= 1 << UInt8(bit)
                if let day = DayCodec.decode(bad, count: 96) { #expect(day.count == 96) }
            }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...60)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if !bytes.isEmpty { bytes[0] = 0x10 | bytes[0] & 3 }
            if bytes.count > 1 { bytes[1] &= 1 }
            if let day = DayCodec.decode(bytes, count: 24) { #expect(day.count == 24) }
        }
    }
}
