import Testing

/// One packet of each wrapping, built from its fields, around the same TCP segment.
struct WrappedPacket: Sendable, CustomTestStringConvertible {
    var name: String
    var frame: [UInt8]
    var link: UInt32 = 1
    var layers: [String]
    /// IP headers around the innermost one.
    var outer = 0

    var testDescription: String { name }
    /// Bytes in front of the end of the TCP header: a frame cut here gives no flow.
    var headerLength: Int { frame.count - 5 }

    static let four = Frames.summed(Frames.ipv4(Frames.tcp()))
    static let six = Frames.ipv6(Frames.tcp())
    static let ethernet = Frames.ethernet(four)

    /// Over UDP over IPv4 over Ethernet.
    static func udp(
        _ name: String, _ payload: [UInt8], _ port: Int, _ layers: [String], from: Int = 5000
    ) -> WrappedPacket {
        let datagram = Frames.udp(payload, from: from, to: port)
        let frame = Frames.ethernet(Frames.ipv4(datagram, number: 17))
        return WrappedPacket(name: name, frame: frame, layers: ["udp"] + layers + ["tcp"], outer: 1)
    }

    /// Over IPv4 over Ethernet.
    static func ip(_ name: String, _ number: UInt8, _ payload: [UInt8], _ layers: [String]) -> WrappedPacket {
        let frame = Frames.ethernet(Frames.ipv4(payload, number: number))
        return WrappedPacket(name: name, frame: frame, layers: layers + ["tcp"], outer: 1)
    }

    /// Over Ethernet.
    static func type(_ name: String, _ type: Int, _ payload: [UInt8], _ layers: [String]) -> WrappedPacket {
        WrappedPacket(name: name, frame: Frames.ethernet(payload, type: type), layers: layers + ["tcp"])
    }

    static func link(_ name: String, _ link: UInt32, _ frame: [UInt8], _ layers: [String] = []) -> WrappedPacket {
        WrappedPacket(name: name, frame: frame, link: link, layers: layers + ["tcp"])
    }

    static let all: [WrappedPacket] = tags + labels + tunnels + overUDP + layerTwo + links

    private static let tags: [WrappedPacket] = [
        type("VLAN 0x8100", 0x8100, Frames.tag(four), ["vlan"]),
        type("VLAN 0x88A8", 0x88A8, Frames.tag(Frames.tag(six, type: 0x86DD), type: 0x8100), ["vlan", "vlan"]),
        type(
            "three tags", 0x9200, Frames.tag(Frames.tag(Frames.tag(four), type: 0x8100), type: 0x9100),
            ["vlan", "vlan", "vlan"]),
        type("MAC in MAC", 0x88E7, [0, 0, 1, 0] + ethernet, ["pbb"]),
        type("MAC in MAC behind a tag", 0x88A8, Frames.tag([0, 0, 1, 0] + ethernet, type: 0x88E7), ["vlan", "pbb"]),
        type("NSH", 0x894F, [0x0F, 0xC2, 1, 1, 0, 0, 1, 255] + four, ["nsh"]),
        type(
            "NSH with context and Ethernet", 0x894F,
            [0x0F, 0xC6, 1, 3, 0, 0, 1, 255] + [UInt8](repeating: 9, count: 16) + ethernet, ["nsh"]),
        type("PPPoE", 0x8864, [0x11, 0, 0, 1] + Frames.u16(four.count + 2) + [0, 0x21] + four, ["pppoe"]),
        type("PPPoE short", 0x8864, [0x11, 0, 0, 1] + Frames.u16(four.count + 1) + [0x21] + four, ["pppoe"]),
    ]

