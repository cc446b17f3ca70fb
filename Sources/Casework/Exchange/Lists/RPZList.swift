import Vocabulary

/// A response policy zone: the names, and answers that hold one of the addresses.
package enum RPZList: BlockListForm {
    package static let name = "rpz"
    package static let fileExtension = "zone"

    package static func text(_ list: BlockCandidates) -> String {
        var lines = list.head(";")
        // The serial of a day's list is its day; a zone of the same day is the same zone.
        let serial = list.context.asOf.date().description.filter { $0 != "-" } + "00"
        lines += [
            "$TTL 300", "@ IN SOA localhost. candidates.localhost. \(serial) 3600 600 86400 300",
            "@ IN NS localhost.",
        ]
        var named: Set<String> = []
        for one in list.candidates {
            lines.append("; \(one.ip): \(list.note(one))")
            if let warning = list.warning(one) { lines.append("; " + warning) }
            let mark = one.sharedNames == nil ? "" : "; "
            for name in one.names where named.insert(name).inserted { lines.append("\(mark)\(name) CNAME .") }
            lines.append("\(mark)\(trigger(one.ip)).rpz-ip CNAME .")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Prefix length and address backwards; `zz` for the longest run of zeros.
    static func trigger(_ ip: IPAddress) -> String {
        let text = ip.description
        if ip.isIPv4 { return "32." + text.split(separator: ".").reversed().joined(separator: ".") }
        var groups = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        // "::" leaves one empty group, at an end two.
        if let gap = groups.firstIndex(of: "") { groups[gap] = "zz" }
        return "128." + groups.filter { !$0.isEmpty }.reversed().joined(separator: ".")
    }
}
