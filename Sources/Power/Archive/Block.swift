/// Rows of one kind under one checksum. A row is (series, day, delivery) and bytes that only its kind understands; rows
/// stand in the order series, day, delivery. Layout in Docs/Formats/archive.md.
final class Block: Sendable {
    static let headerBytes = 40
    private static let magic: UInt32 = 0x4B42_4D43
    private static let oneDay: UInt32 = 1
    private static let oneDelivery: UInt32 = 2

    /// The block as it stands on disk, and `RowCodec.slack` zero bytes.
    let bytes: [UInt8]
    /// Slots of a day; 0 in blocks that hold no readings.
    let slots: Int
    let series: [UInt32]
    let days: [Int32]
    let deliveries: [UInt32]
    /// Where row r starts; one more than there are rows.
    let starts: [Int32]

    var rows: Int { series.count }

    func range(_ row: Int) -> Range<Int> { Int(starts[row])..<Int(starts[row + 1]) }

    /// What a writer hands in for one row.
    struct Row {
        var series: UInt32
        var day: Int32
        var delivery: UInt32
        var bytes: Range<Int>
    }

    static func encode(_ rows: ArraySlice<Row>, from arena: [UInt8], slots: Int) -> [UInt8] {
        guard let first = rows.first else { return [] }
        var flags: UInt32 = 0
        if rows.allSatisfy({ $0.day == first.day }) { flags |= oneDay }
        if rows.allSatisfy({ $0.delivery == first.delivery }) { flags |= oneDelivery }
        let payload = rows.reduce(0) { $0 + $1.bytes.count }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerBytes + rows.count * 16 + payload)
        for word: UInt32 in [magic, 0, 0, UInt32(rows.count), UInt32(slots), flags] { bytes.put(word) }
        for word: UInt32 in [first.series, UInt32(bitPattern: first.day), first.delivery, 0] { bytes.put(word) }
        var before = first
        for row in rows {
            bytes.putVarint(zigzag(Int64(row.series) - Int64(before.series)))
            if flags & oneDay == 0 { bytes.putVarint(zigzag(Int64(row.day) - Int64(before.day))) }
            if flags & oneDelivery == 0 { bytes.putVarint(zigzag(Int64(row.delivery) - Int64(before.delivery))) }
            bytes.putVarint(UInt64(row.bytes.count))
            before = row
        }
        bytes.set(UInt32(bytes.count - headerBytes), at: 36)
        for row in rows { bytes += arena[row.bytes] }
        bytes.set(UInt32(bytes.count), at: 8)
        bytes.set(checksum(bytes, 8..<bytes.count), at: 4)
        return bytes
    }

    /// Any bytes may come; nil when they are not a whole, undamaged block.
    /// `padded` = the bytes, and `RowCodec.slack` zero bytes.
    init?(_ padded: [UInt8]) {
        let size = padded.count - RowCodec.slack
        guard size >= Block.headerBytes, size <= ArchiveLimits.blockBytes else { return nil }
        var head = ByteReader(padded, from: 0, to: Block.headerBytes)
        guard head.u32() == Block.magic, head.u32() == checksum(padded, 8..<size),
            head.u32() == UInt32(truncatingIfNeeded: size)
        else { return nil }
        let count = Int(head.u32())
        slots = Int(head.u32())
        let flags = head.u32()
        var seriesNow = Int64(head.u32())
        var day = Int64(head.i32())
        var delivery = Int64(head.u32())
        let directory = Int(head.u32())
        // A row takes at least two directory bytes, so a count alone cannot ask for memory.
        guard count > 0, count <= size / 2, slots <= ArchiveLimits.slotsPerDay, flags < 4,
            directory <= size - Block.headerBytes
        else { return nil }
        var series: [UInt32] = []
        var days: [Int32] = []
        var deliveries: [UInt32] = []
        var starts: [Int32] = []
        series.reserveCapacity(count)
        days.reserveCapacity(count)
        deliveries.reserveCapacity(count)
        starts.reserveCapacity(count + 1)
        var place = Block.headerBytes + directory
        var list = ByteReader(padded, from: Block.headerBytes, to: place)
        for _ in 0..<count {
            seriesNow = seriesNow &+ unzigzag(list.varint())
            if flags & Block.oneDay == 0 { day = day &+ unzigzag(list.varint()) }
            if flags & Block.oneDelivery == 0 { delivery = delivery &+ unzigzag(list.varint()) }
            let length = list.varint()
            guard !list.failed, let number = UInt32(exactly: seriesNow), let dayNow = Int32(exactly: day),
                ArchiveLimits.days.contains(dayNow), let from = UInt32(exactly: delivery),
                length <= UInt64(size - place)
            else { return nil }
            series.append(number)
            days.append(dayNow)
            deliveries.append(from)
            starts.append(Int32(place))
            place += Int(length)
        }
        guard list.at == list.end, place == size else { return nil }
        starts.append(Int32(place))
        self.series = series
        self.days = days
        self.deliveries = deliveries
        self.starts = starts
        bytes = padded
    }
}
