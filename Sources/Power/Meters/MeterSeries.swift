package import Vocabulary

/// One meter's readings on a regular grid, as average power. A reading that is missing is `Float.nan`: never 0, never
/// filled in. Shape: `kilowatts[i]` covers `[start + i·interval, start + (i+1)·interval)`.
package struct MeterSeries: Sendable {
    package var meter: String
    package var start: Instant
    /// Seconds a reading covers; divides a day.
    package var intervalSeconds: Int
    /// Average power over the interval, kW.
    package var kilowatts: [Float]

    package init(meter: String, start: Instant, intervalSeconds: Int, kilowatts: [Float]) {
        self.meter = meter
        self.start = start
        self.intervalSeconds = intervalSeconds
        self.kilowatts = kilowatts
    }

    package var end: Instant { start.adding(seconds: Int64(intervalSeconds) * Int64(kilowatts.count)) }
    package var readingsPerDay: Int { 86_400 / max(1, intervalSeconds) }

    /// Share of readings that are present, 0 ... 1; 0 for an empty series.
    package var coverage: Double {
        kilowatts.isEmpty ? 0 : Double(kilowatts.lazy.filter { !$0.isNaN }.count) / Double(kilowatts.count)
    }
}
