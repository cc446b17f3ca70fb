internal import Vocabulary

/// Puts a meter's readings on a regular grid: order, duplicates, interval, clock skew, gaps.
struct SeriesBuilder {
    let options: MeterReadOptions
    let unit: MeterUnit
    let layoutInterval: Int?
    private(set) var flags: Set<String> = []
    private(set) var duplicates = 0
    private(set) var energy = 0.0
    private(set) var readings = 0
    private(set) var sparse: [(meter: String, readings: Int)] = []
    private var freeSlots = MeterLimits.freeSlots

    init(options: MeterReadOptions, unit: MeterUnit, layoutInterval: Int?) {
        self.options = options
        self.unit = unit
        self.layoutInterval = layoutInterval
    }

    /// The series, or nil when the meter has no reading or would need an absurd grid (then it is in `sparse`).
    /// `common` is the interval of the file's other meters, for one whose own readings do not tell.
    mutating func build(_ column: MeterColumn, meter: String, common: Int?) -> MeterSeries? {
        guard !column.stamps.isEmpty else { return nil }
        let ordered = inOrder(column)
        let interval = interval(ordered.stamps, meter: meter, common: common)
        let phase = phase(ordered.stamps, interval)
        let first = slot(ordered.stamps[0], interval, phase)
        let slots = slot(ordered.stamps[ordered.stamps.count - 1], interval, phase) - first + 1
        let paid = ordered.stamps.count * MeterLimits.slotsPerReading
        guard slots - paid <= freeSlots else {
            sparse.append((meter, column.stamps.count))
            return nil
        }
        freeSlots -= max(0, slots - paid)
        let hours = Double(interval) / 3600
        let factor = unit.isPower ? 1 : Float(1 / hours)
        var kilowatts = [Float](repeating: .nan, count: slots)
        var sum = column.sum
        for (position, stamp) in ordered.stamps.enumerated() {
            let place = slot(stamp, interval, phase) - first
            let value = ordered.values[position] * factor
            let earlier = kilowatts[place]
            if !earlier.isNaN {
                duplicates += 1
                flags.insert(earlier == value ? "duplicates" : "conflicts")
                sum -= Double(earlier / factor)
            } else {
                readings += 1
            }
            kilowatts[place] = value
        }
        energy += unit.isPower ? sum * hours : sum
        if looksLikeAnotherUnit(kilowatts, factor) { flags.insert("unit_suspect") }
        let shift = options.stamp == .end ? -interval : 0
        let start = Int64(first) * Int64(interval) - options.zone.gridOffset + Int64(shift)
        return MeterSeries(
            meter: meter, start: Instant(seconds: start), intervalSeconds: interval, kilowatts: kilowatts)
    }

    /// Sorted by stamp; equal stamps stay in order of delivery, so that the last one wins.
    private func inOrder(_ column: MeterColumn) -> (stamps: [UInt32], values: [Float]) {
        let stamps = column.stamps
        var sorted = true
        for position in 1..<max(1, stamps.count) where stamps[position] < stamps[position - 1] {
            sorted = false
            break
        }
        if sorted { return (stamps, column.values) }
        let keys = stamps.indices.map { UInt64(stamps[$0]) << 32 | UInt64($0) }.sorted()
        return (
            keys.map { UInt32($0 >> 32) }, keys.map { column.values[Int($0 & 0xffff_ffff)] }
        )
    }

    /// Declared for the meter, by the layout or for the file; otherwise the most common step, which gaps do not change.
    private mutating func interval(_ stamps: [UInt32], meter: String, common: Int?) -> Int {
        if let minutes = options.intervalMinutesByMeter[meter], Self.divides(minutes * 60) { return minutes * 60 }
        if let seconds = layoutInterval { return seconds }
        if let minutes = options.intervalMinutes { return minutes * 60 }
        if let step = Self.commonStep(stamps) { return step }
        flags.insert("interval_assumed")
        return common ?? 3600
    }

    static func divides(_ seconds: Int) -> Bool {
        seconds >= MeterLimits.shortestInterval && seconds <= 86_400 && 86_400 % seconds == 0
    }

    /// Nil when there are not two different stamps. A step that does not divide a day gives its greatest part that does.
    static func commonStep(_ stamps: [UInt32]) -> Int? {
        var counts: [UInt32: Int] = [:]
        var position = 1
        // Two thousand steps tell as much as all of them.
        while position < min(stamps.count, 2048) {
            let step = stamps[position] - stamps[position - 1]
            if step > 0 { counts[step, default: 0] += 1 }
            position += 1
        }
        guard let best = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
        var (a, b) = (Int(best.key), 86_400)
        while b > 0 { (a, b) = (b, a % b) }
        return max(a, MeterLimits.shortestInterval)
    }

    /// Days and half days begin at local midnight; the grids of shorter intervals are the same in every whole-hour zone.
    private func local(_ stamp: UInt32) -> Int64 { Int64(stamp) + options.zone.gridOffset }

    /// Seconds by which the meter's clock is off its grid: the offset that at least half of the stamps share.
    private mutating func phase(_ stamps: [UInt32], _ interval: Int) -> Int64 {
        let first = local(stamps[0]) % Int64(interval)
        var counts: [Int64: Int] = [:]
        var same = true
        for stamp in stamps where local(stamp) % Int64(interval) != first {
            same = false
            break
        }
        if same {
            if first != 0 { flags.insert("clock_skew") }
            return first
        }
        for stamp in stamps { counts[local(stamp) % Int64(interval), default: 0] += 1 }
        flags.insert("off_grid")
        guard let best = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), best.value * 2 >= stamps.count
        else { return 0 }
        if best.key != 0 { flags.insert("clock_skew") }
        return best.key
    }

    /// Number of the interval since 1970 that a stamp belongs to. A stamp less than a tenth early counts as the next one.
    private func slot(_ stamp: UInt32, _ interval: Int, _ phase: Int64) -> Int {
        let early = Int64(interval / 10)
        return Int((local(stamp) - phase + early) / Int64(interval))
    }

    /// Whole numbers only, and megawatts of them: watt-hours under a kWh header. A doubt for a person, not a correction.
    private func looksLikeAnotherUnit(_ kilowatts: [Float], _ factor: Float) -> Bool {
        guard unit.scale == 1 else { return false }
        var (count, large) = (0, 0)
        for value in kilowatts where !value.isNaN && value != 0 {
            guard (value / factor).rounded() == value / factor else { return false }
            count += 1
            if value >= 1000 { large += 1 }
        }
        return count >= 32 && large * 2 >= count
    }
}

extension MeterZone {
    /// Offset in use at the end of the table: whole days of the grid start at its midnight.
    package var gridOffset: Int64 { transitions.last?.offset ?? initialOffset }
}
