import CMachine

/// The only unsafe code of this room: one meter's day between 32-bit integers and bit-packed bytes. Callers hold the
/// contracts written at each function; `RowCodec` is the door with arrays. The tests keep a plain twin of both ways.
enum RowKernels {
    /// Values that share one bit width.
    static let group = 16

    static let missingMap: UInt8 = 1
    static let qualityMap: UInt8 = 2
    static let deltas: UInt8 = 4
    static let flat: UInt8 = 8

    static func mapBytes(_ slots: Int) -> Int { (slots + 7) / 8 }

    /// Whether sixteen values are packed at a time; both ways write the same bytes.
    static let hasVectors = cmachine_packs_rows()

    /// Values that the scratch of `encode` takes.
    static func room(_ slots: Int) -> Int { slots + 17 }

    /// Most bytes that a row can take, with the slack that the packer's last store may touch.
    static func bound(_ slots: Int) -> Int {
        // The last group is written as if it were full.
        let groups = (slots + group - 1) / group
        return 6 + 2 * mapBytes(slots) + groups + groups * group * 4 + 16
    }

    /// Writes the row and answers its length; 0 when nothing is present. `values` and `quality` (⌈slots/8⌉ bytes, or
    /// nil) are readable, `scratch` takes `room(slots)` values, `out` takes `bound(slots)` bytes.
    static func encode(
        _ values: UnsafePointer<Int32>, quality: UnsafePointer<UInt8>?, slots: Int, quantum: UInt8,
        scratch: UnsafeMutablePointer<Int32>, out: UnsafeMutablePointer<UInt8>, vectors: Bool = hasVectors
    ) -> (length: Int, present: Int) {
        var present = 0
        for slot in 0..<slots { present &+= values[slot] != Int32.min ? 1 : 0 }
        guard present > 0 else { return (0, 0) }
        var flags: UInt8 = 0
        var at = 2
        let maps = mapBytes(slots)
        if present == slots {
            (scratch + 1).update(from: values, count: slots)
        } else {
            flags |= missingMap
            compact(values, slots: slots, dense: scratch + 1, map: out + at)
            at += maps
        }
        if let quality {
            flags |= qualityMap
            (out + at).update(from: quality, count: maps)
            at += maps
        }
        scratch[0] = scratch[1]
        if vectors {
            let packed = cmachine_pack_row(scratch, Int64(present), out + (at + 4))
            let base = packed.steps ? scratch[1] : packed.low
            if packed.steps { flags |= deltas }
            if packed.bytes == 0 { flags |= flat }
            UnsafeMutableRawPointer(out + at).storeBytes(of: base.littleEndian, as: Int32.self)
            out[0] = flags
            out[1] = quantum
            return (at + 4 + Int(packed.bytes), present)
        }
        let widths = plan(scratch, count: present)
        let base = widths.deltas ? scratch[1] : widths.low
        if widths.deltas { flags |= deltas }
        for shift in 0..<4 { out[at + shift] = UInt8(truncatingIfNeeded: base &>> Int32(8 * shift)) }
        at += 4
        if widths.bits == 0 {
            flags |= flat
        } else {
            at = pack(scratch, count: present, deltas: widths.deltas, low: widths.low, out: out, at: at)
        }
        out[0] = flags
        out[1] = quantum
        return (at, present)
    }

    private static func compact(
        _ values: UnsafePointer<Int32>, slots: Int, dense: UnsafeMutablePointer<Int32>, map: UnsafeMutablePointer<UInt8>
    ) {
        map.update(repeating: 0, count: mapBytes(slots))
        var next = 0
        for slot in 0..<slots {
            let here = values[slot] != Int32.min
            dense[next] = values[slot]
            next &+= here ? 1 : 0
            map[slot &>> 3] |= (here ? 1 : 0) << UInt8(slot & 7)
        }
    }

    /// Total bits of both ways, the cheaper one, and the lowest value. `line[0]` equals `line[1]`, the first value.
    private static func plan(
        _ line: UnsafePointer<Int32>, count: Int
    ) -> (deltas: Bool, low: Int32, bits: Int) {
        var low = line[1]
        for index in 1...count { low = line[index] < low ? line[index] : low }
        var offsetBits = 0
        var deltaBits = 0
        var first = 1
        while first <= count {
            let length = min(group, count - first + 1)
            let (offsets, steps) = widest(line + first, length, low: low)
            offsetBits += (32 - offsets.leadingZeroBitCount) * length
            deltaBits += (32 - steps.leadingZeroBitCount) * length
            first += group
        }
        return (deltaBits < offsetBits, low, min(deltaBits, offsetBits))
    }

