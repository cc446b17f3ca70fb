// Kernels over separated text, built three times like those in K.swift and under the same rules. Callers see to it that
// the places lie in the text and that 32 bytes behind every field may be read.

import CMachine

/// Writes the places of separators and line feeds of `text[from ..< to]` to `ends`, the place in `ends` of each line feed
/// to `lines`, and places of odd bytes to `odd`; their three counts to `counts`. Each list needs room for `to - from + 64`.
/// `readable` bytes of the text may be read.
@inline(never)
package func marks(
    _ text: UnsafePointer<UInt8>, _ readable: Int, _ from: Int, _ to: Int, _ separator: UInt8,
    _ ends: UnsafeMutablePointer<UInt32>, _ lines: UnsafeMutablePointer<UInt32>, _ odd: UnsafeMutablePointer<UInt32>,
    _ counts: UnsafeMutablePointer<Int>
) {
    var at = from
    var (endCount, lineCount, oddCount) = (0, 0, 0)
    while at < to {
        var found =
            at &+ 64 <= readable ? cmachine_marks64(text + at, separator) : tail(text + at, readable &- at, separator)
        let left = to &- at
        if left < 64 {
            let mask: UInt64 = (1 &<< UInt64(left)) &- 1
            found.ends &= mask
            found.lines &= mask
            found.odd &= mask
        }
        let base = UInt32(truncatingIfNeeded: at)
        var lineBits = found.lines
        while lineBits != 0 {
            let below = (lineBits & (0 &- lineBits)) &- 1
            lines[lineCount] = UInt32(truncatingIfNeeded: endCount &+ (found.ends & below).nonzeroBitCount)
            lineCount &+= 1
            lineBits &= lineBits &- 1
        }
        var oddBits = found.odd
        while oddBits != 0 {
            odd[oddCount] = base &+ cmachine_lowest(oddBits)
            oddCount &+= 1
            oddBits &= oddBits &- 1
        }
        let count = found.ends.nonzeroBitCount
        writePlaces(found.ends, base, count, ends + endCount)
        endCount &+= count
        at &+= 64
    }
    counts[0] = endCount
    counts[1] = lineCount
    counts[2] = oddCount
}

/// Writes the places of all bits; there is room for 16 more than there are.
@inline(__always)
private func writePlaces(_ bits: UInt64, _ base: UInt32, _ count: Int, _ target: UnsafeMutablePointer<UInt32>) {
    #if KERNELSV4
        cmachine_places(bits, base, target)
    #else
        var rest = bits
        // Eight and sixteen at a time, because a branch for each would be guessed wrong too often.
        var slot = 0
        while slot < 8 {
            target[slot] = base &+ cmachine_lowest(rest)
            rest &= rest &- 1
            slot &+= 1
        }
        guard count > 8 else { return }
        while slot < 16 {
            target[slot] = base &+ cmachine_lowest(rest)
            rest &= rest &- 1
            slot &+= 1
        }
        while slot < count {
            target[slot] = base &+ cmachine_lowest(rest)
            rest &= rest &- 1
            slot &+= 1
        }
    #endif
}

/// The last bytes of the text, with nothing behind them.
@inline(never)
private func tail(_ text: UnsafePointer<UInt8>, _ count: Int, _ separator: UInt8) -> cmachine_marks {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { copy in
        copy.initialize(repeating: 0x30)
        for index in 0..<min(64, count) { copy[index] = text[index] }
        guard let start = copy.baseAddress else { return cmachine_marks() }
        return cmachine_marks64(start, separator)
    }
}

