import Glibc
import Kernels
import MeterTwin

/// Rates of the kernel of day features on arrays in memory, in rounds, medians.
enum KernelBench {
    private static let slots = 96
    private static let night = 24

    static func run() {
        for (place, days, passes) in [("cache", 512, 2000), ("memory", 1 << 19, 2)] {
            measure(place, days: days, passes: passes)
        }
    }

    private static func measure(_ place: String, days: Int, passes: Int) {
        var state: UInt64 = 1
        var x = [Int32](repeating: 0, count: days * slots)
        for index in x.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            x[index] = state >> 48 == 0 ? .min : Int32(truncatingIfNeeded: state >> 50)
        }
        let wave = (0..<slots).map { 2 * Double.pi * Double($0) / Double(slots) }
        let (c, s) = (wave.map { Float(cos($0)) }, wave.map { Float(sin($0)) })
        // Results go to the same place again and again, as they do when batches of a stream are used up.
        let batch = min(days, 512)
        var floats = [Float](repeating: 0, count: batch * MeterKernels.floatsPerDay)
        var extremes = [Int32](repeating: 0, count: batch * MeterKernels.extremesPerDay)
        var seconds: [String: [Double]] = [:]
        var sink: Int64 = 0
        for _ in 0..<7 {
            seconds["read", default: []].append(timed(passes) { sink &+= twin_read(x, x.count) })
            for level in KernelLevel.supported {
                let kernels = MeterKernels(level: level)
                let swift = timed(passes) {
                    var floatSpan = floats.mutableSpan
                    var extremeSpan = extremes.mutableSpan
                    for first in stride(from: 0, to: days, by: batch) {
                        sink &+= Int64(
                            kernels.days(
                                x.span.extracting((first * slots)..<((first + batch) * slots)), slots: slots,
                                night: night,
                                cosine: c.span, sine: s.span, floats: &floatSpan, extremes: &extremeSpan))
                    }
                }
                seconds["swift \(level)", default: []].append(swift)
                let twin = timed(passes) {
                    x.withUnsafeBufferPointer { x in
                        for first in stride(from: 0, to: days, by: batch) {
                            twin_days(
                                Int32(level.rawValue), x.baseAddress.map { $0 + first * slots }, batch, slots, night, c,
                                s,
                                &floats, &extremes)
                        }
                    }
                }
                seconds["twin \(level)", default: []].append(twin)
            }
        }
        let bytes = Double(x.count * 4 * passes)
        func rate(_ name: String) -> Double { bytes / (seconds[name] ?? [.nan]).sorted()[3] / 1e9 }
        let read = rate("read")
        print("\(place): \(days) days of \(slots) readings; plain reading \(rounded(read)) GB/s  [\(sink & 1)]")
        for level in KernelLevel.supported {
            let (swift, twin) = (rate("swift \(level)"), rate("twin \(level)"))
            print(
                "  \(level): \(rounded(swift)) GB/s = \(rounded(swift / read * 100)) % of reading, C twin "
                    + "\(rounded(twin)) GB/s, Swift/C \(rounded(swift / twin * 100)) %")
        }
    }

    private static func timed(_ passes: Int, _ body: () -> Void) -> Double {
        let begin = now()
        for _ in 0..<passes { body() }
        return max(1e-9, now() - begin)
    }

    /// Processor seconds of this thread.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
