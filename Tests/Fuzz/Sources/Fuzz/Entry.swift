import Glibc

private let target = FuzzTarget.chosen()

/// Seconds of processor time that one input may take; the sanitizers make everything some times slower, and inputs are
/// a few kilobytes. Wall time says nothing on a busy machine; libFuzzer's own `-timeout` ends what never ends.
private let secondsAllowed = 1.0

@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    let before = processorSeconds()
    let useful = target.run(input)
    let taken = processorSeconds() - before
    promise(taken <= secondsAllowed, "\(count) bytes took \(taken) s of processor time")
    return useful ? 0 : -1
}

private func processorSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
