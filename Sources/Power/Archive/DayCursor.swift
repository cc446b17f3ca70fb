import GRDB
import Vocabulary

extension Archive {
    /// Walks over all meters on some local days, in the order of their numbers, in bounded memory. What it shows is the
    /// store as it was when the cursor was made; while it lives no segment is removed.
    package func cursor(_ kind: Kind = .meter, days: ClosedRange<Int32>) throws(ArchiveError) -> DayCursor {
        try Archive.guarded(path) {
            let found = try gather([.readings], days: days)
            let feeders = try numbers(of: .feeder)
            return DayCursor(path, found, days: days, feeders: feeders, kind: kind)
        }
    }

    package final class DayCursor {
        private let path: String
        private let found: Gather
        private let days: ClosedRange<Int32>
        private let feeders: Set<UInt32>
        private let kind: Kind
        private var steps: SeriesSteps
        private var waiting: [StoredDays] = []

        init(_ path: String, _ found: Gather, days: ClosedRange<Int32>, feeders: Set<UInt32>, kind: Kind) {
            self.path = path
            self.found = found
            self.days = days
            self.feeders = feeders
            self.kind = kind
            steps = SeriesSteps(found, days: days)
        }

        /// The next batch, its `meters` being series numbers (`names()`); nil at the end. Rows of one batch share slots
        /// and quantum, so days of one meter may come in several batches of one step.
        package func next() throws(ArchiveError) -> StoredDays? {
            try Archive.guarded(path) {
                while waiting.isEmpty, let step = steps.next() {
                    let rows = try found.rows(series: step, days: days)
                    var sorter = BatchSorter()
                    var at = 0
                    while at < rows.rows.count {
                        if feeders.isEmpty
                            ? kind == .meter : feeders.contains(rows.rows[at].series) == (kind == .feeder)
                        {
                            at = try sorter.addGroup(of: rows, from: at)
                        } else {
                            at = rows.group(from: at).upperBound
                        }
                    }
                    waiting = sorter.batches.reversed()
                }
                return waiting.popLast()
            }
        }
    }
}

/// Ranges of series numbers that together cover what the segments hold on some days.
struct SeriesSteps {
    private var from: UInt32 = .max
    private var last: UInt32 = 0
    private let size: UInt32

    init(_ found: Gather, days: ClosedRange<Int32>) {
        var low = Int32.max
        var high = Int32.min
        for segment in found.segments {
            for entry in segment.entries where entry.touches(series: 0...(.max), days: days) {
                from = min(from, entry.lowSeries)
                last = max(last, entry.highSeries)
                low = min(low, max(entry.lowDay, days.lowerBound))
                high = max(high, min(entry.highDay, days.upperBound))
            }
        }
        let many = UInt32(clamping: max(1, Int(high) - Int(low) + 1))
        // 96 readings a day is what most meters have.
        size = max(1, min(ArchiveLimits.seriesPerStep, UInt32(ArchiveLimits.readingsPerBatch / 96) / many))
    }

    mutating func next() -> ClosedRange<UInt32>? {
        guard from <= last else { return nil }
        let step = from...max(from, min(last, from &+ (size - 1)))
        if step.upperBound == .max {
            last = 0
            from = .max
        } else {
            from = step.upperBound + 1
        }
        return step
    }
}
