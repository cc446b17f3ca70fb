import Flows
import Vocabulary
import Wire

/// Packets through Decoder and FlowTable as the program does it, with the promises that both make.
struct Pipeline: ~Copyable {
    typealias Body = (StreamEvent, ArraySlice<UInt8>, FlowSummary) -> FlowTable.Interest

    private struct Ends: Equatable {
        var low: Endpoint
        var high: Endpoint
    }

    private var decoder = Decoder()
    /// Decodes once more by the way for single packets: both must say the same.
    private var twin = Decoder()
    private var table: FlowTable
    private var frame = 0
    private var ends: [Int: Ends] = [:]
    private var closed: Set<Int> = []

    init(looksFirst: Bool, limit: Int = FlowLimits.flows) { table = FlowTable(looksFirst: looksFirst, limit: limit) }

    /// `body` gets what `FlowTable` hands out.
    mutating func add(
        _ buffer: [UInt8], _ range: Range<Int>, linkType: UInt32, originalLength: Int, time: Instant?, _ body: Body
    ) {
        frame += 1
        let place = Frame(
            index: frame, time: time, linkType: linkType, bytes: range, originalLength: originalLength)
        var headers = PacketHeaders()
        let outcome = decoder.decode(buffer, place, into: &headers)
        let result = twin.decode(buffer, range, linkType: linkType, originalLength: originalLength, time: time)
        if case .decoded(let other) = result {
            promise(outcome == .decoded, "the common path says \(outcome), the long one decodes")
            compare(headers, other)
        } else {
            promise(outcome != .decoded, "the common path decodes, the long one says \(result)")
        }
        promise(decoder.fragmentMemory <= WireLimits.fragmentBytes, "fragments hold \(decoder.fragmentMemory) bytes")
        if outcome == .decoded {
            let bytes = decoder.usedReassembly ? decoder.reassembled : buffer
            check(headers, bytes, decoder.usedReassembly ? 0..<bytes.count : range)
            table.add(headers, frame: frame, time: time, wireLength: originalLength, bytes: bytes)
        }
        drain(body)
    }

    mutating func finish(_ body: Body) {
        table.finish(frame: frame, time: nil)
        drain(body)
        promise(table.followedCount == 0, "\(table.followedCount) flows are followed after the end")
    }

    private mutating func drain(_ body: Body) {
        if table.events.isEmpty { return }
        for event in table.events {
            promise(
                event.bytes.lowerBound >= 0 && event.bytes.upperBound <= table.output.count,
                "an event's bytes lie at \(event.bytes) of \(table.output.count)")
            promise(event.gapLength >= 0, "a gap of \(event.gapLength) bytes")
            promise(event.frame <= frame, "an event of frame \(event.frame), frame \(frame) is the last")
        }
        // Taken out and put back: two that hold the same set copy it at each change.
        var (ends, closed): ([Int: Ends], Set<Int>) = ([:], [])
        swap(&ends, &self.ends)
        swap(&closed, &self.closed)
        table.drain { event, bytes, summary in
            promise(closed.contains(event.flow) == false, "\(event.kind) of flow \(event.flow) that was closed")
            let now = Ends(low: min(summary.client, summary.server), high: max(summary.client, summary.server))
            promise(ends[event.flow] ?? now == now, "flow \(event.flow) has become another")
            ends[event.flow] = now
            if event.kind == .closed { closed.insert(event.flow) }
            return body(event, bytes, summary)
        }
        swap(&ends, &self.ends)
        swap(&closed, &self.closed)
    }

    /// The common path sums a check sum when it is asked for; all else is told at once.
    private func compare(_ one: PacketHeaders, _ other: PacketHeaders) {
        promise(
            one.source == other.source && one.destination == other.destination && one.transport == other.transport
                && one.sourcePort == other.sourcePort && one.destinationPort == other.destinationPort
                && one.sequence == other.sequence && one.acknowledgement == other.acknowledgement
                && one.tcpFlags == other.tcpFlags && one.payload == other.payload
                && one.payloadLength == other.payloadLength && one.truncated == other.truncated
                && one.options == other.options
                && one.timeToLive == other.timeToLive && one.layers == other.layers && one.outer == other.outer,
            "two ways of decoding differ: \(one), \(other)")
    }

    private func check(_ headers: PacketHeaders, _ bytes: [UInt8], _ range: Range<Int>) {
        for part in [headers.payload, headers.options] where !part.isEmpty {
            promise(
                part.lowerBound >= range.lowerBound && part.upperBound <= range.upperBound,
                "a part at \(part) of a packet at \(range)")
        }
        promise(headers.payload.lowerBound >= 0 && headers.payload.upperBound <= bytes.count, "a payload outside")
        promise(
            headers.payloadLength >= headers.payload.count,
            "\(headers.payload.count) bytes of \(headers.payloadLength) on the wire")
        promise(headers.layers.names.count <= WireLimits.layers, "\(headers.layers.names.count) layers")
    }
}
