internal import CMachine
internal import Kernels

/// Reads the rows of one piece of a file that fit the plan exactly, and leaves the others out. Pieces do not depend on each
/// other, so several are read at a time. Unsafe: its results lie behind pointers that grow here and nowhere else.
final class PieceDecoder {
    private var index = RowIndex()
    private let kernels: TextKernels
    private(set) var runs: [FastRun] = []
    /// UTC seconds, long layout.
    private(set) var seconds = UnsafeMutablePointer<UInt32>.allocate(capacity: 1 << 10)
    /// Values in the plan's unit, row by row; `MeterDays.missing` for an empty cell.
    private(set) var cells = UnsafeMutablePointer<Int32>.allocate(capacity: 1 << 10)
    /// Whether each of a block's rows may be used.
    private let good = UnsafeMutablePointer<Bool>.allocate(capacity: RowIndex.block)
    private var capacity = 1 << 10
    private var filled = 0
    /// Most decimals that did not fit.
    private(set) var wanted = 0
    /// Bytes in runs.
    private(set) var taken = 0

    init(kernels: TextKernels = TextKernels()) { self.kernels = kernels }

    deinit {
        seconds.deallocate()
        cells.deallocate()
        good.deallocate()
    }

    /// Reads `range` of the text, which begins at a row and ends behind a line end. `count` bytes of the text may be read;
    /// rows that end closer to it than `FieldDecoder.slack` are left out.
    func decode(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ range: Range<Int>, _ plan: FastPlan, _ names: borrowing MeterIndex
    ) {
        runs.removeAll(keepingCapacity: true)
        filled = 0
        taken = 0
        var fields = FieldDecoder(text, count, plan)
        var at = range.lowerBound
        let last = min(range.upperBound, count - FieldDecoder.slack)
        while at < last {
            let end = min(last, at + RowIndex.block)
            index.scan(
                text, readable: count, at..<end, separator: plan.separator, width: plan.width,
                known: plan.comparedColumns, kernels)
            guard index.next > at else {
                at = behindLine(text, end, last)
                continue
            }
            if index.count > 0 {
                switch plan.shape {
                case .long(let identifier, let stamp, let timeOfDay, let value):
                    grow(index.count)
                    longValues(text, value, plan, &fields)
                    longStamps(text, stamp, timeOfDay, &fields)
                    longRuns(text, count, identifier, names)
                case .wideByDay(let identifier, let date, let points, let quantity, let accepted):
                    grow(index.count * points.count)
                    let columns = DayColumns(
                        identifier: identifier, date: date, points: points, quantity: quantity, accepted: accepted)
                    days(text, count, columns, plan, &fields, names)
                case .wideByTime(let meters):
                    grow(index.count * meters.count)
                    times(text, meters.count, plan, &fields)
                }
            }
            at = index.next
        }
        wanted = fields.wanted
    }

    /// The first row that begins behind `start`.
    private func behindLine(_ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var at = start
        while at < end {
            at += 1
            if text[at - 1] == 0x0a { return at }
        }
        return end
    }

    private func grow(_ needed: Int) {
        guard filled + needed > capacity else { return }
        let larger = max(capacity * 2, filled + needed)
        let newSeconds = UnsafeMutablePointer<UInt32>.allocate(capacity: larger)
        let newCells = UnsafeMutablePointer<Int32>.allocate(capacity: larger)
        newSeconds.update(from: seconds, count: filled)
        newCells.update(from: cells, count: filled)
        seconds.deallocate()
        cells.deallocate()
        (seconds, cells, capacity) = (newSeconds, newCells, larger)
    }

    // MARK: Long

    /// The value column: by the kernel, and one by one where that stops.
    private func longValues(
        _ text: UnsafePointer<UInt8>, _ column: Int, _ plan: FastPlan, _ fields: inout FieldDecoder
    ) {
        index.gather(column)
        let (count, from, to, good) = (index.count, index.from, index.to, self.good)
        let target = cells + filled
        var how = plan.fixed
        var row = 0
        while row < count {
            let read = kernels.numbers(text, from: from + row, to: to + row, count: count - row, &how, target + row)
            for place in row..<(row + read) { good[place] = target[place] != MeterDays.missing }
            row += read
            // A group that did not fit: its numbers one by one.
            for place in row..<min(row + 8, count) {
                let value = fields.value(Int(from[place]), Int(to[place])) ?? FieldDecoder.refused
                good[place] = value != FieldDecoder.refused
                target[place] = Int32(truncatingIfNeeded: value)
                row += 1
            }
        }
    }

