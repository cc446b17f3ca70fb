/// Reads a meter file of any size in bounded memory: finished days are handed out while the file is read, nothing is kept.
///
/// What is handed out stands only when the summary's report says so: a file whose check sum turns out wrong at its end has
/// given its days already, and whoever stores them must take them back then.
package enum MeterStream {
    /// Takes a batch of days; `names` knows its meters and is to be used within the call. False ends the reading.
    package typealias Sink = (_ days: MeterDays, _ names: MeterNames) -> Bool

    package struct Summary {
        /// Counts and flags as from `MeterReader.read`. A day that came in parts is counted in each of them, and a reading
        /// that a later part replaces is in `readings` twice. Further flags: `rounded` (a value had more digits than 32 bits
        /// hold), `duplicates_unchecked` (too many rows to remember all).
        package var report: InputReport
        /// The first `MeterLimits.rejectsKept`, in order of lines.
        package var rejects: [RejectedRow]
        package var names: MeterNames

        /// Nothing was read, because only a reader of whole files can: `MeterReader`.
        package var needsWholeFile: Bool { report.error?.kind == .readWhole }

        /// Whether the days that were handed out stand. They do not when damage was found, and so far as a file is merely
        /// cut they do.
        package var stands: Bool { report.error.map { MeterReader.keepsWhatCame($0) && report.readings > 0 } ?? true }
    }

    /// Layouts whose rows can be placed as they come. Others need the whole file, and are refused here.
    package static let layouts: Set<String> = [LongFormat.layout, WideByDayFormat.layout, WideByTimeFormat.layout]

    /// Threads by default.
    package static let threads = 2

    /// Reads a file, `.gz` and `.zst` too. Any number of threads gives the same batches in the same order.
    package static func read(
        path: String, options: MeterReadOptions, threads: Int = threads, rejected: ((RejectedRow) -> Void)? = nil,
        sink: @escaping Sink
    ) throws(MeterError) -> Summary {
        let feed = try MeterReader.feed(path: path)
        return try MeterReader.stream(
            feed: feed, path: path, options: options, threads: threads, rejected: rejected, sink: sink)
    }

    /// Reads from an open descriptor; `path` is its name in the report.
    package static func read(
        descriptor: Int32, path: String, options: MeterReadOptions, threads: Int = threads,
        rejected: ((RejectedRow) -> Void)? = nil, sink: @escaping Sink
    ) throws(MeterError) -> Summary {
        let feed = try MeterReader.feed(descriptor: descriptor)
        return try MeterReader.stream(
            feed: feed, path: path, options: options, threads: threads, rejected: rejected, sink: sink)
    }

    /// Reads plain bytes from memory.
    package static func read(
        bytes: [UInt8], options: MeterReadOptions, threads: Int = threads, rejected: ((RejectedRow) -> Void)? = nil,
        sink: @escaping Sink
    ) throws(MeterError) -> Summary {
        try MeterReader.stream(
            feed: MeterReader.feed(bytes: bytes), path: "", options: options, threads: threads, rejected: rejected,
            sink: sink)
    }
}
