internal import Vocabulary

/// The readings of one meter in the order in which they came, in kWh an interval or kW.
struct MeterColumn {
    var stamps: [UInt32] = []
    var values: [Float] = []
    /// Sum of the values as written, before they are held as Float.
    var sum = 0.0
}

/// Where formats put what they read: columns a meter, counts, flags and rejects.
struct Intake {
    let options: MeterReadOptions
    /// Fixed by the layout before the first row.
    var unit: MeterUnit = .kilowattHours
    var encoding: MeterReadOptions.Encoding = .utf8
    var numbers = NumberParser()
    var stamps = StampParser()
    private(set) var index = MeterIndex()
    /// One a meter; none while days are handed out as they are complete.
    var columns: [MeterColumn] = []
    /// Meters whose identifiers have been judged, and why rows of some of them are rejected.
    private var judged = 0
    private var refused: [Int: RejectedRow.Reason] = [:]
    var readings = 0
    var rows = InputReport.Rows()
    var missing = 0
    var flags: Set<String> = []
    var log = RejectLog()
    /// What documents know beyond a table's header.
    var terms = LayoutTerms()
    /// Seconds a reading covers, where the layout tells; nil = to be inferred.
    var layoutInterval: Int?
    var newest: Int64 = .min
    /// Set when days are handed out as they are complete, instead of columns being kept to the end.
    var days: DayAssembler?
    /// Rows of wide layouts that came already.
    var seenDays = DaySet()
    var seenStamps: Set<Int64> = []
    let latest: Int64
    let fixedOffset: Int64?

    init(options: MeterReadOptions) {
        self.options = options
        latest = options.now.adding(seconds: MeterLimits.futureSeconds).seconds
        fixedOffset = options.zone.isFixed ? options.zone.initialOffset : nil
    }

    /// The meter's number, or why the row cannot have one. Its identifier is judged once, when it is first seen.
    mutating func meter(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Result<Int, RejectedRow.Reason> {
        var (start, end) = (field.lowerBound, field.upperBound)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        guard start < end else { return .failure(.missingIdentifier) }
        guard end - start <= MeterLimits.identifierBytes else { return .failure(.damagedIdentifier) }
        guard let number = index.number(bytes, start..<end) else { return .failure(.tooManyMeters) }
        if number == judged {
            judged += 1
            if days == nil { columns.append(MeterColumn()) }
            if isDamagedIdentifier(bytes, start..<end) { refused[number] = .damagedIdentifier }
            declareInterval(number)
        }
        if let refused = refusal(number) { return .failure(refused) }
        return .success(number)
    }

    /// Fetches what will be asked of a run whose meter is not known yet.
    func prefetch(_ run: FastRun, _ bytes: Span<UInt8>) {
        guard run.nameStart <= run.nameEnd, Int(run.nameEnd) <= bytes.count else { return }
        index.prefetch(bytes, Int(run.nameStart)..<Int(run.nameEnd))
    }

    /// Why rows of a meter are rejected; nil for a sound identifier.
    @inline(__always)
    func refusal(_ number: Int) -> RejectedRow.Reason? { refused.isEmpty ? nil : refused[number] }

    /// UTC seconds of a written time, or why it cannot be one. `meter` decides between the two hours of a clock change.
    mutating func utc(_ written: WrittenStamp, meter: Int?) -> Result<Int64, RejectedRow.Reason> {
        var second = written.localSeconds
        if let offset = written.offset ?? fixedOffset {
            second &-= offset
        } else {
            let previous = meter.flatMap { number in
                days == nil ? columns[number].stamps.last.map { Int64($0) } : days?.lastSecond(number)
            }
            guard let found = options.zone.utc(local: second, after: previous) else {
                flags.insert("local_time_gap")
                return .failure(.noSuchLocalTime)
            }
            second = found
        }
        guard second <= latest else { return .failure(.future) }
        guard second >= MeterLimits.earliestSecond, second <= MeterLimits.latestSecond else {
            return .failure(.timeOutOfRange)
        }
        return .success(second)
    }

    /// Adds one reading; the reason when it is refused. `second` was judged by `utc`.
    @inline(__always)
    mutating func add(meter: Int, second: Int64, value written: Double) -> RejectedRow.Reason? {
        let value = written * unit.scale
        guard abs(value) <= MeterLimits.largestReading else { return .outOfRange }
        if value < 0 {
            flags.insert("negative")
            guard options.bidirectional else { return .negative }
        }
        guard readings < MeterLimits.readings || days != nil else { return .tooManyReadings }
        readings += 1
        if second > newest { newest = second }
        if days?.add(meter: meter, second: second, value: value) != nil { return nil }
        columns[meter].stamps.append(UInt32(truncatingIfNeeded: second))
        columns[meter].values.append(Float(value))
        columns[meter].sum += value
        return nil
    }

    mutating func reject(
        _ table: borrowing FieldTable, _ reason: RejectedRow.Reason, _ bytes: Span<UInt8>, _ range: Range<Int>
    ) {
        rows.rejected += 1
        log.add(line: table.line, reason, bytes, range)
    }

    /// Frees a column whose series is built, so that both are not held for all meters at once.
    mutating func release(_ number: Int) {
        columns[number].stamps = []
        columns[number].values = []
    }

    /// One cell of a wide row; the row itself goes on.
    mutating func rejectCell(
        _ table: borrowing FieldTable, _ reason: RejectedRow.Reason, _ bytes: Span<UInt8>, _ range: Range<Int>
    ) {
        flags.insert("bad_cells")
        log.add(line: table.line, reason, wholeRow: false, bytes, range)
    }

    /// A stream must know a meter's interval before its readings, a series only at the end.
    private mutating func declareInterval(_ number: Int) {
        guard days != nil, !options.intervalMinutesByMeter.isEmpty else { return }
        let name = MeterNames(index: index, encoding: encoding).text(UInt32(number))
        if let minutes = options.intervalMinutesByMeter[name] { days?.declare(meter: number, interval: minutes &* 60) }
    }

    /// `6.01469E+11`: a spreadsheet threw digits away, and several meters share what is left. Also undecodable bytes.
    private func isDamagedIdentifier(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        // Nearly all are plain words without an exponent: no text is made of them.
        var isPlain = true
        for at in range {
            let byte = bytes[at]
            isPlain = isPlain && byte < 0x80 && byte | 0x20 != UInt8(ascii: "e") && byte != UInt8(ascii: "#")
        }
        if isPlain { return false }
        guard let text = TextEncoding.text(bytes, range, encoding) else { return true }
        if text.hasPrefix("#") { return true }
        let parts = text.uppercased().split(separator: "E", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix("+") || parts[0].contains(".") else { return false }
        return Double(parts[0]) != nil && Int(parts[1]) != nil
    }
}

extension RejectedRow.Reason: Error {}
