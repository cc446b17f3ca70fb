import GRDB
import Synchronization
import Vocabulary

extension Archive {
    /// Drops every reading, older version and record of local days before `day`, and writes down that it was done. New
    /// files are durable before the catalogue changes, so a kill leaves the store as it was or as it should be.
    /// - Returns: rows of readings that were dropped.
    @discardableResult
    package func drop(before day: Int32, now: Instant) throws(ArchiveError) -> Int {
        try Archive.guarded(path) {
            let lock = try writerLock()
            var dropped = 0
            var old: [SegmentRecord] = []
            var new: [SegmentRecord] = []
            do {
                for segment in try gather(SegmentKind.allCases, days: ArchiveLimits.days).segments
                where segment.record.lowDay < day {
                    var kept = 0
                    if segment.record.highDay >= day, let record = try rewrite(segment, from: day) {
                        new.append(record)
                        kept = record.rows
                    }
                    old.append(segment.record)
                    if segment.record.kind == .readings { dropped += segment.record.rows - kept }
                }
                guard !old.isEmpty else { return 0 }
                try replace(old, with: new, what: "drop", before: day, rows: dropped, now: now)
            } catch {
                remove(new)
                throw error
            }
            try sweepLocked()
            withExtendedLifetime(lock) {}
            return dropped
        }
    }

    /// Merges segments: one for the readings, one for each version of records. No version is lost; of records only the
    /// newest is kept.
    /// - Returns: how many segments were merged away.
    @discardableResult
    package func compact(now: Instant) throws(ArchiveError) -> Int {
        try Archive.guarded(path) {
            let lock = try writerLock()
            var old: [SegmentRecord] = []
            var new: [SegmentRecord] = []
            do {
                let all = try segments()
                for kind in SegmentKind.allCases {
                    for version in Set(all.filter { $0.kind == kind }.map(\.recordVersion)).sorted() {
                        let found = try gather([kind], days: ArchiveLimits.days, recordVersion: version)
                        guard found.segments.count > 1 else { continue }
                        if let record = try merge(found) { new.append(record) }
                        old += found.segments.map(\.record)
                    }
                }
                guard !old.isEmpty else { return 0 }
                try replace(old, with: new, what: "compact", before: nil, rows: 0, now: now)
            } catch {
                remove(new)
                throw error
            }
            try sweepLocked()
            withExtendedLifetime(lock) {}
            return old.count - new.count
        }
    }

    private func replace(
        _ old: [SegmentRecord], with new: [SegmentRecord], what: String, before: Int32?, rows: Int, now: Instant
    ) throws {
        try pool.write { db in
            for segment in old { try segment.delete(db) }
            for segment in new { try segment.insert(db) }
            let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM upkeep") ?? 0
            let seal = Seal.upkeep(last + 1, what: what, before: before, rows: rows, at: now.nanoseconds)
            try db.execute(
                sql: "INSERT INTO upkeep (id, what, before_day, rows, recorded_at, seal) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [last + 1, what, before, rows, now.nanoseconds, seal])
        }
        settle()
        files.withLock { open in for segment in old { open[segment.name] = nil } }
    }

    private func rewrite(_ segment: SegmentFile, from day: Int32) throws -> SegmentRecord? {
        let writer = try SegmentWriter(
            folder: folder, kind: segment.record.kind, recordBytes: segment.recordBytes,
            recordVersion: segment.record.recordVersion)
        var buffer = RowBuffer()
        for number in segment.entries.indices where segment.entries[number].highDay >= day {
            let block = try segment.block(number)
            for row in 0..<block.rows where block.days[row] >= day {
                buffer.add(block, row: row, present: readings(block, row, segment.record.kind))
                if buffer.isFull { try buffer.write(to: writer) }
            }
        }
        return try finish(writer, &buffer, like: segment.record)
    }

    private func merge(_ found: Gather) throws -> SegmentRecord? {
        guard let first = found.segments.first else { return nil }
        let writer = try SegmentWriter(
            folder: folder, kind: first.record.kind, recordBytes: first.recordBytes,
            recordVersion: first.record.recordVersion)
        guard found.segments.allSatisfy({ $0.recordBytes == first.recordBytes }) else {
            throw ArchiveError.damaged(file: first.path, offset: 0, what: "one record version has two sizes")
        }
        var buffer = RowBuffer()
        for tile in tiles(found) {
            let days = (tile << ArchiveLimits.tileShift)...(((tile + 1) << ArchiveLimits.tileShift) - 1)
            var steps = SeriesSteps(found, days: days)
            while let step = steps.next() {
                let rows = try found.rows(series: step, days: days)
                var at = 0
                while at < rows.rows.count {
                    let group = rows.group(from: at)
                    for index in first.record.kind == .features ? (group.upperBound - 1)..<group.upperBound : group {
                        let row = rows.rows[index]
                        let block = rows.blocks[Int(row.block)]
                        buffer.add(
                            block, row: Int(row.row), present: readings(block, Int(row.row), first.record.kind))
                    }
                    at = group.upperBound
                    if buffer.isFull { try buffer.write(to: writer) }
                }
            }
        }
        return try finish(writer, &buffer, like: first.record)
    }

    private func tiles(_ found: Gather) -> [Int32] {
        var tiles: Set<Int32> = []
        for segment in found.segments {
            for entry in segment.entries where entry.lowDay <= entry.highDay {
                let days = (entry.lowDay...entry.highDay).clamped(to: ArchiveLimits.days)
                for tile in RowBuffer.tile(days.lowerBound)...RowBuffer.tile(days.upperBound) { tiles.insert(tile) }
            }
        }
        return tiles.sorted()
    }

    private func finish(
        _ writer: SegmentWriter, _ buffer: inout RowBuffer, like old: SegmentRecord
    ) throws -> SegmentRecord? {
        try buffer.write(to: writer)
        var record = try writer.finish()
        record?.kind = old.kind
        record?.recordVersion = old.recordVersion
        return record
    }

    private func readings(_ block: Block, _ row: Int, _ kind: SegmentKind) -> Int {
        kind == .readings ? RowDecoder.present(block, row: row) : 0
    }
}

extension Seal {
    static func upkeep(_ id: Int64, what: String, before: Int32?, rows: Int, at: Int64) -> Int64 {
        of("upkeep \(id) \(what) \(before.map { "\($0)" } ?? "-") \(rows) \(at)")
    }
}
