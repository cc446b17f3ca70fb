import GRDB
import Vocabulary

extension Archive {
    /// What `begin` answers.
    package enum Opening {
        /// This very input is stored already; nothing is to be done.
        case known(InputSummary)
        case open(Delivery)
    }

    /// What a committed delivery did.
    package struct DeliveryReport: Sendable {
        package var summary: InputSummary
        /// Meter-days that had held readings and now hold others: whatever was computed from them is stale. Sorted by
        /// the order of arrival, series numbers. Kept in the store too: `changes(since:)`.
        package var changed: [MeterDay]
    }

    /// Starts a delivery. One delivery, compaction or retention runs at a time; another waits `busySeconds`, then
    /// `ArchiveError.busy`. A delivery that is neither committed nor abandoned leaves nothing.
    /// - Parameter recipe: makes a feature record of each day that the store does not know yet; days that it knows become
    ///   stale when they change (`refresh`).
    package func begin(
        input sha256: String, kind: Kind = .meter, now: Instant, recipe: FeatureRecipe? = nil
    ) throws(ArchiveError) -> Opening {
        try Archive.guarded(path) {
            func known() throws -> InputSummary? { try pool.read { db in try InputSummary.fetch(sha256, db) } }
            // What is known needs no turn; once it is our turn, the one before may have stored it.
            if let summary = try known() { return .known(summary) }
            let lock = try writerLock()
            if let summary = try known() { return .known(summary) }
            return .open(try Delivery(self, lock: lock, sha256: sha256, kind: kind, now: now, recipe: recipe))
        }
    }

