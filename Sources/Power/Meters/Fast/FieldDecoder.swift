/// Reads one field at a time from a text that has at least `FieldDecoder.slack` readable bytes behind every field. What
/// does not look as expected goes to the same parsers that the row path uses, so both read the same. Unsafe: it loads
/// eight bytes at a time.
struct FieldDecoder {
    /// Bytes that must be readable after a field's end.
    static let slack = 32
    /// A field's answer when the row is not for the fast path.
    static let refused = Int64.min

    private let text: UnsafePointer<UInt8>
    private let count: Int
    private let decimals: Int
    private let point: UInt64
    private let numbers: NumberParser
    private let offset: Int64?
    private let earliest = MeterLimits.earliestSecond
    private let latest: Int64
    private let largest: Int64
    private let keepsNegative: Bool
    private var parser = StampParser()
    /// Most decimals that were seen and did not fit, 0 when all did.
    private(set) var wanted = 0

    /// The last stamp's bytes, as `KernelsBaseline.stamps` wants them: eight of the date, then the rest of it with the
    /// colon of the time, then what stands behind the minutes, its mask, its count, and the second of midnight.
    private var known: InlineArray<6, UInt64> = [0, 0, 0, 0, 0, 0]
    /// The whole day lies in the time that is allowed, and `known` is set.
    private(set) var knowsDay = false

    init(_ text: UnsafePointer<UInt8>, _ count: Int, _ plan: FastPlan) {
        self.text = text
        self.count = count
        decimals = plan.decimals
        point = plan.numbers.decimalComma ? 0x2c ^ 0x30 : 0x2e ^ 0x30
        numbers = plan.numbers
        offset = plan.offset
        latest = min(plan.latest, MeterLimits.latestSecond)
        largest = plan.largest
        keepsNegative = plan.keepsNegative
    }

