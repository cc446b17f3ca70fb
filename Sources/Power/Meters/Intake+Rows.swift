/// What the rows of several layouts have in common. Each answers nil when it has rejected the row.
extension Intake {
    @inline(__always)
    mutating func meter(orReject table: borrowing FieldTable, _ bytes: Span<UInt8>, _ identifier: Int) -> Int? {
        switch meter(bytes, table[identifier]) {
        case .success(let number): return number
        case .failure(let reason):
            reject(table, reason, bytes, table[identifier])
            return nil
        }
    }

    /// UTC second of a stamp, or of a date with the time of day in its own column.
    @inline(__always)
    mutating func second(
        orReject table: borrowing FieldTable, _ bytes: Span<UInt8>, _ stamp: Int, _ timeOfDay: Int?, meter: Int
    ) -> Int64? {
        guard var written = stamps.stamp(bytes, table[stamp]) else {
            reject(table, .badTime, bytes, table[stamp])
            return nil
        }
        if let timeOfDay {
            guard let second = stamps.timeOfDay(bytes, table[timeOfDay]) else {
                reject(table, .badTime, bytes, table[timeOfDay])
                return nil
            }
            written.localSeconds += second
        }
        return utc(written, orReject: table, bytes, stamp, meter: meter)
    }

    /// UTC second at which a local day begins.
    mutating func midnight(
        orReject table: borrowing FieldTable, _ bytes: Span<UInt8>, _ date: Int, day: Int64
    ) -> Int64? {
        utc(WrittenStamp(localSeconds: day * 86_400), orReject: table, bytes, date, meter: nil)
    }

    @inline(__always)
    private mutating func utc(
        _ written: WrittenStamp, orReject table: borrowing FieldTable, _ bytes: Span<UInt8>, _ field: Int, meter: Int?
    ) -> Int64? {
        switch utc(written, meter: meter) {
        case .success(let second): return second
        case .failure(let reason):
            reject(table, reason, bytes, table[field])
            return nil
        }
    }

    /// A ratio of transformers: a number above zero.
    mutating func ratio(orReject table: borrowing FieldTable, _ bytes: Span<UInt8>, _ field: Int) -> Double? {
        if case .value(let ratio, _) = numbers.parse(bytes, table[field]), ratio > 0 { return ratio }
        reject(table, .badMultiplier, bytes, table[field])
        return nil
    }
}
