import Vocabulary
import Wire

/// Which way bytes went. The client is the side that opened the connection, or, when the opening was not captured, the
/// side judged by the rules of `FlowTable` (stated there); `SessionObservation` may turn it round when the dialect knows better.
package enum Direction: UInt8, Hashable, Sendable, Codable {
    case clientToServer = 0
    case serverToClient = 1

    package var opposite: Direction { self == .clientToServer ? .serverToClient : .clientToServer }
}

/// One step of one ordered byte stream, in the order of the capture. `FlowTable.add` appends these to its `events`;
/// data bytes lie in `FlowTable.output` at `bytes` until the next call of `drain`.
package struct StreamEvent: Sendable {
    package enum Kind: UInt8, Sendable {
        /// First packet of the connection (or of a new life of a reused 4-tuple: `flow` is then a new number).
        case opened
        /// In-order payload. For UDP one event a datagram.
        case data
        /// The whole greeting of a TLS client; nothing else of the flow is followed.
        case greeting
        /// `gapLength` bytes of this direction were never captured; what follows is not joined to what came before.
        case gap
        /// FIN both ways, RST, idle, evicted, or end of file. Nothing follows for this flow.
        case closed
    }

    package var kind: Kind
    /// Dense number of the flow in this run, from 0; never reused.
    package var flow: Int
    package var direction: Direction
    /// 1-based frame number in the file, of the frame that completed this step.
    package var frame: Int
    package var time: Instant?
    package var bytes: Range<Int>
    package var gapLength: Int
    /// The gap is what the capture cut off a packet.
    package var isCut: Bool
    /// Where the table keeps the flow.
    var record: Int

    package init(
        kind: Kind, flow: Int, direction: Direction, frame: Int, time: Instant?, bytes: Range<Int> = 0..<0,
        gapLength: Int = 0, isCut: Bool = false
    ) {
        self.init(
            kind: kind, flow: flow, direction: direction, frame: frame, time: time, bytes: bytes,
            gapLength: gapLength, isCut: isCut, record: 0)
    }

    init(
        kind: Kind, flow: Int, direction: Direction, frame: Int, time: Instant?, bytes: Range<Int> = 0..<0,
        gapLength: Int = 0, isCut: Bool = false, record: Int
    ) {
        self.kind = kind
        self.flow = flow
        self.direction = direction
        self.frame = frame
        self.time = time
        self.bytes = bytes
        self.gapLength = gapLength
        self.isCut = isCut
        self.record = record
    }
}

package enum Transport: UInt8, Hashable, Sendable, Codable { case tcp, udp }

/// What is known of a flow besides its bytes.
package struct FlowSummary: Hashable, Sendable {
    package var transport: Transport
    package var client: Endpoint
    package var server: Endpoint
    package var layers: LayerStack
    package var packets: Int
    /// Bytes on the wire, headers included (original lengths).
    package var bytes: Int
    package var firstSeen: Instant?
    package var lastSeen: Instant?
    package var marks: FlowMarks
    /// Addresses of the packets around it, outermost first; known when the flow has ended.
    package var outer: [AddressPair] = []
    package var shape = FlowShape()

    package init(
        transport: Transport, client: Endpoint, server: Endpoint, layers: LayerStack, packets: Int = 0, bytes: Int = 0,
        firstSeen: Instant? = nil, lastSeen: Instant? = nil, marks: FlowMarks = []
    ) {
        self.transport = transport
        self.client = client
        self.server = server
        self.layers = layers
        self.packets = packets
        self.bytes = bytes
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.marks = marks
    }

    init(_ record: FlowRecord, layers: LayerStack) {
        let clientIsLow = record.marks.contains(.clientIsLow)
        self.init(
            transport: record.key.isUDP ? .udp : .tcp, client: clientIsLow ? record.key.low : record.key.high,
            server: clientIsLow ? record.key.high : record.key.low, layers: layers,
            packets: Int(truncatingIfNeeded: record.packets), bytes: Int(truncatingIfNeeded: record.bytes),
            firstSeen: record.first == FlowRecord.unknownTime ? nil : Instant(nanoseconds: record.first),
            lastSeen: record.last == FlowRecord.unknownTime ? nil : Instant(nanoseconds: record.last),
            marks: record.marks)
        shape = FlowShape(record, clientIsLow: clientIsLow)
    }

    /// Layers under the transport, outermost first: `vlan`, `gre`, `vxlan`, … then `tcp`.
    package var carrier: [String] { layers.names }
    /// Contract, section 3: `gap`, `truncated`, `overlap_conflict`, `bad_checksum`, `urgent_data`, `memory_limit`.
    package var flags: Set<String> { marks.flags }
    /// The opening handshake was seen, so client and server are certain.
    package var handshakeSeen: Bool { marks.contains(.handshake) }
}

/// Sizes and times of a flow, cheap enough to be kept of every one.
package struct FlowShape: Hashable, Sendable {
    /// Packets and bytes on the wire that the client sent; the server's are the rest of `FlowSummary`'s.
    package var clientPackets = 0
    package var clientBytes = 0
    /// Packets with payload, up to 65 535.
    package var clientSegments = 0
    package var serverSegments = 0
    /// Seconds, to the millisecond; the longest time without a packet.
    package var longestPause = 0.0

    package init() {}

    init(_ record: FlowRecord, clientIsLow: Bool) {
        let low = Int(truncatingIfNeeded: record.bytesLow)
        clientPackets = Int(clientIsLow ? record.packetsLow : record.packets &- min(record.packets, record.packetsLow))
        clientBytes = clientIsLow ? low : Int(truncatingIfNeeded: record.bytes) - low
        clientSegments = Int(clientIsLow ? record.segmentsLow : record.segmentsHigh)
        serverSegments = Int(clientIsLow ? record.segmentsHigh : record.segmentsLow)
        longestPause = Double(record.longestPause) / 1000
    }
}
