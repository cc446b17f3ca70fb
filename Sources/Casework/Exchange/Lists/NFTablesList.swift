import Vocabulary

/// Two named sets that forget their entries by themselves. No chain and no rule: loading them stops nothing.
package enum NFTablesList: BlockListForm {
    package static let name = "nftables"
    package static let fileExtension = "nft"

    package static func text(_ list: BlockCandidates) -> String {
        var lines = list.head("#")
        lines.append("table inet countermine_candidates {")
        for (name, type, isIPv4) in [("endpoints_v4", "ipv4_addr", true), ("endpoints_v6", "ipv6_addr", false)] {
            lines += ["    set \(name) {", "        type \(type) . inet_service", "        flags timeout"]
            let chosen = list.candidates.filter { $0.ip.isIPv4 == isIPv4 }
            // An empty list of elements is an error to nft; comments are not.
            let empty = chosen.allSatisfy { $0.sharedNames != nil }
            if !empty { lines.append("        elements = {") }
            for one in chosen { lines += entries(one, list) }
            if !empty { lines.append("        }") }
            lines.append("    }")
        }
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func entries(_ one: BlockCandidates.Candidate, _ list: BlockCandidates) -> [String] {
        let days = max(1, one.expires.daysSince1970 - list.context.asOf.date().daysSince1970)
        var lines = ["            # \(list.note(one))"]
        if let warning = list.warning(one) { lines.append("            # " + warning) }
        let mark = one.sharedNames == nil ? "" : "# "
        lines += one.ports.map { "            \(mark)\(one.ip) . \($0) timeout \(days)d," }
        return lines
    }
}