    private static let labels: [WrappedPacket] = [
        type("MPLS", 0x8847, [0, 1, 0, 64, 0, 1, 1, 64] + four, ["mpls", "mpls"]),
        type("MPLS pseudo-wire", 0x8848, [0, 1, 1, 64, 0, 0, 0, 7] + ethernet, ["mpls"]),
        type("MPLS pseudo-wire without a word", 0x8847, [0, 1, 1, 64] + ethernet, ["mpls"]),
        ip("MPLS in IP", 137, [0, 1, 1, 64] + six, ["mpls"]),
        udp("MPLS in UDP", [0, 1, 0, 64, 0, 1, 1, 64] + four, 6635, ["mpls", "mpls"]),
        type("MPLS in PPPoE", 0x8864, [0x11, 0, 0, 1, 0, 70, 2, 0x81, 0, 1, 1, 64] + four, ["pppoe", "mpls"]),
    ]

    private static let tunnels: [WrappedPacket] = [
        ip("GRE", 47, [0, 0, 8, 0] + four, ["gre"]),
        ip("GRE with all fields", 47, [0xB0, 0, 0x86, 0xDD] + [UInt8](repeating: 1, count: 12) + six, ["gre"]),
        ip("GRE Ethernet", 47, [0x20, 0, 0x65, 0x58, 0, 0, 7, 1] + ethernet, ["gre"]),
        ip(
            "PPTP", 47, [0x30, 0x81, 0x88, 0x0B, 0, 70, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xFF, 3, 0, 0x21] + four, ["gre"]),
        ip("WCCP", 47, [0, 0, 0x88, 0x3E, 0, 1, 0, 0] + four, ["gre"]),
        ip("ERSPAN I", 47, [0, 0, 0x88, 0xBE] + ethernet, ["gre", "erspan"]),
        ip(
            "ERSPAN II", 47, [0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0] + ethernet, ["gre", "erspan"]),
        ip(
            "ERSPAN III", 47,
            [0x10, 0, 0x22, 0xEB, 0, 0, 0, 1, 0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0x80, 1]
                + [UInt8](repeating: 3, count: 8)
                + ethernet, ["gre", "erspan"]),
        ip("IPIP", 4, four, ["ipip"]), ip("6in4", 41, six, ["6in4"]),
        WrappedPacket(
            name: "4in6", frame: Frames.ethernet(Frames.ipv6(four, number: 4), type: 0x86DD), layers: ["4in6", "tcp"],
            outer: 1),
        WrappedPacket(
            name: "6in6", frame: Frames.ethernet(Frames.ipv6(six, number: 41), type: 0x86DD), layers: ["ipip", "tcp"],
            outer: 1),
        ip("EtherIP", 97, [0x30, 0] + ethernet, ["etherip"]),
        WrappedPacket(
            name: "authentication header",
            frame: Frames.ethernet(
                Frames.ipv4([6, 4] + [UInt8](repeating: 0, count: 22) + Frames.tcp(), number: 51)),
            layers: ["tcp"]),
    ]

    private static let overUDP: [WrappedPacket] = [
        udp("VXLAN", [8, 0, 0, 0, 0, 0, 7, 0] + ethernet, 4789, ["vxlan"]),
        udp("VXLAN with a group", [0x88, 0x08, 0, 5, 0, 0, 7, 0] + ethernet, 4789, ["vxlan"]),
        udp("VXLAN at Linux's port", [8, 0, 0, 0, 0, 0, 7, 0] + ethernet, 8472, ["vxlan"]),
        udp("VXLAN-GPE", [0x0C, 0, 0, 1, 0, 0, 7, 0] + four, 4790, ["vxlan-gpe"]),
        udp(
            "VXLAN-GPE with NSH", [0x0C, 0, 0, 4, 0, 0, 7, 0, 0x0F, 0xC2, 1, 2, 0, 0, 1, 255] + six, 4790,
            ["vxlan-gpe", "nsh"]),
        udp("Geneve", [1, 0, 0x65, 0x58, 0, 0, 7, 0, 9, 9, 9, 9] + ethernet, 6081, ["geneve"]),
        udp("GTP-U", [0x30, 255] + Frames.u16(four.count) + [0, 0, 0, 1] + four, 2152, ["gtpu"]),
        udp(
            "GTP-U with an extension",
            [0x34, 255] + Frames.u16(six.count + 8) + [0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0] + six, 2152, ["gtpu"]),
        udp("Teredo", six, 3544, ["teredo"]),
        udp("Teredo, answer", six, 5001, ["teredo"], from: 3544),
        udp("Teredo with an origin", [0, 0, 1, 2, 3, 4, 5, 6] + six, 3544, ["teredo"]),
        udp(
            "Teredo with a proof and an origin",
            [0, 1, 2, 3, 7, 7, 8, 8, 8] + [UInt8](repeating: 5, count: 9) + [0, 0, 1, 2, 3, 4, 5, 6] + six, 3544,
            ["teredo"]),
        udp("GUE", [0, 4, 0, 0] + four, 6080, ["gue"]),
        udp("GUE with flags", [1, 41, 0x80, 0, 0, 0, 0, 7] + six, 6080, ["gue"]),
        udp("GUE direct", four, 6080, ["gue"]),
    ]

