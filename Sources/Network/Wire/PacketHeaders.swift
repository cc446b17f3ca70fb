import Vocabulary

package enum TransportProtocol: UInt8, Sendable { case tcp, udp, other }

/// A layer that was peeled off. The names are those of the contract's `carrier`.
package enum Layer: String, Sendable {
    case vlan, mpls, pppoe, gre, ipip
    case sixInFour = "6in4"
    case fourInSix = "4in6"
    case vxlan, gtpu, geneve, tcp, udp
}

/// What the headers of one packet say; the payload is a range of the caller's bytes, nothing is copied.
package struct PacketHeaders: Sendable {
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
    /// Where the TCP header begins; nil when there is none, or its check sum cannot be checked.
    package var checkedFrom: Int?
    /// TCP options, as far as they were captured.
    package var options = 0..<0
    /// Put together from fragments that contradict each other.
    package var fragmentConflict = false
    package var timeToLive: UInt8 = 0
    /// Layers under the transport, outermost first.
    package var layers: LayerStack = LayerStack()

    package init() {}

    /// The bytes that the ranges point into were moved.
    package mutating func move(by distance: Int) {
        payload = (payload.lowerBound + distance)..<(payload.upperBound + distance)
        options = (options.lowerBound + distance)..<(options.upperBound + distance)
        checkedFrom = checkedFrom.map { $0 + distance }
    }
}

/// Up to sixteen layers without an allocation: four bits each.
package struct LayerStack: Hashable, Sendable {
    private var bits: UInt64 = 0
    package private(set) var count = 0

    package init() {}

    private static let order: [Layer] = [
        .vlan, .mpls, .pppoe, .gre, .ipip, .sixInFour, .fourInSix, .vxlan, .gtpu, .geneve, .tcp, .udp,
    ]

    /// Pushes a layer; a layer beyond the limit is not kept (the decoder stops there anyway).
    package mutating func push(_ layer: Layer) {
        guard count < WireLimits.layers, let index = LayerStack.order.firstIndex(of: layer) else { return }
        bits |= UInt64(index) << UInt64(4 * count)
        count += 1
    }

    package var names: [String] {
        (0..<count).map { LayerStack.order[Int(bits >> UInt64(4 * $0) & 15)].rawValue }
    }
}

package enum WireLimits {
    /// Wrappings of one packet. Real networks stay below six; the rest is an attack on the decoder.
    package static let layers = 16
    /// IPv6 extension headers of one packet.
    package static let extensionHeaders = 16
    /// Datagrams that wait for their other fragments, and the bytes they hold.
    package static let fragmentedDatagrams = 4_096
    package static let fragmentBytes = 16 << 20
    /// Pieces of one datagram: 65 535 bytes in the smallest pieces of eight.
    package static let fragments = 8_192
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
