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
}

/// One capture through the network wing. With more than one thread the file is read and its headers are decoded on one
/// while the streams are followed on another; the order of packets, and so every record, is the same.
struct CaptureRun {
    /// Batches under way at once.
    private static let batches = 4

    private(set) var summary: CaptureSummary
    private(set) var sessions: [SessionObservation] = []
    private(set) var contacts: [ContactObservation] = []
    var addresses: Set<IPAddress> { table.addresses }
    private var table: FlowTable
    private var tracker: SessionTracker

    /// - Parameter looksFirst: false follows every flow from its first byte.
    init(identity: CaptureIdentity, models: SessionModels, looksFirst: Bool = true) {
        summary = CaptureSummary(identity: identity)
        tracker = SessionTracker(models: models)
        table = FlowTable(looksFirst: looksFirst)
    }

    /// Reads to the end. `tick` is called now and then with the packets read so far.
    mutating func run(_ path: String, filter: PacketFilter?, threads: Int = 1, tick: (Int) -> Void) {
        let reader: CaptureReader
        let source: ByteSource
        do {
            source = try ByteSource(path: path)
        } catch {
            summary.error = "\(error)"
            summary.refused = true
            return
        }
        do {
            reader = try CaptureReader(source)
        } catch {
            summary.error = error.kind == .notACapture ? "neither pcap nor pcapng; check what the file is" : "\(error)"
            summary.refused = true
            summary.bytes = source.bytesConsumed
            return
        }
        summary.format = reader.format.rawValue
        let front = CaptureFront(reader, filter: filter, seed: table.seed)
        if threads > 1 {
            parallel(front, tick)
        } else {
            var batch = PacketBatch()
            while front.fill(&batch) { take(batch, tick) }
        }
        finish(front, reader, source)
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

    private mutating func finish(_ front: CaptureFront, _ reader: CaptureReader, _ source: ByteSource) {
        table.finish(frame: front.packets.inFile, time: front.clock.last)
        table.drain { tracker.consume($0, $1, $2) }
        (sessions, contacts) = tracker.finish()
        summary.packets = front.packets
        summary.filteredOut = front.filteredOut
        summary.first = front.clock.first
        summary.last = front.clock.last
        summary.flags = front.clock.flags
        if front.hasTooManyLayers { summary.flags.insert("too_many_layers") }
        summary.linkTypes = reader.linkTypes.map(linkTypeName)
        summary.identity.timeDigits = reader.timeDigits
        summary.bytes = source.bytesConsumed
        summary.flows = table.flowCount
        summary.sessions = sessions.count
        summary.error = reader.error.map { "\($0)" }
        if reader.truncated { summary.flags.insert("truncated_file") }
        if table.evicted > 0 { summary.flags.insert("memory_limit") }
    }
}
