import Vocabulary
import Wire

/// What the flow table needs of a packet, small enough to hand thousands from one thread to another.
package struct FlowPacket: Sendable {
    var key: FlowKey
    var hash: UInt64
    /// Nanoseconds; `FlowRecord.unknownTime` when the capture has none.
    var moment: Int64
    var layers: LayerStack
    /// 1-based number in the file.
    package var frame: Int
    var sequence: UInt32
    private var payloadStart: UInt32
    private var payloadEnd: UInt32
    private var onWire: UInt32
    /// Where the TCP header begins; `.max` without one.
    private var header: UInt32
    private var wire: UInt32
    var tcpFlags: UInt8
    var timeToLive: UInt8
    var sourceIsLow = false
    var sourceHasLargerPort: Bool
    var truncated: Bool
    var fragmentConflict: Bool
    /// 0: to be summed when asked; 1 good; 2 wrong.
    private var sum: UInt8
    /// One more than the place of its outer addresses in its batch; 0 for a packet that was not wrapped.
    package var outer: UInt32 = 0
    /// The payload lies in the other buffer of its batch.
    package var isReassembled = false

    /// Offsets and lengths of a packet fit 32 bits: a batch is smaller than a packet's limit times its packets.
    @inline(__always)
    package init(_ headers: PacketHeaders, frame: Int, time: Instant?, wireLength: Int, seed: FlowSeed) {
        key = FlowKey(headers, sourceIsLow: &sourceIsLow)
        hash = key.hash(seed)
        moment = time?.nanoseconds ?? FlowRecord.unknownTime
        layers = headers.layers
        self.frame = frame
        sequence = headers.sequence
        payloadStart = UInt32(truncatingIfNeeded: headers.payload.lowerBound)
        payloadEnd = UInt32(truncatingIfNeeded: headers.payload.upperBound)
        onWire = UInt32(truncatingIfNeeded: headers.payloadLength)
        header = headers.tcpHeader.map { UInt32(truncatingIfNeeded: $0) } ?? .max
        wire = UInt32(clamping: wireLength)
        tcpFlags = headers.tcpFlags
        timeToLive = headers.timeToLive
        sourceHasLargerPort =
            headers.sourcePort > headers.destinationPort
            || headers.sourcePort == headers.destinationPort && !sourceIsLow
        truncated = headers.truncated
        fragmentConflict = headers.fragmentConflict
        sum = headers.checksumGood.map { $0 ? 1 : 2 } ?? 0
    }

    /// What the common path has read; nothing of such a packet is cut, wrapped or in fragments.
    @inline(__always)
    init(_ row: CommonPath, _ frame: Frame, frameBase: Int, layers: LayerStack, seed: FlowSeed) {
        key = FlowKey(row, sourceIsLow: &sourceIsLow)
        hash = key.hash(seed)
        moment = frame.moment
        self.layers = layers
        self.frame = frameBase &+ frame.index
        sequence = row.sequence
        payloadStart = row.payloadStart
        payloadEnd = row.payloadEnd
        onWire = row.payloadEnd &- row.payloadStart
        header = row.isUDP ? .max : row.header
        wire = frame.original
        tcpFlags = row.tcpFlags
        timeToLive = row.timeToLive
        sourceHasLargerPort =
            row.sourcePort > row.destinationPort || row.sourcePort == row.destinationPort && !sourceIsLow
        truncated = false
        fragmentConflict = false
        sum = 0
    }

    var isTCP: Bool { !key.isUDP }
    var payload: Range<Int> { Int(payloadStart)..<Int(payloadEnd) }
    var isEmpty: Bool { payloadStart == payloadEnd }
    /// Payload bytes on the wire; more than are in `payload` when the capture cut the packet.
    var payloadLength: Int { Int(onWire) }
    /// TCP options, as far as they were captured.
    var options: Range<Int> {
        let start = Int(header) + 20
        return header == .max || start > Int(payloadStart) ? 0..<0 : start..<Int(payloadStart)
    }
    var wireLength: Int { Int(wire) }
    var time: Instant? { moment == FlowRecord.unknownTime ? nil : Instant(nanoseconds: moment) }

    /// Whether the TCP check sum is good; nil when it cannot be told.
    func checksum(in bytes: UnsafeRawBufferPointer) -> Bool? {
        if sum != 0 { return sum == 1 }
        guard !truncated, header <= payloadEnd, Int(payloadEnd) <= bytes.count else { return nil }
        return tcpChecksumIsGood(
            key.lowHigh, key.lowLow, key.highHigh, key.highLow,
            segment: UnsafeRawBufferPointer(rebasing: bytes[Int(header)..<Int(payloadEnd)]))
    }
}
