import Bytes
import Capture
import Foundation
import Sessions
import Vocabulary
import Wire

/// Writes the packets of the reported sessions into one pcapng, each with its session, its file and its frame number in a
/// comment. The files are read a second time, so that nothing has to be kept of the packets of all flows.
struct EvidenceFile {
    private struct Place {
        var number: Int
        var session: SessionObservation
    }

    private struct Source {
        var summary: CaptureSummary
        var filter: PacketFilter?
        /// Sessions by their two ends.
        var sessions: [Ends: [Place]]
    }

    /// Both ends of a connection, whichever way a packet goes.
    private struct Ends: Hashable {
        var low: Endpoint
        var high: Endpoint

        init(_ one: Endpoint, _ other: Endpoint) {
            low = min(one, other)
            high = max(one, other)
        }
    }

    private let path: String?
    private var sources: [Source] = []
    private var sessions = 0

    init(_ path: String?) { self.path = path }

    mutating func add(_ run: borrowing CaptureRun, filter: PacketFilter?, minimumTier: Tier?) {
        guard path != nil else { return }
        var known: [Ends: [Place]] = [:]
        for session in run.sessions where minimumTier.map({ session.tier >= $0 }) ?? true {
            sessions += 1
            known[Ends(session.client, session.server), default: []].append(Place(number: sessions, session: session))
        }
        guard !known.isEmpty else { return }
        for part in run.parts where !part.refused {
            sources.append(Source(summary: part, filter: filter, sessions: known))
        }
    }

    /// Nil when no evidence was asked for. A file without a packet is written too: it says what was looked at.
    func write() throws(OperationsError) -> CaptureAnalysis.Output? {
        guard let path else { return nil }
        if sources.contains(where: { $0.summary.identity.path == "-" }) {
            throw OperationsError(
                .usage, place: "--evidence", what: "standard input cannot be read a second time",
                remedy: "store the capture in a file first")
        }
        do {
            let notes = sources.map { "source \($0.summary.identity.path) sha256 \($0.summary.identity.sha256 ?? "-")" }
            let writer = try PcapngWriter(path: path, comments: ["\(sessions) mining sessions, suspected"] + notes)
            for source in sources { try copy(source, to: writer) }
            try writer.finish()
            return record(path, writer.packets)
        } catch let error as CaptureWriteError {
            throw OperationsError(.missing, place: error.path, what: error.detail, remedy: error.remedy)
        } catch {
            throw OperationsError.storage(path, error)
        }
    }

    private func record(_ path: String, _ packets: Int) -> CaptureAnalysis.Output {
        let digest = try? InputCollector.digest(of: URL(fileURLWithPath: path)).sha256
        var record = Record(kind: "evidence")
        record.field("path", path)
        record.field("sha256", digest)
        record.field("packets", packets)
        record.field("sessions", sessions)
        record.array("sources", sources) { source, inner in
            inner.field("capture", source.summary.identity.path)
            inner.field("sha256", source.summary.identity.sha256)
        }
        return CaptureAnalysis.Output(
            record: record.line(), row: .evidence("\(path)  \(packets)  sha256 \(digest ?? "-")"))
    }

    private func copy(_ source: Source, to writer: PcapngWriter) throws {
        let reader = try CaptureReader(try ByteSource(path: source.summary.identity.path))
        var decoder = Decoder()
        var headers = PacketHeaders()
        var batch = FrameBatch()
        var pieces = WaitingFragments()
        while reader.nextBatch(&batch) {
            for frame in batch.frames where !frame.malformed {
                if let filter = source.filter {
                    try? filter.prepare(linkType: frame.linkType)
                    if !filter.passes(frame, in: batch.bytes) { continue }
                }
                let outcome = decoder.decode(batch.bytes, frame, into: &headers)
                if outcome == .noFlow, let datagram = decoder.fragment {
                    pieces.keep(frame, batch.bytes[frame.bytes], of: datagram)
                }
                guard outcome == .decoded else { continue }
                let earlier = decoder.fragment.map { pieces.take($0) } ?? []
                guard let found = match(headers, frame, source) else { continue }
                // The pieces of a datagram belong to the session as the last of them does.
                for (frame, bytes) in earlier + [(frame, batch.bytes[frame.bytes])] {
                    try writer.write(
                        bytes: bytes, linkType: frame.linkType, time: frame.time,
                        originalLength: frame.originalLength, comment: comment(found, frame, source),
                        timeDigits: reader.timeDigits)
                }
            }
        }
    }

    private func match(_ headers: PacketHeaders, _ frame: Frame, _ source: Source) -> Place? {
        guard headers.hasPorts else { return nil }
        let ends = Ends(
            Endpoint(ip: headers.source, port: headers.sourcePort),
            Endpoint(ip: headers.destination, port: headers.destinationPort))
        return source.sessions[ends]?.last { place in
            guard let time = frame.time else { return true }
            let began = place.session.firstSeen.map { $0 <= time } ?? true
            // The last acknowledgement comes after the end.
            return began && place.session.lastSeen.map { time.timeInterval(since: $0) <= 2 } ?? true
        }
    }

    private func comment(_ place: Place, _ frame: Frame, _ source: Source) -> String {
        let number = frame.index + source.summary.frameBase
        let events = place.session.evidence.filter { $0.frame == number }.map(\.event)
        let what = events.isEmpty ? "" : ": " + events.joined(separator: ", ")
        return "session \(place.number), frame \(frame.index) of \(source.summary.identity.path)\(what)"
    }
}

/// Fragments of datagrams that are not whole yet, up to a limit; beyond it the evidence has only the last piece.
private struct WaitingFragments {
    private static let limit = 16 << 20
    private var pieces: [FragmentIdentity: [(Frame, ArraySlice<UInt8>)]] = [:]
    private var held = 0

    mutating func keep(_ frame: Frame, _ bytes: ArraySlice<UInt8>, of datagram: FragmentIdentity) {
        // Those of datagrams that never became whole go first, and with them all others: they are few on any network.
        if held + bytes.count > WaitingFragments.limit {
            pieces = [:]
            held = 0
        }
        // A copy: the slice's buffer is filled again.
        pieces[datagram, default: []].append((frame, Array(bytes)[...]))
        held += bytes.count
    }

    mutating func take(_ datagram: FragmentIdentity) -> [(Frame, ArraySlice<UInt8>)] {
        let found = pieces.removeValue(forKey: datagram) ?? []
        for (_, bytes) in found { held -= bytes.count }
        return found
    }
}
