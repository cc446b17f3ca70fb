internal import Vocabulary

/// A time as written: seconds since 1970 of the local clock, and the offset when one was written.
struct WrittenStamp: Equatable {
    var localSeconds: Int64
    /// Seconds east of UTC; nil when the stamp carries no zone.
    var offset: Int64?
}

/// Reads stamps and days. The last day is kept, because neighbours in a file share it.
///
/// Forms: `2014-01-01T00:00`, with seconds and decimals, with `Z`, `+08:00`, `+0800` or `+08`; `2025/3/1 0:00`;
/// `20140101000000`, `201401010000`, `20140101`. Hour 24 with nothing after it is the next midnight.
struct StampParser {
    private var cachedKey: Int64 = -1
    private var cachedDays: Int64 = 0

    mutating func stamp(_ bytes: Span<UInt8>, _ range: Range<Int>) -> WrittenStamp? {
        var cursor = trimmed(bytes, range)
        guard let (days, compact) = date(bytes, &cursor) else { return nil }
        let midnight = days * 86_400
        guard cursor.lowerBound < cursor.upperBound else { return WrittenStamp(localSeconds: midnight) }
        if compact {
            guard let second = compactTime(bytes, &cursor), cursor.isEmpty else { return nil }
            return WrittenStamp(localSeconds: midnight + second)
        }
        let separator = bytes[cursor.lowerBound]
        guard separator == UInt8(ascii: "T") || separator == UInt8(ascii: " ") else { return nil }
        cursor = trimmed(bytes, (cursor.lowerBound + 1)..<cursor.upperBound)
        guard let second = time(bytes, &cursor) else { return nil }
        guard let offset = zone(bytes, &cursor) else { return nil }
        return WrittenStamp(localSeconds: midnight + second, offset: offset == Int64.min ? nil : offset)
    }

    /// A day alone, or a day with midnight written after it; days since 1970.
    mutating func day(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        guard let read = stamp(bytes, range), read.offset == nil, read.localSeconds % 86_400 == 0 else { return nil }
        return read.localSeconds / 86_400
    }

    /// A time of day in its own column: `00:15:00.000`, `0:15`, `001500`; seconds since midnight, 0 ... 86 400.
    func timeOfDay(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        var cursor = trimmed(bytes, range)
        var probe = cursor
        if let second = time(bytes, &cursor), cursor.isEmpty { return second }
        guard probe.count == 4 || probe.count == 6, let second = compactTime(bytes, &probe), probe.isEmpty else {
            return nil
        }
        return second
    }

    private mutating func date(_ bytes: Span<UInt8>, _ cursor: inout Range<Int>) -> (days: Int64, compact: Bool)? {
        guard cursor.count >= 8, let year = fixed(bytes, cursor.lowerBound, 4) else { return nil }
        let separator = bytes[cursor.lowerBound + 4]
        var index = cursor.lowerBound + 4
        let month: Int64
        let day: Int64
        let compact = separator &- 0x30 <= 9
        if compact {
            guard let monthRead = fixed(bytes, index, 2), let dayRead = fixed(bytes, index + 2, 2) else { return nil }
            (month, day) = (monthRead, dayRead)
            index += 4
        } else {
            guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: "/") || separator == UInt8(ascii: ".")
            else { return nil }
            index += 1
            guard let monthRead = upToTwo(bytes, &index, cursor.upperBound), index < cursor.upperBound,
                bytes[index] == separator
            else { return nil }
            index += 1
            guard let dayRead = upToTwo(bytes, &index, cursor.upperBound) else { return nil }
            (month, day) = (monthRead, dayRead)
        }
        let key = year * 10_000 + month * 100 + day
        if key != cachedKey {
            guard let found = CalendarDate(year: Int(year), month: Int(month), day: Int(day)) else { return nil }
            cachedKey = key
            cachedDays = Int64(found.daysSince1970)
        }
        cursor = index..<cursor.upperBound
        return (cachedDays, compact)
    }

    private func time(_ bytes: Span<UInt8>, _ cursor: inout Range<Int>) -> Int64? {
        var index = cursor.lowerBound
        let end = cursor.upperBound
        guard let hour = upToTwo(bytes, &index, end), index + 2 < end, bytes[index] == UInt8(ascii: ":"),
            let minute = fixed(bytes, index + 1, 2)
        else { return nil }
        index += 3
        var second: Int64 = 0
        if index + 2 < end, bytes[index] == UInt8(ascii: ":") {
            guard let read = fixed(bytes, index + 1, 2) else { return nil }
            second = read
            index += 3
            if index < end, bytes[index] == UInt8(ascii: ".") {
                index += 1
                while index < end, bytes[index] &- 0x30 <= 9 { index += 1 }
            }
        }
        cursor = index..<end
        return seconds(hour, minute, second)
    }

    private func compactTime(_ bytes: Span<UInt8>, _ cursor: inout Range<Int>) -> Int64? {
        guard cursor.count == 4 || cursor.count == 6, let hour = fixed(bytes, cursor.lowerBound, 2),
            let minute = fixed(bytes, cursor.lowerBound + 2, 2)
        else { return nil }
        var second: Int64 = 0
        if cursor.count == 6 {
            guard let read = fixed(bytes, cursor.lowerBound + 4, 2) else { return nil }
            second = read
        }
        cursor = cursor.upperBound..<cursor.upperBound
        return seconds(hour, minute, second)
    }

    private func seconds(_ hour: Int64, _ minute: Int64, _ second: Int64) -> Int64? {
        guard minute < 60, second < 61, hour < 24 || (hour == 24 && minute == 0 && second == 0) else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// `Int64.min` when nothing is written; nil when what is written is no zone.
    private func zone(_ bytes: Span<UInt8>, _ cursor: inout Range<Int>) -> Int64? {
        guard !cursor.isEmpty else { return Int64.min }
        let sign = bytes[cursor.lowerBound]
        if sign == UInt8(ascii: "Z") { return cursor.count == 1 ? 0 : nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), cursor.count >= 3,
            let hours = fixed(bytes, cursor.lowerBound + 1, 2)
        else { return nil }
        var minutes: Int64 = 0
        let rest = cursor.lowerBound + 3
        switch cursor.count {
        case 3: break
        case 5:
            guard let read = fixed(bytes, rest, 2) else { return nil }
            minutes = read
        case 6:
            guard bytes[rest] == UInt8(ascii: ":"), let read = fixed(bytes, rest + 1, 2) else { return nil }
            minutes = read
        default: return nil
        }
        guard hours <= 14, minutes < 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    private func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    /// `count` digits at `start`. The caller's range check is repeated here: a field may end anywhere.
    private func fixed(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        guard start >= 0, start + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for index in start..<(start + count) {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }

    private func upToTwo(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> Int64? {
        guard index < end else { return nil }
        let first = bytes[index] &- 0x30
        guard first <= 9 else { return nil }
        index += 1
        guard index < end, bytes[index] &- 0x30 <= 9 else { return Int64(first) }
        index += 1
        return Int64(first) * 10 + Int64(bytes[index - 1] &- 0x30)
    }
}
