import GRDB
import Glibc
import Synchronization
import Vocabulary

/// An `input` row and the checksum over what it says.
struct InputSummaryRow {
    var id: Int64
    var recordedAt: Int64
    var summary: Archive.InputSummary
    var stored: Int64

    init(_ row: Row) throws {
        id = try row.integer("id")
        recordedAt = try row.integer("recorded_at")
        stored = try row.integer("seal")
        summary = Archive.InputSummary(
            sha256: try row.text("sha256"), kind: Archive.Kind(rawValue: try row.text("kind")) ?? .meter,
            series: try row.count("series"), readings: try row.count("readings"), added: try row.count("added"),
            replaced: try row.count("replaced"), meterDays: try row.count("meter_days"),
            replacedDays: try row.count("replaced_days"))
    }

    init(id: Int64, recordedAt: Int64, summary: Archive.InputSummary) {
        self.id = id
        self.recordedAt = recordedAt
        self.summary = summary
        stored = 0
    }

    var seal: Int64 {
        let one = summary
        return Seal.of(
            "input \(id) \(one.sha256) \(one.kind.rawValue) \(one.series) \(one.readings) \(one.added) \(one.replaced) "
                + "\(one.meterDays) \(one.replacedDays) \(recordedAt)")
    }
}

extension Archive.InputSummary {
    static func fetch(_ sha256: String, _ db: Database) throws -> Archive.InputSummary? {
        try Row.fetchOne(db, sql: "SELECT * FROM input WHERE sha256 = ?", arguments: [sha256])
            .map { try InputSummaryRow($0).summary }
    }

    func insert(id: UInt32, now: Instant, _ db: Database) throws {
        let row = InputSummaryRow(id: Int64(id), recordedAt: now.nanoseconds, summary: self)
        try db.execute(
            sql: "INSERT INTO input (id, sha256, kind, series, readings, added, replaced, meter_days, replaced_days, "
                + "recorded_at, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                row.id, sha256, kind.rawValue, series, readings, added, replaced, meterDays, replacedDays,
                row.recordedAt, row.seal,
            ])
    }
}

extension SegmentRecord {
    init(_ row: Row) throws {
        let name = try row.text("name")
        guard let kind = SegmentKind(rawValue: try row.count("kind")),
            name.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x7A }),
            !name.contains("/")
        else { throw ArchiveError.damaged(file: "segment table", offset: 0, what: "an entry is damaged") }
        self.name = name
        self.kind = kind
        recordVersion = UInt32(clamping: try row.integer("record_version"))
        bytes = UInt64(clamping: try row.integer("bytes"))
        blocks = try row.count("blocks")
        rows = try row.count("rows")
        readings = try row.count("readings")
        lowDay = Int32(clamping: try row.integer("low_day"))
        highDay = Int32(clamping: try row.integer("high_day"))
        listChecksum = UInt32(clamping: try row.integer("list_checksum"))
        guard seal == (try row.integer("seal")) else {
            throw ArchiveError.damaged(file: "segment table", offset: 0, what: "the entry of \(name) is damaged")
        }
    }

    func insert(_ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO segment (name, kind, record_version, bytes, blocks, rows, readings, low_day, high_day, "
                + "list_checksum, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                name, kind.rawValue, Int64(recordVersion), Int64(clamping: bytes), blocks, rows, readings, lowDay,
                highDay, Int64(listChecksum), seal,
            ])
    }

    func delete(_ db: Database) throws { try db.execute(sql: "DELETE FROM segment WHERE name = ?", arguments: [name]) }
}

extension Archive {
    func writerLock() throws -> FileLock {
        guard let lock = try FileLock("\(folder)/lock", .exclusive, seconds: ArchiveLimits.busySeconds) else {
            throw ArchiveError.busy(path: path)
        }
        return lock
    }

    /// The segments that the catalogue names now, in the order of writing. While it lives, none of them is removed.
    func gather(
        _ kinds: [SegmentKind], days: ClosedRange<Int32>, recordVersion: UInt32? = nil
    ) throws -> Gather {
        let hold = try FileLock("\(folder)/readers", .shared, seconds: ArchiveLimits.busySeconds)
        guard let hold else { throw ArchiveError.busy(path: path) }
        let records = try segments().filter {
            kinds.contains($0.kind) && $0.lowDay <= days.upperBound && $0.highDay >= days.lowerBound
                && ($0.kind != .features || recordVersion == nil || $0.recordVersion == recordVersion)
        }
        return Gather(try records.map { try file($0) }, hold: hold)
    }

    func segments() throws -> [SegmentRecord] {
        try pool.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM segment ORDER BY id").map { try SegmentRecord($0) }
        }
    }

    private func file(_ record: SegmentRecord) throws -> SegmentFile {
        if let open = files.withLock({ $0[record.name] }), open.record == record { return open }
        let opened = try SegmentFile(folder: folder, record: record)
        files.withLock {
            if $0.count >= ArchiveLimits.openSegments { $0.removeAll() }
            $0[record.name] = opened
        }
        return opened
    }

    /// Series numbers of a kind.
    func numbers(of kind: Kind) throws -> Set<UInt32> {
        try pool.read { db in
            Set(
                try Int64.fetchAll(db, sql: "SELECT id FROM series WHERE kind = ?", arguments: [kind.rawValue])
                    .map { UInt32(clamping: $0) })
        }
    }

    /// Removes what a killed run left and what was replaced, unless somebody is writing or reading: then the next open
    /// does it.
    func sweep() throws {
        guard let lock = try FileLock("\(folder)/lock", .exclusive, seconds: 0) else { return }
        try withExtendedLifetime(lock) { try sweepLocked() }
    }

    func sweepLocked() throws {
        guard let readers = try FileLock("\(folder)/readers", .exclusive, seconds: 0) else { return }
        try withExtendedLifetime(readers) {
            let wanted = Set(try pool.read { db in try String.fetchAll(db, sql: "SELECT name FROM segment") })
            var removed = false
            for name in try Files.list(folder) where name.hasSuffix(".seg") || name.hasSuffix(".part") {
                if name.hasSuffix(".seg"), wanted.contains(String(name.dropLast(4))) { continue }
                guard unlink("\(folder)/\(name)") == 0 else { throw Files.Failure("unlink", "\(folder)/\(name)") }
                removed = true
            }
            if removed { try Files.syncFolder(folder) }
        }
    }

    /// Takes back segments that the catalogue never came to name.
    func remove(_ segments: [SegmentRecord]) { for segment in segments { unlink("\(folder)/\(segment.name).seg") } }

    func writeChanges(_ changed: [MeterDay], delivery: UInt32) throws -> SegmentRecord? {
        guard !changed.isEmpty else { return nil }
        let writer = try SegmentWriter(folder: folder, kind: .changes)
        var buffer = RowBuffer()
        for one in changed {
            buffer.add([], series: one.meter, day: one.day, delivery: delivery)
            if buffer.isFull { try buffer.write(to: writer) }
        }
        try buffer.write(to: writer)
        var record = try writer.finish()
        record?.kind = .changes
        return record
    }
}
