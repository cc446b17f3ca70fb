import GRDB
import Meters
import Vocabulary

extension Archive {
    /// Stores one delivery in one transaction. The same `input` again changes nothing and answers what it did the first
    /// time. A later delivery wins slot by slot; a slot it does not fill keeps what it had.
    @discardableResult
    package func store(
        series: [MeterSeries], kind: Kind = .meter, input sha256: String, now: Instant, recipe: FeatureRecipe? = nil
    ) throws(ArchiveError) -> InputSummary {
        // What cannot be stored is refused before anybody waits for a turn.
        for one in series { try Archive.check(one) }
        switch try begin(input: sha256, kind: kind, now: now, recipe: recipe) {
        case .known(let summary): return summary
        case .open(let delivery):
            try delivery.append(series)
            return try delivery.commit().summary
        }
    }

    /// Bounds on what may be stored: see `ArchiveLimits`.
    static func check(_ series: MeterSeries) throws(ArchiveError) {
        func bad(_ what: String) -> ArchiveError { .badSeries(meter: String(series.meter.prefix(64)), what: what) }
        guard !series.meter.isEmpty, series.meter.utf8.count <= ArchiveLimits.identifierBytes else {
            throw bad("identifier empty or longer than \(ArchiveLimits.identifierBytes) bytes")
        }
        guard series.intervalSeconds > 0, series.intervalSeconds <= 86_400, 86_400 % series.intervalSeconds == 0 else {
            throw bad("an interval of \(series.intervalSeconds) s does not divide a day")
        }
        guard series.kilowatts.count <= ArchiveLimits.readingsPerSeries else { throw bad("too many readings") }
        let span = Int64(series.intervalSeconds) * Int64(series.kilowatts.count)
        let limit = (Int64(ArchiveLimits.days.upperBound) - 2) * 86_400
        guard series.start.seconds > -limit, series.start.seconds < limit - span else {
            throw bad("times outside 1677 to 2262")
        }
    }

    /// Cuts a series of kW into local days with a reading, each as a batch of one row.
    static func eachDay(
        _ kilowatts: [Float], localStart: Instant, intervalSeconds: Int, _ body: (StoredDays) throws -> Void
    ) throws {
        let grid = Grid(localStart: localStart, intervalSeconds: intervalSeconds)
        let perDay = Int(grid.perDay)
        var batch = StoredDays(meters: [0], days: [0], slotsPerDay: perDay, quantum: .float32)
        var next = 0
        while next < kilowatts.count {
            let (day, slot) = grid.place(grid.firstSlot + Int64(next))
            let length = min(perDay - slot, kilowatts.count - next)
            let part = kilowatts[next..<(next + length)]
            let packed = Quantizer.steps(part, slots: perDay)
            batch.days = [Int32(clamping: day)]
            batch.quantum = packed.quantum
            if length == perDay {
                batch.values = packed.steps
            } else {
                batch.values = [Int32](repeating: .min, count: perDay)
                batch.values.replaceSubrange(slot..<(slot + length), with: packed.steps)
            }
            next += length
            try body(batch)
        }
    }

    /// Where a regular grid lies: slot 0 of local day d starts `d × 86 400 s + phase`, local time.
    struct Grid {
        let interval: Int64
        let phase: Int64
        let firstSlot: Int64
        var perDay: Int64 { 86_400_000_000_000 / interval }

        init(localStart start: Instant, intervalSeconds: Int) {
            interval = Int64(intervalSeconds) * 1_000_000_000
            let rest = start.nanoseconds % interval
            phase = rest < 0 ? rest + interval : rest
            firstSlot = (start.nanoseconds - phase) / interval
        }

        /// Day and slot of the day; rounds down before 1970 too.
        func place(_ slot: Int64) -> (day: Int64, slot: Int) {
            let rest = slot % perDay
            return rest < 0 ? (slot / perDay - 1, Int(rest + perDay)) : (slot / perDay, Int(rest))
        }
    }
}

/// Finds the coarsest quantum that holds every value of a day exactly.
enum Quantizer {
    /// Registers count energy, so that is tried first; then power. Coarse first: a step too fine costs bits.
    private static let quanta: [Quantum] = (0...6).flatMap { digits in
        [Quantum(.kilowattHours, exponent: -digits), Quantum(.kilowatts, exponent: -digits)].compactMap { $0 }
    }

    /// NaN becomes missing. Lossless, except that -0 becomes 0.
    static func steps(_ values: ArraySlice<Float>, slots: Int) -> (steps: [Int32], quantum: Quantum) {
        for quantum in quanta {
            if let steps = steps(values, quantum, slots: slots) { return (steps, quantum) }
        }
        let bits = values.map { value in
            value.isNaN ? Int32.min : value == 0 ? 0 : Int32(bitPattern: value.bitPattern)
        }
        return (bits, .float32)
    }

    private static func steps(_ values: ArraySlice<Float>, _ quantum: Quantum, slots: Int) -> [Int32]? {
        let scale = quantum.scale(slots: slots)
        var steps: [Int32] = []
        for value in values {
            if value.isNaN {
                steps.append(.min)
                continue
            }
            let step = (Double(value) * scale.denominator / scale.numerator).rounded()
            guard abs(step) < Double(Int32.max), Float(step * scale.numerator / scale.denominator) == value else {
                return nil
            }
            steps.append(Int32(step))
        }
        return steps
    }
}
