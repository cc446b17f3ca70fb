import Capture
import Vocabulary

/// Filters of libpcap: hostile frames through known expressions, and hostile expressions.
enum FilterFuzz {
    /// What expressions are made of. No other word is made: libpcap takes what is no keyword of its own for a host's name
    /// and asks the network for it, even `mgt` or `3000-4000` in the wrong place. `seeds.py` reads this list.
    private static let words = """
        and or not && || ! ( ) [ ] : & | ^ << >> + - * / % = == != < > <= >=
        0 1 2 6 8 12 13 17 20 64 80 443 1500 2048 3333 14444 65535 65536 4294967295 4294967296 0x7f 0xffffffff
        ip ip6 tcp udp icmp icmp6 arp rarp sctp igmp ether link ppp slip fddi tr wlan radio
        host net port portrange proto protochain gateway mask src dst broadcast multicast less greater len
        inbound outbound vlan mpls pppoed pppoes geneve type subtype dir addr1 addr2
        tcpflags tcp-syn tcp-ack tcp-fin tcp-rst icmptype icmp-echo icmpcode
        10.0.0.1 10.0.0.0/8 192.168 255.255.255.0 fd00::1 fd00::/16 00:01:02:03:04:05 ff:ff:ff:ff:ff:ff
        """.split { $0 == " " || $0 == "\n" }.map(String.init)

    /// An expression's words: a line that somebody types. What libpcap makes of thousands is its own affair.
    private static let mostWords = 64

    private static let expressions = [
        "tcp port 3333", "ip6 and udp portrange 3000-4000", "host 10.0.0.1 or net 192.168.0.0/16", "not ip",
        "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "tcp[((tcp[12] & 0xf0) >> 2)] = 0x7b", "ip[8] < 5", "greater 100",
        "ip6 protochain 6", "vlan and tcp", "mpls and ip", "pppoes and ip", "geneve and tcp",
        "ether host 00:01:02:03:04:05",
        "udp[ip[2:2]:4] / (len - 60) > ip[0] % (ip[1] & 3)",
    ]

    private static let linkTypes: [UInt32] = [1, 0, 9, 12, 101, 105, 108, 113, 127, 228, 276]

    /// Compiled once; a filter keeps nothing of the frames it has seen. Link types that an expression does not fit are
    /// not prepared, and pass nothing.
    nonisolated(unsafe) private static let filters: [(filter: PacketFilter, linkTypes: Set<UInt32>)] =
        expressions.map { expression in
            guard let filter = try? PacketFilter(expression) else { fatalError("`\(expression)` is no filter") }
            return (filter, Set(linkTypes.filter { (try? filter.prepare(linkType: $0)) != nil }))
        }

    /// First byte: link type, and whether a frame follows or an expression. Second: how much the capture cut off.
    static func run(_ input: [UInt8]) {
        var feed = Feed(input)
        let choice = feed.u8()
        let linkType = linkTypes[Int(choice >> 1) % linkTypes.count]
        if choice & 1 == 1 { return expression(&feed, linkType) }
        let missing = Int(feed.u8()) * 8
        let bytes = feed.rest()
        for (filter, known) in filters {
            let passes = check(filter, bytes, linkType, missing)
            promise(!passes || known.contains(linkType), "a link type passes that was not prepared")
        }
    }

    private static func expression(_ feed: inout Feed, _ linkType: UInt32) {
        var text: [String] = []
        while !feed.isEmpty, text.count < mostWords { text.append(words[Int(feed.u8()) % words.count]) }
        guard let filter = try? PacketFilter(text.joined(separator: " ")) else { return }
        try? filter.prepare(linkType: linkType)
        for sample in samples { _ = check(filter, sample, linkType, 0) }
    }

    /// A frame of nothing, of one byte, of noise, and a beginning of a TCP packet.
    private static let samples: [[UInt8]] = [
        [], [0x45], (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 167) },
        IPPiece(number: 6).version4([0x9C, 0x40, 0x0D, 0x05, 0, 0, 0, 1, 0, 0, 0, 1, 0x50]),
    ]

    /// The frame ends where its buffer does, and then stands in the middle of another: the answer is the same.
    private static func check(_ filter: PacketFilter, _ bytes: [UInt8], _ linkType: UInt32, _ missing: Int) -> Bool {
        let margin = 8
        var buffer = [UInt8](repeating: 0xA5, count: margin) + bytes
        let frame = Frame(
            index: 1, time: nil, linkType: linkType, bytes: margin..<buffer.count, originalLength: bytes.count + missing
        )
        let passes = filter.passes(frame, in: buffer)
        buffer.replaceSubrange(0..<margin, with: repeatElement(0x5A, count: margin))
        buffer.append(contentsOf: repeatElement(0x5A, count: 64))
        promise(filter.passes(frame, in: buffer) == passes, "bytes outside of a frame count")
        return passes
    }
}
