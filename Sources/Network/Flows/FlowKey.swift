import Vocabulary
import Wire

/// Both directions of a connection under one name: the smaller endpoint first.
struct FlowKey: Equatable, Sendable {
    var lowHigh: UInt64
    var lowLow: UInt64
    var highHigh: UInt64
    var highLow: UInt64
    /// Low port, high port, then two bits: UDP, and IPv4 (an IPv4 address and the IPv6 address of the same number differ).
    var rest: UInt64

    /// - Parameter sourceIsLow: set to whether the packet's source is the smaller endpoint.
    @inline(__always)
    init(_ headers: PacketHeaders, sourceIsLow: inout Bool) {
        self.init(
            (headers.source.high, headers.source.low, headers.sourcePort),
            (headers.destination.high, headers.destination.low, headers.destinationPort),
            isUDP: headers.transport.rawValue == TransportProtocol.udp.rawValue, isIPv4: headers.source.isIPv4,
            sourceIsLow: &sourceIsLow)
    }

    @inline(__always)
    init(_ common: CommonPath, sourceIsLow: inout Bool) {
        self.init(
            (common.sourceHigh, common.sourceLow, common.sourcePort),
            (common.destinationHigh, common.destinationLow, common.destinationPort), isUDP: common.isUDP,
            isIPv4: common.isIPv4, sourceIsLow: &sourceIsLow)
    }

    private typealias End = (high: UInt64, low: UInt64, port: UInt16)

    @inline(__always)
    private init(_ from: End, _ to: End, isUDP: Bool, isIPv4: Bool, sourceIsLow: inout Bool) {
        if from.high != to.high {
            sourceIsLow = from.high < to.high
        } else if from.low != to.low {
            sourceIsLow = from.low < to.low
        } else {
            sourceIsLow = from.port <= to.port
        }
        let low = sourceIsLow ? from : to
        let high = sourceIsLow ? to : from
        lowHigh = low.high
        lowLow = low.low
        highHigh = high.high
        highLow = high.low
        rest = (UInt64(low.port) << 16 | UInt64(high.port)) << 2 | (isUDP ? 2 : 0) | (isIPv4 ? 1 : 0)
    }

    /// One of the ports is that of DNS.
    var isNames: Bool { rest >> 18 == 53 || rest >> 2 & 0xFFFF == 53 }
    var isUDP: Bool { rest & 2 != 0 }
    var isIPv4: Bool { rest & 1 != 0 }
    var low: Endpoint { endpoint(lowHigh, lowLow, UInt16(truncatingIfNeeded: rest >> 18)) }
    var high: Endpoint { endpoint(highHigh, highLow, UInt16(truncatingIfNeeded: rest >> 2)) }

    private func endpoint(_ high: UInt64, _ low: UInt64, _ port: UInt16) -> Endpoint {
        let address =
            isIPv4 ? IPAddress(ipv4: UInt32(truncatingIfNeeded: low)) : IPAddress(high: high, low: low)
        return Endpoint(ip: address, port: port)
    }

    /// Mixed with secrets of this process by full multiplications: who chooses addresses and ports cannot choose buckets.
    @inline(__always)
    func hash(_ seed: FlowSeed) -> UInt64 {
        let one = FlowKey.fold(lowHigh ^ seed.a, lowLow ^ seed.b)
        let two = FlowKey.fold(highHigh ^ seed.c, highLow ^ seed.d)
        return FlowKey.fold(one ^ seed.e ^ (two << 32 | two >> 32), rest ^ seed.f ^ two)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

/// Secrets of one table.
package struct FlowSeed: Sendable {
    let a, b, c, d, e, f: UInt64

    init() {
        var random = SystemRandomNumberGenerator()
        // Odd, so that no multiplication loses its lowest bit.
        (a, b, c) = (random.next() | 1, random.next() | 1, random.next() | 1)
        (d, e, f) = (random.next() | 1, random.next() | 1, random.next() | 1)
    }
}
