import Bytes
import Capture
import Flows
import Vocabulary
import Wire

/// Packets whose headers were read, with the bytes that they point into.
struct PacketBatch: Sendable {
    var frames = FrameBatch()
    var packets = FlowPackets()
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
    /// Datagrams whose fragments were given up because a limit was reached.
    var evictedDatagrams: Int { decoder.evictedDatagrams }
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
        batch.packets.removeAll()
        batch.reassembled.removeAll(keepingCapacity: true)
        batch.outer.removeAll(keepingCapacity: true)
        guard source(&batch.frames) else { return false }
        // Held apart for the loop: nobody else may look at them, and no packet pays for the asking.
        var counts = PacketCounts()
        var headers = PacketHeaders()
        var clock = clock
        var decoder = Decoder()
        swap(&decoder, &self.decoder)
        let frames = batch.frames.frames
        counts.inFile = frames.count
        for frame in frames { clock.take(frame.moment) }
        var at = 0
        while at < frames.count {
            if filter == nil {
                let end = batch.packets.append(
                    common: frames, from: at, in: batch.frames.bytes, frameBase: frameBase, seed: seed)
                counts.decoded += end - at
                at = end
            }
            if at < frames.count { take(frames[at], &batch, &decoder, &headers, &counts) }
            at += 1
        }
        swap(&decoder, &self.decoder)
        packets.add(counts)
        self.clock = clock
        batch.countSoFar = packets.inFile
        return true
    }

    /// Any frame.
    @inline(never)
    private func take(
        _ frame: Frame, _ batch: inout PacketBatch, _ decoder: inout Decoder, _ headers: inout PacketHeaders,
        _ counts: inout PacketCounts
    ) {
        if frame.malformed {
            counts.malformed += 1
            return
        }
        if let filter, !passes(filter, frame, batch.frames.bytes) {
            counts.decoded += 1
            return
        }
        switch decoder.decode(batch.frames.bytes, frame, into: &headers) {
        case .decoded:
            counts.decoded += 1
            if headers.hasPorts { keep(headers, frame, decoder, &batch) }
        case .noFlow: counts.decoded += 1
        case .malformed: counts.malformed += 1
        case .truncated: counts.truncated += 1
        case .unsupported: counts.unsupported += 1
        case .overLimit:
            counts.overLimit += 1
            hasTooManyLayers = true
        }
    }

    private func keep(_ headers: PacketHeaders, _ frame: Frame, _ decoder: Decoder, _ batch: inout PacketBatch) {
        var headers = headers
        if decoder.usedReassembly {
            headers.move(by: batch.reassembled.count)
            batch.reassembled.append(contentsOf: decoder.reassembled)
        }
        var packet = FlowPacket(
            headers, frame: frameBase + frame.index, time: frame.time, wireLength: frame.originalLength, seed: seed)
        packet.isReassembled = decoder.usedReassembly
        if !headers.outer.isEmpty {
            batch.outer.append(headers.outer)
            packet.outer = UInt32(batch.outer.count)
        }
        batch.packets.append(packet)
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
    private var earliest = Int64.max
    private var latest = Frame.unknownTime
    private var hasNoTime = false
    private var isOdd = false

    var first: Instant? { latest == Frame.unknownTime ? nil : Instant(nanoseconds: earliest) }
    var last: Instant? { latest == Frame.unknownTime ? nil : Instant(nanoseconds: latest) }

    /// 2100-01-01: beyond it no capture was made yet, it is a clock, not a date.
    private static var end: Int64 { 4_102_444_800_000_000_000 }
    /// More than a minute back is no reordering by the capture, but a clock that was set.
    private static var step: Int64 { 60_000_000_000 }

    /// - Parameter moment: nanoseconds, or `Frame.unknownTime`.
    @inline(__always)
    mutating func take(_ moment: Int64) {
        if moment >= latest, moment < CaptureClock.end, moment != Frame.unknownTime {
            if moment < earliest { earliest = moment }
            latest = moment
        } else {
            takeOdd(moment)
        }
    }

    /// Back in time, beyond any date, or without a time.
    private mutating func takeOdd(_ moment: Int64) {
        if moment == Frame.unknownTime {
            hasNoTime = true
            return
        }
        if moment > CaptureClock.end { isOdd = true }
        if moment < earliest { earliest = moment }
        if moment >= latest {
            latest = moment
        } else {
            let (back, overflow) = latest.subtractingReportingOverflow(moment)
            if overflow || back > CaptureClock.step { isOdd = true }
        }
    }

    var flags: Set<String> {
        var flags: Set<String> = []
        if hasNoTime { flags.insert("no_timestamps") }
        if isOdd { flags.insert("clock") }
        return flags
    }
}
