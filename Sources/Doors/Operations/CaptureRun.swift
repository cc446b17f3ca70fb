import Bytes
import Capture
import Flows
import Foundation
import Sessions
import Vocabulary
import Wire

/// A capture by the name it was given and by its content.
package struct CaptureIdentity: Sendable {
    package var path: String
    package var sha256: String?
    /// Decimals of a second in the capture's times.
    package var timeDigits: Int
}

/// The `capture` record's numbers.
package struct CaptureSummary: Sendable {
    package var identity: CaptureIdentity
    /// Frames of the files before it in its set.
    package var frameBase = 0
    package var format: String?
    package var linkTypes: [String] = []
    package var packets = PacketCounts()
    /// Packets that did not pass the filter: read and counted, not analysed.
    package var filteredOut = 0
    package var bytes = 0
    package var flows = 0
    package var sessions = 0
    package var first: Instant?
    package var last: Instant?
    package var flags: Set<String> = []
    package var error: String?
    /// Nothing of the file could be read.
    package var refused = false
    package var seconds = 0.0
    /// What a live capture lost; nil for a file.
    package var drops: LiveCapture.Drops?
    /// What a pcapng says besides packets: names, losses of its interfaces.
    package var notes = PcapngNotes()
}

/// Captures of one set, one after another, through the network wing. With more than one thread the file is read and its headers are decoded on one
/// while the streams are followed on another; the order of packets, and so every record, is the same.
struct CaptureRun: ~Copyable {
    /// Batches under way at once.
    private static let batches = 4

    /// One for each file, in order.
    private(set) var parts: [CaptureSummary] = []
    private(set) var sessions: [SessionObservation] = []
    private(set) var contacts: [ContactObservation] = []
    private(set) var links: [SessionLink] = []
    var addresses: Set<IPAddress> { table.addresses }
    private var table: FlowTable
    private var tracker: SessionTracker
    private var frames = 0
    private var flows = 0
    private var evicted = 0
    private var last: Instant?

    /// - Parameter looksFirst: false follows every flow from its first byte.
    init(models: SessionModels, looksFirst: Bool = true) {
        tracker = SessionTracker(models: models)
        table = FlowTable(looksFirst: looksFirst)
    }

    /// Reads one file to its end; flows go on in the next. `tick` is called now and then with the packets read so far.
    mutating func read(_ identity: CaptureIdentity, filter: PacketFilter?, threads: Int = 1, tick: (Int) -> Void) {
        var summary = CaptureSummary(identity: identity)
        summary.frameBase = frames
        let reader: CaptureReader
        let source: ByteSource
        do {
            source = try ByteSource(path: identity.path)
        } catch {
            summary.error = "\(error)"
            summary.refused = true
            return parts.append(summary)
        }
        do {
            reader = try CaptureReader(source)
        } catch {
            summary.error = error.kind == .notACapture ? "neither pcap nor pcapng; check what the file is" : "\(error)"
            summary.refused = true
            summary.bytes = source.bytesConsumed
            return parts.append(summary)
        }
        summary.format = reader.format.rawValue
        follow(&summary, filter: filter, threads: threads, tick: tick) { reader.nextBatch(&$0) }
        summary.linkTypes = reader.linkTypes.map(linkTypeName)
        summary.identity.timeDigits = reader.timeDigits
        summary.notes = reader.notes
        summary.bytes = source.bytesConsumed
        summary.error = reader.error.map { "\($0)" }
        if reader.truncated { summary.flags.insert("truncated_file") }
        parts.append(summary)
    }

    /// Follows what a network interface delivers until `source` answers false.
    mutating func read(
        live identity: CaptureIdentity, linkType: UInt32, tick: (Int) -> Void,
        source: @escaping (inout FrameBatch) -> Bool
    ) {
        var summary = CaptureSummary(identity: identity)
        summary.format = "live"
        summary.linkTypes = [linkTypeName(linkType)]
        follow(&summary, filter: nil, threads: 2, tick: tick, source: source)
        parts.append(summary)
    }

    private mutating func follow(
        _ summary: inout CaptureSummary, filter: PacketFilter?, threads: Int, tick: (Int) -> Void,
        source: @escaping (inout FrameBatch) -> Bool
    ) {
        let front = CaptureFront(filter: filter, seed: table.seed, frameBase: frames, source: source)
        if threads > 1 {
            parallel(front, tick)
        } else {
            var batch = PacketBatch()
            while front.fill(&batch) { take(batch, tick) }
        }
        frames += front.packets.inFile
        summary.packets = front.packets
        summary.filteredOut = front.filteredOut
        summary.first = front.clock.first
        summary.last = front.clock.last
        last = front.clock.last ?? last
        summary.flags = front.clock.flags
        if front.hasTooManyLayers { summary.flags.insert("too_many_layers") }
        summary.flows = table.flowCount - flows
        flows = table.flowCount
        if table.evicted > evicted || front.evictedDatagrams > 0 { summary.flags.insert("memory_limit") }
        evicted = table.evicted
    }

    private mutating func parallel(_ front: CaptureFront, _ tick: (Int) -> Void) {
        let full = Conveyor<PacketBatch>(capacity: CaptureRun.batches)
        let empty = Conveyor<PacketBatch>(capacity: CaptureRun.batches)
        for _ in 0..<CaptureRun.batches { empty.put(PacketBatch()) }
        let worker = Worker {
            while var batch = empty.take(), front.fill(&batch) { full.put(batch) }
            full.close()
        }
        while let batch = full.take() {
            take(batch, tick)
            empty.put(batch)
        }
        worker.join()
    }

    private mutating func take(_ batch: PacketBatch, _ tick: (Int) -> Void) {
        table.add(batch.packets, in: batch.frames.bytes, reassembled: batch.reassembled, outer: batch.outer) {
            tracker.consume($0, $1, $2)
        }
        tick(batch.countSoFar)
    }

    /// After the last file: what is still open is closed, and the sessions are known.
    mutating func finish() {
        table.finish(frame: frames, time: last)
        table.drain { tracker.consume($0, $1, $2) }
        (sessions, contacts, links) = tracker.finish()
        for session in sessions { parts[home(of: session)].sessions += 1 }
    }

    /// What is known of the files besides their packets, in order.
    mutating func describe(digests: [String?], seconds: [Double]) {
        for (index, (digest, time)) in zip(digests, seconds).enumerated() where index < parts.count {
            parts[index].identity.sha256 = digest
            parts[index].seconds = time
        }
    }

    mutating func describe(live drops: LiveCapture.Drops?, seconds: Double, error: String?, timeDigits: Int) {
        guard !parts.isEmpty else { return }
        parts[0].drops = drops
        parts[0].seconds = seconds
        parts[0].error = error
        parts[0].identity.timeDigits = timeDigits
        if let drops, drops.droppedByKernel + drops.droppedByInterface > 0 { parts[0].flags.insert("gap") }
    }

    /// The file, by its place in `parts`, in which the session's first evidence lies.
    func home(of session: SessionObservation) -> Int { file(ofFrame: session.evidence.first?.frame ?? 1) }

    /// The name that the capture itself gives an address, from its name resolution blocks.
    func name(of address: IPAddress) -> String? {
        for part in parts {
            if let found = part.notes.names.first(where: { $0.address == address }) { return found.name }
        }
        return nil
    }

    /// The file in which a frame lies, by its number over all files.
    func file(ofFrame frame: Int) -> Int {
        parts.lastIndex { !$0.refused && $0.frameBase < frame } ?? 0
    }
}
