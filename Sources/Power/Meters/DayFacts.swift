/// What is counted of each day: as whole numbers, so that no order of additions matters.
struct DayFacts {
    private(set) var sum: Int64 = 0
    private(set) var present = 0
    /// A reading is below zero.
    private(set) var negative = false

    init(_ values: Span<Int32>) {
        // Upper and lower halves apart: sums of 32 bits are what every processor adds many at a time, and a day has at most
        // 1440 slots.
        var (upper, lower, present, below) = (Int32(0), Int32(0), Int32(0), Int32(0))
        values.withUnsafeBufferPointer { values in
            for value in values {
                let mask: Int32 = value == MeterDays.missing ? 0 : -1
                let there = value & mask
                upper &+= there &>> 16
                lower &+= there & 0xffff
                present &-= mask
                below |= there
            }
        }
        sum = Int64(upper) << 16 + Int64(lower)
        self.present = Int(present)
        negative = below < 0
    }
}
