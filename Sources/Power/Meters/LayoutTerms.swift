/// What a layout knows of its readings that a plain table leaves to be declared or inferred.
struct LayoutTerms {
    /// A row is a reading, so a reading that comes twice is a duplicate row.
    var rowIsReading = false
    /// Stamps mark starts whatever was declared, because the layout writes both ends or says so.
    var stampsAreStarts = false
    /// Seconds a reading of the meter (by its number) covers.
    var intervals: [Int: Int] = [:]
    /// Seconds east of UTC on which the layout's days lie; nil = the declared zone.
    var zoneOffset: Int?
    /// Energy, kWh, that the file proves and no interval can hold: readings longer than a day, gaps between register
    /// readings. It is in the report's energy, and in no series.
    var unplacedKilowattHours = 0.0
}

extension Intake {
    /// The number of a meter whose identifier is not a field of a row.
    mutating func meter(_ name: String) -> Result<Int, RejectedRow.Reason> {
        let bytes = Array(name.utf8)
        return meter(bytes.span, 0..<bytes.count)
    }

    /// A row, counted as data before, that is not loaded. `detail` is what the log quotes.
    mutating func reject(line: Int?, _ reason: RejectedRow.Reason, _ detail: String = "") {
        rows.rejected += 1
        let raw = Array(detail.utf8)
        log.add(line: line, reason, raw.span, 0..<raw.count)
    }

    /// One value of a row that is loaded otherwise.
    mutating func rejectCell(line: Int?, _ reason: RejectedRow.Reason, _ detail: String = "") {
        flags.insert("bad_cells")
        let raw = Array(detail.utf8)
        log.add(line: line, reason, wholeRow: false, raw.span, 0..<raw.count)
    }

    /// A finite decimal number; the decimal sign is a point.
    func number(_ bytes: [UInt8]) -> Double? {
        guard case .value(let value, _) = numbers.parse(bytes.span, 0..<bytes.count) else { return nil }
        return value
    }

    /// UTC seconds of a stamp as text.
    mutating func second(_ bytes: [UInt8], meter: Int?) -> Result<Int64, RejectedRow.Reason> {
        guard let written = stamps.stamp(bytes.span, 0..<bytes.count) else { return .failure(.badTime) }
        return utc(written, meter: meter)
    }

    /// Adds energy over a span of time that is written with both its ends; the reason when it is refused.
    ///
    /// The first span of a meter fixes its interval. A day of a clock change (23 or 25 hours) is a day. A span of a few
    /// whole intervals has its average power in each of them. Longer ones than a day, and ones of a broken number of
    /// intervals, count in the report's energy only.
    mutating func take(
        meter: Int, from start: Int64, seconds: Int64, kilowattHours energy: Double
    ) -> RejectedRow.Reason? {
        guard seconds > 0 else { return .badInterval }
        let first: Int64
        switch utc(WrittenStamp(localSeconds: start, offset: 0), meter: nil) {
        case .success(let utc): first = utc
        case .failure(let reason): return reason
        }
        let nominal = (82_800...90_000).contains(seconds) ? 86_400 : seconds
        if nominal > 86_400 {
            return count(energy, "longer_than_a_day")
        }
        let interval = Int64(terms.intervals[meter] ?? Int(nominal))
        guard SeriesBuilder.divides(Int(interval)) else { return .badInterval }
        terms.intervals[meter] = Int(interval)
        // Ends that are rounded to minutes differ a little from the interval.
        if abs(nominal - interval) <= interval / 10 {
            return add(meter: meter, second: nominal == 86_400 ? midnight(first) : first, value: energy)
        }
        let parts = nominal / interval
        guard parts <= MeterLimits.intervalsOfOneReading else { return .otherInterval }
        guard nominal % interval == 0 else { return count(energy, "odd_interval") }
        flags.insert("longer_interval")
        for part in 0..<parts {
            let place = first + part * interval
            if let reason = add(meter: meter, second: place, value: energy / Double(parts)) { return reason }
        }
        return nil
    }

    /// Energy that no interval can hold.
    private mutating func count(_ energy: Double, _ flag: String) -> RejectedRow.Reason? {
        guard energy.magnitude <= MeterLimits.largestReading else { return .outOfRange }
        guard energy >= 0 || options.bidirectional else {
            flags.insert("negative")
            return .negative
        }
        flags.insert(flag)
        terms.unplacedKilowattHours += energy
        return nil
    }

    /// Days begin at the layout's midnight; in summer their stamps are an hour off it.
    private func midnight(_ second: Int64) -> Int64 {
        guard let offset = terms.zoneOffset else { return second }
        let local = second + Int64(offset)
        let near = (local + 43_200) / 86_400 * 86_400
        return abs(near - local) <= 7200 ? near - Int64(offset) : second
    }
}
