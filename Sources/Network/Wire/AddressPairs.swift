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

/// The addresses of outer IP headers, outermost first, without an allocation. Of more than four the outermost three
/// and the last stay: who sends the tunnel, and who ends it next to the inner packet.
package struct AddressPairs: Hashable, Sendable {
    package static let capacity = 4

    /// Both addresses as plain words: half the room of two `IPAddress` with their padding.
    private struct Words: Hashable {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        static func == (left: Words, right: Words) -> Bool { left.words == right.words }
        func hash(into hasher: inout Hasher) {
            hasher.combine(words.0)
            hasher.combine(words.1)
            hasher.combine(words.2)
            hasher.combine(words.3)
        }
    }

    private var first = Words()
    private var second = Words()
    private var third = Words()
    private var last = Words()
    /// Bit n: pair n is IPv4.
    private var fourBits: UInt8 = 0
    private var seen: UInt8 = 0

    package init() {}

    /// Outer headers seen, kept or not.
    package var total: Int { Int(seen) }
    package var count: Int { min(total, AddressPairs.capacity) }
    package var isEmpty: Bool { seen == 0 }

    mutating func append(_ source: IPAddress, _ destination: IPAddress) {
        let place = min(seen, UInt8(AddressPairs.capacity - 1))
        let words = Words(words: (source.high, source.low, destination.high, destination.low))
        switch place {
        case 0: first = words
        case 1: second = words
        case 2: third = words
        default: last = words
        }
        let bit = UInt8(1) << place
        fourBits = source.isIPv4 ? fourBits | bit : fourBits & ~bit
        if seen < UInt8.max { seen &+= 1 }
    }

    package subscript(index: Int) -> AddressPair? {
        guard index >= 0, index < count else { return nil }
        let words =
            switch index {
            case 0: first.words
            case 1: second.words
            case 2: third.words
            default: last.words
            }
        let isFour = fourBits >> UInt8(index) & 1 == 1
        func address(_ high: UInt64, _ low: UInt64) -> IPAddress {
            isFour ? IPAddress(ipv4: UInt32(truncatingIfNeeded: low)) : IPAddress(high: high, low: low)
        }
        return AddressPair(source: address(words.0, words.1), destination: address(words.2, words.3))
    }

    /// For evidence; the packet path uses the subscript.
    package var all: [AddressPair] { (0..<count).compactMap { self[$0] } }
}
