import Kernels
import Testing

/// Plain twins, one line of thought each.
private enum Twin {
    static func statistics(_ x: [Float]) -> (sum: Double, squares: Double, minimum: Float, maximum: Float, count: Int) {
        let present = x.filter { !$0.isNaN }
        return (
            present.reduce(0) { $0 + Double($1) }, present.reduce(0) { $0 + Double($1) * Double($1) },
            present.min() ?? .infinity, present.max() ?? -.infinity, present.count
        )
    }
}

private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var x = state
        x ^= x >> 33
        x = x &* 0xff51_afd7_ed55_8ccd
        return x ^ (x >> 33)
    }
}

/// Random, with gaps, all missing, all zero, and constant stretches, on lengths around the vector widths.
private let cases: [[Float]] = {
    var dice = Dice(state: 7)
    var result: [[Float]] = []
    for length in [0, 1, 7, 8, 9, 15, 16, 17, 31, 95, 96, 97] {
        result.append((0..<length).map { _ in Float.random(in: -50...500, using: &dice) })
        result.append(
            (0..<length).map { _ in Bool.random(using: &dice) ? .nan : Float.random(in: 0...9, using: &dice) })
        result.append([Float](repeating: .nan, count: length))
        result.append([Float](repeating: 0, count: length))
        result.append((0..<length).map { (20..<60).contains($0) ? .nan : 3.25 })
    }
    return result
}()

private func near(_ a: Float, _ b: Double, scale: Double) -> Bool { abs(Double(a) - b) <= 1e-5 * max(1, scale) }

@Suite struct MeterKernelsTests {
    @Test(arguments: KernelLevel.supported)
    func `statistics equal their twin`(_ level: KernelLevel) {
        let kernels = MeterKernels(level: level)
        #expect(kernels.level == level)
        for x in cases {
            let found = kernels.statistics(x.span)
            let want = Twin.statistics(x)
            #expect(found.count == want.count)
            #expect(found.minimum == want.minimum)
            #expect(found.maximum == want.maximum)
            #expect(near(found.squares, want.squares, scale: want.squares))
            #expect(near(found.sum, want.sum, scale: (want.squares * Double(x.count)).squareRoot()))
        }
    }

    @Test(arguments: KernelLevel.supported)
    func `the least reading asks for enough readings`(_ level: KernelLevel) {
        let kernels = MeterKernels(level: level)
        let three: [Float] = [4, .nan, 2, 3]
        let two: [Float] = [4, .nan, .nan, 3]
        let least = kernels.minimum(three.span)
        let asked = kernels.minimum(two.span, least: 3)
        let empty: [Float] = []
        let none = kernels.minimum(empty.span)
        #expect(least == 2)
        #expect(asked.isNaN)
        #expect(none.isNaN)
    }

    @Test(arguments: KernelLevel.supported)
    func `dots equal their twin and take the shortest span`(_ level: KernelLevel) {
        let kernels = MeterKernels(level: level)
        var dice = Dice(state: 3)
        let table = (0..<128).map { _ in Float.random(in: -1...1, using: &dice) }
        let other = (0..<96).map { _ in Float.random(in: -1...1, using: &dice) }
        for x in cases {
            let found = kernels.dots(x.span, cosine: table.span, sine: other.span)
            var c = 0.0
            var s = 0.0
            var size = 0.0
            var count = 0
            for index in 0..<min(x.count, 96) where !x[index].isNaN {
                c += Double(x[index]) * Double(table[index])
                s += Double(x[index]) * Double(other[index])
                size += abs(Double(x[index]))
                count += 1
            }
            #expect(found.count == count)
            #expect(near(found.cosine, c, scale: size))
            #expect(near(found.sine, s, scale: size))
        }
    }

    @Test(arguments: KernelLevel.supported)
    func `a profile counts only what is present`(_ level: KernelLevel) {
        let kernels = MeterKernels(level: level)
        for x in cases {
            var sums = [Float](repeating: 1, count: x.count)
            var counts = [Float](repeating: 2, count: x.count)
            var sumSpan = sums.mutableSpan
            var countSpan = counts.mutableSpan
            kernels.accumulate(x.span, sums: &sumSpan, counts: &countSpan)
            #expect(sums == x.map { $0.isNaN ? 1 : 1 + $0 })
            #expect(counts == x.map { $0.isNaN ? 2 : 3 })
        }
    }

    @Test(arguments: KernelLevel.supported)
    func `regression sums stand on the pairs that are whole`(_ level: KernelLevel) {
        let kernels = MeterKernels(level: level)
        for x in cases {
            let y = x.enumerated().map { $0.offset % 5 == 3 ? Float.nan : 2 * $0.element + 1 }
            let found = kernels.regression(x.span, y.span)
            var n = 0
            var sx = 0.0
            var sy = 0.0
            var sxx = 0.0
            var sxy = 0.0
            var size = 0.0
            for (a, b) in zip(x, y) where !a.isNaN && !b.isNaN {
                n += 1
                sx += Double(a)
                sy += Double(b)
                sxx += Double(a) * Double(a)
                sxy += Double(a) * Double(b)
                size += abs(Double(b))
            }
            #expect(found.count == n)
            #expect(near(found.x, sx, scale: size))
            #expect(near(found.y, sy, scale: size))
            #expect(near(found.xx, sxx, scale: sxx))
            #expect(near(found.xy, sxy, scale: 2 * sxx + size))
        }
    }

    @Test func `a level the processor lacks falls back`() {
        for level in KernelLevel.allCases {
            #expect(MeterKernels(level: level).level.rawValue <= KernelLevel.best.rawValue)
        }
    }
}
