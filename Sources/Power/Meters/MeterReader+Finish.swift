internal import Vocabulary

/// How a file ends: columns become series, or a stream hands out what is left; counts come to their end.
extension MeterReader {
    mutating func finish() -> MeterReadResult {
        var builder = SeriesBuilder(options: gridOptions(), unit: intake.unit, layoutInterval: intake.layoutInterval)
        let common = commonInterval()
        var series: [MeterSeries] = []
        for number in intake.columns.indices {
            let name = Array(intake.index.identifier(number))
            guard let meter = TextEncoding.text(name.span, 0..<name.count, intake.encoding) else { continue }
            if let built = builder.build(intake.columns[number], meter: meter, common: common) { series.append(built) }
            intake.release(number)
        }
        series.sort { $0.meter < $1.meter }
        settle(builder)
        report.readings = builder.readings
        let unplaced = intake.terms.unplacedKilowattHours
        report.energyKilowattHours = builder.readings > 0 || unplaced != 0 ? builder.energy + unplaced : nil
        report.flags = intake.flags.union(builder.flags).sorted()
        return MeterReadResult(series: series, report: report, rejects: intake.log.kept)
    }

    /// The declared options with what the layout itself says of its stamps and intervals.
    private func gridOptions() -> MeterReadOptions {
        var declared = options
        if intake.terms.stampsAreStarts { declared.stamp = .start }
        if let offset = intake.terms.zoneOffset { declared.zone = MeterZone(offsetSeconds: offset) }
        for (number, seconds) in intake.terms.intervals where seconds % 60 == 0 && number < intake.columns.count {
            let name = Array(intake.index.identifier(number))
            guard let meter = TextEncoding.text(name.span, 0..<name.count, intake.encoding) else { continue }
            declared.intervalMinutesByMeter[meter] = seconds / 60
        }
        return declared
    }

    /// The step that most meters of the file keep.
    private func commonInterval() -> Int? {
        var counts: [Int: Int] = [:]
        for column in intake.columns.prefix(256) {
            if let step = SeriesBuilder.commonStep(column.stamps.prefix(64).sorted()) { counts[step, default: 0] += 1 }
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// Hands out what is left and brings the counts to their end.
    mutating func finishStream() -> MeterStream.Summary {
        if report.error.map({ Self.keepsWhatCame($0) }) ?? true {
            intake.days?.finish()
            do { try handOut() } catch { report.error = error }
        }
        let duplicates = intake.days?.duplicates ?? 0
        if report.layout == LongFormat.layout {
            intake.rows.loaded -= duplicates
            intake.rows.duplicate += duplicates
        }
        if intake.seenDays.isFull { intake.flags.insert("duplicates_unchecked") }
        settleRows()
        report.readings = intake.days?.readings ?? 0
        report.energyKilowattHours = report.readings > 0 ? intake.days?.energy : nil
        report.flags = intake.flags.union(intake.days?.flags ?? []).sorted()
        return MeterStream.Summary(
            report: report, rejects: intake.log.kept,
            names: MeterNames(index: intake.index, encoding: intake.encoding))
    }

    /// Brings the row counts to their end: in the long layout a reading is a row, so what the grid found moves between them.
    private mutating func settle(_ builder: SeriesBuilder) {
        let rowIsReading = report.layout == LongFormat.layout || intake.terms.rowIsReading
        if rowIsReading {
            let moved = min(builder.duplicates, intake.rows.loaded)
            intake.rows.loaded -= moved
            intake.rows.duplicate += moved
        }
        for (meter, readings) in builder.sparse {
            if rowIsReading {
                let moved = min(readings, intake.rows.loaded)
                intake.rows.loaded -= moved
                intake.rows.rejected += moved
            }
            intake.log.add(
                RejectedRow(
                    line: nil, reason: .tooSparse, detail: "\(meter): \(readings) readings", wholeRow: true))
        }
        settleRows()
    }

    private mutating func settleRows() {
        report.rows = intake.rows
        report.unit = intake.unit
        report.missing = intake.missing
        if intake.rows.data == 0 { intake.flags.insert("no_rows") }
        if intake.newest > .min, options.now.seconds - intake.newest > MeterLimits.lateDays * 86_400 {
            intake.flags.insert("late")
        }
        if identifiersLostZeros() { intake.flags.insert("unknown_meter") }
    }

    /// Meter addresses have twelve digits (DL/T 645). Numbers of differing lengths below that have lost leading zeros.
    private func identifiersLostZeros() -> Bool {
        var lengths: Set<Int> = []
        for number in 0..<intake.index.count {
            let name = intake.index.identifier(number)
            guard name.allSatisfy({ $0 &- 0x30 <= 9 }), name.first != 0x30, (6...11).contains(name.count) else {
                return false
            }
            lengths.insert(name.count)
        }
        return lengths.count >= 2
    }
}
