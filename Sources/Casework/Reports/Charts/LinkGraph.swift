import Casebook
import Vocabulary

/// How a place hangs together: what is tied to it on the left (meters, feeders, lines, addresses), whom it talks to on
/// the right (servers, accounts). Columns by rule, no chance in it: the same dossier gives the same drawing.
package struct LinkGraph: Sendable {
    private static let width = 900
    private static let row = 30
    private static let top = 30
    private static let box = (width: 220, height: 22)
    /// Boxes of a column; more are told by their number.
    private static let most = 10

    private struct Node {
        var text: String
        /// How many of its kind it stands for.
        var count = 1
        var style: String
    }

    private let place: String
    private let left: [Node]
    private let right: [Node]

    package init(_ dossier: SiteDossier, _ words: Catalogue) {
        place = dossier.site.id
        left = Self.cut(
            dossier.links.map { link in
                Node(text: "\(words["link.\(link.kind.rawValue)"]) \(link.subject)", style: "lk")
            }, words)
        var servers: [String: Int] = [:]
        var accounts: [String: Int] = [:]
        for network in dossier.findings.compactMap(\.network) {
            servers[
                "\(network.poolName.map { $0 + " " } ?? "")\(network.server.ip):\(network.server.port)", default: 0] +=
                1
            if let account = network.account { accounts[maskedIdentity(account), default: 0] += 1 }
        }
        func sorted(_ found: [String: Int], _ style: String) -> [Node] {
            found.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                Node(text: $0.key, count: $0.value, style: style)
            }
        }
        right = Self.cut(sorted(servers, "sv") + sorted(accounts, "ac"), words)
    }

    private static func cut(_ nodes: [Node], _ words: Catalogue) -> [Node] {
        guard nodes.count > most else { return nodes }
        let rest = nodes.dropFirst(most - 1)
        return nodes.prefix(most - 1)
            + [Node(text: words.filled("graph.more", text: "\(rest.count)"), count: 0, style: "more")]
    }

    /// Empty when nothing is tied to the place.
    package func svg(_ words: Catalogue) -> String {
        guard !left.isEmpty || !right.isEmpty else { return "" }
        let rows = max(left.count, right.count, 1)
        let height = Self.top + rows * Self.row + 12
        let middle = Self.top + rows * Self.row / 2
        var text = SVG.open(width: Self.width, height: height, label: words["graph.title"])
        text += "<text x=\"10\" y=\"16\">\(Reports.html(words["graph.tied"]))</text>"
        text +=
            "<text x=\"\(Self.width - 10)\" y=\"16\" text-anchor=\"end\">\(Reports.html(words["graph.talks"]))</text>"
        let centre = Self.width / 2
        for (nodes, x, anchor) in [
            (left, 10, 10 + Self.box.width),
            (right, Self.width - 10 - Self.box.width, Self.width - 10 - Self.box.width),
        ] {
            let offset = (rows - nodes.count) * Self.row / 2
            for (index, node) in nodes.enumerated() {
                let y = Self.top + offset + index * Self.row
                let end = anchor < centre ? centre - 70 : centre + 70
                let thick = min(6, 1 + node.count / 5)
                text +=
                    "<path class=\"ax\" stroke=\"#b4bfca\" fill=\"none\" stroke-width=\"\(thick)\" "
                    + "d=\"M\(anchor) \(y + Self.box.height / 2)C\((anchor + end) / 2) \(y + Self.box.height / 2) "
                    + "\((anchor + end) / 2) \(middle) \(end) \(middle)\"/>"
                text += Self.boxed(node.count > 1 ? "\(node.text) × \(node.count)" : node.text, x, y, Self.box.width)
            }
        }
        text += Self.boxed(place, centre - 70, middle - Self.box.height / 2, 140)
        return text + "</svg>"
    }

    private static func boxed(_ text: String, _ x: Int, _ y: Int, _ width: Int) -> String {
        "<rect class=\"hb hl\" x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(box.height)\" rx=\"4\" "
            + "fill=\"#ffffff\" stroke=\"#b4bfca\"/><text x=\"\(x + 8)\" y=\"\(y + 15)\">"
            + "\(Reports.html(fitted(text, width - 16)))</text>"
    }

    /// As much of a text as fits, by 7 pixels a letter and 12 an East Asian one.
    private static func fitted(_ text: String, _ pixels: Int) -> String {
        var used = 0
        var shown = ""
        for letter in text {
            used += letter.unicodeScalars.first.map { $0.value >= 0x1100 } ?? false ? 12 : 7
            guard used <= pixels else { return shown.dropLast() + "…" }
            shown.append(letter)
        }
        return shown
    }
}
