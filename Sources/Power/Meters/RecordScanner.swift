/// The fields of one record, as ranges of the scanner's buffer.
struct FieldTable {
    private var starts: [Int]
    private var ends: [Int]
    /// Fields found; the ones above `MeterLimits.columns` are counted and not kept.
    private(set) var count = 0
    /// Whole record without its line end.
    var record = 0..<0
    /// Line on which the record starts, from 1.
    var line = 1
    var hasHighBytes = false
    var hasNUL = false
    var badQuote = false
    /// The file ended without a line end after this record.
    var endedByFile = false

    init(capacity: Int) {
        starts = [Int](repeating: 0, count: capacity)
        ends = starts
    }

    subscript(index: Int) -> Range<Int> { starts[index]..<ends[index] }

    mutating func clear() {
        count = 0
        hasHighBytes = false
        hasNUL = false
        badQuote = false
        endedByFile = false
    }

    mutating func append(_ start: Int, _ end: Int) {
        if count < starts.count {
            starts[count] = start
            ends[count] = end
        }
        count += 1
    }

    /// Ends the last field at its closing quote instead of the line's end.
    mutating func amendLast(end: Int) {
        guard count > 0, count <= ends.count else { return }
        ends[count - 1] = end
    }
}

/// Appends at most `max` bytes to the buffer and tells how many; 0 at the end.
typealias ByteFeed = (_ buffer: inout [UInt8], _ max: Int) throws(MeterError) -> Int

/// Cuts bytes into records and fields (RFC 4180 quotes; LF, CRLF and lone CR end a record).
struct RecordScanner {
    enum Outcome {
        case record, end
        /// A record longer than `MeterLimits.recordBytes`, skipped up to the next line end. `table.line` names it.
        case tooLong
        /// The file ended inside the quote; `table.line` is the record's first line.
        case unterminatedQuote
    }

    private let feed: ByteFeed
    private(set) var buffer: [UInt8] = []
    private(set) var table = FieldTable(capacity: MeterLimits.columns + 1)
    /// Where the next record begins in the buffer.
    private(set) var start = 0
    private var ended = false
    private var line = 1
    /// How often places in the buffer have changed their meaning.
    private(set) var moves = 0
    var separator = UInt8(ascii: ",")
    private(set) var transcoder: UTF16Transcoder?

    init(feed: @escaping ByteFeed) { self.feed = feed }

    /// Reads the first block; false when there is not a byte. Then the encoding can be told and `begin` is called.
    mutating func open() throws(MeterError) -> Bool {
        buffer.reserveCapacity(MeterLimits.recordBytes + MeterLimits.blockBytes)
        while buffer.count < 4096, try fill() {}
        return !buffer.isEmpty
    }

    /// Skips the byte order mark and switches the transcoder on when the text is UTF-16.
    mutating func begin(skipping mark: Int, encoding: MeterReadOptions.Encoding) {
        start = mark
        guard encoding == .utf16LE || encoding == .utf16BE else { return }
        var fresh = UTF16Transcoder(bigEndian: encoding == .utf16BE)
        var text: [UInt8] = []
        fresh.append(Array(buffer[start...]), to: &text, final: ended)
        buffer = text
        start = 0
        transcoder = fresh
    }

    /// What is buffered and not yet read.
    var lookahead: Range<Int> { start..<buffer.count }

    /// Reads until `wanted` bytes lie ahead, or all there are.
    mutating func readAhead(_ wanted: Int) throws(MeterError) {
        while buffer.count - start < wanted, try fill() {}
    }

    /// Goes on behind records that were read by other means.
    mutating func skip(to place: Int, lines: Int) {
        start = min(max(start, place), buffer.count)
        line += lines
    }

    mutating func next() throws(MeterError) -> Outcome {
        while true {
            // The table is taken out while it is written: the span borrows all of `self`.
            var fields = FieldTable(capacity: 0)
            swap(&fields, &table)
            let outcome = Self.scan(buffer.span, start, separator, ended, line, &fields)
            swap(&fields, &table)
            switch outcome {
            case .found(let next, let lines):
                start = next
                line += lines
                // An empty line is no record.
                if table.record.isEmpty { continue }
                return .record
            case .nothing: return .end
            case .openQuote:
                table.line = line
                table.record = start..<min(buffer.count, start + MeterLimits.rejectDetailBytes)
                start = buffer.count
                return .unterminatedQuote
            case .more:
                if buffer.count - start > MeterLimits.recordBytes {
                    table.line = line
                    try skipLine()
                    return .tooLong
                }
                _ = try fill()
            }
        }
    }

