import Kernels
import Support
import Testing

/// The scalar twin, one reading at a time.
private func twin(
    _ x: ArraySlice<Int32>, night: Int, cosine: [Float], sine: [Float]
) -> (floats: [Double], extremes: [Int32]) {
    let day = Array(x)
    let reference = day.first.map { $0 == .min ? 0 : $0 } ?? 0
    var f = [Double](repeating: 0, count: 9)
    var e: [Int32] = [.max, .min, .max]
    f[3] = Double(reference)
    for (slot, value) in day.enumerated() where value != .min {
        let d = Double(value) - Double(reference)
        f[0] += 1
        f[4] += d
        f[5] += d * d
        f[7] += d * Double(cosine[slot])
        f[8] += d * Double(sine[slot])
        e[0] = min(e[0], value)
        e[1] = max(e[1], value)
        if slot < night { e[2] = min(e[2], value) }
        if slot > 0, day[slot - 1] != .min {
            let step = Double(value) - Double(day[slot - 1])
            f[1] += 1
            f[2] += step == 0 ? 1 : 0
            f[6] += step * step
        }
    }
    return (f, e)
}

@Suite struct DayKernelTests {
    @Test(arguments: KernelLevel.supported)
    func `day features equal their twin, with gaps, zeros and constant stretches`(_ level: KernelLevel) {
        let kernels = MeterKernels(level: level)
        var dice = SplitMix(seed: 11)
        for slots in [1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 48, 95, 96, 97, 288, 1440] {
            let cosine = (0..<slots).map { _ in Float.random(in: -1...1, using: &dice) }
            let sine = (0..<slots).map { _ in Float.random(in: -1...1, using: &dice) }
            let night = slots / 4
            var x: [Int32] = []
            for kind in 0..<8 {
                for slot in 0..<slots {
                    switch kind {
                    case 0: x.append(Int32.random(in: 0...9999, using: &dice))
                    case 1: x.append(Bool.random(using: &dice) ? .min : Int32.random(in: -500...500, using: &dice))
                    case 2: x.append(.min)
                    case 3: x.append(0)
                    case 4: x.append(7_654_321)
                    case 5: x.append(slot == 0 ? .min : 3)
                    case 6: x.append(slot == slots - 1 ? 5 : .min)
                    default: x.append(Int32(slot))
                    }
                }
            }
            var floats = [Float](repeating: -7, count: 8 * MeterKernels.floatsPerDay)
            var extremes = [Int32](repeating: -7, count: 8 * MeterKernels.extremesPerDay)
            var floatSpan = floats.mutableSpan
            var extremeSpan = extremes.mutableSpan
            let done = kernels.days(
                x.span, slots: slots, night: night, cosine: cosine.span, sine: sine.span, floats: &floatSpan,
                extremes: &extremeSpan)
            #expect(done == 8)
            for day in 0..<8 {
                let want = twin(x[(day * slots)..<((day + 1) * slots)], night: night, cosine: cosine, sine: sine)
                #expect(Array(extremes[(day * 3)..<(day * 3 + 3)]) == want.extremes, "\(slots) \(day)")
                for place in 0..<9 {
                    let found = Double(floats[day * 9 + place])
                    let size = place < 3 ? 0 : max(abs(want.floats[place]), want.floats[5].squareRoot() * Double(slots))
                    #expect(abs(found - want.floats[place]) <= 2e-6 * size, "\(slots) \(day) \(place)")
                }
            }
        }
    }

    @Test func `no more days are done than there is room for`() {
        let kernels = MeterKernels()
        let x = [Int32](repeating: 1, count: 96 * 3)
        let table = [Float](repeating: 1, count: 96)
        var floats = [Float](repeating: 0, count: 2 * 9 + 8)
        var extremes = [Int32](repeating: 0, count: 90)
        var floatSpan = floats.mutableSpan
        var extremeSpan = extremes.mutableSpan
        let two = kernels.days(
            x.span, slots: 96, night: 24, cosine: table.span, sine: table.span, floats: &floatSpan,
            extremes: &extremeSpan)
        #expect(two == 2)
        for (slots, night) in [(0, 0), (-1, 0), (97, 0), (96, 97), (96, -1)] {
            let none = kernels.days(
                x.span, slots: slots, night: night, cosine: table.span, sine: table.span, floats: &floatSpan,
                extremes: &extremeSpan)
            #expect(none == 0)
        }
    }
}
