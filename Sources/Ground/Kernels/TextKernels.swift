import CMachine
import KernelsBaseline

#if arch(x86_64)
    import KernelsV3
    import KernelsV4
#endif

/// Kernels over separated text. Unsafe: places are offsets in the text, and the caller answers for them; 32 bytes behind
/// every field must be readable. All levels give the same.
package struct TextKernels: Sendable {
    package let level: KernelLevel

    package init(level: KernelLevel = .best) {
        // A level the processor lacks would end the process; fall back.
        self.level = level.rawValue <= KernelLevel.best.rawValue ? level : KernelLevel.best
    }

    /// See `KernelsBaseline.marks`.
    package func marks(
        _ text: UnsafePointer<UInt8>, readable: Int, _ range: Range<Int>, separator: UInt8,
        ends: UnsafeMutablePointer<UInt32>, lines: UnsafeMutablePointer<UInt32>, odd: UnsafeMutablePointer<UInt32>
    ) -> (ends: Int, lines: Int, odd: Int) {
        var counts: InlineArray<3, Int> = [0, 0, 0]
        var span = counts.mutableSpan
        span.withUnsafeMutableBufferPointer { counts in
            guard let counts = counts.baseAddress else { return }
            let (from, to) = (range.lowerBound, range.upperBound)
            switch level {
            #if arch(x86_64)
                case .v4: KernelsV4.marks(text, readable, from, to, separator, ends, lines, odd, counts)
                case .v3: KernelsV3.marks(text, readable, from, to, separator, ends, lines, odd, counts)
            #endif
            default: KernelsBaseline.marks(text, readable, from, to, separator, ends, lines, odd, counts)
            }
        }
        return (counts[0], counts[1], counts[2])
    }

    /// Numbers side by side; see `KernelsBaseline.numbers`.
    package func numbers(
        _ text: UnsafePointer<UInt8>, ends: UnsafePointer<UInt32>, count: Int, _ how: UnsafePointer<cmachine_fixed>,
        _ result: UnsafeMutablePointer<Int32>
    ) -> Int {
        switch level {
        #if arch(x86_64)
            case .v4: KernelsV4.numbers(text, ends, count, how, result)
            case .v3: KernelsV3.numbers(text, ends, count, how, result)
        #endif
        default: KernelsBaseline.numbers(text, ends, count, how, result)
        }
    }

    /// Numbers anywhere; see `KernelsBaseline.numbers`.
    package func numbers(
        _ text: UnsafePointer<UInt8>, from: UnsafePointer<UInt32>, to: UnsafePointer<UInt32>, count: Int,
        _ how: UnsafePointer<cmachine_fixed>, _ result: UnsafeMutablePointer<Int32>
    ) -> Int {
        switch level {
        #if arch(x86_64)
            case .v4: KernelsV4.numbers(text, from, to, count, how, result)
            case .v3: KernelsV3.numbers(text, from, to, count, how, result)
        #endif
        default: KernelsBaseline.numbers(text, from, to, count, how, result)
        }
    }

    /// See `KernelsBaseline.stamps`.
    package func stamps(
        _ text: UnsafePointer<UInt8>, from: UnsafePointer<UInt32>, to: UnsafePointer<UInt32>, count: Int,
        known: UnsafePointer<UInt64>, _ result: UnsafeMutablePointer<UInt32>
    ) -> Int {
        switch level {
        #if arch(x86_64)
            case .v4: KernelsV4.stamps(text, from, to, count, known, result)
            case .v3: KernelsV3.stamps(text, from, to, count, known, result)
        #endif
        default: KernelsBaseline.stamps(text, from, to, count, known, result)
        }
    }

    /// See `KernelsBaseline.alike`.
    package func alike(
        _ text: UnsafePointer<UInt8>, from: UnsafePointer<UInt32>, to: UnsafePointer<UInt32>, count: Int,
        reference: Range<UInt32>
    ) -> Int {
        let (first, end) = (reference.lowerBound, reference.upperBound)
        switch level {
        #if arch(x86_64)
            case .v4: return KernelsV4.alike(text, from, to, count, first, end)
            case .v3: return KernelsV3.alike(text, from, to, count, first, end)
        #endif
        default: return KernelsBaseline.alike(text, from, to, count, first, end)
        }
    }
}
