/// One day of one meter as bytes: a bitmap of what is present, then bit-packed zigzag deltas of a decimal quantum.
/// Lossless: a quantum is used only when every value of the day comes back equal; otherwise the day is kept as Float32.
/// Layout in Docs/Formats/archive.md.
package enum DayCodec {
    /// Steps per kW, tried in this order: 0.1 W suits registers with four decimals, 1 mW what was computed from them.
    static let scales: [Double] = [1e4, 1e6]
    private static let rawMode: UInt8 = 2
    private static let version: UInt8 = 1
    /// Largest step count that a packed value may have; keeps a zigzag delta under 44 bits.
    private static let largestStep = Double(1 << 41)

    /// Nil when nothing is present: such a day is not stored.
    package static func encode(_ slots: [Float]) -> [UInt8]? {
        var present: [Float] = []
        present.reserveCapacity(slots.count)
        for value in slots where !value.isNaN { present.append(value) }
        guard !present.isEmpty else { return nil }
        for (mode, scale) in scales.enumerated() {
            guard let steps = quantized(present, scale: scale) else { continue }
            var bytes = header(mode: UInt8(mode), slots: slots, present: present.count)
            pack(steps, into: &bytes)
            return bytes
        }
        var bytes = header(mode: rawMode, slots: slots, present: present.count)
        for value in present {
            let bits = value.bitPattern
            for shift in [UInt32(0), 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        return bytes
    }

    /// `count` slots, NaN where missing; nil when the bytes are damaged.
    package static func decode(_ bytes: [UInt8], count: Int) -> [Float]? {
        guard bytes.count >= 2, bytes[0] >> 4 == version, count > 0, count <= 86_400 else { return nil }
        let mode = bytes[0] & 15
        var at = 2
        var map: ArraySlice<UInt8>?
        var present = count
        if bytes[1] == 1 {
            let length = (count + 7) / 8
            guard bytes.count >= at + length else { return nil }
            map = bytes[at..<(at + length)]
            present = map?.reduce(0) { $0 + $1.nonzeroBitCount } ?? 0
            at += length
            guard present <= count else { return nil }
        } else if bytes[1] != 0 {
            return nil
        }
        let values: [Float]?
        if mode == rawMode {
            values = raw(bytes[at...], count: present)
        } else if Int(mode) < scales.count {
            values = unpack(bytes[at...], count: present)?.map { Float(Double($0) / scales[Int(mode)]) }
        } else {
            values = nil
        }
        guard let values else { return nil }
        guard let map else { return values }
        return spread(values, over: map, count: count)
    }

    private static func spread(_ values: [Float], over map: ArraySlice<UInt8>, count: Int) -> [Float]? {
        var slots = [Float](repeating: .nan, count: count)
        var next = 0
        for slot in 0..<count where map[map.startIndex + slot / 8] >> UInt8(slot % 8) & 1 == 1 {
            guard next < values.count else { return nil }
            slots[slot] = values[next]
            next += 1
        }
        return next == values.count ? slots : nil
    }

    private static func header(mode: UInt8, slots: [Float], present: Int) -> [UInt8] {
        var bytes: [UInt8] = [version << 4 | mode, present == slots.count ? 0 : 1]
        guard present != slots.count else { return bytes }
        var map = [UInt8](repeating: 0, count: (slots.count + 7) / 8)
        for (slot, value) in slots.enumerated() where !value.isNaN { map[slot / 8] |= 1 << UInt8(slot % 8) }
        bytes += map
        return bytes
    }

    private static func quantized(_ values: [Float], scale: Double) -> [Int64]? {
        var steps: [Int64] = []
        steps.reserveCapacity(values.count)
        for value in values {
            let scaled = (Double(value) * scale).rounded()
            guard abs(scaled) <= largestStep, Float(scaled / scale) == value else { return nil }
            steps.append(Int64(scaled))
        }
        return steps
    }

    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value &<< 1 ^ value &>> 63) }
    private static func unzigzag(_ value: UInt64) -> Int64 {
        Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// Width byte, first value in eight bytes, then the deltas, lowest bit first.
    private static func pack(_ steps: [Int64], into bytes: inout [UInt8]) {
        var widest: UInt64 = 0
        for index in 1..<max(1, steps.count) { widest |= zigzag(steps[index] &- steps[index - 1]) }
        let width = 64 - widest.leadingZeroBitCount
        bytes.append(UInt8(width))
        let first = zigzag(steps[0])
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: first >> UInt64(8 * shift))) }
        var pending: UInt64 = 0
        var bits = 0
        for index in 1..<max(1, steps.count) {
            pending |= zigzag(steps[index] &- steps[index - 1]) << UInt64(bits)
            bits += width
            while bits >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                bits -= 8
            }
        }
        if bits > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
    }

    private static func unpack(_ bytes: ArraySlice<UInt8>, count: Int) -> [Int64]? {
        guard count > 0, bytes.count >= 9 else { return nil }
        let width = Int(bytes[bytes.startIndex])
        // 44 + 7 pending bits stay inside the 64-bit window below.
        guard width <= 44 else { return nil }
        var first: UInt64 = 0
        for shift in 0..<8 { first |= UInt64(bytes[bytes.startIndex + 1 + shift]) << UInt64(8 * shift) }
        var value = unzigzag(first)
        var at = bytes.startIndex + 9
        guard bytes.endIndex - at == ((count - 1) * width + 7) / 8 else { return nil }
        var steps = [value]
        steps.reserveCapacity(count)
        var pending: UInt64 = 0
        var bits = 0
        let mask: UInt64 = (1 << UInt64(width)) - 1
        for _ in 1..<max(1, count) {
            while bits < width {
                pending |= UInt64(bytes[at]) << UInt64(bits)
                at += 1
                bits += 8
            }
            value = value &+ unzigzag(pending & mask)
            pending >>= UInt64(width)
            bits -= width
            steps.append(value)
        }
        return steps
    }

    private static func raw(_ bytes: ArraySlice<UInt8>, count: Int) -> [Float]? {
        guard count > 0, bytes.count == count * 4 else { return nil }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { at in
            Float(
                bitPattern: UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
                    | UInt32(bytes[at + 3]) << 24)
        }
    }
}
