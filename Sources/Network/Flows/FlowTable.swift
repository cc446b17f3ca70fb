import Bytes
import Vocabulary
import Wire

/// All connections of a run. Keys are hashed with the process's own random seed, so nobody can aim at one bucket.
///
/// Client and server: the side whose SYN was seen is the client. Without a handshake the side with the larger port is taken
/// for the client (listening ports are mostly the smaller number); a session may turn the two round when its messages say so.
package struct FlowTable {
    private struct Key: Hashable {
        var transport: Transport
        /// The smaller endpoint first, so that both directions meet.
        var low: Endpoint
        var high: Endpoint
    }

    private struct Flow {
        var number: Int
        var summary: FlowSummary
        /// Client to server, server to client.
        var streams = (StreamReassembler(), StreamReassembler())
        var initialSequence: UInt32?
        var hasData = false
        var ended = false
        /// Segments of each side whose check sum was good and wrong.
        var good = (0, 0)
        var wrong = (0, 0)
        var usedAt: Double
    }

    private var index: [Key: Int] = [:]
    private var flows: [Int: Flow] = [:]
    private var waitingBytes = 0
    private var created = 0
    private var clock = 0.0
    package private(set) var events: [StreamEvent] = []
    package private(set) var output: [UInt8] = []
    package private(set) var evicted = 0

    package init() {}

    /// Flows seen so far.
    package var flowCount: Int { created }

    /// What is known of a flow; nil after its `closed` event was drained.
    package func summary(_ flow: Int) -> FlowSummary? { flows[flow]?.summary }

    /// Hands each event with its bytes to `body`, then forgets them.
    package mutating func drain(_ body: (StreamEvent, ArraySlice<UInt8>, FlowSummary) -> Void) {
        for event in events {
            guard let flow = flows[event.flow] else { continue }
            body(event, output[event.bytes], flow.summary)
            if event.kind == .closed { flows[event.flow] = nil }
        }
        events.removeAll(keepingCapacity: true)
        output.removeAll(keepingCapacity: true)
    }

    package mutating func add(
        _ headers: PacketHeaders, frame: Int, time: Instant?, wireLength: Int, bytes: [UInt8]
    ) {
        guard headers.transport != .other else { return }
        let from = Endpoint(ip: headers.source, port: headers.sourcePort)
        let to = Endpoint(ip: headers.destination, port: headers.destinationPort)
        let key = Key(transport: headers.transport == .tcp ? .tcp : .udp, low: min(from, to), high: max(from, to))
        if let time { clock = Double(time.seconds) }
        let isOpening = headers.transport == .tcp && headers.tcpFlags & 0x12 == 0x02
        if let number = index[key], isOpening, startsAnew(number, headers, from) { close(number, key, frame, time) }
        let number = index[key] ?? open(key, headers, from, to, frame, time)
        guard var flow = flows.removeValue(forKey: number) else { return }
        let direction: Direction = from == flow.summary.client ? .clientToServer : .serverToClient
        flow.summary.packets += 1
        flow.summary.bytes += wireLength
        flow.summary.lastSeen = time ?? flow.summary.lastSeen
        flow.usedAt = clock
        if headers.fragmentConflict { flow.summary.flags.insert("overlap_conflict") }
        let payload = bytes[headers.payload]
        if headers.transport == .udp {
            emit(.data, number, direction, frame, time, payload)
            flow.hasData = true
        } else {
            segment(&flow, direction, headers, payload, frame, time)
        }
        flows[number] = flow
        if flow.ended { close(number, key, frame, time) }
    }

    /// Closes every flow: what still waits is handed on.
    package mutating func finish(frame: Int, time: Instant?) {
        for (key, number) in index.sorted(by: { $0.value < $1.value }) { close(number, key, frame, time) }
    }

    private mutating func open(
        _ key: Key, _ headers: PacketHeaders, _ from: Endpoint, _ to: Endpoint, _ frame: Int, _ time: Instant?
    ) -> Int {
        if index.count >= FlowLimits.flows { evict(frame, time) }
        let isTCP = headers.transport == .tcp
        let opens = isTCP && headers.tcpFlags & 0x12 == 0x02
        let answers = isTCP && headers.tcpFlags & 0x12 == 0x12
        let sendsAsClient = opens || !answers && (from.port > to.port || from.port == to.port && to < from)
        let summary = FlowSummary(
            transport: isTCP ? .tcp : .udp, client: sendsAsClient ? from : to, server: sendsAsClient ? to : from,
            carrier: headers.layers.names, firstSeen: time, lastSeen: time, handshakeSeen: opens || answers)
        let number = created
        created += 1
        flows[number] = Flow(number: number, summary: summary, usedAt: clock)
        index[key] = number
        events.append(StreamEvent(kind: .opened, flow: number, direction: .clientToServer, frame: frame, time: time))
        return number
    }

    /// A SYN with another number on a 4-tuple that has carried data is a new connection.
    private func startsAnew(_ number: Int, _ headers: PacketHeaders, _ from: Endpoint) -> Bool {
        guard let flow = flows[number], headers.checksumGood != false else { return false }
        let stream = from == flow.summary.client ? flow.streams.0 : flow.streams.1
        guard let next = stream.next else { return false }
        if flow.initialSequence == headers.sequence { return false }
        // A SYN inside the window of a living connection is a probe or a stray, not a new life.
        let ahead = Int32(bitPattern: headers.sequence &- next)
        return flow.ended || stream.finished || ahead.magnitude > 1 << 20
    }

    private mutating func segment(
        _ flow: inout Flow, _ direction: Direction, _ headers: PacketHeaders, _ payload: ArraySlice<UInt8>,
        _ frame: Int,
        _ time: Instant?
    ) {
        let flags = headers.tcpFlags
        if headers.truncated, headers.payloadLength > payload.count { flow.summary.flags.insert("truncated") }
        if flags & 0x20 != 0, !payload.isEmpty { flow.summary.flags.insert("urgent_data") }
        let isClient = direction == .clientToServer
        if let good = headers.checksumGood {
            if isClient { if good { flow.good.0 += 1 } else { flow.wrong.0 += 1 } }
            if !isClient { if good { flow.good.1 += 1 } else { flow.wrong.1 += 1 } }
            let anyGood = isClient ? flow.good.0 > 0 : flow.good.1 > 0
            // Wrong sums beside good ones of the same side: an insertion the end host never took. All wrong: offload.
            if !good, anyGood {
                flow.summary.flags.insert("bad_checksum")
                return
            }
            if good, isClient ? flow.wrong.0 > 0 : flow.wrong.1 > 0 { flow.summary.flags.insert("bad_checksum") }
        }
        if flags & 0x02 != 0 {
            flow.summary.handshakeSeen = true
            if isClient, flags & 0x10 == 0 { flow.initialSequence = headers.sequence }
            mutate(&flow, direction) { if $0.next == nil { $0.start(at: headers.sequence &+ 1) } }
        }
        let sequence = flags & 0x02 != 0 ? headers.sequence &+ 1 : headers.sequence
        if !payload.isEmpty { take(&flow, direction, headers, payload, sequence, frame, time) }
        ending(&flow, direction, headers, sequence, frame, time)
    }

    private mutating func take(
        _ flow: inout Flow, _ direction: Direction, _ headers: PacketHeaders, _ payload: ArraySlice<UInt8>,
        _ sequence: UInt32, _ frame: Int, _ time: Instant?
    ) {
        flow.hasData = true
        var pieces: [StreamReassembler.Piece] = []
        mutate(&flow, direction) { stream in
            let before = stream.waitingBytes
            stream.add(payload, sequence: sequence, frame: frame) { pieces.append($0) }
            let missing = headers.payloadLength - payload.count
            if missing > 0 {
                stream.addMissing(missing, after: sequence &+ UInt32(truncatingIfNeeded: payload.count)) {
                    pieces.append($0)
                }
            }
            waitingBytes += stream.waitingBytes - before
            if waitingBytes > FlowLimits.waitingBytes {
                waitingBytes -= stream.waitingBytes
                stream.flush { pieces.append($0) }
            }
        }
        handOn(&flow, direction, pieces, frame, time)
    }

    private mutating func handOn(
        _ flow: inout Flow, _ direction: Direction, _ pieces: [StreamReassembler.Piece], _ frame: Int, _ time: Instant?
    ) {
        for piece in pieces {
            switch piece {
            case .gap(let length):
                flow.summary.flags.insert("gap")
                events.append(
                    StreamEvent(
                        kind: .gap, flow: flow.number, direction: direction, frame: frame, time: time, gapLength: length
                    ))
            case .data(let bytes, let from): emit(.data, flow.number, direction, from, time, bytes)
            }
        }
        if direction == .clientToServer ? flow.streams.0.conflict : flow.streams.1.conflict {
            flow.summary.flags.insert("overlap_conflict")
        }
    }

    /// FIN and RST count only where the stream stands: one out of the window was not meant for the end host.
    private mutating func ending(
        _ flow: inout Flow, _ direction: Direction, _ headers: PacketHeaders, _ sequence: UInt32, _ frame: Int,
        _ time: Instant?
    ) {
        guard headers.tcpFlags & 0x05 != 0, headers.checksumGood != false || flow.good == (0, 0) else { return }
        let end = sequence &+ UInt32(truncatingIfNeeded: headers.payloadLength)
        var stands = false
        mutate(&flow, direction) { stream in
            stands = stream.next != nil && stream.distance(end) == 0
            if stream.next == nil || stands { stream.finished = true }
        }
        // A reset exactly where the stream stands ends both sides (RFC 5961, 3.2); elsewhere it ends nothing.
        let isReset = headers.tcpFlags & 0x04 != 0
        if flow.streams.0.finished && flow.streams.1.finished || isReset && stands { flow.ended = true }
    }

    private func mutate(_ flow: inout Flow, _ direction: Direction, _ body: (inout StreamReassembler) -> Void) {
        if direction == .clientToServer { body(&flow.streams.0) } else { body(&flow.streams.1) }
    }

    private mutating func emit(
        _ kind: StreamEvent.Kind, _ flow: Int, _ direction: Direction, _ frame: Int, _ time: Instant?,
        _ bytes: ArraySlice<UInt8>
    ) {
        let start = output.count
        output.append(contentsOf: bytes)
        events.append(
            StreamEvent(
                kind: kind, flow: flow, direction: direction, frame: frame, time: time, bytes: start..<output.count))
    }

    private mutating func close(_ number: Int, _ key: Key, _ frame: Int, _ time: Instant?) {
        guard var flow = flows.removeValue(forKey: number) else { return }
        for direction in [Direction.clientToServer, .serverToClient] {
            var pieces: [StreamReassembler.Piece] = []
            mutate(&flow, direction) { stream in
                waitingBytes -= stream.waitingBytes
                stream.flush { pieces.append($0) }
            }
            handOn(&flow, direction, pieces, frame, time)
        }
        flows[number] = flow
        if index[key] == number { index[key] = nil }
        events.append(StreamEvent(kind: .closed, flow: number, direction: .clientToServer, frame: frame, time: time))
    }

    /// Room for a sixteenth of the table: flows without data first, then those that were idle longest.
    private mutating func evict(_ frame: Int, _ time: Instant?) {
        var candidates: [(key: Key, number: Int, hasData: Bool, usedAt: Double)] = []
        candidates.reserveCapacity(index.count)
        for (key, number) in index {
            guard let flow = flows[number] else { continue }
            candidates.append((key, number, flow.hasData, flow.usedAt))
        }
        candidates.sort { ($0.hasData ? 1 : 0, $0.usedAt, $0.number) < ($1.hasData ? 1 : 0, $1.usedAt, $1.number) }
        for one in candidates.prefix(FlowLimits.flows / 16) {
            flows[one.number]?.summary.flags.insert("memory_limit")
            close(one.number, one.key, frame, time)
            evicted += 1
        }
    }
}
