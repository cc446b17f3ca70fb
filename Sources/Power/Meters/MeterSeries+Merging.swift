internal import Vocabulary

extension MeterSeries {
    /// This series with `later` laid over it: where both have a reading the later delivery wins, a missing reading never
    /// hides a present one. Nil when the two do not fit one grid, or the joint window would be longer than `limit` readings.
    package func merged(with later: MeterSeries, limit: Int = MeterLimits.freeSlots) -> MeterSeries? {
        guard later.intervalSeconds == intervalSeconds, intervalSeconds > 0 else { return nil }
        if kilowatts.isEmpty { return later }
        if later.kilowatts.isEmpty { return self }
        let step = Int64(intervalSeconds)
        let distance = later.start.seconds.subtractingReportingOverflow(start.seconds)
        guard !distance.overflow, distance.partialValue % step == 0 else { return nil }
        let shift = distance.partialValue / step
        let first = min(0, shift)
        let (laterEnd, overflow) = shift.addingReportingOverflow(Int64(later.kilowatts.count))
        let length = max(Int64(kilowatts.count), laterEnd) - first
        guard !overflow, length <= Int64(limit) else { return nil }
        var joined = [Float](repeating: .nan, count: Int(length))
        let base = Int(-first)
        for index in kilowatts.indices { joined[base + index] = kilowatts[index] }
        let offset = Int(shift - first)
        for index in later.kilowatts.indices where !later.kilowatts[index].isNaN {
            joined[offset + index] = later.kilowatts[index]
        }
        return MeterSeries(
            meter: meter, start: start.adding(seconds: first * step), intervalSeconds: intervalSeconds,
            kilowatts: joined)
    }
}
