/// One meter's day as bytes, with arrays at both ends; see `RowKernels` and Docs/Formats/archive.md.
package enum RowCodec {
    /// Bytes that must be readable behind a row, because values are loaded eight bytes at a time.
    package static let slack = 8

    /// `values` = integers of the quantum, `Int32.min` = missing; `quality` one bit a slot (lowest first), empty = none
    /// marked. Nil when nothing is present or the shape is wrong.
    package static func encode(_ values: [Int32], quality: [UInt8] = [], quantum: Quantum) -> [UInt8]? {
        let maps = RowKernels.mapBytes(values.count)
        guard !values.isEmpty, values.count <= ArchiveLimits.slotsPerDay, quality.isEmpty || quality.count == maps
        else { return nil }
        var scratch = [Int32](repeating: 0, count: RowKernels.room(values.count))
        let marked = quality.contains { $0 != 0 }
        let bytes = [UInt8](unsafeUninitializedCapacity: RowKernels.bound(values.count)) { out, count in
            count = values.withUnsafeBufferPointer { values in
                scratch.withUnsafeMutableBufferPointer { scratch in
                    quality.withUnsafeBufferPointer { quality in
                        guard let to = out.baseAddress, let from = values.baseAddress,
                            let room = scratch.baseAddress
                        else { return 0 }
                        return RowKernels.encode(
                            from, quality: marked ? quality.baseAddress : nil, slots: values.count,
                            quantum: quantum.code, scratch: room, out: to
                        ).length
                    }
                }
            }
        }
        return bytes.isEmpty ? nil : bytes
    }

    package struct Row: Equatable, Sendable {
        package var quantum: Quantum
        /// `Int32.min` where missing.
        package var values: [Int32]
        package var quality: [UInt8]
        package var present: Int
    }

    /// Any bytes may come; nil when they are not a row of `slots`.
    package static func decode(_ bytes: ArraySlice<UInt8>, slots: Int) -> Row? {
        guard slots > 0, slots <= ArchiveLimits.slotsPerDay, bytes.count >= 2,
            let quantum = Quantum(code: bytes[bytes.startIndex + 1])
        else { return nil }
        var row = Row(
            quantum: quantum, values: [Int32](repeating: .min, count: slots),
            quality: [UInt8](repeating: 0, count: RowKernels.mapBytes(slots)), present: 0)
        let padded = Array(bytes) + [UInt8](repeating: 0, count: slack)
        row.present = decode(padded, bytes.count, slots: slots, values: &row.values, quality: &row.quality)
        return row.present < 0 ? nil : row
    }

    private static func decode(
        _ padded: [UInt8], _ length: Int, slots: Int, values: inout [Int32], quality: inout [UInt8]
    ) -> Int {
        padded.withUnsafeBufferPointer { row in
            values.withUnsafeMutableBufferPointer { values in
                quality.withUnsafeMutableBufferPointer { quality in
                    guard let row = row.baseAddress, let out = values.baseAddress else { return -1 }
                    return RowKernels.decode(row, length: length, slots: slots, out: out, quality: quality.baseAddress)
                }
            }
        }
    }
}

/// Encodes rows of a batch onto the end of a byte store, without an array for each.
struct RowEncoder {
    private var scratch: [Int32] = []
    private var out: [UInt8] = []

