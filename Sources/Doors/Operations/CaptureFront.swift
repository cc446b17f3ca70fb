import Bytes
import Capture
import Flows
import Vocabulary
import Wire

/// Packets whose headers were read, with the bytes that they point into.
struct PacketBatch: Sendable {
    var frames = FrameBatch()
    var packets: [FlowPacket] = []
    var reassembled: [UInt8] = []
    /// Addresses around wrapped packets.
    var outer: [AddressPairs] = []
    /// Packets of the file up to the end of this batch.
    var countSoFar = 0
}

/// The first half of the way: file to headers. Runs on a thread of its own; nobody else touches it before that has ended.
final class CaptureFront: @unchecked Sendable {
    /// Where frames come from: a file's reader, or a network interface.
    private let source: (inout FrameBatch) -> Bool
    /// Added to the frames' numbers, which begin at 1 in each file of a set.
    private let frameBase: Int
    private let filter: PacketFilter?
    private let seed: FlowSeed
    private var decoder = Decoder()
    private(set) var packets = PacketCounts()
    /// Packets that did not pass the filter: read and counted, not analysed.
    private(set) var filteredOut = 0
    private(set) var clock = CaptureClock()
    /// More wrappings than the limit were met.
    private(set) var hasTooManyLayers = false

    init(
        filter: PacketFilter?, seed: FlowSeed, frameBase: Int = 0, source: @escaping (inout FrameBatch) -> Bool
    ) {
        self.source = source
        self.frameBase = frameBase
        self.filter = filter
        self.seed = seed
    }

    /// The next part of the file; false at its end.
    func fill(_ batch: inout PacketBatch) -> Bool {
        batch.packets.removeAll(keepingCapacity: true)
        batch.reassembled.removeAll(keepingCapacity: true)
        batch.outer.removeAll(keepingCapacity: true)
        guard source(&batch.frames) else { return false }
        var counts = PacketCounts()
        var headers = PacketHeaders()
        var clock = clock
        // Held apart for the loop: nobody else may look at it, and no packet pays for the asking.
        var decoder = Decoder()
        swap(&decoder, &self.decoder)
        batch.packets.reserveCapacity(batch.frames.frames.count)
        for index in batch.frames.frames.indices {
            let frame = batch.frames.frames[index]
            counts.inFile += 1
            clock.take(frame.time)
            if frame.malformed {
                counts.malformed += 1
                continue
            }
            if let filter, !passes(filter, frame, batch.frames.bytes) {
                counts.decoded += 1
                continue
            }
            let place = Decoder.Frame(
                range: frame.bytes, linkType: frame.linkType, originalLength: frame.originalLength, time: frame.time)
            switch decoder.decode(batch.frames.bytes, place, into: &headers) {
            case .decoded:
                counts.decoded += 1
                guard headers.hasPorts else { continue }
                if decoder.usedReassembly {
                    headers.move(by: batch.reassembled.count)
                    batch.reassembled.append(contentsOf: decoder.reassembled)
                }
                var packet = FlowPacket(
                    headers, frame: frameBase + frame.index, time: frame.time, wireLength: frame.originalLength,
                    seed: seed)
                packet.isReassembled = decoder.usedReassembly
                if !headers.outer.isEmpty {
                    batch.outer.append(headers.outer)
                    packet.outer = UInt32(batch.outer.count)
                }
                batch.packets.append(packet)
            case .noFlow: counts.decoded += 1
            case .malformed: counts.malformed += 1
            case .truncated: counts.truncated += 1
            case .unsupported: counts.unsupported += 1
            case .overLimit:
                counts.overLimit += 1
                hasTooManyLayers = true
            }
        }
        swap(&decoder, &self.decoder)
        packets.add(counts)
        self.clock = clock
        batch.countSoFar = packets.inFile
        return true
    }

    private func passes(_ filter: PacketFilter, _ frame: Frame, _ bytes: [UInt8]) -> Bool {
        try? filter.prepare(linkType: frame.linkType)
        if filter.passes(frame, in: bytes) { return true }
        filteredOut += 1
        return false
    }
}

/// What the times of a capture's frames say.
struct CaptureClock {
    private(set) var first: Instant?
    private(set) var last: Instant?
    private var hasNoTime = false
    private var isOdd = false

    /// 2100-01-01: beyond it no capture was made yet, it is a clock, not a date.
    private static var latest: Instant { Instant(nanoseconds: 4_102_444_800_000_000_000) }

    @inline(__always)
    mutating func take(_ time: Instant?) {
        guard let time else {
            hasNoTime = true
            return
        }
        guard let first, let last else {
            first = time
            last = time
            if time > CaptureClock.latest { isOdd = true }
            return
        }
        if time >= last {
            self.last = time
            if time > CaptureClock.latest { isOdd = true }
        } else {
            if time < first { self.first = time }
            // More than a minute back is no reordering by the capture, but a clock that was set.
            if time.timeInterval(since: last) < -60 { isOdd = true }
        }
    }

    var flags: Set<String> {
        var flags: Set<String> = []
        if hasNoTime { flags.insert("no_timestamps") }
        if isOdd { flags.insert("clock") }
        return flags
    }
}
