/// Identifiers in one byte store, numbered in the order they came, found again through a hash table: a million meters
/// cost no million strings. The order only grows, so a number keeps its meaning.
package struct IdentifierTable: Sendable {
    private var arena: [UInt8] = []
    private var bounds: [UInt32] = [0]
    /// Lower halves: enough to choose a slot among 2^32.
    private var hashes: [UInt32] = []
    /// Open addressing, `-1` = free.
    private var slots = [Int32](repeating: -1, count: 1024)
    private let seed: UInt64

    /// The seed keeps a file from being made so that all its identifiers fall into one slot.
    package init(seed: UInt64 = .random(in: .min ... .max)) { self.seed = seed }

    /// The names get the numbers 0, 1, …; a name that comes twice keeps its first.
    package init(_ names: some Sequence<String>) {
        self.init()
        for name in names { add(Array(name.utf8)) }
    }

    package var count: Int { bounds.count - 1 }

    package subscript(number: Int) -> ArraySlice<UInt8> { arena[Int(bounds[number])..<Int(bounds[number + 1])] }

    /// The identifier as text; nil when its bytes are not UTF-8.
    package func name(_ number: Int) -> String? { String(validating: self[number], as: UTF8.self) }

    package func number(of bytes: some Collection<UInt8>) -> Int? { find(bytes, hash(bytes)).number }

    /// The number of the identifier, known or new.
    @discardableResult
    package mutating func add(_ bytes: some Collection<UInt8>) -> Int {
        let hash = hash(bytes)
        let found = find(bytes, hash)
        if let number = found.number { return number }
        if bounds.count == bounds.capacity {
            // A list that doubles would hold three times what it needs for a moment.
            let room = bounds.count + bounds.count / 4 + 64
            bounds.reserveCapacity(room)
            hashes.reserveCapacity(room)
        }
        if arena.capacity - arena.count < 256 { arena.reserveCapacity(arena.count + arena.count / 4 + 4096) }
        arena.append(contentsOf: bytes)
        bounds.append(UInt32(clamping: arena.count))
        hashes.append(UInt32(truncatingIfNeeded: hash))
        slots[found.slot] = Int32(count - 1)
        if count * 2 > slots.count { grow() }
        return count - 1
    }

    private func hash(_ bytes: some Collection<UInt8>) -> UInt64 {
        var hash = seed
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15 ^ (hash >> 29) }
        return hash ^ hash >> 32
    }

    private func find(_ bytes: some Collection<UInt8>, _ hash: UInt64) -> (number: Int?, slot: Int) {
        var slot = Int(hash & UInt64(slots.count - 1))
        while slots[slot] >= 0 {
            let number = Int(slots[slot])
            if hashes[number] == UInt32(truncatingIfNeeded: hash), self[number].elementsEqual(bytes) {
                return (number, slot)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return (nil, slot)
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for number in 0..<count {
            var slot = Int(UInt64(hashes[number]) & UInt64(slots.count - 1))
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(number)
        }
    }
}
