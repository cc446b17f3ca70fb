import Glibc

/// Writes a segment under a name that no catalogue knows; `finish` makes it durable under its own.
final class SegmentWriter {
    let name: String
    private let folder: String
    private var descriptor: Int32
    private(set) var entries: [BlockEntry] = []
    private var bytes: UInt64
    private var pending: [UInt8]
    private var finished = false
    private var partPath: String { "\(folder)/\(name).part" }

    init(folder: String, kind: SegmentKind, recordBytes: Int = 0, recordVersion: UInt32 = 0) throws {
        self.folder = folder
        name = String(UInt64.random(in: (1 << 60)...(.max)), radix: 16)
        pending = SegmentFormat.head(kind, recordBytes: recordBytes, recordVersion: recordVersion)
        bytes = UInt64(pending.count)
        let path = "\(folder)/\(name).part"
        descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Files.Failure("open", path) }
    }

    func append(_ rows: ArraySlice<Block.Row>, from arena: [UInt8], slots: Int, readings: Int) throws {
        let block = Block.encode(rows, from: arena, slots: slots)
        entries.append(BlockEntry(offset: bytes, length: block.count, rows: rows, readings: readings))
        bytes += UInt64(block.count)
        pending += block
        if pending.count >= 1 << 20 { try flush() }
    }

    private func flush() throws {
        try Files.write(pending, to: descriptor, path: partPath)
        pending.removeAll(keepingCapacity: true)
    }

    /// Bytes on disk first, then the name, then the folder; nil when nothing was written.
    func finish() throws -> SegmentRecord? {
        guard !entries.isEmpty else { return nil }
        let tail = SegmentFormat.tail(entries, at: bytes)
        pending += tail.bytes
        bytes += UInt64(tail.bytes.count)
        try flush()
        guard fsync(descriptor) == 0 else { throw Files.Failure("fsync", partPath) }
        guard rename(partPath, "\(folder)/\(name).seg") == 0 else { throw Files.Failure("rename", partPath) }
        finished = true
        try Files.syncFolder(folder)
        return SegmentRecord(name: name, entries: entries, bytes: bytes, listChecksum: tail.checksum)
    }

    /// Removes what was not finished. Nothing may be appended afterwards.
    func discard() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
        if !finished { unlink(partPath) }
    }

    deinit { discard() }
}

/// What the catalogue says about a segment.
struct SegmentRecord: Equatable, Sendable {
    var name: String
    var kind = SegmentKind.readings
    var recordVersion: UInt32 = 0
    var bytes: UInt64
    var blocks: Int
    var rows: Int
    var readings: Int
    var lowDay: Int32
    var highDay: Int32
    var listChecksum: UInt32

    init(name: String, entries: [BlockEntry], bytes: UInt64, listChecksum: UInt32) {
        self.name = name
        self.bytes = bytes
        blocks = entries.count
        rows = entries.reduce(0) { $0 + Int($1.rows) }
        readings = entries.reduce(0) { $0 + Int($1.readings) }
        lowDay = entries.lazy.map(\.lowDay).min() ?? 0
        highDay = entries.lazy.map(\.highDay).max() ?? 0
        self.listChecksum = listChecksum
    }

    /// Of the catalogue's row, so that a flipped bit in the database is seen as well.
    var seal: Int64 {
        Seal.of(
            "segment \(name) \(kind.rawValue) \(recordVersion) \(bytes) \(blocks) \(rows) \(readings) "
                + "\(lowDay) \(highDay) \(listChecksum)")
    }
}

enum Seal {
    static func of(_ text: String) -> Int64 { Int64(checksum(Array(text.utf8))) }
}

/// A segment open for reading; what it says has been held against the catalogue.
final class SegmentFile: Sendable {
    let path: String
    let record: SegmentRecord
    let recordBytes: Int
    let entries: [BlockEntry]
    private let descriptor: Int32

    init(folder: String, record: SegmentRecord) throws {
        let place = "\(folder)/\(record.name).seg"
        path = place
        self.record = record
        let descriptor = Glibc.open(place, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ArchiveError.damaged(file: place, offset: 0, what: "missing") }
        self.descriptor = descriptor
        var opened = false
        defer { if !opened { Glibc.close(descriptor) } }
        func damaged(_ offset: UInt64, _ what: String) -> ArchiveError {
            .damaged(file: place, offset: offset, what: what)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Files.Failure("stat", place) }
        let size = UInt64(max(0, status.st_size))
        guard size == record.bytes, size >= UInt64(SegmentFormat.headBytes + SegmentFormat.tailBytes) else {
            throw damaged(0, "\(size) bytes, the catalogue says \(record.bytes)")
        }
        let head = try Files.read(descriptor, at: 0, count: SegmentFormat.headBytes, path: place)
        guard let head = head.flatMap(SegmentFormat.readHead), head.kind == record.kind,
            head.recordVersion == record.recordVersion
        else { throw damaged(0, "bad head") }
        recordBytes = head.recordBytes
        let tailAt = size - UInt64(SegmentFormat.tailBytes)
        let tailBytes = try Files.read(descriptor, at: tailAt, count: SegmentFormat.tailBytes, path: place)
        guard let tailBytes, let tail = SegmentFormat.readTail(tailBytes, fileBytes: size),
            tail.checksum == record.listChecksum, tail.count == record.blocks
        else { throw damaged(tailAt, "bad tail") }
        let list = try Files.read(descriptor, at: tail.offset, count: tail.count * BlockEntry.bytes, path: place)
        guard let list, checksum(list) == tail.checksum else { throw damaged(tail.offset, "bad block list") }
        var reader = ByteReader(list, from: 0, to: list.count)
        var entries: [BlockEntry] = []
        entries.reserveCapacity(tail.count)
        var next = UInt64(SegmentFormat.headBytes)
        for _ in 0..<tail.count {
            let entry = BlockEntry(&reader)
            guard entry.offset == next, entry.length <= ArchiveLimits.blockBytes else {
                throw damaged(tail.offset, "bad block list")
            }
            next += UInt64(entry.length)
            entries.append(entry)
        }
        guard next == tail.offset else { throw damaged(tail.offset, "bad block list") }
        self.entries = entries
        opened = true
    }

    deinit { Glibc.close(descriptor) }

    func block(_ number: Int) throws -> Block {
        let entry = entries[number]
        let bytes = try Files.read(
            descriptor, at: entry.offset, count: Int(entry.length), slack: RowCodec.slack, path: path)
        guard let bytes, let block = Block(bytes), block.rows == Int(entry.rows) else {
            throw ArchiveError.damaged(file: path, offset: entry.offset, what: "block \(number) is damaged")
        }
        return block
    }
}