    @inline(__always)
    private static func zigzag(_ step: Int32) -> UInt32 { UInt32(bitPattern: (step &<< 1) ^ (step &>> 31)) }

    /// All bits that any value of the group needs, as an offset from `low` and as a zigzag step from its neighbour.
    @inline(__always)
    private static func widest(_ line: UnsafePointer<Int32>, _ length: Int, low: Int32) -> (UInt32, UInt32) {
        var offsets: UInt32 = 0
        var steps: UInt32 = 0
        for index in 0..<length {
            offsets |= UInt32(bitPattern: line[index] &- low)
            steps |= zigzag(line[index] &- line[index - 1])
        }
        return (offsets, steps)
    }

    private static func pack(
        _ line: UnsafePointer<Int32>, count: Int, deltas: Bool, low: Int32, out: UnsafeMutablePointer<UInt8>, at: Int
    ) -> Int {
        let groups = (count + group - 1) / group
        var at = at + groups
        let widths = out + (at - groups)
        var pending: UInt64 = 0
        var bits: UInt64 = 0
        for number in 0..<groups {
            let first = 1 + number * group
            let length = min(group, count - first + 1)
            let all = widest(line + first, length, low: low)
            let width = UInt64(32 - (deltas ? all.1 : all.0).leadingZeroBitCount)
            widths[number] = UInt8(width)
            guard width > 0 else { continue }
            if bits == 0, length == group, width <= 8 {
                for half in 0..<2 {
                    var word: UInt64 = 0
                    for index in 0..<8 {
                        let place = first &+ half &* 8 &+ index
                        let value =
                            deltas ? zigzag(line[place] &- line[place - 1]) : UInt32(bitPattern: line[place] &- low)
                        word |= UInt64(value) &<< (UInt64(index) &* width)
                    }
                    // Eight bytes are stored, `width` of them count; the next store covers the rest.
                    UnsafeMutableRawPointer(out + at).storeBytes(of: word.littleEndian, as: UInt64.self)
                    at &+= Int(width)
                }
                continue
            }
            for index in first..<(first + length) {
                let word = deltas ? zigzag(line[index] &- line[index - 1]) : UInt32(bitPattern: line[index] &- low)
                pending |= UInt64(word) &<< bits
                bits &+= width
                if bits >= 32 {
                    UnsafeMutableRawPointer(out + at)
                        .storeBytes(of: UInt32(truncatingIfNeeded: pending).littleEndian, as: UInt32.self)
                    at &+= 4
                    pending &>>= 32
                    bits &-= 32
                }
            }
        }
        while bits > 0 {
            out[at] = UInt8(truncatingIfNeeded: pending)
            at &+= 1
            pending &>>= 8
            bits = bits > 8 ? bits - 8 : 0
        }
        return at
    }

    /// Reads a row back: how many values are present, or -1 when the bytes are not a row of `slots`. Any bytes may be
    /// in the row. `row` is readable for `length + 8` bytes, `out` takes `slots` values, `quality` ⌈slots/8⌉ bytes.
    static func decode(
        _ row: UnsafePointer<UInt8>, length: Int, slots: Int, out: UnsafeMutablePointer<Int32>,
        quality: UnsafeMutablePointer<UInt8>?
    ) -> Int {
        guard length >= 6, slots > 0 else { return -1 }
        let flags = row[0]
        let maps = mapBytes(slots)
        var need = 6
        if flags & missingMap != 0 { need += maps }
        if flags & qualityMap != 0 { need += maps }
        guard flags < 16, need <= length else { return -1 }
        var at = 2
        var present = slots
        if flags & missingMap != 0 {
            present = 0
            for index in 0..<maps { present &+= row[at + index].nonzeroBitCount }
            if slots & 7 != 0, row[at + maps - 1] &>> UInt8(slots & 7) != 0 { return -1 }
            guard present > 0 else { return -1 }
            at += maps
        }
        if let quality {
            if flags & qualityMap != 0 {
                quality.update(from: row + at, count: maps)
            } else {
                quality.update(repeating: 0, count: maps)
            }
        }
        if flags & qualityMap != 0 { at += maps }
        let base = Int32(
            truncatingIfNeeded: UInt32(row[at]) | UInt32(row[at + 1]) &<< 8 | UInt32(row[at + 2]) &<< 16
                | UInt32(row[at + 3]) &<< 24)
        at += 4
        if flags & flat != 0 {
            guard at == length else { return -1 }
            out.update(repeating: base, count: present)
        } else {
            guard unpack(row, from: at, length: length, count: present, out: out) else { return -1 }
            restore(out, count: present, base: base, deltas: flags & deltas != 0)
        }
        if present < slots { spread(out, present: present, slots: slots, map: row + 2) }
        return present
    }