    private static let layerTwo: [WrappedPacket] = [
        udp("L2TP", [0, 2, 0, 1, 0, 2, 0xFF, 3, 0, 0x21] + four, 1701, ["l2tp"]),
        udp("L2TP, answer", [0, 2, 0, 1, 0, 2, 0, 0x57] + six, 5001, ["l2tp"], from: 1701),
        udp(
            "L2TP with all fields",
            [0x4A, 2] + Frames.u16(four.count + 20) + [0, 1, 0, 2, 0, 3, 0, 4, 0, 2, 9, 9] + [0xFF, 3, 0, 0x21] + four,
            1701, ["l2tp"]),
        udp("L2TPv3 over UDP", [0, 3, 0, 0, 0, 0, 0, 9] + ethernet, 1701, ["l2tp"]),
        ip("L2TPv3", 115, [0, 0, 0, 9] + ethernet, ["l2tp"]),
        ip("L2TPv3 with a cookie", 115, [0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8] + ethernet, ["l2tp"]),
        ip("L2TPv3 with PPP", 115, [0, 0, 0, 9, 0xFF, 3, 0, 0x21] + four, ["l2tp"]),
        ip(
            "L2TPv3 with a tag", 115, [0, 0, 0, 9] + Frames.ethernet(Frames.tag(six, type: 0x86DD), type: 0x8100),
            ["l2tp", "vlan"]),
    ]

    private static let links: [WrappedPacket] = [
        link("Cisco HDLC", 104, [0x0F, 0, 8, 0] + four), link("Cisco HDLC set to PPP", 104, [0xFF, 3, 0, 0x21] + four),
        link("PPP", 9, [0x21] + four), link("PPP on a serial line", 50, [0xFF, 3, 0, 0x57] + six),
        link("Cisco on a serial line", 50, [0x8F, 0, 0x86, 0xDD] + six),
        link("PPPoE without Ethernet", 51, [0x11, 0, 0, 1, 0, 70, 0, 0x21] + four, ["pppoe"]),
        link("cooked 2", 276, [8, 0] + [UInt8](repeating: 0, count: 18) + four),
        link("PPI", 192, [0, 0, 12, 0, 1, 0, 0, 0, 9, 9, 9, 9] + ethernet),
        link("PPI with 802.11", 192, [0, 0, 8, 0, 105, 0, 0, 0] + wireless),
        link("Prism", 119, [0x44, 0, 0, 0, 144, 0, 0, 0] + [UInt8](repeating: 0, count: 136) + wireless),
        link("AVS", 163, [0x80, 0x21, 0x10, 1, 0, 0, 0, 64] + [UInt8](repeating: 0, count: 56) + wireless),
        link(
            "NFLOG", 239,
            [2, 0, 0, 5, 8, 0, 1, 0, 8, 0, 1, 3, 5, 0, 10, 0, 0x41, 0, 0, 0, UInt8(four.count + 4), 0, 9, 0] + four),
        link("NFLOG, big-endian", 239, [10, 0, 0, 5, 0, 8, 0, 1, 0, 8, 0, 1, 0, UInt8(six.count + 4), 0, 9] + six),
    ]

    private static let wireless =
        [8, 1] + [UInt8](repeating: 0, count: 22) + [0xAA, 0xAA, 3, 0, 0, 0, 8, 0] + four
}
