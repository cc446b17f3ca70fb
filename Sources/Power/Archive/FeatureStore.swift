import GRDB
import Vocabulary

extension Archive {
    /// Records that the rooms above computed from meter-days. This room knows their size and version, not their
    /// meaning.
    package struct FeatureBatch: Sendable, Equatable {
        /// Series numbers (`names()`), as the cursors hand them out.
        package var days: [MeterDay]
        /// `days.count` records of one size, one behind the other.
        package var records: [UInt8]

        package init(days: [MeterDay] = [], records: [UInt8] = []) {
            self.days = days
            self.records = records
        }
    }

    /// How the rooms above make a record of each meter-day while it comes in.
    package struct FeatureRecipe: Sendable {
        package var version: UInt32
        package var recordBytes: Int
        /// One record for each row of the batch, one behind the other, `recordBytes` each.
        package var make: @Sendable (StoredDays) -> [UInt8]

        package init(version: UInt32, recordBytes: Int, make: @escaping @Sendable (StoredDays) -> [UInt8]) {
            self.version = version
            self.recordBytes = recordBytes
            self.make = make
        }
    }

    /// Makes the records anew that later deliveries made stale, and all of them in a store that has none of this version.
    /// Work is proportional to what was changed.
    /// - Returns: how many.
    @discardableResult
    package func refresh(_ recipe: FeatureRecipe) throws(ArchiveError) -> Int {
        let name = Archive.untilSetting(recipe.version)
        let last = try lastDelivery()
        guard last > 0 else { return 0 }
        var made = 0
        if let until = try number(of: name) {
            let stale = try changes(since: until)
            let batches = try Archive.guarded(path) {
                let found = try gather([.readings], days: ArchiveLimits.days)
                return try records(of: stale, from: found, recipe)
            }
            made = try store(batches, recipe, asOf: last)
        } else {
            for kind in Kind.allCases {
                let cursor = try cursor(kind, days: ArchiveLimits.days)
                var batches: [FeatureBatch] = []
                var days = 0
                while let batch = try cursor.next() {
                    let places = zip(batch.meters, batch.days).map { MeterDay(meter: $0, day: $1) }
                    batches.append(FeatureBatch(days: places, records: recipe.make(batch)))
                    days += batch.count
                    if days >= ArchiveLimits.recordsAtOnce {
                        made += try store(batches, recipe, asOf: last)
                        (batches, days) = ([], 0)
                    }
                }
                made += try store(batches, recipe, asOf: last)
            }
        }
        try Archive.guarded(path) { try pool.write { db in try Archive.set(name, to: Int64(last), db) } }
        return made
    }

    static func untilSetting(_ version: UInt32) -> String { "records_\(version)_until" }

    private func store(
        _ batches: [FeatureBatch], _ recipe: FeatureRecipe, asOf: UInt32
    ) throws(ArchiveError) -> Int {
        guard !batches.isEmpty else { return 0 }
        try storeFeatures(version: recipe.version, recordBytes: recipe.recordBytes, asOf: asOf, batches: batches)
        return batches.reduce(0) { $0 + $1.days.count }
    }

    private func records(of stale: [MeterDay], from found: Gather, _ recipe: FeatureRecipe) throws -> [FeatureBatch] {
        var batches: [FeatureBatch] = []
        for one in stale {
            let rows = try found.rows(series: one.meter...one.meter, days: one.day...one.day)
            guard !rows.rows.isEmpty else { continue }
            var sorter = BatchSorter()
            _ = try sorter.addGroup(of: rows, from: 0)
            for batch in sorter.batches {
                batches.append(FeatureBatch(days: [one], records: recipe.make(batch)))
            }
        }
        return batches
    }

    private func number(of setting: String) throws(ArchiveError) -> UInt32? {
        try Archive.guarded(path) {
            try pool.read { db in
                try Int64.fetchOne(db, sql: "SELECT value FROM setting WHERE name = ?", arguments: [setting])
                    .map { UInt32(clamping: $0) }
            }
        }
    }

