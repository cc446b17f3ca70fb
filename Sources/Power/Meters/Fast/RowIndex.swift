internal import Kernels

/// The rows of a block of text that have the right number of fields and nothing odd in them, and where their fields are.
/// Unsafe: it hands pointers to kernels; a block is at most `block` bytes, and room for that many places is allocated.
struct RowIndex: ~Copyable {
    static let block = MeterLimits.indexedBytes
    /// Kernels write places in groups, whether they are there or not.
    private static let slack = 64

    private let memory = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * (block + 2 * slack))
    /// Places of separators and line feeds; the one before the first is the byte before the block.
    let ends: UnsafeMutablePointer<UInt32>
    private let lines: UnsafeMutablePointer<UInt32>
    private let odd: UnsafeMutablePointer<UInt32>
    /// Rows: first byte, byte behind the line end, and place of the first field's end in `ends`.
    let starts: UnsafeMutablePointer<UInt32>
    let nexts: UnsafeMutablePointer<UInt32>
    let firsts: UnsafeMutablePointer<UInt32>
    /// One column's fields.
    let from: UnsafeMutablePointer<UInt32>
    let to: UnsafeMutablePointer<UInt32>
    private(set) var count = 0
    /// The row after the last one begins here.
    private(set) var next = 0
    private var oddCount = 0

    init() {
        let size = Self.block + 2 * Self.slack
        // What lies before the first end is read, too.
        ends = memory + Self.slack
        lines = memory + size
        odd = memory + 2 * size
        starts = memory + 3 * size
        nexts = memory + 4 * size
        firsts = memory + 5 * size
        from = memory + 6 * size
        to = memory + 7 * size
    }

    deinit { memory.deallocate() }

    /// Fields whose bytes are compared with known ones may hold bytes above 0x7f: `known` are their columns.
    mutating func scan(
        _ text: UnsafePointer<UInt8>, readable: Int, _ range: Range<Int>, separator: UInt8, width: Int,
        known: (Int, Int), _ kernels: TextKernels
    ) {
        precondition(range.count <= Self.block && range.lowerBound >= 0 && range.upperBound <= readable)
        precondition(readable <= Int(UInt32.max) && width > 0)
        let found = kernels.marks(
            text, readable: readable, range, separator: separator, ends: ends, lines: lines, odd: odd)
        ends[-1] = UInt32(truncatingIfNeeded: range.lowerBound) &- 1
        oddCount = found.odd
        count = 0
        next = range.lowerBound
        if oddCount == 0 { plain(found.lines, width) } else { careful(text, found.lines, width, known) }
    }

    private mutating func plain(_ lineCount: Int, _ width: Int) {
        let (starts, nexts, firsts, lines, ends) = (self.starts, self.nexts, self.firsts, self.lines, self.ends)
        var (first, row) = (UInt32(0), 0)
        let last = UInt32(truncatingIfNeeded: width &- 1)
        var start = UInt32(truncatingIfNeeded: next)
        for line in 0..<lineCount {
            let own = lines[line]
            let behind = ends[Int(own)] &+ 1
            starts[row] = start
            nexts[row] = behind
            firsts[row] = first
            row &+= own &- first == last ? 1 : 0
            first = own &+ 1
            start = behind
        }
        count = row
        next = Int(start)
    }

    /// As above; a row that has odd bytes is left out, unless they are a CR before the line feed (which then ends the row)
    /// or high bytes in the known columns.
    private mutating func careful(_ text: UnsafePointer<UInt8>, _ lineCount: Int, _ width: Int, _ known: (Int, Int)) {
        var (first, start, place) = (0, next, 0)
        for line in 0..<lineCount {
            let own = Int(lines[line])
            let end = Int(ends[own])
            let (rowFirst, rowStart) = (first, start)
            first = own + 1
            start = end + 1
            let whole = own - rowFirst + 1 == width
            var fine = whole
            while place < oddCount, Int(odd[place]) < end {
                let at = Int(odd[place])
                place += 1
                if text[at] == 0x0d, at + 1 == end { continue }
                fine = fine && text[at] >= 0x80 && (isIn(known.0, at, rowFirst) || isIn(known.1, at, rowFirst))
            }
            guard fine else { continue }
            // The next row counts from the line feed, so only this row's last field becomes shorter.
            if end > rowStart, text[end - 1] == 0x0d { ends[own] = UInt32(end - 1) }
            starts[count] = UInt32(rowStart)
            nexts[count] = UInt32(start)
            firsts[count] = UInt32(rowFirst)
            count += 1
        }
        next = start
    }

    private func isIn(_ column: Int, _ at: Int, _ first: Int) -> Bool {
        column >= 0 && at < Int(ends[first + column]) && (column == 0 || at > Int(ends[first + column - 1]))
    }

    /// The bytes of a field of a row.
    @inline(__always)
    func field(_ row: Int, _ column: Int) -> (from: Int, to: Int) {
        let place = Int(firsts[row]) &+ column
        return (column == 0 ? Int(starts[row]) : Int(ends[place &- 1]) &+ 1, Int(ends[place]))
    }

    /// Puts one column's fields into `from` and `to`.
    func gather(_ column: Int) {
        let (from, to, firsts, ends) = (self.from, self.to, self.firsts, self.ends)
        if column == 0 {
            let starts = self.starts
            for row in 0..<count {
                from[row] = starts[row]
                to[row] = ends[Int(firsts[row])]
            }
            return
        }
        for row in 0..<count {
            let place = Int(firsts[row]) &+ column
            from[row] = ends[place &- 1] &+ 1
            to[row] = ends[place]
        }
    }
}
