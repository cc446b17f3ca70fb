internal import Vocabulary

/// Reads one meter file: bytes to rows, rows to readings, readings to one series a meter.
///
/// The report's counts always add up. A file that is refused as a whole throws nothing: it has `report.error` set, and its
/// series are empty unless the file was merely cut (`truncated_file`).
package struct MeterReader {
    let options: MeterReadOptions
    var intake: Intake
    var report = InputReport()
    /// Threads that read; 0 = every row is read by itself, as in the tests that compare the two.
    private let threads: Int
    private let sink: MeterStream.Sink?

    init(options: MeterReadOptions, threads: Int, sink: MeterStream.Sink? = nil) {
        self.options = options
        self.threads = threads
        self.sink = sink
        intake = Intake(options: options)
    }

    /// Reads a file, `.gz` and `.zst` too. `rejected` is told of every rejected row, also of those that are not kept.
    /// Throws only for options that make no sense; what is wrong with the file is in the report. Any number of threads
    /// gives the same result; with none, every row is read by itself.
    package static func read(
        path: String, options: MeterReadOptions, threads: Int = MeterStream.threads,
        rejected: ((RejectedRow) -> Void)? = nil
    ) throws(MeterError) -> MeterReadResult {
        let source: ByteFeed
        do { source = try feed(path: path) } catch { return refused(path, error) }
        return try read(feed: source, path: path, options: options, threads: threads, rejected: rejected)
    }

    /// Reads from an open descriptor (standard input, or one handed to a child); `path` is its name in the report.
    package static func read(
        descriptor: Int32, path: String, options: MeterReadOptions, threads: Int = MeterStream.threads,
        rejected: ((RejectedRow) -> Void)? = nil
    ) throws(MeterError) -> MeterReadResult {
        let source: ByteFeed
        do { source = try feed(descriptor: descriptor) } catch { return refused(path, error) }
        return try read(feed: source, path: path, options: options, threads: threads, rejected: rejected)
    }

    /// Reads plain bytes from memory.
    package static func read(
        bytes: [UInt8], path: String = "", options: MeterReadOptions, threads: Int = MeterStream.threads,
        rejected: ((RejectedRow) -> Void)? = nil
    ) throws(MeterError) -> MeterReadResult {
        try read(feed: feed(bytes: bytes), path: path, options: options, threads: threads, rejected: rejected)
    }

    /// `threads` 0 reads every row by itself; any number gives the same result.
    static func read(
        feed: @escaping ByteFeed, path: String, options: MeterReadOptions, threads: Int,
        rejected: ((RejectedRow) -> Void)?
    ) throws(MeterError) -> MeterReadResult {
        try check(options)
        var reader = MeterReader(options: options, threads: threads)
        guard reader.readAll(feed, path, rejected) else {
            return MeterReadResult(series: [], report: reader.report, rejects: reader.intake.log.kept)
        }
        return reader.finish()
    }

    /// As `read`, but days go to `sink` as they are complete. See `MeterStream`.
    static func stream(
        feed: @escaping ByteFeed, path: String, options: MeterReadOptions, threads: Int,
        rejected: ((RejectedRow) -> Void)?, sink: @escaping MeterStream.Sink
    ) throws(MeterError) -> MeterStream.Summary {
        try check(options)
        var reader = MeterReader(options: options, threads: threads, sink: sink)
        _ = reader.readAll(feed, path, rejected)
        return reader.finishStream()
    }

    private static func check(_ options: MeterReadOptions) throws(MeterError) {
        if let minutes = options.intervalMinutes, !SeriesBuilder.divides(minutes &* 60) {
            throw MeterError(.badOption, detail: "an interval of \(minutes) minutes does not divide a day")
        }
        if let layout = options.layout, !FormatRegistry.layouts.contains(layout) {
            let known = FormatRegistry.layouts.sorted().joined(separator: ", ")
            throw MeterError(.badOption, detail: "unknown layout \(layout); known are \(known)")
        }
    }

    /// False when nothing of the file is to be believed.
    private mutating func readAll(_ feed: @escaping ByteFeed, _ path: String, _ rejected: ((RejectedRow) -> Void)?)
        -> Bool
    {
        report.path = path
        intake.log.log = rejected
        do {
            try run(feed)
        } catch {
            report.error = error
            guard Self.keepsWhatCame(error) else {
                // Damage that is found late makes all before it doubtful: nothing becomes visible.
                report.flags = intake.flags.sorted()
                return false
            }
            if error.kind == .truncated { intake.flags.insert("truncated_file") }
        }
        return true
    }

    private static let notStreamed = "this layout is read whole, not as a stream"

    /// Errors after which the rows before them stand.
    static func keepsWhatCame(_ error: MeterError) -> Bool {
        error.kind == .truncated || error.kind == .unterminatedQuote || error.kind == .recordTooLong
    }

    private static func refused(_ path: String, _ error: MeterError) -> MeterReadResult {
        var report = InputReport()
        report.path = path
        report.error = error
        return MeterReadResult(series: [], report: report, rejects: [])
    }

    private mutating func run(_ feed: @escaping ByteFeed) throws(MeterError) {
        let (raw, all, rest) = try DocumentHead.raw(feed)
        guard !raw.isEmpty else { throw MeterError(.empty) }
        let head = DocumentHead(raw: raw, declared: options.encoding)
        if let document = try FormatRegistry.document(head, options) {
            intake.encoding = head.encoding == .gb18030 ? .gb18030 : .utf8
            report.encoding = head.encoding.rawValue
            report.layout = document.format.layout
            guard sink == nil else { throw MeterError(.readWhole, detail: Self.notStreamed) }
            var format = document.format.init()
            try read(&format, TextSource(head: head, feed: rest))
            // A declaration is believed until nothing of it was found.
            if intake.rows.data == 0, try document.format.recognise(head) == nil {
                throw MeterError(.unknownLayout, line: 1, detail: "nothing of the declared \(document.format.layout)")
            }
            return
        }
        try table(all, head)
    }

    /// A cut document keeps what came before the cut, so it is brought to its end too.
    private mutating func read(
        _ format: inout some DocumentFormat, _ text: consuming TextSource
    ) throws(MeterError) {
        var source = text
        do throws(MeterError) {
            try format.read(&source, &intake)
        } catch {
            if Self.keepsWhatCame(error) { format.finish(&intake) }
            throw error
        }
        format.finish(&intake)
    }

    private mutating func table(_ feed: @escaping ByteFeed, _ head: DocumentHead) throws(MeterError) {
        var scanner = RecordScanner(feed: feed)
        let encoding = try scanner.start(declared: options.encoding)
        intake.encoding = encoding == .gb18030 ? .gb18030 : .utf8
        report.encoding = encoding.rawValue
        intake.numbers.decimalComma =
            options.decimalSign.map { $0 == .comma } ?? (scanner.separator == UInt8(ascii: ";"))
        let header = try scanner.header(intake.encoding).map(HeaderNames.column)
        let rows = head.firstRows(separator: scanner.separator)
        var format = try FormatRegistry.recognise(header, rows: rows, options)
        format.prepare(&intake)
        report.layout = type(of: format).layout
        if sink != nil {
            guard format.fastPlan(intake) != nil || MeterStream.layouts.contains(type(of: format).layout) else {
                throw MeterError(.readWhole, detail: Self.notStreamed)
            }
            intake.seenDays.limit = MeterLimits.dayStretches
            intake.days = DayAssembler(
                options: options, unit: intake.unit, layoutInterval: intake.layoutInterval,
                decimals: 3 + intake.unitDecimals)
        }
        if let long = format as? LongFormat {
            // The common layout is read through its own type: one call a row that the compiler sees through.
            return try self.rows(&scanner, long, width: header.count)
        }
        do throws(MeterError) {
            try self.rows(&scanner, &format, width: header.count)
        } catch {
            if Self.keepsWhatCame(error) { format.finish(&intake) }
            throw error
        }
        format.finish(&intake)
    }

    private mutating func rows(
        _ scanner: inout RecordScanner, _ long: LongFormat, width: Int
    ) throws(MeterError) {
        var format = long
        try rows(&scanner, &format, width: width)
    }

    /// Whole pieces where rows are as expected, and row by row where they are not.
    private mutating func rows<Format: MeterFormat>(
        _ scanner: inout RecordScanner, _ format: inout Format, width: Int
    ) throws(MeterError) {
        guard threads > 0 else {
            while try row(&scanner, &format, width) {}
            return
        }
        var fast = FastReader(threads: threads)
        defer { fast.stop() }
        while true {
            if fast.rest == 0 {
                if let shape = format.fastPlan(intake) {
                    try pieces(&fast, &scanner, &format, shape, width)
                } else {
                    fast.pause()
                }
            }
            fast.waited()
            guard try row(&scanner, &format, width) else { return }
        }
    }

    /// One round of pieces, and the rows between them.
    private mutating func pieces<Format: MeterFormat>(
        _ fast: inout FastReader, _ scanner: inout RecordScanner, _ format: inout Format, _ shape: FastPlan.Shape,
        _ width: Int
    ) throws(MeterError) {
        try scanner.readAhead(fast.wantedBytes)
        if let decimals = intake.days?.decimals { fast.decimals = max(0, min(decimals - intake.unitDecimals, 9)) }
        let plan = intake.plan(shape, width: width, separator: scanner.separator, decimals: fast.decimals)
        let found = fast.round(scanner.buffer, from: scanner.start, plan, intake.index)
        let moves = scanner.moves
        for piece in found.pieces {
            for (place, run) in piece.runs.enumerated() {
                if place + 8 < piece.runs.count, piece.runs[place + 8].meter < 0 {
                    intake.prefetch(piece.runs[place + 8], scanner.buffer.span)
                }
                while scanner.start < run.start {
                    guard try row(&scanner, &format, width) else { return }
                    guard scanner.moves == moves, keeps(plan) else { return }
                }
                guard scanner.start == run.start else { continue }
                if intake.take(run, piece, plan, scanner.buffer.span) {
                    scanner.skip(to: Int(run.end), lines: Int(run.rows))
                    try handOut()
                }
            }
        }
        while scanner.start < found.end, scanner.moves == moves {
            guard try row(&scanner, &format, width) else { return }
        }
    }

    /// Whether what was read by this plan still fits: a row between may have changed a stream's quantum.
    private func keeps(_ plan: FastPlan) -> Bool {
        guard let decimals = intake.days?.decimals else { return true }
        return decimals == plan.decimals + intake.unitDecimals
    }

    mutating func handOut() throws(MeterError) {
        guard let sink, intake.days?.ready.isEmpty == false else { return }
        var ready: [MeterDays] = []
        intake.days?.takeReady(into: &ready)
        let names = MeterNames(index: intake.index, encoding: intake.encoding)
        for batch in ready {
            guard sink(batch, names) else { throw MeterError(.stopped) }
        }
    }

    /// One row; false at the end of the file.
    private mutating func row<Format: MeterFormat>(
        _ scanner: inout RecordScanner, _ format: inout Format, _ width: Int
    ) throws(MeterError) -> Bool {
        switch try scanner.next() {
        case .end: return false
        case .tooLong:
            intake.rows.data += 1
            intake.rows.rejected += 1
            intake.log.add(
                RejectedRow(
                    line: scanner.table.line, reason: .recordTooLong, detail: "", wholeRow: true))
        case .unterminatedQuote:
            intake.rows.data += 1
            intake.reject(scanner.table, .unterminatedQuote, scanner.buffer.span, scanner.table.record)
            throw MeterError(.unterminatedQuote, line: scanner.table.line)
        case .record:
            intake.rows.data += 1
            if let reason = fault(scanner, width) {
                intake.reject(scanner.table, reason, scanner.buffer.span, scanner.table.record)
            } else {
                format.read(scanner.buffer.span, scanner.table, &intake)
            }
        }
        if intake.days != nil { try handOut() }
        return true
    }

    /// What is wrong with a row whatever its layout; nil when its fields may be read.
    @inline(__always)
    private mutating func fault(_ scanner: borrowing RecordScanner, _ width: Int) -> RejectedRow.Reason? {
        if scanner.table.hasNUL { return .nulByte }
        if scanner.table.badQuote { return .badQuote }
        if scanner.table.count != width {
            guard scanner.table.endedByFile, scanner.table.count < width else { return .fieldCount }
            intake.flags.insert("truncated_file")
            return .truncatedRow
        }
        guard scanner.table.hasHighBytes else { return nil }
        return TextEncoding.isValid(scanner.buffer.span, scanner.table.record, intake.encoding) ? nil : .badEncoding
    }
}