    @inline(__always)
    private func word(_ at: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(text + at).loadUnaligned(as: UInt64.self))
    }

    /// The lowest `bytes` bytes of a word.
    @inline(__always)
    private static func low(_ bytes: Int) -> UInt64 { ~0 &>> UInt64(truncatingIfNeeded: 64 &- 8 &* bytes) }

    /// Whether `count` bytes at two places are the same.
    @inline(__always)
    func same(_ a: Int, _ b: Int, _ count: Int) -> Bool {
        var place = 0
        while place &+ 8 <= count {
            if word(a &+ place) != word(b &+ place) { return false }
            place &+= 8
        }
        return place == count || (word(a &+ place) ^ word(b &+ place)) & Self.low(count &- place) == 0
    }

    /// The value in units of 10^-decimals; `refused`, or nil for an empty field.
    @inline(__always)
    mutating func value(_ from: Int, _ to: Int) -> Int64? {
        let length = to &- from
        if length == 0 { return nil }
        // One digit at least, at most eight with the point.
        guard length <= 8 else { return slow(from, to) }
        let digits = (word(from) ^ 0x3030_3030_3030_3030) & Self.low(length)
        let whole = length &- 1 &- decimals
        guard whole >= 0, length > 1, (digits &>> UInt64(truncatingIfNeeded: 8 &* whole)) & 0xff == point else {
            return otherwise(digits, from, to)
        }
        let place = UInt64(truncatingIfNeeded: 8 &* whole)
        let front = digits & ((1 &<< place) &- 1)
        let back = (digits &>> place) &>> 8
        let shift = UInt64(truncatingIfNeeded: 72 &- 8 &* length)
        let joined = (front | back &<< place) &<< shift
        guard ((joined &+ 0x7676_7676_7676_7676) | joined) & 0x8080_8080_8080_8080 == 0 else { return slow(from, to) }
        let number = Self.eight(joined)
        return number <= largest ? number : Self.refused
    }

    /// Eight digits, the first in the lowest byte.
    @inline(__always)
    private static func eight(_ digits: UInt64) -> Int64 {
        let pairs = digits &* 10 &+ (digits &>> 8)
        let left = (pairs & 0x0000_00ff_0000_00ff) &* 0x000f_4240_0000_0064
        let right = ((pairs &>> 16) & 0x0000_00ff_0000_00ff) &* 0x0000_2710_0000_0001
        return Int64(truncatingIfNeeded: (left &+ right) &>> 32)
    }

    /// A number with its point elsewhere, or none.
    @inline(never)
    private mutating func otherwise(_ digits: UInt64, _ from: Int, _ to: Int) -> Int64 {
        var (whole, decimalsHere, seen) = (Int64(0), 0, false)
        var rest = digits
        for _ in from..<to {
            let digit = rest & 0xff
            rest &>>= 8
            if digit <= 9 {
                whole = whole &* 10 &+ Int64(truncatingIfNeeded: digit)
                if seen { decimalsHere &+= 1 }
            } else if digit == point, !seen {
                seen = true
            } else {
                return slow(from, to)
            }
        }
        if seen, to &- from == 1 { return slow(from, to) }
        return scaled(whole, decimalsHere)
    }

    /// Brings a number to the plan's decimals.
    private mutating func scaled(_ number: Int64, _ written: Int) -> Int64 {
        var (number, written) = (number, written)
        while written > decimals, number % 10 == 0 {
            number /= 10
            written -= 1
        }
        guard written <= decimals else {
            wanted = max(wanted, written)
            return Self.refused
        }
        for _ in written..<decimals { number &*= 10 }
        // Eight digits and six more stay far below 2^63.
        return number <= largest ? number : Self.refused
    }

    /// The row path's own parser, for one field: signs, exponents, blanks, words for "missing".
    @inline(never)
    private mutating func slow(_ from: Int, _ to: Int) -> Int64 {
        let span = UnsafeBufferPointer(start: text, count: count).span
        guard case .value(let number, let written) = numbers.parse(span, from..<to) else { return Self.refused }
        if number < 0, !keepsNegative { return Self.refused }
        let power = FieldDecoder.powers[decimals]
        let steps = (number * power).rounded()
        guard abs(steps) <= Double(largest), steps / power == number else {
            wanted = max(wanted, min(written, FastPlan.mostDecimals))
            return Self.refused
        }
        return Int64(steps)
    }

    static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// What is known of the day, for the kernel that reads the stamps after one that was read here.
    mutating func withKnown(_ body: (UnsafePointer<UInt64>) -> Int) -> Int {
        known.span.withUnsafeBufferPointer { known in known.baseAddress.map(body) ?? 0 }
    }

    /// UTC seconds of a stamp, or `refused`. Remembers what of it the next rows may share.
    mutating func second(_ from: Int, _ to: Int) -> Int64 {
        knowsDay = false
        let span = UnsafeBufferPointer(start: text, count: count).span
        guard let written = parser.stamp(span, from..<to), let zone = written.offset ?? offset else {
            return Self.refused
        }
        let second = written.localSeconds &- zone
        guard second >= earliest, second <= latest else { return Self.refused }
        let behind = to - from - 16
        guard behind >= 0, behind <= 8, isPlain(from) else { return second }
        let clock = word(from + 8)
        let digits = clock ^ 0x3030_0030_3000_0000
        let hour = Int64((digits >> 24) & 0xff) * 10 + Int64((digits >> 32) & 0xff)
        let minute = Int64((digits >> 48) & 0xff) * 10 + Int64(digits >> 56)
        let midnight = second - hour * 3600 - minute * 60
        // The kernel does not look at the limits; it reads hours 0 ... 23.
        guard midnight >= earliest, midnight + 86_400 <= latest else { return second }
        let mask = behind == 0 ? 0 : Self.low(behind)
        known = [
            word(from), clock & 0x0000_ff00_00ff_ffff, word(from + 16), mask, UInt64(behind), UInt64(midnight),
        ]
        knowsDay = true
        return second
    }

    /// `2024-01-01T00:15…`, every figure in its place: then the date, the clock and the rest can be told apart by place.
    private func isPlain(_ from: Int) -> Bool {
        for place in [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15] where text[from + place] &- 0x30 > 9 { return false }
        let between = text[from + 10]
        return text[from + 4] &- 0x30 > 9 && text[from + 7] == text[from + 4] && text[from + 13] == UInt8(ascii: ":")
            && (between == UInt8(ascii: "T") || between == UInt8(ascii: " "))
    }

    /// The second of a date and a time of day in two columns.
    mutating func second(date: Range<Int>, clock: Range<Int>) -> Int64 {
        let span = UnsafeBufferPointer(start: text, count: count).span
        guard let written = parser.stamp(span, date), let time = parser.timeOfDay(span, clock),
            let zone = written.offset ?? offset
        else { return Self.refused }
        let second = written.localSeconds &+ time &- zone
        return second >= earliest && second <= latest ? second : Self.refused
    }

    /// A day alone, since 1970, whose midnight may be a reading's.
    mutating func day(_ from: Int, _ to: Int) -> Int64 {
        let span = UnsafeBufferPointer(start: text, count: count).span
        guard let day = parser.day(span, from..<to), let offset else { return Self.refused }
        let midnight = day * 86_400 - offset
        return midnight >= earliest && midnight <= latest ? day : Self.refused
    }
}
