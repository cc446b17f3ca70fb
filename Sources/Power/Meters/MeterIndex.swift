internal import CMachine

/// Numbers meters by the bytes of their identifiers. The row before is tried first, then a hash table over one byte store:
/// no text is made per row.
struct MeterIndex {
    private var arena: [UInt8] = []
    /// Where identifier n starts; one more than there are identifiers.
    private var bounds: [UInt32] = [0]
    /// Open addressing: lower half of the hash above, the number plus one below; 0 = free. A name that is not there is
    /// mostly told by one look at one place of memory.
    private var slots = [UInt64](repeating: 0, count: 1024)
    private var last = -1
    private let seed: UInt64

    /// The seed keeps a file from being made so that all its identifiers fall into one slot.
    init(seed: UInt64 = .random(in: .min ... .max)) { self.seed = seed }

    var count: Int { bounds.count - 1 }

    func identifier(_ number: Int) -> ArraySlice<UInt8> { arena[Int(bounds[number])..<Int(bounds[number + 1])] }

    /// The number of a known identifier; nil for one that is new. Changes nothing, so several threads may ask.
    func find(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        search(hash(bytes, range), bytes, range).number
    }

    /// Fetches what a search for the identifier will look at first.
    func prefetch(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let slot = Int(hash(bytes, range) & UInt64(slots.count - 1))
        slots.withUnsafeBufferPointer { cmachine_prefetch($0.baseAddress.map { $0 + slot }) }
    }

    /// The number of the identifier, new or known; nil when there are too many meters.
    mutating func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        if last >= 0, equals(last, bytes, range) { return last }
        let hash = hash(bytes, range)
        let found = search(hash, bytes, range)
        if let number = found.number {
            last = number
            return number
        }
        guard count < MeterLimits.meters else { return nil }
        if bounds.count == bounds.capacity {
            // A list that doubles would hold three times what it needs for a moment.
            bounds.reserveCapacity(bounds.count + bounds.count / 4 + 64)
        }
        if arena.capacity - arena.count < 256 { arena.reserveCapacity(arena.count + arena.count / 4 + 4096) }
        for index in range { arena.append(bytes[index]) }
        bounds.append(UInt32(truncatingIfNeeded: arena.count))
        last = count - 1
        slots[found.slot] = hash << 32 | UInt64(count)
        // Three quarters full: places lie eight to a cache line, and neighbours are looked at for nothing.
        if count * 4 > slots.count * 3 { grow() }
        return last
    }

    private func search(_ hash: UInt64, _ bytes: Span<UInt8>, _ range: Range<Int>) -> (number: Int?, slot: Int) {
        var slot = Int(hash & UInt64(slots.count - 1))
        while slots[slot] != 0 {
            if slots[slot] >> 32 == hash & 0xffff_ffff {
                let candidate = Int(slots[slot] & 0xffff_ffff) - 1
                if equals(candidate, bytes, range) { return (candidate, slot) }
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return (nil, slot)
    }

    /// Eight bytes at a time, folded by a long multiplication with the secret seed.
    private func hash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: range.count)
        var at = range.lowerBound
        while at + 8 <= range.upperBound {
            hash = fold(hash, bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var rest: UInt64 = 0
        while at < range.upperBound {
            rest = rest << 8 | UInt64(bytes[at])
            at += 1
        }
        return fold(hash, rest)
    }

    private func fold(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15 ^ (seed | 1))
        return product.high ^ product.low
    }

    private func equals(_ number: Int, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let from = Int(bounds[number])
        guard Int(bounds[number + 1]) - from == range.count else { return false }
        var offset = range.count - 1
        // Identifiers differ at their ends, so they are compared from there.
        while offset >= 0 {
            if arena[from + offset] != bytes[range.lowerBound + offset] { return false }
            offset -= 1
        }
        return true
    }

    private mutating func grow() {
        var wider = [UInt64](repeating: 0, count: slots.count * 2)
        for entry in slots where entry != 0 {
            var slot = Int((entry >> 32) & UInt64(wider.count - 1))
            while wider[slot] != 0 { slot = (slot + 1) & (wider.count - 1) }
            wider[slot] = entry
        }
        slots = wider
    }
}
