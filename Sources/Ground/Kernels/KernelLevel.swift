import CMachine

/// Which build of the kernels runs here. All give the same numbers up to the rounding of sums.
package enum KernelLevel: Int, Sendable, CaseIterable {
    case baseline = 1
    case v3 = 3
    case v4 = 4

    /// The best level this processor supports, found once.
    package static let best: KernelLevel = KernelLevel(rawValue: Int(cmachine_kernel_level())) ?? .baseline

    /// Levels that can run on this processor.
    package static var supported: [KernelLevel] { allCases.filter { $0.rawValue <= best.rawValue } }
}
