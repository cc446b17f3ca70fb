// Kernels over meter readings. This one file is built three times (baseline, x86-64-v3, x86-64-v4) through symbolic
// links; `Kernels` chooses at run time. Rules that keep the three builds apart: pointers and SIMD types only, nothing
// generic or shared crosses the module's edge, and no vector is passed or returned (its register differs by level).
// A missing reading is NaN and is masked out; a kernel says on how many readings it stands.

#if KERNELSV4
    private typealias Lanes = SIMD16<Float>
#else
    private typealias Lanes = SIMD8<Float>
#endif

private var width: Int { Lanes.scalarCount }

@inline(__always)
private func load(_ source: UnsafePointer<Float>, _ index: Int) -> Lanes {
    UnsafeRawPointer(source + index).loadUnaligned(as: Lanes.self)
}

/// The last, partial group: lanes past the end are NaN, that is, missing.
@inline(__always)
private func loadTail(_ source: UnsafePointer<Float>, _ index: Int, _ count: Int) -> Lanes {
    var lanes = Lanes(repeating: .nan)
    var lane = 0
    while index + lane < count {
        lanes[lane] = source[index + lane]
        lane += 1
    }
    return lanes
}

@inline(__always)
private func total(_ lanes: Lanes) -> Float {
    var sum: Float = 0
    for lane in 0..<Lanes.scalarCount { sum += lanes[lane] }
    return sum
}

/// Writes sum, sum of squares, minimum, maximum and count of the present readings to `result[0..<5]`.
/// With nothing present: 0, 0, +infinity, -infinity, 0.
@inline(never)
package func statistics(_ x: UnsafePointer<Float>, _ count: Int, _ result: UnsafeMutablePointer<Float>) {
    var sum = Lanes.zero
    var squares = Lanes.zero
    var low = Lanes(repeating: .infinity)
    var high = Lanes(repeating: -.infinity)
    var present = Lanes.zero
    let one = Lanes(repeating: 1)
    var index = 0
    while index < count {
        let value = index + width <= count ? load(x, index) : loadTail(x, index, count)
        let there = value .== value
        let filled = Lanes.zero.replacing(with: value, where: there)
        sum += filled
        squares += filled * filled
        present += Lanes.zero.replacing(with: one, where: there)
        // A comparison with NaN is false, so a missing lane never enters.
        low.replace(with: value, where: value .< low)
        high.replace(with: value, where: value .> high)
        index += width
    }
    var least = Float.infinity
    var most = -Float.infinity
    for lane in 0..<Lanes.scalarCount {
        if low[lane] < least { least = low[lane] }
        if high[lane] > most { most = high[lane] }
    }
    result[0] = total(sum)
    result[1] = total(squares)
    result[2] = least
    result[3] = most
    result[4] = total(present)
}

/// Writes Σ x·cosine, Σ x·sine and the count of present readings to `result[0..<3]`.
@inline(never)
package func dots(
    _ x: UnsafePointer<Float>, _ cosine: UnsafePointer<Float>, _ sine: UnsafePointer<Float>, _ count: Int,
    _ result: UnsafeMutablePointer<Float>
) {
    var even = Lanes.zero
    var odd = Lanes.zero
    var present = Lanes.zero
    let one = Lanes(repeating: 1)
    var index = 0
    while index < count {
        let whole = index + width <= count
        let value = whole ? load(x, index) : loadTail(x, index, count)
        let there = value .== value
        let c = whole ? load(cosine, index) : loadTail(cosine, index, count)
        let s = whole ? load(sine, index) : loadTail(sine, index, count)
        even += Lanes.zero.replacing(with: value * c, where: there)
        odd += Lanes.zero.replacing(with: value * s, where: there)
        present += Lanes.zero.replacing(with: one, where: there)
        index += width
    }
    result[0] = total(even)
    result[1] = total(odd)
    result[2] = total(present)
}

/// Adds the present readings of one day to `sums` and 1 to `counts` where present.
@inline(never)
package func accumulate(
    _ x: UnsafePointer<Float>, _ count: Int, _ sums: UnsafeMutablePointer<Float>, _ counts: UnsafeMutablePointer<Float>
) {
    let one = Lanes(repeating: 1)
    var index = 0
    while index + width <= count {
        let value = load(x, index)
        let there = value .== value
        let sum = load(sums, index) + Lanes.zero.replacing(with: value, where: there)
        let number = load(counts, index) + Lanes.zero.replacing(with: one, where: there)
        UnsafeMutableRawPointer(sums + index).storeBytes(of: sum, as: Lanes.self)
        UnsafeMutableRawPointer(counts + index).storeBytes(of: number, as: Lanes.self)
        index += width
    }
    while index < count {
        let value = x[index]
        if value == value {
            sums[index] += value
            counts[index] += 1
        }
        index += 1
    }
}

/// Writes n, Σx, Σy, Σx², Σxy over the places where both are present to `result[0..<5]`.
@inline(never)
package func regression(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int, _ result: UnsafeMutablePointer<Float>
) {
    var n = Lanes.zero
    var sx = Lanes.zero
    var sy = Lanes.zero
    var sxx = Lanes.zero
    var sxy = Lanes.zero
    let one = Lanes(repeating: 1)
    var index = 0
    while index < count {
        let whole = index + width <= count
        let left = whole ? load(x, index) : loadTail(x, index, count)
        let right = whole ? load(y, index) : loadTail(y, index, count)
        let sum = left + right
        let there = sum .== sum
        let a = Lanes.zero.replacing(with: left, where: there)
        let b = Lanes.zero.replacing(with: right, where: there)
        n += Lanes.zero.replacing(with: one, where: there)
        sx += a
        sy += b
        sxx += a * a
        sxy += a * b
        index += width
    }
    result[0] = total(n)
    result[1] = total(sx)
    result[2] = total(sy)
    result[3] = total(sxx)
    result[4] = total(sxy)
}
