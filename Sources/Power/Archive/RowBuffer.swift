/// Rows on their way into blocks: collected, sorted by tile, cut.
struct RowBuffer {
    struct Entry {
        var row: Block.Row
        var slots: Int
        var present: Int
        /// Where the row's feature record starts; -1 without one.
        var record = -1
    }

    private(set) var arena: [UInt8] = []
    private(set) var entries: [Entry] = []
    private var encoder = RowEncoder()

    var isFull: Bool {
        entries.count >= ArchiveLimits.bufferedRows || arena.count >= ArchiveLimits.bufferedBytes
    }

    /// Readings of the row; 0 when there is none, and then nothing was added.
    mutating func add(_ batch: StoredDays, row: Int, series: UInt32, delivery: UInt32) -> Int {
        let from = arena.count
        let present = encoder.append(batch, row: row, to: &arena)
        guard present > 0 else { return 0 }
        let place = Block.Row(series: series, day: batch.days[row], delivery: delivery, bytes: from..<arena.count)
        entries.append(Entry(row: place, slots: batch.slotsPerDay, present: present))
        return present
    }

    /// The feature record of the row that was added last.
    mutating func attach(record bytes: [UInt8], from: Int, count: Int) {
        guard !entries.isEmpty else { return }
        entries[entries.count - 1].record = arena.count
        arena.put(bytes, from: from, count: count)
    }

    /// A row that stands in a block already.
    mutating func add(_ block: Block, row: Int, present: Int) {
        let from = arena.count
        arena.append(contentsOf: block.bytes[block.range(row)])
        let place = Block.Row(
            series: block.series[row], day: block.days[row], delivery: block.deliveries[row], bytes: from..<arena.count)
        entries.append(Entry(row: place, slots: block.slots, present: present))
    }

    mutating func add(_ bytes: ArraySlice<UInt8>, series: UInt32, day: Int32, delivery: UInt32) {
        let from = arena.count
        arena.append(contentsOf: bytes)
        let place = Block.Row(series: series, day: day, delivery: delivery, bytes: from..<arena.count)
        entries.append(Entry(row: place, slots: 0, present: 0))
    }

    static func tile(_ day: Int32) -> Int32 { day >> ArchiveLimits.tileShift }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        if left.slots != right.slots { return left.slots < right.slots }
        let tiles = (tile(left.row.day), tile(right.row.day))
        if tiles.0 != tiles.1 { return tiles.0 < tiles.1 }
        if left.row.series != right.row.series { return left.row.series < right.row.series }
        if left.row.day != right.row.day { return left.row.day < right.row.day }
        if left.row.delivery != right.row.delivery { return left.row.delivery < right.row.delivery }
        return left.row.bytes.lowerBound < right.row.bytes.lowerBound
    }

    mutating func sort() {
        for index in entries.indices.dropFirst() where RowBuffer.isBefore(entries[index], entries[index - 1]) {
            entries.sort(by: RowBuffer.isBefore)
            return
        }
    }

    mutating func keep(_ wanted: (Int) -> Bool) {
        var next = 0
        for index in entries.indices where wanted(index) {
            entries[next] = entries[index]
            next += 1
        }
        entries.removeLast(entries.count - next)
    }

    /// Writes everything, sorted, and empties the buffer.
    mutating func write(to writer: SegmentWriter) throws {
        sort()
        var first = 0
        while first < entries.count {
            var last = first + 1
            var bytes = entries[first].row.bytes.count
            while last < entries.count, last - first < ArchiveLimits.rowsPerBlock, bytes < ArchiveLimits.blockFill,
                entries[last].slots == entries[first].slots
            {
                let change =
                    RowBuffer.tile(entries[last].row.day) != RowBuffer.tile(entries[first].row.day)
                // Tiles share a block only while it is small.
                if change, last - first >= ArchiveLimits.rowsPerBlock / 4 { break }
                bytes += entries[last].row.bytes.count
                last += 1
            }
            let rows = entries[first..<last].map(\.row)
            let readings = entries[first..<last].reduce(0) { $0 + $1.present }
            try writer.append(rows[...], from: arena, slots: entries[first].slots, readings: readings)
            first = last
        }
        entries.removeAll(keepingCapacity: true)
        arena.removeAll(keepingCapacity: true)
    }
}