/// Reads `count` numbers side by side: field n lies behind `ends[n - 1]` and before `ends[n]`. Stops before the first group
/// of numbers of which one is not as expected, and tells how many were read.
@inline(never)
package func numbers(
    _ text: UnsafePointer<UInt8>, _ ends: UnsafePointer<UInt32>, _ count: Int, _ how: UnsafePointer<cmachine_fixed>,
    _ result: UnsafeMutablePointer<Int32>
) -> Int {
    let group = Int(CMACHINE_GROUP)
    let all = UInt32((1 &<< group) &- 1)
    var at = 0
    while at &+ group <= count {
        let good = cmachine_fixed_group(text, ends + (at &- 1), ends + at, 1, how, result + at)
        guard good == all else { return at }
        at &+= group
    }
    while at < count {
        guard cmachine_fixed1(text, ends[at &- 1] &+ 1, ends[at], how, result + at) != 0 else { return at }
        at &+= 1
    }
    return count
}

/// As `numbers`, for fields anywhere: number n is `text[from[n] ..< to[n]]`.
@inline(never)
package func numbers(
    _ text: UnsafePointer<UInt8>, _ from: UnsafePointer<UInt32>, _ to: UnsafePointer<UInt32>, _ count: Int,
    _ how: UnsafePointer<cmachine_fixed>, _ result: UnsafeMutablePointer<Int32>
) -> Int {
    let group = Int(CMACHINE_GROUP)
    let all = UInt32((1 &<< group) &- 1)
    var at = 0
    while at &+ group <= count {
        let good = cmachine_fixed_group(text, from + at, to + at, 0, how, result + at)
        guard good == all else { return at }
        at &+= group
    }
    while at < count {
        guard cmachine_fixed1(text, from[at], to[at], how, result + at) != 0 else { return at }
        at &+= 1
    }
    return count
}

/// Reads stamps `2024-01-01T00:15…` that share date, form and what stands behind the minutes; writes seconds. `known` holds
/// the date's first eight bytes, the next eight without hour and minute, the bytes behind the minutes, their mask, their
/// count, and the second of midnight. Stops at the first stamp that is not so, and tells how many were read.
@inline(never)
package func stamps(
    _ text: UnsafePointer<UInt8>, _ from: UnsafePointer<UInt32>, _ to: UnsafePointer<UInt32>, _ count: Int,
    _ known: UnsafePointer<UInt64>, _ result: UnsafeMutablePointer<UInt32>
) -> Int {
    let (date, frame, behind, mask) = (known[0], known[1], known[2], known[3])
    let length = UInt32(truncatingIfNeeded: known[4] &+ 16)
    let midnight = UInt32(truncatingIfNeeded: known[5])
    var at = 0
    while at < count {
        let start = from[at]
        let place = text + Int(start)
        let clock = cmachine_word(place + 8)
        let digits = clock ^ 0x3030_0030_3000_0000
        let same =
            (cmachine_word(place) ^ date) | ((clock & 0x0000_ff00_00ff_ffff) ^ frame)
            | ((cmachine_word(place + 16) ^ behind) & mask)
        let tens = (digits &>> 24) & 0xff
        let ones = (digits &>> 32) & 0xff
        let minuteTens = (digits &>> 48) & 0xff
        let minuteOnes = digits &>> 56
        let hour = tens &* 10 &+ ones
        guard same == 0, to[at] &- start == length, ones <= 9, tens <= 2, hour <= 23, minuteTens <= 5, minuteOnes <= 9
        else { return at }
        let minutes = hour &* 60 &+ minuteTens &* 10 &+ minuteOnes
        result[at] = midnight &+ UInt32(truncatingIfNeeded: minutes &* 60)
        at &+= 1
    }
    return count
}

/// How many fields from the first on are the same as the one at `reference ..< referenceEnd`, byte for byte.
@inline(never)
package func alike(
    _ text: UnsafePointer<UInt8>, _ from: UnsafePointer<UInt32>, _ to: UnsafePointer<UInt32>, _ count: Int,
    _ reference: UInt32, _ referenceEnd: UInt32
) -> Int {
    let length = referenceEnd &- reference
    let wanted = text + Int(reference)
    var at = 0
    while at < count {
        guard to[at] &- from[at] == length, cmachine_same(text + Int(from[at]), wanted, length) != 0 else { return at }
        at &+= 1
    }
    return count
}
