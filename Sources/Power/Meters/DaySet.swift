/// Which days of which meter have come, to count a row that comes again: one bit a day, found through the meter and the
/// 64-day stretch it lies in.
struct DaySet {
    private var words: [UInt64: UInt64] = [:]
    // The stretch in use; neighbours in a file share it.
    private var key = UInt64.max
    private var word: UInt64 = 0
    /// Stretches that may be held; further ones are not remembered.
    var limit = Int.max
    /// A row might have come again without being noticed.
    private(set) var isFull = false

    /// True when the day is new. `day` is not negative.
    mutating func insert(meter: Int, day: Int64) -> Bool {
        let wanted = UInt64(truncatingIfNeeded: meter) << 32 | UInt64(UInt32(truncatingIfNeeded: day >> 6))
        if wanted != key {
            if key != .max { words[key] = word }
            key = wanted
            word = words[wanted] ?? 0
            if word == 0, words.count >= limit {
                isFull = true
                key = .max
                return true
            }
        }
        let bit: UInt64 = 1 << UInt64(day & 63)
        guard word & bit == 0 else { return false }
        word |= bit
        return true
    }
}