    static func set(_ name: String, to value: Int64, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO setting (name, value, seal) VALUES (?, ?, ?)",
            arguments: [name, value, Seal.of("setting \(name) \(value)")])
    }

    /// Number of the last committed delivery; 0 before the first.
    package func lastDelivery() throws(ArchiveError) -> UInt32 {
        try Archive.guarded(path) {
            try pool.read { db in
                UInt32(clamping: try Int64.fetchOne(db, sql: "SELECT max(id) FROM input") ?? 0)
            }
        }
    }

    /// Keeps records, all of them or none; a later record of the same meter, day and version takes the place of an
    /// earlier one.
    /// - Parameter asOf: `lastDelivery()` from before the readings were read. Days that a later delivery changes are
    ///   left out of what `features` gives back.
    package func storeFeatures(
        version: UInt32, recordBytes: Int, asOf: UInt32, batches: some Sequence<FeatureBatch>
    ) throws(ArchiveError) {
        try Archive.guarded(path) {
            guard recordBytes > 0, recordBytes <= ArchiveLimits.featureBytes else {
                throw ArchiveError.badBatch(what: "records of \(recordBytes) bytes")
            }
            let lock = try writerLock()
            let writer = try SegmentWriter(
                folder: folder, kind: .features, recordBytes: recordBytes, recordVersion: version)
            var buffer = RowBuffer()
            for batch in batches {
                guard batch.records.count == batch.days.count * recordBytes else {
                    throw ArchiveError.badBatch(what: "\(batch.records.count) bytes for \(batch.days.count) records")
                }
                for (index, place) in batch.days.enumerated() {
                    guard ArchiveLimits.days.contains(place.day) else {
                        throw ArchiveError.badBatch(what: "days outside 1677 to 2262")
                    }
                    let bytes = batch.records[(index * recordBytes)..<((index + 1) * recordBytes)]
                    buffer.add(bytes, series: place.meter, day: place.day, delivery: asOf)
                    if buffer.isFull { try buffer.write(to: writer) }
                }
            }
            try buffer.write(to: writer)
            guard var record = try writer.finish() else { return }
            record.kind = .features
            record.recordVersion = version
            do { try pool.write { db in try record.insert(db) } } catch {
                remove([record])
                throw error
            }
            withExtendedLifetime(lock) {}
        }
    }

    /// Walks over the records of one version on some days, meter by meter; records whose day was changed since are left
    /// out.
    package func features(version: UInt32, days: ClosedRange<Int32>) throws(ArchiveError) -> FeatureCursor {
        try Archive.guarded(path) {
            let found = try gather([.features, .changes], days: days, recordVersion: version)
            return FeatureCursor(path, found, days: days)
        }
    }

    /// Meter-days that deliveries after `delivery` changed although they had held readings before, sorted.
    package func changes(since delivery: UInt32) throws(ArchiveError) -> [MeterDay] {
        try Archive.guarded(path) {
            var changed: Set<MeterDay> = []
            for segment in try gather([.changes], days: ArchiveLimits.days).segments {
                for number in segment.entries.indices {
                    let block = try segment.block(number)
                    for row in 0..<block.rows where block.deliveries[row] > delivery {
                        changed.insert(MeterDay(meter: block.series[row], day: block.days[row]))
                    }
                }
            }
            return changed.sorted()
        }
    }

    package final class FeatureCursor {
        private let path: String
        private let found: Gather
        private let days: ClosedRange<Int32>
        private var steps: SeriesSteps

        init(_ path: String, _ found: Gather, days: ClosedRange<Int32>) {
            self.path = path
            self.found = found
            self.days = days
            steps = SeriesSteps(found, days: days)
        }

        /// The next batch that is not empty, by meter and day; nil at the end.
        package func next() throws(ArchiveError) -> FeatureBatch? {
            try Archive.guarded(path) {
                while let step = steps.next() {
                    let rows = try found.rows(series: step, days: days)
                    var batch = FeatureBatch()
                    var at = 0
                    while at < rows.rows.count {
                        let group = rows.group(from: at)
                        at = group.upperBound
                        guard let newest = rows.newestRecord(group) else { continue }
                        let row = rows.rows[newest]
                        let block = rows.blocks[Int(row.block)]
                        batch.days.append(MeterDay(meter: row.series, day: row.day))
                        batch.records.append(contentsOf: block.bytes[block.range(Int(row.row))])
                    }
                    if !batch.days.isEmpty { return batch }
                }
                return nil
            }
        }
    }
}

extension FoundRows {
    /// The record that holds for a group of records and changes; nil when there is none, or when it is stale.
    func newestRecord(_ group: Range<Int>) -> Int? {
        guard let newest = group.last(where: { kinds[Int(rows[$0].block)] == .features }) else { return nil }
        let stale = group.contains {
            kinds[Int(rows[$0].block)] == .changes && rows[$0].delivery > rows[newest].delivery
        }
        return stale ? nil : newest
    }
}
