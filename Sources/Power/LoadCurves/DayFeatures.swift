import Glibc
import Kernels
import Meters

/// What is kept of one meter's local day, so that a window of weeks can be judged without its readings: merged by
/// `WindowFeatures`. Powers in kW; NaN where there is no reading. Sums and powers are whole Float32 values, so that a stored
/// record gives back the same features, bit for bit.
package struct DayFeatures: Sendable, Hashable {
    /// Local day since 1970.
    package var day: Int32
    /// Readings that a whole day has.
    package var slots: Int32
    /// Readings present.
    package var count: Int32
    /// Pairs of neighbours that are both present, and how many of them are equal.
    package var pairs: Int32
    package var equalPairs: Int32
    package var mean: Double
    /// Σ (x - mean)², kW².
    package var squares: Double
    /// Σ of squared steps between neighbours, kW². Against `squares` it tells what the product of neighbours (lag 1) tells,
    /// without the loss of figures: Σ step² ≈ 2 · squares · (1 - autocorrelation).
    package var steps: Double
    package var minimum: Double
    package var maximum: Double
    /// Least reading from midnight to six.
    package var nightMinimum: Double
    /// Σ (x - first reading) · cos and sin of the time of day: the 24 h wave.
    package var cosine: Double
    package var sine: Double

    /// Features of every day of a batch, in its order. The same for any number of threads; levels of kernels differ by the
    /// rounding of sums.
    package static func compute(_ days: MeterDays, kernels: MeterKernels = MeterKernels()) -> [DayFeatures] {
        var result: [DayFeatures] = []
        result.reserveCapacity(days.count)
        compute(days, kernels: kernels, into: &result)
        return result
    }

    /// As above, appended to `result`.
    package static func compute(
        _ days: MeterDays, kernels: MeterKernels = MeterKernels(), into result: inout [DayFeatures]
    ) {
        compute(
            values: days.values, days: days.days, slots: days.slotsPerDay, kilowattsPerStep: days.kilowattsPerStep,
            kernels: kernels, into: &result)
    }

    /// Features of `days.count` days of `slots` whole numbers each, `Int32.min` where a reading is missing; appended to
    /// `result`. Nothing when the numbers do not fit each other.
    package static func compute(
        values: [Int32], days: [Int32], slots: Int, kilowattsPerStep step: Double,
        kernels: MeterKernels = MeterKernels(), into result: inout [DayFeatures]
    ) {
        guard slots > 0, values.count == days.count * slots else { return }
        let wave = (0..<slots).map { 2 * Double.pi * Double($0) / Double(slots) }
        let (cosines, sines) = (wave.map { Float(cos($0)) }, wave.map { Float(sin($0)) })
        var floats = [Float](repeating: 0, count: days.count * MeterKernels.floatsPerDay)
        var extremes = [Int32](repeating: 0, count: days.count * MeterKernels.extremesPerDay)
        var floatSpan = floats.mutableSpan
        var extremeSpan = extremes.mutableSpan
        let done = kernels.days(
            values.span, slots: slots, night: slots * LoadLimits.night.count / 24, cosine: cosines.span,
            sine: sines.span, floats: &floatSpan, extremes: &extremeSpan)
        for index in 0..<done {
            result.append(
                DayFeatures(
                    floats.span, MeterKernels.floatsPerDay * index, extremes.span, MeterKernels.extremesPerDay * index,
                    day: days[index], slots: slots, step: step))
        }
    }

    /// From what the kernel wrote, at two places.
    private init(
        _ floats: Span<Float>, _ f: Int, _ extremes: Span<Int32>, _ e: Int, day: Int32, slots: Int, step: Double
    ) {
        self.day = day
        self.slots = Int32(slots)
        count = Int32(floats[f])
        pairs = Int32(floats[f + 1])
        equalPairs = Int32(floats[f + 2])
        let number = Double(floats[f])
        let offset = number > 0 ? Double(floats[f + 4]) / number : 0
        mean = Self.rounded(number > 0 ? (Double(floats[f + 3]) + offset) * step : .nan)
        squares = Self.rounded(max(0, Double(floats[f + 5]) - number * offset * offset) * step * step)
        steps = Self.rounded(Double(floats[f + 6]) * step * step)
        cosine = Self.rounded(Double(floats[f + 7]) * step)
        sine = Self.rounded(Double(floats[f + 8]) * step)
        minimum = Self.rounded(extremes[e] == .max ? .nan : Double(extremes[e]) * step)
        maximum = Self.rounded(extremes[e + 1] == .min ? .nan : Double(extremes[e + 1]) * step)
        nightMinimum = Self.rounded(extremes[e + 2] == .max ? .nan : Double(extremes[e + 2]) * step)
    }

    private static func rounded(_ value: Double) -> Double { Double(Float(value)) }
}

/// A day as twelve words of four bytes, little-endian: slots, count, pairs, equal pairs; then as Float32 mean, squares,
/// steps, minimum, maximum, night minimum, cosine, sine.
extension DayFeatures {
    /// Of the record's layout and of the formulas: a record of another version is not read.
    package static let recordVersion: UInt32 = 1
    package static let recordBytes = 48

    package static func records(_ features: some Collection<DayFeatures>) -> [UInt8] {
        var words: [UInt32] = []
        words.reserveCapacity(features.count * recordBytes / 4)
        func put(_ number: Int32) { words.append(UInt32(bitPattern: number).littleEndian) }
        func put(_ value: Double) { words.append(Float(value).bitPattern.littleEndian) }
        for one in features {
            put(one.slots)
            put(one.count)
            put(one.pairs)
            put(one.equalPairs)
            put(one.mean)
            put(one.squares)
            put(one.steps)
            put(one.minimum)
            put(one.maximum)
            put(one.nightMinimum)
            put(one.cosine)
            put(one.sine)
        }
        return words.withUnsafeBytes { Array($0) }
    }

    /// Nil when the bytes are no record.
    package init?(record: ArraySlice<UInt8>, day: Int32) {
        guard record.count == DayFeatures.recordBytes else { return nil }
        func word(_ index: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(record[record.startIndex + 4 * index + $1]) << UInt32(8 * $1) }
        }
        func number(_ index: Int) -> Int32 { Int32(bitPattern: word(index)) }
        func value(_ index: Int) -> Double { Double(Float(bitPattern: word(index))) }
        guard number(0) > 0, (0...number(0)).contains(number(1)), (0...number(0)).contains(number(2)),
            number(3) >= 0, number(3) <= number(2)
        else { return nil }
        self.day = day
        slots = number(0)
        count = number(1)
        pairs = number(2)
        equalPairs = number(3)
        mean = value(4)
        squares = value(5)
        steps = value(6)
        minimum = value(7)
        maximum = value(8)
        nightMinimum = value(9)
        cosine = value(10)
        sine = value(11)
    }
}
