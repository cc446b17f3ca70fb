/// What a segment file holds.
enum SegmentKind: Int, Sendable, CaseIterable {
    case readings = 0
    /// Records that the rooms above computed from a day.
    case features = 1
    /// Rows without bytes: days that a delivery changed after they had been there.
    case changes = 2
}

/// One block in the list at the end of a segment.
struct BlockEntry: Equatable, Sendable {
    static let bytes = 40
    var offset: UInt64
    var length: UInt32
    var rows: UInt32
    var lowSeries: UInt32
    var highSeries: UInt32
    var lowDay: Int32
    var highDay: Int32
    /// Readings present in the block; 0 where rows are not readings.
    var readings: UInt64

    func put(into out: inout [UInt8]) {
        out.put(offset)
        for word in [length, rows, lowSeries, highSeries, UInt32(bitPattern: lowDay), UInt32(bitPattern: highDay)] {
            out.put(word)
        }
        out.put(readings)
    }

    init(_ reader: inout ByteReader) {
        offset = reader.number(8)
        length = reader.u32()
        rows = reader.u32()
        lowSeries = reader.u32()
        highSeries = reader.u32()
        lowDay = reader.i32()
        highDay = reader.i32()
        readings = reader.number(8)
    }

    init(offset: UInt64, length: Int, rows: ArraySlice<Block.Row>, readings: Int) {
        self.offset = offset
        self.length = UInt32(length)
        self.rows = UInt32(rows.count)
        lowSeries = rows.lazy.map(\.series).min() ?? 0
        highSeries = rows.lazy.map(\.series).max() ?? 0
        lowDay = rows.lazy.map(\.day).min() ?? 0
        highDay = rows.lazy.map(\.day).max() ?? 0
        self.readings = UInt64(readings)
    }

    func touches(series: ClosedRange<UInt32>, days: ClosedRange<Int32>) -> Bool {
        lowSeries <= series.upperBound && highSeries >= series.lowerBound && lowDay <= days.upperBound
            && highDay >= days.lowerBound
    }
}

/// Head and tail of a segment file.
enum SegmentFormat {
    static let headBytes = 32
    static let tailBytes = 32
    static let version: UInt32 = 2
    private static let head: UInt32 = 0x4753_4D43
    private static let tail: UInt32 = 0x4553_4D43

    /// `recordBytes` and `recordVersion` are those of feature records, 0 otherwise.
    static func head(_ kind: SegmentKind, recordBytes: Int, recordVersion: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        for word: UInt32 in [head, version, UInt32(kind.rawValue), UInt32(recordBytes), recordVersion, 0, 0] {
            bytes.put(word)
        }
        bytes.put(checksum(bytes))
        return bytes
    }

    static func readHead(_ bytes: [UInt8]) -> (kind: SegmentKind, recordBytes: Int, recordVersion: UInt32)? {
        guard bytes.count == headBytes else { return nil }
        var reader = ByteReader(bytes, from: 0, to: headBytes)
        guard reader.u32() == head, reader.u32() == version, let kind = SegmentKind(rawValue: Int(reader.u32()))
        else { return nil }
        let record = Int(reader.u32())
        let number = reader.u32()
        guard reader.u32() == 0, reader.u32() == 0, record <= ArchiveLimits.featureBytes,
            reader.u32() == checksum(bytes, 0..<28)
        else { return nil }
        return (kind, record, number)
    }

    /// The block list and the 32 bytes after it.
    static func tail(_ entries: [BlockEntry], at offset: UInt64) -> (bytes: [UInt8], checksum: UInt32) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count * BlockEntry.bytes + tailBytes)
        for entry in entries { entry.put(into: &bytes) }
        let sum = checksum(bytes)
        let start = bytes.count
        bytes.put(tail)
        bytes.put(UInt32(entries.count))
        bytes.put(offset)
        bytes.put(sum)
        bytes.put(UInt64(0))
        bytes.put(checksum(bytes, start..<bytes.count))
        return (bytes, sum)
    }

    /// Where the block list starts, how long it is, and its checksum.
    static func readTail(_ bytes: [UInt8], fileBytes: UInt64) -> (offset: UInt64, count: Int, checksum: UInt32)? {
        guard bytes.count == tailBytes, fileBytes >= UInt64(headBytes + tailBytes) else { return nil }
        var reader = ByteReader(bytes, from: 0, to: tailBytes)
        guard reader.u32() == tail else { return nil }
        let count = reader.u32()
        let offset = reader.number(8)
        let sum = reader.u32()
        guard reader.number(8) == 0, reader.u32() == checksum(bytes, 0..<28), count <= ArchiveLimits.blocksPerSegment,
            offset >= UInt64(headBytes), offset <= fileBytes,
            fileBytes - offset == UInt64(count) * UInt64(BlockEntry.bytes) + UInt64(tailBytes)
        else { return nil }
        return (offset, Int(count), sum)
    }
}
