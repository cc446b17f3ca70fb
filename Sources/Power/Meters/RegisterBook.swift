/// Readings of cumulative registers, kept until the file ends, and the energy between neighbours.
///
/// A register runs up to a power of ten and starts again. A fall is a rollover when what is left to the modulus is no
/// more than a few ordinary steps; otherwise the meter was reset or exchanged, and that interval is unknown. Energy
/// over a gap is known as a sum only: it counts in the report and not in the series.
struct RegisterBook {
    private struct Column {
        var stamps: [UInt32] = []
        var values: [Double] = []
        /// Transformer ratio of each reading; empty while all are 1.
        var factors: [Double] = []
    }

    private var columns: [Int: Column] = [:]
    private var held = 0

    /// Takes one register reading in the intake's unit; the reason when it is refused.
    mutating func add(
        meter: Int, second: Int64, value: Double, factor: Double, _ intake: inout Intake
    ) -> RejectedRow.Reason? {
        guard value >= 0 else {
            intake.flags.insert("negative")
            return .negative
        }
        guard value <= MeterLimits.largestRegister else { return .outOfRange }
        guard factor > 0, factor <= MeterLimits.largestMultiplier else { return .badMultiplier }
        guard held < MeterLimits.readings else { return .tooManyReadings }
        held += 1
        var column = columns.removeValue(forKey: meter) ?? Column()
        if factor != 1, column.factors.isEmpty {
            column.factors = [Double](repeating: 1, count: column.stamps.count)
        }
        if factor != 1 || !column.factors.isEmpty { column.factors.append(factor) }
        column.stamps.append(UInt32(truncatingIfNeeded: second))
        column.values.append(value)
        columns[meter] = column
        return nil
    }

    /// Puts the differences into the intake, meter by meter. `countsRows` is true when every register reading is a row,
    /// so that one that comes twice becomes a duplicate row.
    mutating func settle(_ intake: inout Intake, countsRows: Bool) {
        for meter in columns.keys.sorted() {
            guard let column = columns.removeValue(forKey: meter) else { continue }
            settle(column, meter, &intake, countsRows)
        }
    }

    private func settle(_ column: Column, _ meter: Int, _ intake: inout Intake, _ countsRows: Bool) {
        let order = column.stamps.indices.sorted {
            (column.stamps[$0], $0) < (column.stamps[$1], $1)
        }
        let stamps = order.map { column.stamps[$0] }
        let step = interval(stamps, meter, intake)
        let phase = phase(stamps, step, intake)
        var kept: [(slot: Int64, position: Int)] = []
        for place in order {
            let local = Int64(column.stamps[place]) - phase
            let slot = (local + step / 2) / step
            // A register read between two points of the grid belongs to neither.
            guard abs(local - slot * step) <= step / 10 else {
                intake.flags.insert("off_grid")
                continue
            }
            if let last = kept.last, last.slot == slot {
                let same = column.values[last.position] == column.values[place]
                // Where rows are days, midnight stands in two of them.
                if countsRows || !same { intake.flags.insert(same ? "duplicates" : "conflicts") }
                if countsRows {
                    intake.rows.loaded -= 1
                    intake.rows.duplicate += 1
                }
                kept[kept.count - 1] = (slot, place)
            } else {
                kept.append((slot, place))
            }
        }
        let largest = ordinaryStep(kept, column)
        let modulus = modulus(column)
        intake.terms.intervals[meter] = Int(step)
        // A declared end of intervals is for the file's other readings: the grid will take the interval off again.
        let shift = intake.options.stamp == .end && !intake.terms.stampsAreStarts ? step : 0
        for pair in kept.indices.dropFirst() {
            let (from, to) = (kept[pair - 1], kept[pair])
            var difference = column.values[to.position] - column.values[from.position]
            let factor = column.factors.isEmpty ? 1 : column.factors[to.position]
            let sameFactor = column.factors.isEmpty || column.factors[from.position] == factor
            if difference < 0 {
                let wrapped = difference + modulus
                guard wrapped >= 0, wrapped <= modulus / 10, wrapped <= largest * MeterLimits.rolloverSteps else {
                    intake.flags.insert("reset")
                    continue
                }
                intake.flags.insert("rollover")
                difference = wrapped
            }
            guard sameFactor else {
                intake.flags.insert("reset")
                continue
            }
            // Registers have at most a few decimals; what is beyond is noise of the subtraction.
            let energy = (difference * 1e6).rounded() / 1e6 * factor
            guard to.slot - from.slot == 1 else {
                intake.flags.insert("register_gap")
                intake.missing += Int(min(to.slot - from.slot, 1 << 31)) - 1
                intake.terms.unplacedKilowattHours += energy * intake.unit.scale
                continue
            }
            if intake.add(meter: meter, second: from.slot * step + phase + shift, value: energy) != nil {
                intake.flags.insert("bad_cells")
            }
        }
    }

    private func interval(_ ordered: [UInt32], _ meter: Int, _ intake: Intake) -> Int64 {
        let name = String(decoding: intake.index.identifier(meter), as: UTF8.self)
        if let minutes = intake.options.intervalMinutesByMeter[name], SeriesBuilder.divides(minutes &* 60) {
            return Int64(minutes * 60)
        }
        if let seconds = intake.layoutInterval { return Int64(seconds) }
        if let minutes = intake.options.intervalMinutes { return Int64(minutes * 60) }
        return Int64(SeriesBuilder.commonStep(ordered) ?? 3600)
    }

    /// The offset on the grid that most stamps share; days begin at local midnight.
    private func phase(_ ordered: [UInt32], _ step: Int64, _ intake: Intake) -> Int64 {
        var counts: [Int64: Int] = [:]
        for stamp in ordered { counts[Int64(stamp) % step, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
    }

    private func ordinaryStep(_ kept: [(slot: Int64, position: Int)], _ column: Column) -> Double {
        var largest = 0.0
        for pair in kept.indices.dropFirst() {
            let slots = kept[pair].slot - kept[pair - 1].slot
            let difference = column.values[kept[pair].position] - column.values[kept[pair - 1].position]
            if slots > 0, difference > 0 { largest = max(largest, difference / Double(slots)) }
        }
        return largest
    }

    /// The power of ten above the largest reading.
    private func modulus(_ column: Column) -> Double {
        let largest = column.values.max() ?? 0
        var modulus = 10.0
        while modulus <= largest { modulus *= 10 }
        return modulus
    }
}
