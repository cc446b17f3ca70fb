import Bytes
import Capture
import Vocabulary

enum CaptureFuzz {
    /// Any bytes through the decompressors. False for what grows to more than 64 KiB: all of it is read, but a corpus of
    /// such inputs would spend the run in zlib's copying.
    static func expand(_ input: [UInt8]) -> Bool {
        // Ratio and size limits stand above this; a few kilobytes of input stay under it in all but name.
        let enough = 64 << 20
        let source = ByteSource(bytes: input)
        var total = 0
        var step = 1 << 12
        var buffer: [UInt8] = []
        while total < enough {
            buffer.removeAll(keepingCapacity: true)
            guard let count = try? source.read(into: &buffer, max: step), count > 0 else { break }
            promise(count == buffer.count, "read says \(count) bytes and gave \(buffer.count)")
            promise(count <= step, "\(count) bytes where \(step) were asked for")
            total += count
            // The decompressors make room for a whole step each time: most inputs need little.
            step = min(2 * step, ByteLimits.blockBytes)
        }
        promise(source.bytesProduced >= total, "\(total) bytes read, \(source.bytesProduced) produced")
        promise(source.bytesConsumed <= input.count, "\(source.bytesConsumed) of \(input.count) bytes consumed")
        return total <= 1 << 16
    }

    /// A capture of one of the two formats. Inputs of the other one are left to its own target.
    static func read(_ input: [UInt8], blocks: Bool) -> Bool {
        guard input.starts(with: [0x0A, 0x0D, 0x0D, 0x0A]) == blocks else { return false }
        let source = ByteSource(bytes: input)
        guard source.compression == .none else { return false }
        guard let reader = try? CaptureReader(source) else { return true }
        var frames: [(frame: Frame, bytes: ArraySlice<UInt8>)] = []
        while let frame = reader.next() {
            check(frame, in: reader.buffer)
            promise(frames.count <= input.count / 12, "more frames than \(input.count) bytes can hold")
            frames.append((frame, reader.buffer[frame.bytes]))
        }
        promise(reader.next() == nil, "a frame after the end")
        compare(frames, reader, input)
        return true
    }

    /// Batches hold the same frames as they come one by one, and end for the same reason.
    private static func compare(
        _ frames: [(frame: Frame, bytes: ArraySlice<UInt8>)], _ reader: CaptureReader, _ input: [UInt8]
    ) {
        guard let other = try? CaptureReader(ByteSource(bytes: input)) else {
            fatalError("broken promise: the same file is no longer a capture")
        }
        var batch = FrameBatch()
        var count = 0
        while other.nextBatch(&batch) {
            promise(!batch.frames.isEmpty, "an empty batch")
            for frame in batch.frames {
                check(frame, in: batch.bytes)
                guard count < frames.count else { fatalError("broken promise: batches hold more frames") }
                let (one, bytes) = frames[count]
                promise(
                    frame.index == one.index && frame.time == one.time && frame.linkType == one.linkType
                        && frame.originalLength == one.originalLength && frame.malformed == one.malformed
                        && batch.bytes[frame.bytes] == bytes,
                    "frame \(one.index) differs in a batch: \(frame), \(one)")
                count += 1
            }
        }
        promise(count == frames.count, "\(count) frames in batches, \(frames.count) one by one")
        promise(other.error == reader.error, "batches end with \(other.error as Any), not \(reader.error as Any)")
        promise(other.truncated == reader.truncated, "batches differ in whether the file is cut")
    }

    /// The first look at a file agrees with its reader, as far as that one gets.
    static func peek(_ input: [UInt8]) -> Bool {
        let peek = CapturePeek(head: input)
        if let peek {
            promise((peek.first == nil) == (peek.latest == nil), "one time without the other")
            if let first = peek.first, let latest = peek.latest {
                promise(first <= latest, "\(latest) before \(first)")
            }
            promise(zip(peek.linkTypes, peek.linkTypes.dropFirst()).allSatisfy { $0 < $1 }, "\(peek.linkTypes)")
        }
        let source = ByteSource(bytes: input)
        guard source.compression == .none, let reader = try? CaptureReader(source) else { return peek != nil }
        guard let peek else { fatalError("broken promise: a capture that is none at first sight") }
        var known: Instant?
        while let frame = reader.next() {
            guard let time = frame.time else { continue }
            if known == nil { promise(peek.first == time, "begins at \(time), not at \(peek.first as Any)") }
            known = time
            if let latest = peek.latest { promise(time <= latest, "\(time) is later than \(latest)") }
        }
        promise(reader.linkTypes.allSatisfy(peek.linkTypes.contains), "\(reader.linkTypes), not \(peek.linkTypes)")
        return true
    }

    static func check(_ frame: Frame, in buffer: [UInt8]) {
        let range = frame.bytes
        promise(
            range.lowerBound >= 0 && range.upperBound <= buffer.count,
            "frame \(frame.index) lies at \(range) of \(buffer.count) bytes")
        promise(frame.originalLength >= 0, "frame \(frame.index) has length \(frame.originalLength)")
        promise(range.count <= CaptureLimits.packetBytes, "frame \(frame.index) has \(range.count) bytes")
    }
}
