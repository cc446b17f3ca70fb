import Bytes
import Capture
import Flows
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

/// One capture through the network wing, frame by frame, in this process.
struct CaptureRun {
    /// Addresses remembered as seen.
    static let addressLimit = 200_000

    private(set) var summary: CaptureSummary
    private(set) var sessions: [SessionObservation] = []
    private(set) var contacts: [ContactObservation] = []
    private(set) var addresses: Set<IPAddress> = []
    private var decoder = Decoder()
    private var table = FlowTable()
    private var tracker: SessionTracker

    init(identity: CaptureIdentity, models: SessionModels) {
        summary = CaptureSummary(identity: identity)
        tracker = SessionTracker(models: models)
    }

    /// Reads to the end. `tick` is called now and then with the packets read so far.
    mutating func run(_ path: String, filter: PacketFilter?, tick: (Int) -> Void) {
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
        frames(reader, filter, tick)
        finish(reader, source)
    }

    private mutating func frames(_ reader: CaptureReader, _ filter: PacketFilter?, _ tick: (Int) -> Void) {
        while let frame = reader.next() {
            summary.packets.inFile += 1
            if summary.packets.inFile & 0xFFFF == 0 { tick(summary.packets.inFile) }
            clock(frame)
            if frame.malformed {
                summary.packets.malformed += 1
                continue
            }
            if let filter {
                try? filter.prepare(linkType: frame.linkType)
                if !filter.passes(frame, in: reader.buffer) {
                    summary.filteredOut += 1
                    summary.packets.decoded += 1
                    continue
                }
            }
            take(frame, reader.buffer)
        }
    }

    private mutating func clock(_ frame: Frame) {
        guard let time = frame.time else {
            summary.flags.insert("no_timestamps")
            return
        }
        summary.first = summary.first.map { min($0, time) } ?? time
        // More than a minute back is no reordering by the capture, but a clock that was set.
        if let last = summary.last, time.timeInterval(since: last) < -60 { summary.flags.insert("clock") }
        // Beyond 2100 no capture was made yet: a clock, not a date.
        if time.seconds > 4_102_444_800 { summary.flags.insert("clock") }
        summary.last = summary.last.map { max($0, time) } ?? time
    }

    private mutating func take(_ frame: Frame, _ buffer: [UInt8]) {
        switch decoder.decode(
            buffer, frame.bytes, linkType: frame.linkType, originalLength: frame.originalLength, time: frame.time)
        {
        case .decoded(let headers):
            summary.packets.decoded += 1
            if addresses.count < CaptureRun.addressLimit {
                addresses.insert(headers.source)
                addresses.insert(headers.destination)
            }
            let bytes = decoder.usedReassembly ? decoder.reassembled : buffer
            table.add(headers, frame: frame.index, time: frame.time, wireLength: frame.originalLength, bytes: bytes)
            drain()
        case .noFlow, .fragment: summary.packets.decoded += 1
        case .malformed: summary.packets.malformed += 1
        case .truncated: summary.packets.truncated += 1
        case .unsupported: summary.packets.unsupported += 1
        case .overLimit:
            summary.packets.overLimit += 1
            summary.flags.insert("too_many_layers")
        }
    }

    private mutating func drain() { table.drain { tracker.consume($0, $1, $2) } }

    private mutating func finish(_ reader: CaptureReader, _ source: ByteSource) {
        table.finish(frame: summary.packets.inFile, time: summary.last)
        drain()
        (sessions, contacts) = tracker.finish()
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