    private func longStamps(
        _ text: UnsafePointer<UInt8>, _ column: Int, _ timeOfDay: Int?, _ fields: inout FieldDecoder
    ) {
        let count = index.count
        let (good, target) = (self.good, seconds + filled)
        if let timeOfDay {
            for row in 0..<count {
                let (date, clock) = (index.field(row, column), index.field(row, timeOfDay))
                let second = fields.second(date: date.from..<date.to, clock: clock.from..<clock.to)
                if second == FieldDecoder.refused { good[row] = false }
                target[row] = UInt32(truncatingIfNeeded: second)
            }
            return
        }
        index.gather(column)
        let (from, to) = (index.from, index.to)
        var row = 0
        while row < count {
            if fields.knowsDay {
                row += fields.withKnown {
                    kernels.stamps(text, from: from + row, to: to + row, count: count - row, known: $0, target + row)
                }
                guard row < count else { return }
            }
            let second = fields.second(Int(from[row]), Int(to[row]))
            if second == FieldDecoder.refused { good[row] = false }
            target[row] = UInt32(truncatingIfNeeded: second)
            row += 1
        }
    }

    /// Joins neighbours of one meter to runs. Values and seconds of rows that are left out stay between the runs.
    private func longRuns(_ text: UnsafePointer<UInt8>, _ count: Int, _ column: Int, _ names: borrowing MeterIndex) {
        index.gather(column)
        let (rows, from, to, good) = (index.count, index.from, index.to, self.good)
        let (starts, nexts) = (index.starts, index.nexts)
        var row = 0
        while row < rows {
            let alike =
                1
                + kernels.alike(
                    text, from: from + row + 1, to: to + row + 1, count: rows - row - 1, reference: from[row]..<to[row])
            let end = row + alike
            let name = (from: Int(from[row]), to: Int(to[row]))
            let meter = meter(name, text, count, names)
            // A name that is new here may hold nothing that needs a decoder's judgement.
            guard meter >= 0 || isPlain(text, name) else {
                row = end
                continue
            }
            while row < end {
                guard good[row] else {
                    row += 1
                    continue
                }
                let first = row
                repeat { row += 1 } while row < end && good[row] && starts[row] == nexts[row - 1]
                runs.append(
                    FastRun(
                        start: starts[first], end: nexts[row - 1], rows: UInt32(row - first),
                        first: UInt32(filled + first), meter: meter, nameStart: from[first], nameEnd: to[first],
                        place: 0))
                taken += Int(nexts[row - 1] - starts[first])
            }
        }
        filled += rows
    }

    // MARK: Names

    /// The number of a row's meter. -1 = not known yet.
    private func meter(
        _ name: (from: Int, to: Int), _ text: UnsafePointer<UInt8>, _ count: Int, _ names: borrowing MeterIndex
    ) -> Int32 {
        // A quote at its beginning makes a field another one.
        guard name.to > name.from, text[name.from] != 0x22 else { return -1 }
        let span = UnsafeBufferPointer(start: text, count: count).span
        return Int32(truncatingIfNeeded: names.find(span, name.from..<name.to) ?? -1)
    }

    /// ASCII without blanks and quotes.
    private func isPlain(_ text: UnsafePointer<UInt8>, _ field: (from: Int, to: Int)) -> Bool {
        for at in field.from..<field.to where text[at] <= 0x22 || text[at] >= 0x7f { return false }
        return field.to > field.from
    }

    // MARK: Wide

    private struct DayColumns {
        var identifier: Int
        var date: Int
        var points: [Int]
        var quantity: Int?
        var accepted: [UInt8]
    }