    /// One delivery on its way in. Batches go to a file that no reader sees; `commit` makes all of it visible at once.
    /// Within one delivery a later row of the same meter and day is laid over the earlier one.
    package final class Delivery {
        let archive: Archive
        private var lock: FileLock?
        private let now: Instant
        private let number: UInt32
        private var summary: InputSummary
        private var book: SeriesBook
        private var buffer = RowBuffer()
        private let writer: SegmentWriter
        private let stored: Gather
        private var changed: [MeterDay] = []
        private let recipe: FeatureRecipe?
        private let recordWriter: SegmentWriter?
        private var records = RowBuffer()
        private var extents = DayExtents()
        /// Days that came in several rows: the records of their rows are of parts.
        private var repeated: [MeterDay] = []
        /// Batch index → series number, by slots of a day; 0 = not yet met.
        private var numbers: [Int: [UInt32]] = [:]
        /// Meters of a batch that came for the first time.
        private var asked: [Int] = []
        private var ended = false

        init(
            _ archive: Archive, lock: FileLock, sha256: String, kind: Kind, now: Instant, recipe: FeatureRecipe?
        ) throws {
            self.archive = archive
            self.recipe = recipe
            recordWriter = try recipe.map {
                guard $0.recordBytes > 0, $0.recordBytes <= ArchiveLimits.featureBytes else {
                    throw ArchiveError.badBatch(what: "records of \($0.recordBytes) bytes")
                }
                return try SegmentWriter(
                    folder: archive.folder, kind: .features, recordBytes: $0.recordBytes, recordVersion: $0.version)
            }
            self.lock = lock
            self.now = now
            summary = InputSummary(sha256: sha256, kind: kind, series: 0, readings: 0, added: 0, replaced: 0)
            (number, book) = try archive.pool.read { db in
                let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM input") ?? 0
                return (UInt32(clamping: last + 1), try SeriesBook(kind, db))
            }
            writer = try SegmentWriter(folder: archive.folder, kind: .readings)
            stored = try archive.gather([.readings], days: ArchiveLimits.days)
        }

        /// Adds rows. A refused batch stores nothing and ends the delivery: commit will refuse too.
        package func append(_ batch: StoredDays, identifiers: IdentifierTable) throws(ArchiveError) {
            try append(batch, count: identifiers.count) { identifiers[$0] }
        }

        /// As above; `identifier` knows those of the numbers below `count`, which keep their meaning from call to call.
        package func append(
            _ batch: StoredDays, count: Int, identifier: (Int) -> ArraySlice<UInt8>
        ) throws(ArchiveError) {
            try Archive.guarded(archive.path) {
                guard !ended else { throw ArchiveError.badBatch(what: "the delivery has ended") }
                do { try add(batch, count, identifier) } catch {
                    ended = true
                    throw error
                }
            }
        }

        private func add(_ batch: StoredDays, _ count: Int, _ identifier: (Int) -> ArraySlice<UInt8>) throws {
            try batch.check(identifiers: count)
            let grid = SeriesBook.Grid(interval: 86_400 / batch.slotsPerDay, phase: 0)
            var known = numbers.removeValue(forKey: batch.slotsPerDay) ?? []
            defer { numbers[batch.slotsPerDay] = known }
            if known.count < count {
                known.append(contentsOf: repeatElement(0, count: count - known.count))
            }
            asked.removeAll(keepingCapacity: true)
            for meter in batch.meters where known[Int(meter)] == 0 {
                // Asked for once, however many rows it has.
                known[Int(meter)] = .max
                asked.append(Int(meter))
            }
            try book.resolve(asked, identifier: identifier, grid: grid, archive.pool, into: &known)
            summary.series += asked.count
            let records = recipe.map { $0.make(batch) } ?? []
            for row in 0..<batch.count {
                try add(batch, row: row, series: known[Int(batch.meters[row])], records)
            }
        }

        /// One series of its own grid; the caller has checked its extent.
        func add(_ batch: StoredDays, row: Int, identifier: String, grid: SeriesBook.Grid) throws {
            guard !ended else { throw ArchiveError.badBatch(what: "the delivery has ended") }
            let series = try book.number(Array(identifier.utf8), grid: grid, archive.pool)
            try add(batch, row: row, series: series, recipe.map { $0.make(batch) } ?? [])
        }

        func count(series: Int) { summary.series = series }

        private func add(_ batch: StoredDays, row: Int, series: UInt32, _ records: [UInt8]) throws {
            let present = buffer.add(batch, row: row, series: series, delivery: number)
            guard present > 0 else { return }
            summary.readings += present
            if let size = recipe?.recordBytes {
                guard records.count == batch.count * size else {
                    throw ArchiveError.badBatch(what: "\(records.count) bytes for \(batch.count) records")
                }
                buffer.attach(record: records, from: row * size, count: size)
                if !extents.add(series: series, day: batch.days[row]) {
                    repeated.append(MeterDay(meter: series, day: batch.days[row]))
                }
            }
            if buffer.isFull { try flush() }
        }

        /// Compares what is buffered with what is stored, and writes what is new.
        private func flush() throws {
            buffer.sort()
            var keep = [Bool](repeating: true, count: buffer.entries.count)
            var isKnown = [Bool](repeating: false, count: buffer.entries.count)
            if stored.segments.isEmpty {
                for entry in buffer.entries { summary.added += entry.present }
            } else {
                var first = 0
                while first < buffer.entries.count {
                    let run = run(from: first)
                    try compare(run, &keep, &isKnown)
                    first = run.upperBound
                }
            }
            try writeRecords { !isKnown[$0] }
            buffer.keep { keep[$0] }
            summary.meterDays += buffer.entries.count
            try buffer.write(to: writer)
        }

        /// The records of days that are new. They count as of the delivery before: what this one changes makes them stale.
        private func writeRecords(of isNew: (Int) -> Bool) throws {
            guard let recordWriter, let size = recipe?.recordBytes else { return }
            for (index, entry) in buffer.entries.enumerated() where entry.record >= 0 && isNew(index) {
                records.add(
                    buffer.arena[entry.record..<(entry.record + size)], series: entry.row.series, day: entry.row.day,
                    delivery: number - 1)
            }
            try records.write(to: recordWriter)
        }

        /// Entries of one tile and shape whose series numbers lie close together.
        private func run(from first: Int) -> Range<Int> {
            let start = buffer.entries[first]
            var last = first + 1
            while last < buffer.entries.count, buffer.entries[last].slots == start.slots,
                RowBuffer.tile(buffer.entries[last].row.day) == RowBuffer.tile(start.row.day),
                buffer.entries[last].row.series - start.row.series < ArchiveLimits.seriesPerStep
            { last += 1 }
            return first..<last
        }

        private func compare(_ run: Range<Int>, _ keep: inout [Bool], _ isKnown: inout [Bool]) throws {
            let entries = buffer.entries[run]
            let low = buffer.entries[run.lowerBound].row.series
            let high = buffer.entries[run.upperBound - 1].row.series
            var old = FoundRows()
            if low < book.firstNew {
                let days = entries.lazy.map(\.row.day)
                old = try stored.rows(series: low...high, days: (days.min() ?? 0)...(days.max() ?? 0))
            }
            var at = 0
            for index in run {
                let entry = buffer.entries[index]
                let place = MeterDay(meter: entry.row.series, day: entry.row.day)
                while at < old.rows.count, MeterDay(meter: old.rows[at].series, day: old.rows[at].day) < place {
                    at = old.group(from: at).upperBound
                }
                guard at < old.rows.count, old.rows[at].series == place.meter, old.rows[at].day == place.day else {
                    summary.added += entry.present
                    continue
                }
                isKnown[index] = true
                keep[index] = try compare(entry, with: old.merged(old.group(from: at)))
            }
        }

        /// Whether the row says anything new.
        private func compare(_ entry: RowBuffer.Entry, with old: MergedDay) throws -> Bool {
            guard let row = RowCodec.decode(buffer.arena[entry.row.bytes], slots: entry.slots),
                old.values.count == row.values.count
            else { throw ArchiveError.corruptDay(meter: "number \(entry.row.series)", day: Int(entry.row.day)) }
            let new = MergedDay(quantum: row.quantum, values: row.values, quality: row.quality)
            var added = 0
            var replaced = 0
            for slot in new.values.indices where new.values[slot] != .min {
                if old.values[slot] == .min { added += 1 } else if !new.equals(old, slot: slot) { replaced += 1 }
            }
            guard added + replaced > 0 else { return false }
            summary.added += added
            summary.replaced += replaced
            if replaced > 0 { summary.replacedDays += 1 }
            changed.append(MeterDay(meter: entry.row.series, day: entry.row.day))
            return true
        }

        /// All of it becomes visible, durable when this returns; on an error nothing is.
        package func commit() throws(ArchiveError) -> DeliveryReport {
            try Archive.guarded(archive.path) {
                guard !ended else { throw ArchiveError.badBatch(what: "the delivery has ended") }
                defer { abandon() }
                try flush()
                var segments: [SegmentRecord] = []
                do {
                    if let readings = try writer.finish() { segments.append(readings) }
                    if var record = try recordWriter?.finish() {
                        record.kind = .features
                        record.recordVersion = recipe?.version ?? 0
                        segments.append(record)
                    }
                    let stale = repeated.isEmpty ? changed : Array(Set(changed + repeated)).sorted()
                    if let changes = try archive.writeChanges(stale, delivery: number) { segments.append(changes) }
                    try archive.pool.write { db in
                        try book.save(db)
                        try summary.insert(id: number, now: now, db)
                        // From its first delivery on the store has the records of every day.
                        if number == 1, let recipe {
                            try Archive.set(Archive.untilSetting(recipe.version), to: 0, db)
                        }
                        for segment in segments { try segment.insert(db) }
                    }
                } catch {
                    archive.remove(segments)
                    throw error
                }
                archive.settle()
                return DeliveryReport(summary: summary, changed: changed)
            }
        }

        /// Forgets all of it, unless it was committed, and lets the next writer in.
        package func abandon() {
            ended = true
            writer.discard()
            recordWriter?.discard()
            lock = nil
        }
    }
}

extension StoredDays {
    /// Shape and bounds of what somebody hands in.
    fileprivate func check(identifiers: Int) throws {
        guard slotsPerDay > 0, slotsPerDay <= ArchiveLimits.slotsPerDay, 86_400 % slotsPerDay == 0 else {
            throw ArchiveError.badBatch(what: "\(slotsPerDay) slots do not divide a day")
        }
        let cells = meters.count.multipliedReportingOverflow(by: slotsPerDay)
        guard !cells.overflow, days.count == meters.count, values.count == cells.partialValue,
            quality.isEmpty || quality.count == meters.count * qualityBytes
        else { throw ArchiveError.badBatch(what: "the arrays do not fit each other") }
        guard meters.allSatisfy({ Int($0) < identifiers }) else {
            throw ArchiveError.badBatch(what: "a meter has no identifier")
        }
        guard days.allSatisfy({ ArchiveLimits.days.contains($0) }) else {
            throw ArchiveError.badBatch(what: "days outside 1677 to 2262")
        }
    }
}