    /// Moves what is left to the front and reads on; false at the end.
    private mutating func fill() throws(MeterError) -> Bool {
        guard !ended else { return false }
        moves += 1
        if start > 0 {
            buffer.removeSubrange(0..<start)
            start = 0
        }
        if var active = transcoder {
            var block: [UInt8] = []
            ended = try feed(&block, MeterLimits.blockBytes) == 0
            active.append(block, to: &buffer, final: ended)
            transcoder = active
        } else {
            ended = try feed(&buffer, MeterLimits.blockBytes) == 0
        }
        return !ended
    }

    private mutating func skipLine() throws(MeterError) {
        while true {
            while start < buffer.count {
                let byte = buffer[start]
                start += 1
                guard byte == 0x0a || byte == 0x0d else { continue }
                line += 1
                if byte == 0x0d, start < buffer.count, buffer[start] == 0x0a { start += 1 }
                return
            }
            guard try fill() else { return }
        }
    }

    private enum Scan {
        case found(next: Int, lines: Int)
        case more, nothing, openQuote
    }

    private static func scan(
        _ bytes: Span<UInt8>, _ start: Int, _ separator: UInt8, _ final: Bool, _ line: Int, _ table: inout FieldTable
    ) -> Scan {
        table.clear()
        table.line = line
        let end = bytes.count
        guard start < end else { return final ? .nothing : .more }
        var index = start
        var field = start
        var high: UInt8 = 0
        while index < end {
            let byte = bytes[index]
            high |= byte
            // Line ends, quotes and NUL lie at or below 0x22; digits and letters pass at once.
            if byte == separator {
                table.append(field, index)
                index += 1
                field = index
            } else if byte > 0x22 {
                index += 1
            } else if byte == 0x0a || byte == 0x0d {
                return close(bytes, start, field, index, final, high, &table)
            } else if byte == 0x22, index == field {
                return scanQuoted(bytes, start, index, separator, final, high, &table)
            } else {
                if byte == 0 { table.hasNUL = true }
                index += 1
            }
        }
        guard final else { return .more }
        table.append(field, end)
        table.record = start..<end
        table.hasHighBytes = high >= 0x80
        table.endedByFile = true
        return .found(next: end, lines: 1)
    }

    private static func close(
        _ bytes: Span<UInt8>, _ start: Int, _ field: Int, _ index: Int, _ final: Bool, _ high: UInt8,
        _ table: inout FieldTable, newlines: Int = 0
    ) -> Scan {
        var next = index + 1
        if bytes[index] == 0x0d {
            // Whether a line feed follows is not known yet.
            if next == bytes.count, !final { return .more }
            if next < bytes.count, bytes[next] == 0x0a { next += 1 }
        }
        table.append(field, index)
        table.record = start..<index
        table.hasHighBytes = high >= 0x80
        return .found(next: next, lines: newlines + 1)
    }

    /// The rest of a record from its first quoted field on; the slow way round.
    private static func scanQuoted(
        _ bytes: Span<UInt8>, _ start: Int, _ quote: Int, _ separator: UInt8, _ final: Bool, _ before: UInt8,
        _ table: inout FieldTable
    ) -> Scan {
        let end = bytes.count
        var high = before
        var index = quote
        var newlines = 0
        while true {
            // At the start of a field.
            var field = index
            var close = -1
            if index < end, bytes[index] == 0x22 {
                index += 1
                field = index
                while close < 0 {
                    guard index < end else { return final ? .openQuote : .more }
                    let byte = bytes[index]
                    high |= byte
                    if byte == 0x22 {
                        if index + 1 < end, bytes[index + 1] == 0x22 {
                            index += 2
                            continue
                        }
                        if index + 1 == end, !final { return .more }
                        close = index
                    } else if byte == 0x0a || (byte == 0x0d && !(index + 1 < end && bytes[index + 1] == 0x0a)) {
                        newlines += 1
                    } else if byte == 0 {
                        table.hasNUL = true
                    }
                    index += 1
                }
            }
            while index < end, bytes[index] != separator, bytes[index] != 0x0a, bytes[index] != 0x0d {
                high |= bytes[index]
                if bytes[index] == 0 { table.hasNUL = true }
                if close >= 0 { table.badQuote = true }
                index += 1
            }
            let stop = close >= 0 ? close : index
            guard index < end else {
                guard final else { return .more }
                table.append(field, stop)
                table.record = start..<end
                table.hasHighBytes = high >= 0x80
                table.endedByFile = true
                return .found(next: end, lines: newlines + 1)
            }
            guard bytes[index] == separator else {
                let scan = Self.close(bytes, start, field, index, final, high, &table, newlines: newlines)
                if close >= 0 { table.amendLast(end: close) }
                return scan
            }
            table.append(field, stop)
            index += 1
        }
    }
}