    private func days(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ columns: DayColumns, _ plan: FastPlan,
        _ fields: inout FieldDecoder, _ names: borrowing MeterIndex
    ) {
        let points = columns.points.count
        let firstPoint = columns.points.first ?? 0
        let together = columns.points.last == firstPoint + points - 1 && firstPoint > 0
        var (nameFrom, nameCount, known) = (0, -1, Int32(-1))
        var how = plan.fixed
        for row in 0..<index.count {
            let name = index.field(row, columns.identifier)
            if let quantity = columns.quantity, !equals(text, index.field(row, quantity), columns.accepted) { continue }
            let date = index.field(row, columns.date)
            let day = fields.day(date.from, date.to)
            guard day != FieldDecoder.refused else { continue }
            let length = name.to &- name.from
            if length != nameCount || !fields.same(name.from, nameFrom, length) {
                // Where names change they will change again: a table of millions is slower than memory is fast.
                if row + 8 < index.count {
                    let later = index.field(row + 8, columns.identifier)
                    names.prefetch(UnsafeBufferPointer(start: text, count: count).span, later.from..<later.to)
                }
                known = meter(name, text, count, names)
                nameCount = length
            }
            nameFrom = name.from
            guard known >= 0 || isPlain(text, name) else { continue }
            let target = cells + filled
            let fits =
                together
                ? sideBySide(text, row, firstPoint, points, &how, target, &fields)
                : apart(row, columns.points, target, &fields)
            guard fits else { continue }
            add(row, known, name, day)
            filled += points
        }
    }

    private func add(_ row: Int, _ meter: Int32, _ name: (from: Int, to: Int), _ place: Int64) {
        let (start, next) = (index.starts[row], index.nexts[row])
        runs.append(
            FastRun(
                start: start, end: next, rows: 1, first: UInt32(truncatingIfNeeded: filled), meter: meter,
                nameStart: UInt32(truncatingIfNeeded: name.from), nameEnd: UInt32(truncatingIfNeeded: name.to),
                place: place))
        taken += Int(next - start)
    }

    /// Cells of one row from a column on; false when one is not as expected.
    @inline(__always)
    private func sideBySide(
        _ text: UnsafePointer<UInt8>, _ row: Int, _ column: Int, _ count: Int, _ how: inout cmachine_fixed,
        _ target: UnsafeMutablePointer<Int32>, _ fields: inout FieldDecoder
    ) -> Bool {
        let ends = index.ends + (Int(index.firsts[row]) &+ column)
        var cell = 0
        while cell < count {
            cell &+= kernels.numbers(text, ends: ends + cell, count: count &- cell, &how, target + cell)
            let stop = min(cell &+ 8, count)
            while cell < stop {
                let value = fields.value(Int(ends[cell &- 1]) &+ 1, Int(ends[cell])) ?? Int64(MeterDays.missing)
                if value == FieldDecoder.refused { return false }
                target[cell] = Int32(truncatingIfNeeded: value)
                cell &+= 1
            }
        }
        return true
    }

    private func apart(
        _ row: Int, _ columns: [Int], _ target: UnsafeMutablePointer<Int32>, _ fields: inout FieldDecoder
    ) -> Bool {
        for (cell, column) in columns.enumerated() {
            let place = index.field(row, column)
            let value = fields.value(place.from, place.to) ?? Int64(MeterDays.missing)
            if value == FieldDecoder.refused { return false }
            target[cell] = Int32(truncatingIfNeeded: value)
        }
        return true
    }

    private func equals(_ text: UnsafePointer<UInt8>, _ field: (from: Int, to: Int), _ wanted: [UInt8]) -> Bool {
        guard field.to - field.from == wanted.count else { return false }
        for place in wanted.indices where text[field.from + place] != wanted[place] { return false }
        return true
    }

    private func times(_ text: UnsafePointer<UInt8>, _ count: Int, _ plan: FastPlan, _ fields: inout FieldDecoder) {
        var how = plan.fixed
        for row in 0..<index.count {
            let stamp = index.field(row, 0)
            let second = fields.second(stamp.from, stamp.to)
            guard second != FieldDecoder.refused,
                sideBySide(text, row, 1, count, &how, cells + filled, &fields)
            else { continue }
            add(row, -1, (0, 0), second)
            filled += count
        }
    }
}
