import Vocabulary

/// Source and destination of one IP header.
package struct AddressPair: Hashable, Sendable {
    package var source: IPAddress
    package var destination: IPAddress

    package init(source: IPAddress, destination: IPAddress) {
        self.source = source
        self.destination = destination
    }
}

/// The addresses of outer IP headers, without an allocation. Of more than two the first and the last stay: who sends
/// the outermost tunnel, and who ends the one around the inner packet. Every packet carries this store, so it is small.
package struct AddressPairs: Hashable, Sendable {
    package static let capacity = 2

    // Plain words: half the room of `IPAddress` with its padding. Source high and low, destination high and low.
    private var first: Words = Words()
    private var last: Words = Words()
    private var firstIsIPv4 = false
    private var lastIsIPv4 = false
    private var seen: UInt8 = 0

    private struct Words: Hashable {
        var sourceHigh: UInt64 = 0
        var sourceLow: UInt64 = 0
        var destinationHigh: UInt64 = 0
        var destinationLow: UInt64 = 0
    }

    package init() {}

    /// Outer headers seen, kept or not.
    package var total: Int { Int(seen) }
    package var count: Int { min(total, AddressPairs.capacity) }
    package var isEmpty: Bool { seen == 0 }

    mutating func append(_ source: IPAddress, _ destination: IPAddress) {
        let words = Words(
            sourceHigh: source.high, sourceLow: source.low, destinationHigh: destination.high,
            destinationLow: destination.low)
        if seen == 0 {
            first = words
            firstIsIPv4 = source.isIPv4
        } else {
            last = words
            lastIsIPv4 = source.isIPv4
        }
        if seen < UInt8.max { seen &+= 1 }
    }

    /// 0 is the outermost pair, `count - 1` the one next to the inner packet.
    package subscript(index: Int) -> AddressPair? {
        guard index >= 0, index < count else { return nil }
        let words = index == 0 ? first : last
        let isIPv4 = index == 0 ? firstIsIPv4 : lastIsIPv4
        func address(_ high: UInt64, _ low: UInt64) -> IPAddress {
            isIPv4 ? IPAddress(ipv4: UInt32(truncatingIfNeeded: low)) : IPAddress(high: high, low: low)
        }
        return AddressPair(
            source: address(words.sourceHigh, words.sourceLow),
            destination: address(words.destinationHigh, words.destinationLow))
    }

    /// For evidence; the packet path uses the subscript.
    package var all: [AddressPair] { (0..<count).compactMap { self[$0] } }
}
