/// The words of pcap-filter(7). libpcap takes any other for a host's or a network's name and asks the network for it, which
/// this program never does; so a name is refused before libpcap sees it.
enum FilterWords {
    private static let known = Set(
        """
        and or not src dst host net mask port portrange less greater proto protochain broadcast multicast inbound outbound \
        ether link ppp slip fddi tr wlan ip ip6 arp rarp decnet tcp udp icmp icmp6 igmp igrp pim vrrp carp ah esp sctp \
        atalk aarp lat sca moprc mopdl iso esis isis clnp stp ipx netbeui vlan mpls pppoed pppoes geneve vxlan llc len \
        type subtype dir mgt ctl data assoc-req assoc-resp reassoc-req reassoc-resp probe-req probe-resp beacon atim \
        disassoc auth deauth ps-poll rts cts ack cf-end cf-end-ack qos-data qos nods tods fromds dstods \
        addr1 addr2 addr3 addr4 ra ta byte random \
        tcpflags tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr \
        icmptype icmpcode icmp-echo icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-routeradvert \
        icmp-routersolicit icmp-timxceed icmp-paramprob icmp-tstamp icmp-tstampreply icmp-ireq icmp-ireqreply \
        icmp-maskreq icmp-maskreply icmp6type icmp6code icmp6-echo icmp6-echoreply icmp6-destinationunreach \
        icmp6-packettoobig icmp6-timeexceeded icmp6-parameterproblem icmp6-routersolicit icmp6-routeradvert \
        icmp6-neighborsolicit icmp6-neighboradvert icmp6-redirect
        """.split(separator: " ").map(String.init))

    /// The first word that libpcap would take for a name; nil when there is none.
    static func name(in expression: String) -> String? {
        var before = ""
        for word in expression.split(whereSeparator: { !isWordPart($0) }) {
            defer { before = String(word) }
            guard word.contains(where: \.isLetter), !known.contains(word.lowercased()), !isNumber(word) else {
                continue
            }
            // Services and protocols are read from this machine's own lists.
            if ["port", "portrange", "proto", "protochain"].contains(before) { continue }
            return String(word)
        }
        return nil
    }

    private static func isWordPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "._:-\\".contains(character)
    }

    /// `0x1F`, an IPv6 address, a hardware address.
    private static func isNumber(_ word: Substring) -> Bool {
        let digits = word.hasPrefix("0x") || word.hasPrefix("0X") ? word.dropFirst(2) : word
        let isAddress = word.contains(":") && word.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        return isAddress || digits.startIndex != word.startIndex && digits.allSatisfy(\.isHexDigit)
    }
}
