import KernelsBaseline

#if arch(x86_64)
    import KernelsV3
    import KernelsV4
#endif

/// Pure maths over a day or a profile of readings. NaN is a missing reading. The only unsafe code is here and in the
/// kernels' one source: sizes are brought to the shortest span before a pointer is taken.
package struct MeterKernels: Sendable {
    /// What `statistics` found. `minimum` and `maximum` are infinite when `count` is 0.
    package struct Statistics: Sendable, Equatable {
        package var sum: Float
        package var squares: Float
        package var minimum: Float
        package var maximum: Float
        /// Readings present.
        package var count: Int
    }

    /// Sums of a least-squares line of y on x.
    package struct RegressionSums: Sendable, Equatable {
        package var count: Int
        package var x: Float
        package var y: Float
        package var xx: Float
        package var xy: Float
    }

    package let level: KernelLevel

    package init(level: KernelLevel = .best) {
        // A level the processor lacks would end the process; fall back.
        self.level = level.rawValue <= KernelLevel.best.rawValue ? level : KernelLevel.best
    }

    package func statistics(_ x: Span<Float>) -> Statistics {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 8) { scratch in
            scratch.initialize(repeating: 0)
            guard let result = scratch.baseAddress else { return Self.empty }
            return x.withUnsafeBufferPointer { source in
                guard let start = source.baseAddress, !source.isEmpty else { return Self.empty }
                switch level {
                #if arch(x86_64)
                    case .v4: KernelsV4.statistics(start, source.count, result)
                    case .v3: KernelsV3.statistics(start, source.count, result)
                #endif
                default: KernelsBaseline.statistics(start, source.count, result)
                }
                return Statistics(
                    sum: result[0], squares: result[1], minimum: result[2], maximum: result[3], count: Int(result[4]))
            }
        }
    }

    private static let empty = Statistics(sum: 0, squares: 0, minimum: .infinity, maximum: -.infinity, count: 0)

    /// Least present reading; NaN when fewer than `least` are present.
    package func minimum(_ x: Span<Float>, least: Int = 1) -> Float {
        let found = statistics(x)
        return found.count >= max(1, least) ? found.minimum : .nan
    }

    /// Σ x·cosine and Σ x·sine over the present readings, and their count. Uses the shortest of the three spans.
    package func dots(
        _ x: Span<Float>, cosine: Span<Float>, sine: Span<Float>
    ) -> (cosine: Float, sine: Float, count: Int) {
        let count = min(x.count, cosine.count, sine.count)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: 8) { scratch in
            scratch.initialize(repeating: 0)
            guard count > 0, let result = scratch.baseAddress else { return (0, 0, 0) }
            return x.withUnsafeBufferPointer { x in
                cosine.withUnsafeBufferPointer { c in
                    sine.withUnsafeBufferPointer { s in
                        guard let x = x.baseAddress, let c = c.baseAddress, let s = s.baseAddress else {
                            return (0, 0, 0)
                        }
                        switch level {
                        #if arch(x86_64)
                            case .v4: KernelsV4.dots(x, c, s, count, result)
                            case .v3: KernelsV3.dots(x, c, s, count, result)
                        #endif
                        default: KernelsBaseline.dots(x, c, s, count, result)
                        }
                        return (result[0], result[1], Int(result[2]))
                    }
                }
            }
        }
    }

    /// Adds one day to a profile: `sums[i] += x[i]`, `counts[i] += 1` where present. Uses the shortest of the three.
    package func accumulate(_ x: Span<Float>, sums: inout MutableSpan<Float>, counts: inout MutableSpan<Float>) {
        let count = min(x.count, sums.count, counts.count)
        guard count > 0 else { return }
        x.withUnsafeBufferPointer { x in
            sums.withUnsafeMutableBufferPointer { sums in
                counts.withUnsafeMutableBufferPointer { counts in
                    guard let x = x.baseAddress, let s = sums.baseAddress, let c = counts.baseAddress else { return }
                    switch level {
                    #if arch(x86_64)
                        case .v4: KernelsV4.accumulate(x, count, s, c)
                        case .v3: KernelsV3.accumulate(x, count, s, c)
                    #endif
                    default: KernelsBaseline.accumulate(x, count, s, c)
                    }
                }
            }
        }
    }

    /// Sums for a line of `y` on `x` over the places where both are present. Uses the shorter span.
    package func regression(_ x: Span<Float>, _ y: Span<Float>) -> RegressionSums {
        let count = min(x.count, y.count)
        let empty = RegressionSums(count: 0, x: 0, y: 0, xx: 0, xy: 0)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: 8) { scratch in
            scratch.initialize(repeating: 0)
            guard count > 0, let result = scratch.baseAddress else { return empty }
            return x.withUnsafeBufferPointer { x in
                y.withUnsafeBufferPointer { y in
                    guard let x = x.baseAddress, let y = y.baseAddress else { return empty }
                    switch level {
                    #if arch(x86_64)
                        case .v4: KernelsV4.regression(x, y, count, result)
                        case .v3: KernelsV3.regression(x, y, count, result)
                    #endif
                    default: KernelsBaseline.regression(x, y, count, result)
                    }
                    return RegressionSums(
                        count: Int(result[0]), x: result[1], y: result[2], xx: result[3], xy: result[4])
                }
            }
        }
    }

    /// What `days` writes for each day, see `KernelsBaseline.days`.
    package static let floatsPerDay = 9
    package static let extremesPerDay = 3

    /// Sums and extremes of whole-number readings, `slots` a day, `Int32.min` = missing. Does as many days as all spans have
    /// room for and tells how many; none when a table is shorter than a day.
    package func days(
        _ x: Span<Int32>, slots: Int, night: Int, cosine: Span<Float>, sine: Span<Float>,
        floats: inout MutableSpan<Float>, extremes: inout MutableSpan<Int32>
    ) -> Int {
        guard slots > 0, min(cosine.count, sine.count) >= slots, (0...slots).contains(night) else { return 0 }
        let count = min(x.count / slots, floats.count / Self.floatsPerDay, extremes.count / Self.extremesPerDay)
        guard count > 0 else { return 0 }
        x.withUnsafeBufferPointer { x in
            cosine.withUnsafeBufferPointer { cosine in
                sine.withUnsafeBufferPointer { sine in
                    floats.withUnsafeMutableBufferPointer { floats in
                        extremes.withUnsafeMutableBufferPointer { extremes in
                            guard let x = x.baseAddress, let c = cosine.baseAddress, let s = sine.baseAddress,
                                let f = floats.baseAddress, let e = extremes.baseAddress
                            else { return }
                            switch level {
                            #if arch(x86_64)
                                case .v4: KernelsV4.days(x, count, slots, night, c, s, f, e)
                                case .v3: KernelsV3.days(x, count, slots, night, c, s, f, e)
                            #endif
                            default: KernelsBaseline.days(x, count, slots, night, c, s, f, e)
                            }
                        }
                    }
                }
            }
        }
        return count
    }
}
