import Vocabulary

/// One's complement sums (RFC 1071), eight bytes at a time.
extension PacketHeaders {
    /// Whether the TCP check sum is good; nil when it cannot be told (the capture cut the packet). Sums the segment when
    /// nobody has asked before: most segments of a capture are never asked.
    /// - Parameter bytes: what `payload` points into.
    package func checksum(in bytes: UnsafeRawBufferPointer) -> Bool? {
        if let checksumGood { return checksumGood }
        guard !truncated, let start = tcpHeader, start <= payload.upperBound, payload.upperBound <= bytes.count else {
            return nil
        }
        return tcpChecksumIsGood(
            source.high, source.low, destination.high, destination.low,
            segment: UnsafeRawBufferPointer(rebasing: bytes[start..<payload.upperBound]))
    }
}

/// RFC 9293, 3.1: over the pseudo header of both addresses (in either order) and the segment.
package func tcpChecksumIsGood(
    _ one: UInt64, _ two: UInt64, _ three: UInt64, _ four: UInt64, segment: UnsafeRawBufferPointer
) -> Bool {
    var sum = UInt64(segment.count) + 6 + onesSum(segment)
    sum += halves(one) + halves(two) + halves(three) + halves(four)
    while sum > 0xFFFF { sum = (sum & 0xFFFF) + sum >> 16 }
    return sum == 0xFFFF
}

@inline(__always)
private func halves(_ value: UInt64) -> UInt64 {
    (value >> 48) + (value >> 32 & 0xFFFF) + (value >> 16 & 0xFFFF) + (value & 0xFFFF)
}

/// Sum of the big-endian 16-bit words, an odd last byte as the high half of one; not folded, at most 2^33.
func onesSum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    // Sums of halves of eight bytes: carries cannot leave 64 bits before 2^32 words.
    var low: UInt64 = 0
    var high: UInt64 = 0
    var at = 0
    while at + 8 <= bytes.count {
        let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        low &+= word & 0xFFFF_FFFF
        high &+= word >> 32
        at += 8
    }
    var sum = low &+ high
    // Little-endian words fold to the byte-swapped sum (RFC 1071, 2).
    while sum > 0xFFFF { sum = (sum & 0xFFFF) &+ sum >> 16 }
    var total = UInt64(UInt16(truncatingIfNeeded: sum).byteSwapped)
    while at + 1 < bytes.count {
        total += UInt64(bytes[at]) << 8 | UInt64(bytes[at + 1])
        at += 2
    }
    if at < bytes.count { total += UInt64(bytes[at]) << 8 }
    return total
}
