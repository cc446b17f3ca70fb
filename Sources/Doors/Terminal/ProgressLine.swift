import Glibc

/// Progress on standard error: redrawn in place at most ten times a second on a terminal, one plain line every ten
/// seconds elsewhere, nothing when quiet. Rates and the remaining time come from a monotonic clock.
package struct ProgressLine: ~Copyable {
    package enum Mode: Sendable { case terminal, plain, silent }

    private let label: String
    private let unit: String
    private let total: Int?
    private let mode: Mode
    private let started: UInt64
    private var lastDrawn: UInt64
    private let write: (String) -> Void
    private let clock: () -> UInt64

    /// - Parameters:
    ///   - total: steps in all, nil when not known.
    ///   - clock: nanoseconds, monotonic.
    package init(
        label: String, unit: String, total: Int?, mode: Mode,
        write: @escaping (String) -> Void = { text in fputsToStandardError(text) },
        clock: @escaping () -> UInt64 = monotonicNanoseconds
    ) {
        self.label = label
        self.unit = unit
        self.total = total
        self.mode = mode
        self.write = write
        self.clock = clock
        started = clock()
        lastDrawn = started
    }

    package static func mode(quiet: Bool) -> Mode { quiet ? .silent : isatty(2) == 1 ? .terminal : .plain }

    package mutating func update(_ done: Int) {
        guard mode != .silent else { return }
        let now = clock()
        let pause: UInt64 = mode == .terminal ? 100_000_000 : 10_000_000_000
        guard now &- lastDrawn >= pause else { return }
        lastDrawn = now
        write(mode == .terminal ? "\r\u{1B}[K" + text(done, now) : text(done, now) + "\n")
    }

    /// Clears the line on a terminal.
    package mutating func finish() {
        if mode == .terminal, lastDrawn != started { write("\r\u{1B}[K") }
    }

    private func text(_ done: Int, _ now: UInt64) -> String {
        let seconds = Double(now &- started) / 1e9
        let rate = seconds > 0 ? Double(done) / seconds : 0
        var line = "\(label) \(done)"
        if let total { line += "/\(total)" }
        line += " \(unit), \(Int(rate))/s"
        if let total, rate > 0, total > done {
            let remaining = Int(Double(total - done) / rate)
            line += ", \(remaining / 60):\(remaining % 60 < 10 ? "0" : "")\(remaining % 60)"
        }
        return line
    }
}

package func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

package func fputsToStandardError(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
        var offset = 0
        while offset < bytes.count {
            let written = Glibc.write(2, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
            if written <= 0 { return }
            offset += written
        }
    }
}
