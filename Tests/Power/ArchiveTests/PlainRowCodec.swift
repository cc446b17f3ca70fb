/// The row layout of Docs/Formats/archive.md done the slow, obvious way: one bit at a time, one list after the other.
enum PlainRowCodec {
    static func encode(_ values: [Int32], quality: [UInt8], code: UInt8) -> [UInt8]? {
        let dense = values.filter { $0 != .min }
        guard let first = dense.first, let low = dense.min() else { return nil }
        let offsets = dense.map { UInt32(truncatingIfNeeded: Int64($0) - Int64(low)) }
        var steps: [UInt32] = []
        for index in dense.indices {
            let step = Int32(truncatingIfNeeded: Int64(dense[index]) - Int64(index == 0 ? first : dense[index - 1]))
            steps.append(step >= 0 ? UInt32(step) * 2 : UInt32(truncatingIfNeeded: -2 * Int64(step) - 1))
        }
        func widths(_ words: [UInt32]) -> [Int] {
            stride(from: 0, to: words.count, by: 16).map { at in
                words[at..<min(at + 16, words.count)].map { 32 - $0.leadingZeroBitCount }.max() ?? 0
            }
        }
        func total(_ widths: [Int]) -> Int {
            widths.enumerated().reduce(0) { $0 + $1.element * min(16, dense.count - $1.offset * 16) }
        }
        let deltas = total(widths(steps)) < total(widths(offsets))
        let words = deltas ? steps : offsets
        let chosen = widths(words)
        let marked = quality.contains { $0 != 0 }
        let flags =
            (dense.count < values.count ? 1 : 0) + (marked ? 2 : 0) + (deltas ? 4 : 0) + (total(chosen) == 0 ? 8 : 0)
        var bytes: [UInt8] = [UInt8(flags), code]
        if dense.count < values.count {
            var map = [UInt8](repeating: 0, count: (values.count + 7) / 8)
            for (slot, value) in values.enumerated() where value != .min { map[slot / 8] += 1 << UInt8(slot % 8) }
            bytes += map
        }
        if marked { bytes += quality }
        let base = UInt32(bitPattern: deltas ? first : low)
        for byte in 0..<4 { bytes.append(UInt8(base >> UInt32(8 * byte) & 255)) }
        guard total(chosen) > 0 else { return bytes }
        bytes += chosen.map { UInt8($0) }
        var bits: [Bool] = []
        for (index, word) in words.enumerated() {
            for bit in 0..<chosen[index / 16] { bits.append(word >> UInt32(bit) & 1 == 1) }
        }
        while bits.count % 8 != 0 { bits.append(false) }
        for at in stride(from: 0, to: bits.count, by: 8) {
            bytes.append((0..<8).reduce(UInt8(0)) { $0 + (bits[at + $1] ? 1 << UInt8($1) : 0) })
        }
        return bytes
    }

    /// CRC-32C one bit at a time.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return ~crc
    }
}
