import CMachine

/// Where each key's record lies: open addressing with linear probing, eight bytes a slot (32 bits of the hash beside the
/// index), at most half full. The slot's own bits of the hash say where it belongs, so that growing looks at no record.
/// Nothing is removed one by one: the table is built again after an eviction.
struct FlowIndex: ~Copyable {
    private var memory: PageMemory
    private var slots: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private(set) var count = 0

    /// - Parameter capacity: keys that are to fit; at most 2^31. Fewer fit where the system has no room for so many.
    init(capacity: Int) {
        var size = 1 << 14
        while size < capacity * 2 { size *= 2 }
        while true {
            if let found = PageMemory(byteCount: size * 8) {
                slots = found.base.bindMemory(to: UInt64.self, capacity: size)
                memory = found
                mask = size - 1
                return
            }
            precondition(size > 1 << 14, "no memory for a table of sixteen thousand")
            size /= 2
        }
    }

    /// Half full: to grow before the next insertion.
    var isCrowded: Bool { count * 2 > mask }

    /// Place of the record that has the key, or nil.
    @inline(__always)
    func find(_ hash: UInt64, _ key: FlowKey, in records: borrowing FlowRecords) -> Int? {
        var at = Int(truncatingIfNeeded: hash >> 32) & mask
        while true {
            let slot = slots[at]
            if slot == 0 { return nil }
            if (slot ^ hash) >> 32 == 0 {
                let place = Int(slot & 0xFFFF_FFFF) - 1
                if records.at(place).pointee.key == key { return place }
            }
            at = (at + 1) & mask
        }
    }

    /// Asks for the slot of a packet that will come soon.
    @inline(__always)
    func prefetchSlot(_ hash: UInt64) { cmachine_prefetch(slots + (Int(truncatingIfNeeded: hash >> 32) & mask)) }

    /// Index of the record in the slot where a key should be; nil when it is empty. For asking ahead only.
    @inline(__always)
    func likely(_ hash: UInt64) -> Int? {
        let slot = slots[Int(truncatingIfNeeded: hash >> 32) & mask]
        return slot == 0 ? nil : Int(slot & 0xFFFF_FFFF) - 1
    }

    /// The caller knows that the key is not there, and that the table is not crowded.
    mutating func insert(_ hash: UInt64, _ index: Int) {
        put(hash & 0xFFFF_FFFF_0000_0000 | UInt64(UInt32(truncatingIfNeeded: index)) &+ 1)
    }

    private mutating func put(_ slot: UInt64) {
        precondition(count < mask, "a full table")
        var at = Int(truncatingIfNeeded: slot >> 32) & mask
        while slots[at] != 0 { at = (at + 1) & mask }
        slots[at] = slot
        count += 1
    }

    /// Twice the room.
    mutating func grow() {
        var larger = FlowIndex(capacity: mask + 1)
        for at in 0...mask where slots[at] != 0 { larger.put(slots[at]) }
        self = larger
    }
}
