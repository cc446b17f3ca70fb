import Kernels
import Meters
import Vocabulary

/// A series as local days × 24 hours of mean kW; NaN where an hour has no reading. All change features stand on this,
/// so 5-, 15-, 30- and 60-minute meters are judged by one rule.
package struct HourlyGrid: Sendable {
    /// First local day.
    package let firstDay: CalendarDate
    package let days: Int
    /// `days × 24` values, kW.
    package let values: [Float]
    /// Readings dropped because they were infinite or beyond `LoadLimits.maximumKilowatts`.
    package let rejected: Int

    /// Nil when the interval does not fit a day or nothing is there. Readings of more than an hour fill the hours they
    /// cover; readings of more than six hours cannot show a night and are refused.
    package init?(_ series: MeterSeries, timezoneOffset: Int) {
        let interval = series.intervalSeconds
        guard (1...21_600).contains(interval), !series.kilowatts.isEmpty, (-86_400...86_400).contains(timezoneOffset)
        else { return nil }
        let perDay = max(1, 86_400 / interval)
        let keep = min(series.kilowatts.count, LoadLimits.maximumDays * perDay)
        let skipped = series.kilowatts.count - keep
        let local = series.start.seconds + Int64(timezoneOffset) + Int64(interval) * Int64(skipped)
        let first = series.start.adding(seconds: Int64(interval) * Int64(skipped)).date(offset: timezoneOffset)
        let intoDay = Int(local - Int64(first.daysSince1970) * 86_400)
        guard (0..<86_400).contains(intoDay) else { return nil }
        let days = (intoDay + keep * interval + 86_399) / 86_400
        var sums = [Float](repeating: 0, count: days * 24)
        var counts = [Float](repeating: 0, count: days * 24)
        var rejected = 0
        for index in 0..<keep {
            let value = series.kilowatts[skipped + index]
            if value.isNaN { continue }
            guard abs(value) <= LoadLimits.maximumKilowatts else {
                rejected += 1
                continue
            }
            let second = intoDay + index * interval
            var hour = second / 3600
            let lastHour = min(days * 24 - 1, interval > 3600 ? (second + interval - 1) / 3600 : hour)
            while hour <= lastHour {
                sums[hour] += value
                counts[hour] += 1
                hour += 1
            }
        }
        for hour in sums.indices { sums[hour] = counts[hour] > 0 ? sums[hour] / counts[hour] : .nan }
        self.firstDay = first
        self.days = days
        self.values = sums
        self.rejected = rejected
    }

    package func day(_ index: Int) -> CalendarDate {
        CalendarDate(daysSince1970: firstDay.daysSince1970 + index)
    }

    package func isWeekend(_ index: Int) -> Bool { day(index).weekday >= 6 }

    /// Column of one local hour over a range of days, present values only, into `scratch`.
    func column(_ hour: Int, days range: Range<Int>, into scratch: inout [Float]) {
        scratch.removeAll(keepingCapacity: true)
        var place = range.lowerBound * 24 + hour
        for _ in range {
            let value = values[place]
            if !value.isNaN { scratch.append(value) }
            place += 24
        }
    }
}
