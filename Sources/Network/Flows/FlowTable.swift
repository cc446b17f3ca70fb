import CMachine
import Vocabulary
import Wire

/// All connections of a run.
///
/// Most are never more than a record: counted, and their payload looked at just enough to know that no conversation of
/// interest is in it (`FirstLook`). The others are followed byte by byte. Keys are hashed with the table's own secrets.
///
/// Client and server: the side whose SYN was seen is the client. Without a handshake the side with the larger port is taken
/// for the client (listening ports are mostly the smaller number); a session may turn the two round when its messages say so.
///
/// Never copied: a copy of its many parts by the way would cost more than most packets do.
package struct FlowTable: ~Copyable {
    /// For packets that are to be added.
    package let seed = FlowSeed()
    private let looksFirst: Bool
    private let limit: Int
    private var index = FlowIndex(capacity: 0)
    var records: FlowRecords
    private var freeRecords: [Int] = []
    var followed: [Followed] = []
    private var freeFollowed: [Int] = []
    private var created = 0
    var waitingBytes = 0
    package internal(set) var events: [StreamEvent] = []
    package internal(set) var output: [UInt8] = []
    /// Layers that flows lay in; the first stands for what is not known.
    private var stacks = [LayerStack()]
    private var stackNumbers: [LayerStack: UInt16] = [:]
    private var lastStack: (layers: LayerStack, number: UInt16) = (LayerStack(), 0)
    /// Addresses around tunnelled flows, by the flow's number.
    private var wrapped: [Int: AddressPairs] = [:]
    /// What was known of the flows that ended since the last drain.
    var endings: [(number: Int, summary: FlowSummary)] = []
    package private(set) var evicted = 0
    /// Addresses of the flows that were evicted.
    private var gone: Set<IPAddress> = []

    /// - Parameters:
    ///   - looksFirst: false follows every flow from its first byte, at several times the cost.
    ///   - limit: flows held at once.
    package init(looksFirst: Bool = true, limit: Int = FlowLimits.flows) {
        self.looksFirst = looksFirst
        records = FlowRecords(limit: limit)
        self.limit = records.limit
    }

    /// Flows seen so far.
    package var flowCount: Int { created }
    /// Flows now followed byte by byte.
    package var followedCount: Int { followed.count - freeFollowed.count }

    /// Addresses of all flows, up to the limit.
    package var addresses: Set<IPAddress> {
        var all = gone
        for place in records.indices where !records[place].isFree && all.count < FlowLimits.addresses {
            all.formUnion([records[place].key.low.ip, records[place].key.high.ip])
        }
        return all
    }

    /// Hands each event with its bytes to `body`, then forgets them. `body` says what it wants of the flow from here on.
    package mutating func drain(_ body: (StreamEvent, ArraySlice<UInt8>, FlowSummary) -> Interest) {
        guard !events.isEmpty else { return }
        for event in events {
            let record = event.record
            let isSame = records[record].number == UInt32(truncatingIfNeeded: event.flow)
            let ending = event.kind == .closed || !isSame ? endings.first { $0.number == event.flow } : nil
            let summary = ending?.summary ?? summary(record)
            let interest = body(event, output[event.bytes], summary)
            guard event.kind != .closed, isSame, records[record].attention == .followed else { continue }
            switch interest {
            case .follow: break
            case .keep: followed[records[record].deep].hasEvidence = true
            case .opaque: release(record, .opaque)
            case .foreign: release(record, .foreign)
            }
        }
        events.removeAll(keepingCapacity: true)
        output.removeAll(keepingCapacity: true)
        endings.removeAll(keepingCapacity: true)
    }

    package mutating func add(
        _ headers: PacketHeaders, frame: Int, time: Instant?, wireLength: Int, bytes: [UInt8]
    ) {
        guard headers.transport != .other else { return }
        let packet = FlowPacket(headers, frame: frame, time: time, wireLength: wireLength, seed: seed)
        bytes.withUnsafeBytes { add(packet, in: $0) }
    }

    /// - Parameter bytes: what the packet's ranges point into.
    package mutating func add(_ packet: FlowPacket, in bytes: UnsafeRawBufferPointer) {
        guard packet.payload.upperBound <= bytes.count else { return }
        let place: Int
        if let found = index.find(packet.hash, packet.key, in: records) {
            place = found
            let record = records.at(place)
            if packet.tcpFlags & 0x02 != 0 || record.pointee.marks.contains(.ended), startsAnew(place, packet, bytes) {
                renew(place, packet)
            }
        } else {
            place = open(packet)
        }
        let step = records.at(place).pointee.take(packet, bytes, looksFirst: looksFirst)
        switch step {
        case .done: break
        case .datagram: emit(.data, place, packet, bytes[packet.payload])
        case .greeting: emit(.greeting, place, packet, bytes[packet.payload])
        case .promote(let start, let withBrace):
            follow(place, packet, from: start)
            if withBrace {
                // The byte was passed over; what it was is known.
                let brace: [UInt8] = [UInt8(ascii: "{")]
                brace.withUnsafeBytes { emit(.data, place, packet, $0[0..<1]) }
                records[place].marks.remove(packet.sourceIsLow ? .braceLow : .braceHigh)
            }
            segment(place, packet, bytes)
        case .followed: segment(place, packet, bytes)
        }
    }

    /// Adds a batch, in order, and hands each event on as it comes.
    package mutating func add(
        _ packets: FlowPackets, in bytes: [UInt8], reassembled: [UInt8],
        outer: [AddressPairs], _ body: (StreamEvent, ArraySlice<UInt8>, FlowSummary) -> Interest
    ) {
        bytes.withUnsafeBytes { bytes in
            reassembled.withUnsafeBytes { reassembled in
                packets.withPackets { packets in
                    for place in packets.indices {
                        askAhead(packets, place)
                        add(packets[place], in: packets[place].isReassembled ? reassembled : bytes)
                        let wrapping = Int(packets[place].outer)
                        if wrapping > 0, wrapping <= outer.count { keep(outer[wrapping - 1], packets[place]) }
                        if !events.isEmpty { drain(body) }
                    }
                }
            }
        }
    }

    /// The records of flows lie far apart: asked for some packets ahead, they are there in time.
    @inline(__always)
    private func askAhead(_ packets: UnsafeBufferPointer<FlowPacket>, _ place: Int) {
        if place + 16 < packets.count { index.prefetchSlot(packets[place + 16].hash) }
        guard place + 8 < packets.count, let likely = index.likely(packets[place + 8].hash), likely < records.count
        else { return }
        let record = records.at(likely)
        cmachine_prefetch(record)
        cmachine_prefetch(UnsafeRawPointer(record) + 64)
    }

    /// Remembers around what a tunnelled flow's packets were wrapped.
    private mutating func keep(_ pairs: AddressPairs, _ packet: FlowPacket) {
        guard let place = index.find(packet.hash, packet.key, in: records) else { return }
        let number = Int(records[place].number)
        if wrapped.count < FlowLimits.wrapped, wrapped[number] == nil { wrapped[number] = pairs }
    }

    /// Closes every followed flow: what still waits is handed on.
    package mutating func finish(frame: Int, time: Instant?) {
        let open = followed.filter { !$0.isFree }.sorted { $0.number < $1.number }
        for one in open { close(one.record, frame, time) }
    }

    private mutating func open(_ packet: FlowPacket) -> Int {
        if records.count - freeRecords.count >= limit { makeRoom(packet.frame, packet.time) }
        if index.isCrowded { index.grow() }
        let record = FlowRecord(packet, number: nextNumber(), stack: stack(packet.layers))
        let place: Int
        if let free = freeRecords.popLast() {
            place = free
            records[place] = record
        } else {
            place = records.append(record)
        }
        index.insert(packet.hash, place)
        return place
    }

    /// The number of a stack of layers among those of this table; 0, whose layers are not known, beyond the limit.
    private mutating func stack(_ layers: LayerStack) -> UInt16 {
        if layers == lastStack.layers { return lastStack.number }
        var number = stackNumbers[layers] ?? 0
        if number == 0, stacks.count < FlowLimits.stacks {
            number = UInt16(stacks.count)
            stackNumbers[layers] = number
            stacks.append(layers)
        }
        lastStack = (layers, number)
        return number
    }

    private func summary(_ place: Int) -> FlowSummary {
        let record = records[place]
        return FlowSummary(record, layers: stacks[Int(record.stack)])
    }

    private mutating func nextNumber() -> UInt32 {
        created += 1
        return UInt32(truncatingIfNeeded: created - 1)
    }

    /// A SYN with another number on ports that have lived, or bytes after an end, are a new connection.
    private mutating func startsAnew(_ place: Int, _ packet: FlowPacket, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard packet.isTCP else { return false }
        let isEnded = records[place].marks.contains(.ended)
        // Bytes after an end, whatever their flags: the stream is closed, and its number is not used again.
        if isEnded, packet.payloadLength > 0 { return true }
        guard packet.tcpFlags & 0x12 == 0x02 else { return false }
        guard let next = expected(place, packet.sourceIsLow) else { return false }
        if records[place].marks.contains(.hasInitial), records[place].initial == packet.sequence { return false }
        // A SYN inside the window of a living connection is a probe or a stray, not a new life.
        let ahead = Int32(bitPattern: packet.sequence &- next)
        guard isEnded || records[place].hasFinished(packet.sourceIsLow) || ahead.magnitude > FlowLimits.freshStart
        else {
            return false
        }
        return packet.checksum(in: bytes) != false
    }

    /// Sequence number that the next byte of this side should have.
    private mutating func expected(_ place: Int, _ sourceIsLow: Bool) -> UInt32? {
        if records[place].attention == .followed {
            return followed[records[place].deep].next(records[place].direction(sourceIsLow))
        }
        return records[place].expected(sourceIsLow)
    }

    private mutating func renew(_ place: Int, _ packet: FlowPacket) {
        if records[place].attention == .followed { close(place, packet.frame, packet.time) }
        records[place] = FlowRecord(packet, number: nextNumber(), stack: stack(packet.layers))
    }

    // MARK: Followed flows

    private mutating func follow(_ place: Int, _ packet: FlowPacket, from start: UInt32?) {
        let (frame, time, sourceIsLow) = (packet.frame, packet.time, packet.sourceIsLow)
        if followedCount >= FlowLimits.followed { dropFollowed(frame, time) }
        let number = Int(records[place].number)
        var state = Followed(record: place, number: number)
        for isLow in [true, false] {
            let direction = records[place].direction(isLow)
            let known = isLow == sourceIsLow ? start : records[place].expected(isLow)
            if let known { state[direction].stream.start(at: known) }
            state[direction].timeToLive = isLow ? records[place].ttlLow : records[place].ttlHigh
            let stamp = isLow ? records[place].stampLow : records[place].stampHigh
            state[direction].stamp = stamp == 0 ? nil : stamp
            state[direction].stream.finished = records[place].hasFinished(isLow)
        }
        if let free = freeFollowed.popLast() {
            followed[free] = state
            records[place].detail = UInt32(truncatingIfNeeded: free)
        } else {
            records[place].detail = UInt32(truncatingIfNeeded: followed.count)
            followed.append(state)
        }
        records[place].attention = .followed
        events.append(
            StreamEvent(
                kind: .opened, flow: number, direction: .clientToServer, frame: frame, time: time, record: place))
    }

    /// Stops following without an ending: the flow goes on as a record.
    private mutating func release(_ place: Int, _ attention: FlowRecord.Attention) {
        let deep = records[place].deep
        for isLow in [true, false] {
            if let next = followed[deep].next(records[place].direction(isLow)) {
                records[place].expect(next, isLow)
            }
        }
        records[place].attention = attention
        records[place].detail = 0
        forget(deep)
    }

    private mutating func forget(_ deep: Int) {
        waitingBytes -= followed[deep].held()
        followed[deep] = Followed(record: 0, number: -1, isFree: true)
        freeFollowed.append(deep)
    }

    /// Hands on what waits and ends the flow's stream.
    mutating func close(_ place: Int, _ frame: Int, _ time: Instant?) {
        guard records[place].attention == .followed else { return }
        flush(place, frame, time)
        let deep = records[place].deep
        let number = Int(records[place].number)
        var summary = summary(place)
        summary.outer = wrapped[number]?.all ?? []
        endings.append((number, summary))
        events.append(
            StreamEvent(
                kind: .closed, flow: number, direction: .clientToServer, frame: frame, time: time, record: place))
        records[place].attention = .opaque
        records[place].detail = 0
        forget(deep)
    }

    // MARK: Room

    private mutating func rebuildIndex() {
        var new = FlowIndex(capacity: max(1024, (records.count - freeRecords.count) * 2))
        for place in records.indices where !records[place].isFree {
            new.insert(records[place].key.hash(seed), place)
        }
        index = new
    }

    /// About an eighth of the table: ended and half-open flows first, then quiet ones, then followed ones, those with
    /// messages last; within a kind the ones that were idle longest. Once one kind has
    /// given half of it the next is spared: the times are those of a sample, and may free somewhat less.
    private mutating func makeRoom(_ frame: Int, _ time: Instant?) {
        let wanted = max(1, limit / 8)
        var freed = 0
        for rank in 0...3 where freed * 2 < wanted {
            guard let oldest = threshold(rank, wanted - freed) else { continue }
            for place in records.indices where freed < wanted {
                guard self.rank(place) == rank, records[place].last <= oldest else { continue }
                evict(place, frame, time)
                freed += 1
            }
        }
        rebuildIndex()
    }

    private func rank(_ place: Int) -> Int {
        if records[place].isFree { return -1 }
        if records[place].attention == .followed { return followed[records[place].deep].hasEvidence ? 3 : 2 }
        let hasBothSides = records[place].marks.isSuperset(of: [.spokeLow, .spokeHigh])
        return records[place].marks.contains(.ended) || !hasBothSides ? 0 : 1
    }

    /// The time up to which about `wanted` flows of a rank were last seen, from a sample; nil when there are none.
    private func threshold(_ rank: Int, _ wanted: Int) -> Int64? {
        var sample: [Int64] = []
        let stride = max(1, records.count / 8192)
        for place in Swift.stride(from: 0, to: records.count, by: stride) where self.rank(place) == rank {
            sample.append(records[place].last)
        }
        guard !sample.isEmpty else { return stride == 1 ? nil : Int64.max }
        sample.sort()
        let share = wanted / stride
        return share >= sample.count ? Int64.max : sample[share]
    }

    private mutating func evict(_ place: Int, _ frame: Int, _ time: Instant?) {
        if records[place].attention == .followed {
            records[place].marks.insert(.memoryLimit)
            close(place, frame, time)
        }
        if gone.count < FlowLimits.addresses {
            gone.formUnion([records[place].key.low.ip, records[place].key.high.ip])
        }
        records[place].number = .max
        freeRecords.append(place)
        evicted += 1
    }

    /// A sixteenth of the followed flows: those without a message and longest idle first.
    private mutating func dropFollowed(_ frame: Int, _ time: Instant?) {
        var known: [(evidence: Int, last: Int64, record: Int)] = []
        for one in followed where !one.isFree {
            known.append((one.hasEvidence ? 1 : 0, records[one.record].last, one.record))
        }
        known.sort { $0 < $1 }
        for one in known.prefix(FlowLimits.followed / 16) {
            records[one.record].marks.insert(.memoryLimit)
            close(one.record, frame, time)
            // Should it be followed again it is another flow: a number is closed once.
            records[one.record].number = nextNumber()
            evicted += 1
        }
    }

    mutating func emit(
        _ kind: StreamEvent.Kind, _ place: Int, _ direction: Direction, _ frame: Int, _ time: Instant?,
        _ bytes: Slice<UnsafeRawBufferPointer>
    ) {
        let start = output.count
        output.append(contentsOf: bytes)
        events.append(
            StreamEvent(
                kind: kind, flow: Int(records[place].number), direction: direction, frame: frame, time: time,
                bytes: start..<output.count, record: place))
    }

    private mutating func emit(
        _ kind: StreamEvent.Kind, _ place: Int, _ packet: FlowPacket, _ bytes: Slice<UnsafeRawBufferPointer>
    ) {
        emit(kind, place, records[place].direction(packet.sourceIsLow), packet.frame, packet.time, bytes)
    }
}
