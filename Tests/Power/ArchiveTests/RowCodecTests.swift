import Archive
import CMachine
import Support
import Testing

struct RowCodecTests {
    private let quantum = Quantum.float32

    private func day(_ count: Int, _ kind: Int, _ random: inout SplitMix) -> [Int32] {
        var value: Int32 = Int32.random(in: -1000...1000, using: &random)
        var day = (0..<count).map { _ -> Int32 in
            switch kind {
            case 0: return value
            case 1:
                value += Int32.random(in: -3...3, using: &random)
                return value
            case 2: return Int32.random(in: 0...900, using: &random)
            case 3: return Int32.random(in: (.min + 1)...(.max), using: &random)
            case 4: return Int.random(in: 0..<20, using: &random) == 0 ? .max : .min + 1
            default: return Int.random(in: 0..<9, using: &random) == 0 ? 70_000 : 3
            }
        }
        if Bool.random(using: &random) {
            for _ in 0...(count / 3) { day[Int.random(in: 0..<count, using: &random)] = .min }
        }
        return day
    }

    @Test func `the kernels write what the plain twin writes, and read it back`() throws {
        var random = SplitMix(seed: 1)
        for count in [1, 2, 15, 16, 17, 24, 31, 32, 33, 92, 96, 288, 1440] {
            for kind in 0..<6 {
                for _ in 0..<20 {
                    let values = day(count, kind, &random)
                    var quality = [UInt8](repeating: 0, count: (count + 7) / 8)
                    if Bool.random(using: &random) { quality[0] = 1 }
                    let bytes = RowCodec.encode(values, quality: quality, quantum: quantum)
                    #expect(bytes == PlainRowCodec.encode(values, quality: quality, code: quantum.code))
                    guard let bytes else { continue }
                    let row = try #require(RowCodec.decode(bytes[...], slots: count))
                    #expect(row.values == values)
                    #expect(row.quality == quality)
                    let present = values.filter { $0 != Int32.min }.count
                    #expect(row.present == present)
                    #expect(row.quantum == quantum)
                }
            }
        }
    }

    @Test func `a day without a reading is no row, a flat one costs six bytes`() {
        #expect(RowCodec.encode([.min, .min], quantum: quantum) == nil)
        #expect(RowCodec.encode([], quantum: quantum) == nil)
        #expect(RowCodec.encode([Int32](repeating: 7, count: 96), quantum: quantum)?.count == 6)
    }

    @Test func `any bytes are read without a trap`() {
        var random = SplitMix(seed: 2)
        for number in 0..<60_000 {
            let slots = [1, 7, 16, 24, 96][number % 5]
            var bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if bytes.count > 1 {
                bytes[0] &= 15
                bytes[1] = quantum.code
                for at in bytes.indices where at > 5 && at < 14 { bytes[at] &= 31 }
            }
            if let row = RowCodec.decode(bytes[...], slots: slots) { #expect(row.values.count == slots) }
        }
    }

    @Test func `a shortened or lengthened row is refused`() throws {
        let values = (0..<96).map { $0 == 7 ? Int32.min : Int32($0 * $0 % 91) }
        let good = try #require(RowCodec.encode(values, quantum: quantum))
        for length in 0..<good.count { #expect(RowCodec.decode(good.prefix(length), slots: 96) == nil) }
        #expect(RowCodec.decode((good + [0])[...], slots: 96) == nil)
        #expect(RowCodec.decode(good[...], slots: 95) == nil)
    }

    @Test func `the checksum is CRC-32C, by instruction and by table`() {
        // RFC 3720 appendix B.4.
        #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(checksum([UInt8](repeating: 255, count: 32)) == 0x62A8_AB43)
        #expect(checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(checksum([]) == 0)
        var random = SplitMix(seed: 3)
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let plain = PlainRowCodec.checksum(bytes)
            #expect(checksum(bytes) == plain)
            let byTable = bytes.withUnsafeBytes { cmachine_crc32c_table(0, $0.baseAddress, $0.count) }
            #expect(byTable == plain)
            let cut = count / 3
            let front = checksum(bytes, 0..<cut)
            #expect(checksum(bytes, cut..<count, from: front) == plain)
        }
    }

    @Test func `a quantum is what its code says`() throws {
        for code in UInt8.min ... .max {
            guard let quantum = Quantum(code: code) else { continue }
            #expect(quantum.code == code)
        }
        let energy = try #require(Quantum(.kilowattHours, exponent: -2))
        #expect(energy.kilowatts(10, slots: 96) == 0.4)
        #expect(energy.kilowatts(.min, slots: 96).isNaN)
        #expect(Quantum(.kilowatts, exponent: 3)?.kilowatts(2, slots: 96) == 2000)
        #expect(Quantum(.kilowatts, exponent: 7) == nil)
    }
}
