/// A layer that was peeled off. The names are those of the contract's `carrier`.
package enum Layer: UInt8, CaseIterable, Sendable {
    case vlan, mpls, pppoe, gre, ipip, sixInFour, fourInSix, vxlan, gtpu, geneve, tcp, udp
    case erspan, teredo, l2tp, etherip, vxlanGPE, nsh, pbb, gue

    package var name: String {
        switch self {
        case .vlan: "vlan"
        case .mpls: "mpls"
        case .pppoe: "pppoe"
        case .gre: "gre"
        case .ipip: "ipip"
        case .sixInFour: "6in4"
        case .fourInSix: "4in6"
        case .vxlan: "vxlan"
        case .gtpu: "gtpu"
        case .geneve: "geneve"
        case .tcp: "tcp"
        case .udp: "udp"
        case .erspan: "erspan"
        case .teredo: "teredo"
        case .l2tp: "l2tp"
        case .etherip: "etherip"
        case .vxlanGPE: "vxlan-gpe"
        case .nsh: "nsh"
        case .pbb: "pbb"
        case .gue: "gue"
        }
    }
}

/// Up to sixteen layers without an allocation: a byte each, in two words.
package struct LayerStack: Hashable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var size: UInt8 = 0
    /// A layer beyond the limit was not kept.
    package private(set) var overflowed = false

    package init() {}

    package var count: Int { Int(size) }

    /// Pushes a layer; one beyond the limit only sets `overflowed`, and the decoder stops there.
    package mutating func push(_ layer: Layer) {
        guard count < WireLimits.layers else {
            overflowed = true
            return
        }
        let value = UInt64(layer.rawValue)
        if size < 8 { low |= value << UInt64(8 &* size) } else { high |= value << UInt64(8 &* (size &- 8)) }
        size &+= 1
    }

    package subscript(index: Int) -> Layer? {
        guard index >= 0, index < count else { return nil }
        let word = index < 8 ? low : high
        return Layer(rawValue: UInt8(truncatingIfNeeded: word >> UInt64(8 * (index & 7))))
    }

    package var names: [String] { (0..<count).compactMap { self[$0]?.name } }
}
