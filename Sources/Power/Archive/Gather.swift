/// A row found in a segment.
struct FoundRow {
    var series: UInt32
    var day: Int32
    var delivery: UInt32
    /// Index into the blocks it was found with; later blocks were written later.
    var block: Int32
    var row: Int32
}

/// Rows of a range of series and days, in the order series, day, delivery; and the blocks that they lie in.
struct FoundRows {
    var rows: [FoundRow] = []
    var blocks: [Block] = []
    var kinds: [SegmentKind] = []
}

/// One day of one series, all deliveries laid over each other.
struct MergedDay {
    var quantum: Quantum
    var values: [Int32]
    var quality: [UInt8]
}

/// Looks through the segments of one catalogue state.
final class Gather {
    let segments: [SegmentFile]
    /// Keeps the files of this catalogue state from being swept.
    private let hold: FileLock?
    private struct Key: Hashable {
        var segment: Int
        var block: Int
    }
    private var kept: [Key: Block] = [:]

    init(_ segments: [SegmentFile], hold: FileLock?) {
        self.segments = segments
        self.hold = hold
    }

    func rows(series: ClosedRange<UInt32>, days: ClosedRange<Int32>) throws -> FoundRows {
        var found = FoundRows()
        for (number, segment) in segments.enumerated() {
            guard segment.record.lowDay <= days.upperBound, segment.record.highDay >= days.lowerBound else { continue }
            for index in segment.entries.indices where segment.entries[index].touches(series: series, days: days) {
                try add(Key(segment: number, block: index), series: series, days: days, to: &found)
            }
        }
        func isBefore(_ left: FoundRow, _ right: FoundRow) -> Bool {
            if left.series != right.series { return left.series < right.series }
            if left.day != right.day { return left.day < right.day }
            if left.delivery != right.delivery { return left.delivery < right.delivery }
            return (left.block, left.row) < (right.block, right.row)
        }
        for index in found.rows.indices.dropFirst() where isBefore(found.rows[index], found.rows[index - 1]) {
            found.rows.sort(by: isBefore)
            break
        }
        return found
    }

    private func add(
        _ key: Key, series: ClosedRange<UInt32>, days: ClosedRange<Int32>, to found: inout FoundRows
    ) throws {
        let block = try block(key)
        let number = Int32(found.blocks.count)
        var any = false
        for row in 0..<block.rows where series.contains(block.series[row]) && days.contains(block.days[row]) {
            any = true
            found.rows.append(
                FoundRow(
                    series: block.series[row], day: block.days[row], delivery: block.deliveries[row], block: number,
                    row: Int32(row)))
        }
        guard any else { return }
        found.blocks.append(block)
        found.kinds.append(segments[key.segment].record.kind)
    }

    private func block(_ key: Key) throws -> Block {
        if let block = kept[key] { return block }
        let block = try segments[key.segment].block(key.block)
        if kept.count >= ArchiveLimits.keptBlocks { kept.removeAll(keepingCapacity: true) }
        kept[key] = block
        return block
    }
}

extension FoundRows {
    /// Rows from `first` on that are of one series and day.
    func group(from first: Int) -> Range<Int> {
        var last = first + 1
        while last < rows.count, rows[last].series == rows[first].series, rows[last].day == rows[first].day {
            last += 1
        }
        return first..<last
    }

    func damaged(_ row: FoundRow) -> ArchiveError {
        .corruptDay(meter: "number \(row.series)", day: Int(row.day))
    }

    /// Lays the rows of a group over each other, later deliveries on top.
    func merged(_ group: Range<Int>) throws -> MergedDay {
        var day = try one(group.lowerBound)
        for index in group.dropFirst() {
            var upper = try one(index)
            guard upper.values.count == day.values.count else { throw damaged(rows[index]) }
            if upper.quantum != day.quantum {
                day.toFloat()
                upper.toFloat()
            }
            for slot in upper.values.indices where upper.values[slot] != .min {
                day.values[slot] = upper.values[slot]
                let bit: UInt8 = 1 << UInt8(slot & 7)
                day.quality[slot >> 3] = day.quality[slot >> 3] & ~bit | upper.quality[slot >> 3] & bit
            }
        }
        return day
    }

    func one(_ index: Int) throws -> MergedDay {
        let row = rows[index]
        var day = MergedDay(quantum: .float32, values: [], quality: [])
        guard
            let read = RowDecoder.append(
                blocks[Int(row.block)], row: Int(row.row), values: &day.values, quality: &day.quality)
        else { throw damaged(row) }
        day.quantum = read.quantum
        return day
    }
}

extension MergedDay {
    /// The common ground of two quanta.
    mutating func toFloat() {
        guard quantum != .float32 else { return }
        let slots = values.count
        for slot in values.indices where values[slot] != .min {
            values[slot] = Int32(bitPattern: quantum.kilowatts(values[slot], slots: slots).bitPattern)
        }
        quantum = .float32
    }

    /// Whether the slot holds the same reading, in whichever quantum.
    func equals(_ other: MergedDay, slot: Int) -> Bool {
        let mark = quality[slot >> 3] >> UInt8(slot & 7) & 1
        guard other.quality[slot >> 3] >> UInt8(slot & 7) & 1 == mark else { return false }
        if quantum == other.quantum { return values[slot] == other.values[slot] }
        return quantum.kilowatts(values[slot], slots: values.count)
            == other.quantum.kilowatts(other.values[slot], slots: values.count)
    }
}
