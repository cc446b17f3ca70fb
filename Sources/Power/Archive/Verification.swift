import GRDB
import Synchronization
import Vocabulary

extension Archive {
    /// What a walk over everything found.
    package struct Verification: Sendable, Equatable {
        package var segments = 0
        package var blocks = 0
        /// Meter-days, older versions and records too.
        package var rows = 0
        package var readings = 0
        package var inputs = 0
        /// Files that no catalogue names: left by a killed run, removed at the next open when nobody writes.
        package var leftovers = 0
        /// The first bad place; nil when there is none.
        package var damage: ArchiveError?

        package var isClean: Bool { damage == nil }
    }

    /// Walks over the database and every block: checksums, counts, the catalogue against the files. Stops at the first
    /// bad place.
    package func verify() -> Verification {
        var result = Verification()
        do throws(ArchiveError) {
            try Archive.guarded(path) { try verify(&result) }
        } catch {
            result.damage = error
        }
        return result
    }

    private func bad(_ what: String) -> ArchiveError { .damaged(file: path, offset: 0, what: what) }

    private func verify(_ result: inout Verification) throws {
        let found = try pool.read { db in
            let answers = try String.fetchAll(db, sql: "PRAGMA integrity_check(1)")
            guard answers == ["ok"] else { throw bad(answers.first ?? "the integrity check does not answer") }
            return try verifyRows(db, &result)
        }
        // Past the cache: what lies on disk now is what counts.
        files.withLock { $0.removeAll() }
        let gather = try gather(SegmentKind.allCases, days: ArchiveLimits.days)
        var kept = 0
        for segment in gather.segments {
            try verify(segment, found, &result)
            if segment.record.kind == .readings { kept += segment.record.rows }
            result.segments += 1
        }
        guard kept + found.dropped == found.delivered else {
            throw bad("\(kept) days are kept and \(found.dropped) dropped, but \(found.delivered) were delivered")
        }
        let known = Set(gather.segments.map { "\($0.record.name).seg" })
        for name in try Files.list(folder) where name.hasSuffix(".part") || name.hasSuffix(".seg") {
            if !known.contains(name) { result.leftovers += 1 }
        }
    }

    private struct Known {
        /// Slots of a day by series number.
        var slots: [UInt32: Int] = [:]
        var inputs: Set<UInt32> = []
        var delivered = 0
        var dropped = 0
    }

    private func verifyRows(_ db: Database, _ result: inout Verification) throws -> Known {
        var known = Known()
        for row in try Row.fetchAll(db, sql: "SELECT * FROM setting") {
            let name = try row.text("name")
            let value = try row.integer("value")
            guard try row.integer("seal") == Seal.of("setting \(name) \(value)") else {
                throw bad("a setting is damaged")
            }
        }
        let inputs = try Row.fetchCursor(db, sql: "SELECT * FROM input")
        while let row = try inputs.next() {
            let input = try InputSummaryRow(row)
            guard input.seal == input.stored, Kind(rawValue: try row.text("kind")) != nil else {
                throw bad("the entry of input \(input.id) is damaged")
            }
            known.inputs.insert(UInt32(clamping: input.id))
            known.delivered += input.summary.meterDays
            result.inputs += 1
        }
        let series = try Row.fetchCursor(db, sql: "SELECT * FROM series")
        while let row = try series.next() {
            let id = try row.integer("id")
            let interval = try row.count("interval_s")
            let seal = Seal.series(
                id, kind: try row.text("kind"), meter: try row.text("meter"), interval: interval,
                phase: try row.integer("phase_ns"))
            guard try row.integer("seal") == seal, interval > 0 else {
                throw bad("the entry of series \(id) is damaged")
            }
            known.slots[UInt32(clamping: id)] = 86_400 / interval
        }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM upkeep") {
            let day = Int32.fromDatabaseValue(row["before_day"] as DatabaseValue? ?? .null)
            let rows = try row.count("rows")
            let seal = Seal.upkeep(
                try row.integer("id"), what: try row.text("what"), before: day, rows: rows,
                at: try row.integer("recorded_at"))
            guard try row.integer("seal") == seal else { throw bad("an upkeep entry is damaged") }
            known.dropped += rows
        }
        return known
    }

    private func verify(_ segment: SegmentFile, _ known: Known, _ result: inout Verification) throws {
        var rows = 0
        var readings = 0
        for (number, entry) in segment.entries.enumerated() {
            let block = try segment.block(number)
            func damaged(_ what: String) -> ArchiveError {
                .damaged(file: segment.path, offset: entry.offset, what: "block \(number): \(what)")
            }
            guard block.series.min() == entry.lowSeries, block.series.max() == entry.highSeries,
                block.days.min() == entry.lowDay, block.days.max() == entry.highDay
            else { throw damaged("holds other rows than its list entry says") }
            var present = 0
            for row in 0..<block.rows {
                switch segment.record.kind {
                case .readings:
                    guard known.slots[block.series[row]] == block.slots, known.inputs.contains(block.deliveries[row])
                    else { throw damaged("row \(row) belongs to no series or input") }
                    var values: [Int32] = []
                    var quality: [UInt8] = []
                    let read = RowDecoder.append(block, row: row, values: &values, quality: &quality)
                    guard let read else { throw damaged("row \(row) cannot be read") }
                    present += read.present
                case .features, .changes:
                    guard block.range(row).count == segment.recordBytes else {
                        throw damaged("row \(row) has another size")
                    }
                }
            }
            guard UInt64(present) == entry.readings else { throw damaged("\(present) readings, not \(entry.readings)") }
            rows += block.rows
            readings += present
            result.blocks += 1
        }
        guard rows == segment.record.rows, readings == segment.record.readings else {
            throw ArchiveError.damaged(file: segment.path, offset: 0, what: "\(rows) rows with \(readings) readings")
        }
        result.rows += rows
        result.readings += readings
    }
}
