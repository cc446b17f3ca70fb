import Vocabulary

/// One address a line.
package enum PlainList: BlockListForm {
    package static let name = "plain"
    package static let fileExtension = "txt"

    package static func text(_ list: BlockCandidates) -> String {
        var lines = list.head("#")
        for one in list.candidates {
            let ports = one.ports.map(String.init).joined(separator: " ")
            let names = one.names.isEmpty ? "" : ", names " + one.names.joined(separator: " ")
            lines.append("# \(list.note(one)), ports \(ports)\(names)")
            if let warning = list.warning(one) { lines.append("# " + warning) }
            lines.append((one.sharedNames == nil ? "" : "# ") + one.ip.description)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
