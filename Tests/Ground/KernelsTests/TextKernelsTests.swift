import CMachine
import Kernels
import Support
import Testing

@Suite struct TextKernelsTests {
    /// Fields of digits, points and odd bytes, with room behind them.
    private func text(_ dice: inout SplitMix, _ count: Int) -> [UInt8] {
        let alphabet = Array("0123456789..,,,\n;\"\r -x".utf8) + [0, 0x80, 0xff, 0x2f, 0x3a]
        return (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &dice)] }
    }

    @Test(arguments: KernelLevel.supported)
    func `marks name every separator, line end and odd byte, and nothing behind the range`(_ level: KernelLevel) {
        let kernels = TextKernels(level: level)
        var dice = SplitMix(seed: 3)
        for length in [0, 1, 7, 63, 64, 65, 127, 128, 129, 1000] {
            for start in [0, 1, 33] {
                let bytes = text(&dice, start + length + Int.random(in: 0..<70, using: &dice))
                let range = start..<(start + length)
                var ends = [UInt32](repeating: 9, count: length + 64)
                var (lines, odd) = (ends, ends)
                let found = kernels.marks(
                    bytes, readable: bytes.count, range, separator: 0x2c, ends: &ends, lines: &lines, odd: &odd)
                let wantedEnds = range.filter { bytes[$0] == 0x2c || bytes[$0] == 0x0a }
                let wantedOdd = range.filter {
                    bytes[$0] != 0x0a && (bytes[$0] < 0x20 || bytes[$0] > 0x7f || bytes[$0] == 0x22)
                }
                #expect(ends.prefix(found.ends).map { Int($0) } == wantedEnds)
                #expect(odd.prefix(found.odd).map { Int($0) } == wantedOdd)
                let wantedLines = wantedEnds.indices.filter { bytes[wantedEnds[$0]] == 0x0a }
                #expect(lines.prefix(found.lines).map { Int($0) } == wantedLines)
            }
        }
    }

    /// One number by the rules of `cmachine_fixed`, digit by digit.
    private func twin(_ field: ArraySlice<UInt8>, _ how: cmachine_fixed) -> Int32? {
        if field.isEmpty { return how.missing }
        let bytes = Array(field)
        let point = bytes.count - 1 - Int(how.decimals)
        guard (2...8).contains(bytes.count), point >= 0, bytes[point] == how.point else { return nil }
        var number = 0
        for (place, byte) in bytes.enumerated() where place != point {
            guard byte &- 0x30 <= 9 else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        return number <= Int(how.largest) ? Int32(number) : nil
    }

    @Test(arguments: KernelLevel.supported)
    func `numbers equal their twin and stop before the first group that does not fit`(_ level: KernelLevel) {
        let kernels = TextKernels(level: level)
        var dice = SplitMix(seed: 4)
        for decimals in 0...6 {
            var how = cmachine_fixed(
                decimals: UInt32(decimals), point: 0x2e, largest: decimals == 2 ? 5000 : .max, missing: .min)
            for round in 0..<400 {
                var bytes: [UInt8] = [0x2c]
                var ends: [UInt32] = [0]
                for _ in 0..<Int.random(in: 1...40, using: &dice) {
                    let whole = Int.random(in: 0...max(0, 7 - decimals), using: &dice)
                    var field = (0..<(whole + decimals)).map { _ in UInt8.random(in: 0x30...0x39, using: &dice) }
                    field.insert(0x2e, at: whole)
                    if Int.random(in: 0..<40, using: &dice) == 0 { field = [] }
                    if round % 2 == 1, Int.random(in: 0..<30, using: &dice) == 0 {
                        field = text(&dice, Int.random(in: 1...12, using: &dice))
                    }
                    bytes += field
                    ends.append(UInt32(bytes.count))
                    bytes.append(0x2c)
                }
                bytes += [UInt8](repeating: 0x30, count: 32)
                let count = ends.count - 1
                let fields = (0..<count).map { bytes[(Int(ends[$0]) + 1)..<Int(ends[$0 + 1])] }
                var result = [Int32](repeating: -1, count: count + 16)
                let side = ends.withUnsafeBufferPointer { ends in
                    ends.baseAddress.map { kernels.numbers(bytes, ends: $0 + 1, count: count, &how, &result) } ?? -1
                }
                let bad = fields.firstIndex { twin($0, how) == nil } ?? count
                #expect(side <= bad && side > bad - 8 || side == count)
                #expect(result.prefix(side).map { $0 } == fields.prefix(side).map { twin($0, how) ?? -2 })
                let from = fields.map { UInt32($0.startIndex) }
                let to = fields.map { UInt32($0.endIndex) }
                var other = [Int32](repeating: -1, count: count + 16)
                #expect(kernels.numbers(bytes, from: from, to: to, count: count, &how, &other) == side)
                #expect(other.prefix(side) == result.prefix(side))
            }
        }
    }

    @Test(arguments: KernelLevel.supported)
    func `stamps go on as long as they share their day and form`(_ level: KernelLevel) {
        let kernels = TextKernels(level: level)
        let stamps = ["2025-01-01T00:00Z", "2025-01-01T23:59Z", "2025-01-01T09:10Z"]
        func known(_ text: [UInt8]) -> [UInt64] {
            func word(_ at: Int) -> UInt64 { (0..<8).reversed().reduce(0) { $0 << 8 | UInt64(text[at + $1]) } }
            return [word(0), word(8) & 0x0000_ff00_00ff_ffff, word(16), 0xff, 1, 1_735_689_600]
        }
        for (last, count) in [
            ("2025-01-01T23:45Z", 4), ("2025-01-02T00:00Z", 3), ("2025-01-01T24:00Z", 3), ("2025-01-01T10:60Z", 3),
            ("2025-01-01 10:00Z", 3), ("2025-01-01T1x:00Z", 3), ("2025-01-01T10:00+", 3), ("2025-01-01T10:00", 3),
            ("2025-01-01T29:00Z", 3), ("2025-01-01T10.00Z", 3), ("2025-01-01T:0:00Z", 3),
        ] {
            var bytes: [UInt8] = []
            var (from, to): ([UInt32], [UInt32]) = ([], [])
            for stamp in stamps + [last] {
                from.append(UInt32(bytes.count))
                bytes += Array(stamp.utf8)
                to.append(UInt32(bytes.count))
                bytes.append(0x2c)
            }
            bytes += [UInt8](repeating: 0x30, count: 32)
            var seconds = [UInt32](repeating: 0, count: 4)
            let done = kernels.stamps(bytes, from: from, to: to, count: 4, known: known(bytes), &seconds)
            #expect(done == count, "\(last)")
            #expect(Array(seconds.prefix(3)) == [1_735_689_600, 1_735_775_940, 1_735_722_600])
        }
    }

    @Test(arguments: KernelLevel.supported)
    func `fields are alike only byte for byte`(_ level: KernelLevel) {
        let kernels = TextKernels(level: level)
        for length in [1, 8, 15, 16, 17, 31, 32, 33, 100] {
            for wrong in [0, length / 2, length - 1] {
                var bytes: [UInt8] = []
                var (from, to): ([UInt32], [UInt32]) = ([], [])
                for row in 0..<5 {
                    from.append(UInt32(bytes.count))
                    var field = (0..<length).map { UInt8(0x41 + $0 % 26) }
                    if row == 3 { field[wrong] = 0x21 }
                    bytes += field
                    to.append(UInt32(bytes.count))
                    bytes.append(UInt8(row))
                }
                bytes += [UInt8](repeating: 0, count: 32)
                #expect(kernels.alike(bytes, from: from, to: to, count: 5, reference: from[0]..<to[0]) == 3)
                #expect(kernels.alike(bytes, from: from, to: to, count: 5, reference: from[0]..<(to[0] - 1)) == 0)
            }
        }
    }
}
