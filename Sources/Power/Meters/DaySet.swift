/// Which days of which meter have come, to count a row that comes again: one bit a day. A meter's first 64-day stretch lies
/// in a list, others in a table, so that a day of millions of meters costs each of them sixteen bytes.
struct DaySet {
    private var firsts: [Int32] = []
    private var bits: [UInt64] = []
    private var words: [UInt64: UInt64] = [:]
    // The stretch in use, of those in the table; neighbours in a file share it.
    private var key = UInt64.max
    private var word: UInt64 = 0
    /// Stretches that the table may hold; further ones are not remembered.
    var limit = Int.max
    /// A row might have come again without being noticed.
    private(set) var isFull = false

    /// True when the day is new. `day` is not negative.
    mutating func insert(meter: Int, day: Int64) -> Bool {
        let stretch = Int32(truncatingIfNeeded: day >> 6)
        let bit: UInt64 = 1 << UInt64(day & 63)
        // A list that doubles would hold three times what it needs for a moment.
        if meter >= firsts.capacity {
            firsts.reserveCapacity(meter + meter / 4 + 64)
            bits.reserveCapacity(meter + meter / 4 + 64)
        }
        while firsts.count <= meter {
            firsts.append(-1)
            bits.append(0)
        }
        if firsts[meter] < 0 { firsts[meter] = stretch }
        if firsts[meter] == stretch {
            let isNew = bits[meter] & bit == 0
            bits[meter] |= bit
            return isNew
        }
        let wanted = UInt64(truncatingIfNeeded: meter) << 32 | UInt64(UInt32(bitPattern: stretch))
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
        guard word & bit == 0 else { return false }
        word |= bit
        return true
    }
}
