/// Writes DEFLATE (RFC 1951) the plain way, for tests: fixed codes, and matches against the window that it keeps.
package struct DeflateWriter {
    private var window: [UInt8] = []
    private var output: [UInt8] = []
    private var bits: UInt32 = 0
    private var count: UInt32 = 0

    package init() {}

    /// One bare stream with its end.
    package static func raw(_ bytes: [UInt8]) -> [UInt8] {
        var writer = DeflateWriter()
        writer.block(bytes, last: true)
        writer.align()
        return writer.output
    }

    package static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return [0x78, 0x9C] + raw(bytes) + big(high << 16 | low)
    }

    package static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var sum: UInt32 = .max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + raw(bytes) + big(~sum).reversed()
            + big(UInt32(truncatingIfNeeded: bytes.count)).reversed()
    }

    /// One message of permessage-deflate (RFC 7692, 7.2.1), which may refer to the ones before.
    package mutating func message(_ bytes: [UInt8], last: Bool = false) -> [UInt8] {
        output = []
        block(bytes, last: last)
        // An empty stored block brings the end to a byte; of it only its head is sent.
        if last { align() }
        put(0, 3)
        align()
        return output
    }

    private static func big(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
    }

    private mutating func put(_ value: UInt32, _ width: UInt32) {
        bits |= value << count
        count += width
        while count >= 8 {
            output.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            count -= 8
        }
    }

    private mutating func align() { if count > 0 { put(0, 8 - count) } }

    private mutating func put(code: UInt32, _ width: UInt32) {
        for bit in 0..<width { put(code >> (width - 1 - bit) & 1, 1) }
    }

    private mutating func block(_ bytes: [UInt8], last: Bool) {
        put(last ? 1 : 0, 1)
        put(1, 2)
        let start = window.count
        window += bytes
        var at = start
        while at < window.count {
            // Runs of one byte, and what stood one whole message before: enough for bombs and repeated messages.
            if let distance = [1, bytes.count].first(where: { matches(at, $0) }) {
                put(code: 0xC5, 8)
                put(distance: distance)
                at += Self.matchBytes
            } else {
                literal(window[at])
                at += 1
            }
        }
        put(code: 0, 7)
    }

    /// The longest match (RFC 1951, 3.2.5): code 285, written 11000101, without further bits.
    private static let matchBytes = 258

    private func matches(_ at: Int, _ distance: Int) -> Bool {
        guard distance >= 1, distance <= min(at, 32_768), window.count - at >= Self.matchBytes else { return false }
        return (at..<(at + Self.matchBytes)).allSatisfy { window[$0] == window[$0 - distance] }
    }

    private mutating func literal(_ byte: UInt8) {
        if byte < 144 { put(code: 0x30 + UInt32(byte), 8) } else { put(code: 0x190 + UInt32(byte) - 144, 9) }
    }

    private mutating func put(distance: Int) {
        let less = UInt32(distance - 1)
        if less < 4 { return put(code: less, 5) }
        // Two codes for each power of two; the bits below say the rest.
        let extra = 30 - UInt32(less.leadingZeroBitCount)
        put(code: 2 * extra + (less >> extra), 5)
        put(less & (1 << extra - 1), extra)
    }
}