    private static func unpack(
        _ row: UnsafePointer<UInt8>, from: Int, length: Int, count: Int, out: UnsafeMutablePointer<Int32>
    ) -> Bool {
        let groups = (count + group - 1) / group
        guard from + groups <= length else { return false }
        var bits = 0
        for number in 0..<groups {
            let width = Int(row[from + number])
            guard width <= 32 else { return false }
            bits &+= width * min(group, count - number * group)
        }
        let packed = from + groups
        guard bits > 0, length == packed + (bits + 7) / 8 else { return false }
        var bit = packed * 8
        for number in 0..<groups {
            let width = Int(row[from + number])
            let first = number * group
            let length = min(group, count - first)
            if length == group, width <= 14 {
                // Whole groups are whole bytes, so eight (or four) values lie in one load.
                unpackWhole(row + (bit &>> 3), width: UInt64(width), out: out + first)
                bit &+= width * group
                continue
            }
            let mask: UInt64 = (1 &<< UInt64(width)) &- 1
            for index in first..<(first + length) {
                let value = (load(row, bit &>> 3) &>> UInt64(bit & 7)) & mask
                out[index] = Int32(truncatingIfNeeded: value)
                bit &+= width
            }
        }
        return true
    }

    /// Eight bytes from `at`. The byte of a row's last bit lies inside it, so a load ends at most eight bytes behind
    /// it.
    @inline(__always)
    private static func load(_ row: UnsafePointer<UInt8>, _ at: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(row + at).loadUnaligned(as: UInt64.self))
    }

    /// Sixteen values of at most 14 bits, from a byte border on.
    @inline(__always)
    private static func unpackWhole(_ row: UnsafePointer<UInt8>, width: UInt64, out: UnsafeMutablePointer<Int32>) {
        let mask: UInt64 = (1 &<< width) &- 1
        if width <= 8 {
            for half in 0..<2 {
                let word = load(row, half &* Int(width))
                for index in 0..<8 {
                    out[half &* 8 &+ index] = Int32(truncatingIfNeeded: word &>> (UInt64(index) &* width) & mask)
                }
            }
        } else {
            for quarter in 0..<4 {
                // 4 × 14 bits and the four that may precede them fit a word.
                let bit = UInt64(quarter) &* 4 &* width
                let word = load(row, Int(bit &>> 3)) &>> (bit & 7)
                for index in 0..<4 {
                    out[quarter &* 4 &+ index] = Int32(truncatingIfNeeded: word &>> (UInt64(index) &* width) & mask)
                }
            }
        }
    }

    private static func restore(_ out: UnsafeMutablePointer<Int32>, count: Int, base: Int32, deltas: Bool) {
        guard deltas else {
            for index in 0..<count { out[index] = out[index] &+ base }
            return
        }
        var value = base
        for index in 0..<count {
            let code = UInt32(bitPattern: out[index])
            value = value &+ (Int32(bitPattern: code &>> 1) ^ (0 &- Int32(bitPattern: code & 1)))
            out[index] = value
        }
    }

    /// Moves the dense values to their slots, from the end, in place.
    private static func spread(
        _ out: UnsafeMutablePointer<Int32>, present: Int, slots: Int, map: UnsafePointer<UInt8>
    ) {
        var next = present
        var slot = slots
        while slot > 0 {
            slot &-= 1
            if map[slot &>> 3] &>> UInt8(slot & 7) & 1 == 1 {
                next &-= 1
                out[slot] = out[next]
            } else {
                out[slot] = Int32.min
            }
        }
    }
}
