import Glibc

private let target = FuzzTarget.chosen()

/// Seconds of processor time that one input may take; the sanitizers make everything some times slower, and inputs are
/// a few kilobytes. Wall time alone says nothing on a busy machine, but costs no system call: what took long by it is run
/// once more by processor time. libFuzzer's own `-timeout` ends what never ends.
private let secondsAllowed = 1.0

@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    let before = seconds(CLOCK_MONOTONIC)
    let useful = target.run(input)
    if seconds(CLOCK_MONOTONIC) - before > secondsAllowed {
        let before = seconds(CLOCK_THREAD_CPUTIME_ID)
        _ = target.run(input)
        let taken = seconds(CLOCK_THREAD_CPUTIME_ID) - before
        promise(taken <= secondsAllowed, "\(count) bytes took \(taken) s of processor time")
    }
    return useful ? 0 : -1
}

private func seconds(_ clock: clockid_t) -> Double {
    var now = timespec()
    clock_gettime(clock, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
