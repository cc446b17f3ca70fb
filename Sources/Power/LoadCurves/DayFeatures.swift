import Glibc
import Kernels
import Meters

/// What is kept of one meter's local day, so that a window of weeks can be judged without its readings: merged by
/// `WindowFeatures`. Powers in kW; NaN where there is no reading.
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
        let slots = days.slotsPerDay
        guard slots > 0, days.values.count == days.count * slots else { return }
        let wave = (0..<slots).map { 2 * Double.pi * Double($0) / Double(slots) }
        let (cosines, sines) = (wave.map { Float(cos($0)) }, wave.map { Float(sin($0)) })
        var floats = [Float](repeating: 0, count: days.count * MeterKernels.floatsPerDay)
        var extremes = [Int32](repeating: 0, count: days.count * MeterKernels.extremesPerDay)
        var floatSpan = floats.mutableSpan
        var extremeSpan = extremes.mutableSpan
        let done = kernels.days(
            days.values.span, slots: slots, night: slots * LoadLimits.night.count / 24, cosine: cosines.span,
            sine: sines.span, floats: &floatSpan, extremes: &extremeSpan)
        let step = days.kilowattsPerStep
        for index in 0..<done {
            result.append(
                DayFeatures(
                    floats.span, MeterKernels.floatsPerDay * index, extremes.span, MeterKernels.extremesPerDay * index,
                    day: days.days[index], slots: slots, step: step))
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
        mean = number > 0 ? (Double(floats[f + 3]) + offset) * step : .nan
        squares = max(0, Double(floats[f + 5]) - number * offset * offset) * step * step
        steps = Double(floats[f + 6]) * step * step
        cosine = Double(floats[f + 7]) * step
        sine = Double(floats[f + 8]) * step
        minimum = extremes[e] == .max ? .nan : Double(extremes[e]) * step
        maximum = extremes[e + 1] == .min ? .nan : Double(extremes[e + 1]) * step
        nightMinimum = extremes[e + 2] == .max ? .nan : Double(extremes[e + 2]) * step
    }
}
