import CMachine

/// Where each key's record lies: open addressing with linear probing, eight bytes a slot (32 bits of the hash beside the
/// index), at most half full. Nothing is removed one by one: the table is built again after an eviction.
struct FlowIndex {
    private var slots: [UInt64]
    private var mask: Int
    private(set) var count = 0

    init(capacity: Int) {
        var size = 1024
        while size < capacity * 2 { size *= 2 }
        slots = [UInt64](repeating: 0, count: size)
        mask = size - 1
    }

    /// More than half full: build again before the next insertion.
    var isCrowded: Bool { count * 2 >= slots.count }

    /// Index of the record, or nil. `matches` compares the whole key.
    @inline(__always)
    func find(_ hash: UInt64, _ matches: (Int) -> Bool) -> Int? {
        var at = Int(truncatingIfNeeded: hash) & mask
        let tag = hash & 0xFFFF_FFFF_0000_0000
        while true {
            let slot = slots[at]
            if slot == 0 { return nil }
            if slot & 0xFFFF_FFFF_0000_0000 == tag {
                let index = Int(slot & 0xFFFF_FFFF) - 1
                if matches(index) { return index }
            }
            at = (at + 1) & mask
        }
    }

    /// Asks for the slot of a packet that will come soon.
    @inline(__always)
    func prefetchSlot(_ hash: UInt64) {
        slots.withUnsafeBufferPointer { slots in
            guard let base = slots.baseAddress else { return }
            cmachine_prefetch(base + (Int(truncatingIfNeeded: hash) & mask))
        }
    }

    /// Index of the record in the slot where a key should be; nil when it is empty. For asking ahead only.
    @inline(__always)
    func likely(_ hash: UInt64) -> Int? {
        let slot = slots[Int(truncatingIfNeeded: hash) & mask]
        return slot == 0 ? nil : Int(slot & 0xFFFF_FFFF) - 1
    }

    /// The caller knows that the key is not there.
    mutating func insert(_ hash: UInt64, _ index: Int) {
        var at = Int(truncatingIfNeeded: hash) & mask
        while slots[at] != 0 { at = (at + 1) & mask }
        slots[at] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(UInt32(truncatingIfNeeded: index)) &+ 1
        count += 1
    }
}