    /// The row's readings; 0 = nothing present, nothing appended. `values` and `quality` hold `row` whole rows before
    /// it.
    mutating func append(_ batch: StoredDays, row: Int, to arena: inout [UInt8]) -> Int {
        let slots = batch.slotsPerDay
        let bound = RowKernels.bound(slots)
        if out.count < bound { out = [UInt8](repeating: 0, count: bound) }
        if scratch.count < RowKernels.room(slots) { scratch = [Int32](repeating: 0, count: RowKernels.room(slots)) }
        let maps = RowKernels.mapBytes(slots)
        precondition(row >= 0 && (row + 1) * slots <= batch.values.count)
        precondition(batch.quality.isEmpty || (row + 1) * maps <= batch.quality.count)
        let marked = !batch.quality.isEmpty && batch.quality[(row * maps)..<((row + 1) * maps)].contains { $0 != 0 }
        let done = batch.values.withUnsafeBufferPointer { values in
            batch.quality.withUnsafeBufferPointer { quality in
                scratch.withUnsafeMutableBufferPointer { scratch in
                    out.withUnsafeMutableBufferPointer { out -> (length: Int, present: Int) in
                        guard let values = values.baseAddress, let scratch = scratch.baseAddress,
                            let out = out.baseAddress
                        else { return (0, 0) }
                        return RowKernels.encode(
                            values + row * slots, quality: marked ? quality.baseAddress.map { $0 + row * maps } : nil,
                            slots: slots, quantum: batch.quantum.code, scratch: scratch, out: out)
                    }
                }
            }
        }
        arena.put(out, from: 0, count: done.length)
        return done.present
    }
}

/// Decodes rows of blocks to the ends of arrays.
enum RowDecoder {
    /// Appends one day to `values` and `quality`; its readings, or nil when the row is damaged (then what was appended
    /// means nothing).
    static func append(
        _ block: Block, row: Int, values: inout [Int32], quality: inout [UInt8]
    ) -> (present: Int, quantum: Quantum)? {
        let range = block.range(row)
        let at = values.count
        let map = quality.count
        let maps = RowKernels.mapBytes(block.slots)
        guard range.count >= 6, block.slots > 0, let quantum = Quantum(code: block.bytes[range.lowerBound + 1]) else {
            return nil
        }
        values.append(contentsOf: repeatElement(0, count: block.slots))
        quality.append(contentsOf: repeatElement(0, count: maps))
        // A block's bytes end with the slack that the kernel may read.
        let present = block.bytes.withUnsafeBufferPointer { bytes in
            values.withUnsafeMutableBufferPointer { values in
                quality.withUnsafeMutableBufferPointer { quality -> Int in
                    guard let bytes = bytes.baseAddress, let out = values.baseAddress,
                        let marks = quality.baseAddress
                    else { return -1 }
                    return RowKernels.decode(
                        bytes + range.lowerBound, length: range.count, slots: block.slots, out: out + at,
                        quality: marks + map)
                }
            }
        }
        return present < 0 ? nil : (present, quantum)
    }

    /// The same for a row without quality marks; nil also when it has some.
    static func appendUnmarked(_ block: Block, row: Int, values: inout [Int32]) -> Int? {
        let range = block.range(row)
        guard range.count >= 6, block.slots > 0, block.bytes[range.lowerBound] & RowKernels.qualityMap == 0 else {
            return nil
        }
        let at = values.count
        values.append(contentsOf: repeatElement(0, count: block.slots))
        let present = block.bytes.withUnsafeBufferPointer { bytes in
            values.withUnsafeMutableBufferPointer { values -> Int in
                guard let bytes = bytes.baseAddress, let out = values.baseAddress else { return -1 }
                return RowKernels.decode(
                    bytes + range.lowerBound, length: range.count, slots: block.slots, out: out + at, quality: nil)
            }
        }
        return present < 0 ? nil : present
    }

    static func quantum(_ block: Block, row: Int) -> Quantum? {
        let range = block.range(row)
        return range.count >= 6 ? Quantum(code: block.bytes[range.lowerBound + 1]) : nil
    }

    static func hasMarks(_ block: Block, row: Int) -> Bool {
        let range = block.range(row)
        return range.count >= 6 && block.bytes[range.lowerBound] & RowKernels.qualityMap != 0
    }

    /// Readings of a row by its map alone; 0 when the row is too short for one.
    static func present(_ block: Block, row: Int) -> Int {
        let range = block.range(row)
        let maps = RowKernels.mapBytes(block.slots)
        guard range.count >= 6, block.bytes[range.lowerBound] & RowKernels.missingMap != 0 else {
            return range.count >= 6 ? block.slots : 0
        }
        guard range.count >= 6 + maps else { return 0 }
        return block.bytes[(range.lowerBound + 2)..<(range.lowerBound + 2 + maps)]
            .reduce(0) { $0 + $1.nonzeroBitCount }
    }
}
