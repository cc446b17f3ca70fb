import Vocabulary

package enum TransportProtocol: UInt8, Sendable { case tcp, udp, other }

/// What the headers of one packet say; the payload is a range of the caller's bytes, nothing is copied.
package struct PacketHeaders: Sendable {
    /// Addresses of the innermost IP packet.
    package var source = IPAddress(ipv4: 0)
    package var destination = IPAddress(ipv4: 0)
    package var transport = TransportProtocol.other
    package var sourcePort: UInt16 = 0
    package var destinationPort: UInt16 = 0
    package var sequence: UInt32 = 0
    package var acknowledgement: UInt32 = 0
    /// TCP flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32.
    package var tcpFlags: UInt8 = 0
    package var payload = 0..<0
    /// Payload bytes on the wire, from the IP length; more than `payload.count` when the capture cut the packet.
    package var payloadLength = 0
    /// Cut by the capture's snap length.
    package var truncated = false
    /// TCP check sum; nil when it was not or could not be checked (cut packet). `checksum(in:)` checks it when asked.
    package var checksumGood: Bool?
    /// Where the TCP header begins; nil when there is none.
    package var tcpHeader: Int?
    /// TCP options, as far as they were captured.
    package var options = 0..<0
    /// Put together from fragments that contradict each other.
    package var fragmentConflict = false
    package var timeToLive: UInt8 = 0
    /// Layers under the transport, outermost first.
    package var layers: LayerStack = LayerStack()
    /// Addresses of the packets around the innermost one; empty when nothing was wrapped.
    package var outer: AddressPairs = AddressPairs()

    /// TCP or UDP.
    package var hasPorts: Bool {
        switch transport {
        case .tcp, .udp: true
        case .other: false
        }
    }

    package init() {}

    /// What the common path has read, field by field.
    init(_ common: CommonPath) {
        if common.isIPv4 {
            source = IPAddress(ipv4: UInt32(truncatingIfNeeded: common.sourceLow))
            destination = IPAddress(ipv4: UInt32(truncatingIfNeeded: common.destinationLow))
        } else {
            source = IPAddress(high: common.sourceHigh, low: common.sourceLow)
            destination = IPAddress(high: common.destinationHigh, low: common.destinationLow)
        }
        transport = common.isUDP ? .udp : .tcp
        sourcePort = common.sourcePort
        destinationPort = common.destinationPort
        sequence = common.sequence
        acknowledgement = common.acknowledgement
        tcpFlags = common.tcpFlags
        timeToLive = common.timeToLive
        payload = Int(common.payloadStart)..<Int(common.payloadEnd)
        payloadLength = payload.count
        layers = common.layers
        if !common.isUDP {
            tcpHeader = Int(common.header)
            options = (Int(common.header) + 20)..<Int(common.payloadStart)
        }
    }

    /// The bytes that the ranges point into were moved.
    package mutating func move(by distance: Int) {
        payload = (payload.lowerBound + distance)..<(payload.upperBound + distance)
        options = (options.lowerBound + distance)..<(options.upperBound + distance)
        tcpHeader = tcpHeader.map { $0 + distance }
    }
}

package enum WireLimits {
    /// Wrappings of one packet. Real networks stay below six; the rest is an attack on the decoder.
    package static let layers = 16
    /// Steps of one packet: headers, extension headers, labels, attributes.
    package static let steps = 64
    /// IPv6 extension headers of one packet.
    package static let extensionHeaders = 16
    /// Fragments of fragments: datagrams put together for one packet.
    package static let reassemblies = 4
    /// Datagrams that wait for their other fragments.
    package static let fragmentedDatagrams = 4_096
    /// Bytes of memory for waiting fragments, the tables that find them included.
    package static let fragmentBytes = 16 << 20
    /// Pieces of one datagram: 65 535 bytes in the smallest pieces of eight.
    package static let fragments = 8_192
    /// Seconds of capture time that a datagram waits: the longest wait that RFC 1122, 3.3.2 allows a host.
    package static let fragmentSeconds: Int64 = 120
}

/// What became of one packet.
package enum DecodeResult: Sendable {
    case decoded(PacketHeaders)
    /// IP without TCP or UDP, or a frame that is no IP (ARP, LLDP): whole, but nothing for a flow.
    case noFlow
    /// A fragment that waits for others.
    case fragment
    /// A field contradicts another or the packet's end. The offset is in the frame.
    case malformed(Int)
    /// Cut by the capture before its headers ended.
    case truncated
    /// A link type that cannot be read.
    case unsupported
    case overLimit
}
