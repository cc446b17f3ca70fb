import CMachine

/// Little-endian numbers at the end of a byte array.
extension [UInt8] {
    mutating func put(_ value: UInt32) {
        for shift in 0..<4 { append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }

    mutating func put(_ value: UInt64) {
        for shift in 0..<8 { append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }

    mutating func put(_ value: Int32) { put(UInt32(bitPattern: value)) }

    /// Seven bits a byte, lowest first, the top bit set while more follow.
    mutating func putVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Copies a part of other bytes; a slice of an array would be kept and let go for each.
    mutating func put(_ bytes: [UInt8], from: Int, count: Int) {
        precondition(from >= 0 && count >= 0 && from + count <= bytes.count)
        bytes.withUnsafeBufferPointer { append(contentsOf: UnsafeBufferPointer(rebasing: $0[from..<(from + count)])) }
    }

    mutating func set(_ value: UInt32, at place: Int) {
        for shift in 0..<4 { self[place + shift] = UInt8(truncatingIfNeeded: value >> (8 * shift)) }
    }
}

func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value &<< 1 ^ value &>> 63) }

func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1) }

/// Reads numbers from bytes that anyone may have written. After the first failure every read is zero and `failed` stays
/// set: the caller asks once at the end.
struct ByteReader {
    let bytes: [UInt8]
    var at: Int
    let end: Int
    var failed = false

    /// `end` is at most `bytes.count`.
    init(_ bytes: [UInt8], from: Int, to end: Int) {
        self.bytes = bytes
        at = from
        self.end = Swift.min(end, bytes.count)
        if from < 0 || from > self.end { failed = true }
    }

    mutating func number(_ width: Int) -> UInt64 {
        guard !failed, end - at >= width else {
            failed = true
            return 0
        }
        var value: UInt64 = 0
        for shift in 0..<width { value |= UInt64(bytes[at + shift]) << UInt64(8 * shift) }
        at += width
        return value
    }

    mutating func u32() -> UInt32 { UInt32(truncatingIfNeeded: number(4)) }
    mutating func i32() -> Int32 { Int32(bitPattern: u32()) }

    mutating func varint() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while !failed, at < end, shift < 64 {
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        failed = true
        return 0
    }
}

/// CRC-32C of a part of an array.
package func checksum(_ bytes: [UInt8], _ range: Range<Int>? = nil, from crc: UInt32 = 0) -> UInt32 {
    let range = range ?? 0..<bytes.count
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    return bytes.withUnsafeBytes { raw in
        guard let base = raw.baseAddress else { return cmachine_crc32c(crc, nil, 0) }
        return cmachine_crc32c(crc, base + range.lowerBound, range.count)
    }
}
