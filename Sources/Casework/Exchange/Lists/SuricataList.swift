import Vocabulary

/// One `alert` rule an endpoint; never `drop`.
package enum SuricataList: BlockListForm {
    package static let name = "suricata"
    package static let fileExtension = "rules"

    /// Numbers for local rules.
    private static let numbers = 1_000_000..<2_000_000

    package static func text(_ list: BlockCandidates) -> String {
        var lines = list.head("#")
        var used: Set<Int> = []
        for one in list.candidates {
            lines.append("# \(list.note(one))")
            if let warning = list.warning(one) { lines.append("# " + warning) }
            for port in one.ports {
                let address = one.ip.isIPv4 ? "\(one.ip)" : "[\(one.ip)]"
                lines.append(
                    (one.sharedNames == nil ? "" : "# ")
                        + "alert tcp $HOME_NET any -> \(address) \(port) (msg:\"Countermine candidate for review, "
                        + "suspected mining endpoint\"; flow:established,to_server; threshold:type limit,track "
                        + "by_src,count 1,seconds 3600; metadata:evidence_count \(one.evidence), tier "
                        + "\(one.tier.rawValue), expires \(one.expires); classtype:misc-activity; "
                        + "sid:\(number(one.ip, port, &used)); rev:1;)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same endpoint has the same number in every list, unless two meet; then the later takes the next free one.
    private static func number(_ ip: IPAddress, _ port: UInt16, _ used: inout Set<Int>) -> Int {
        let wish = Int(Digests.key(["\(ip)", "\(port)"]).prefix(12), radix: 16) ?? 0
        var number = numbers.lowerBound + wish % numbers.count
        while used.count < numbers.count, !used.insert(number).inserted {
            number = number + 1 < numbers.upperBound ? number + 1 : numbers.lowerBound
        }
        return number
    }
}
