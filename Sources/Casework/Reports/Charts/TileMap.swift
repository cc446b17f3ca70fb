/// One province-level division as a square of the tile diagram.
package struct ProvinceTile: Hashable, Sendable {
    /// Six-digit code.
    package var code: String
    package var nameZH: String
    package var nameEN: String
    /// Two letters; not unique, so never a key.
    package var letters: String
    /// Place in the diagram, from 0.
    package var row: Int
    package var column: Int

    package init(code: String, nameZH: String, nameEN: String, letters: String, row: Int, column: Int) {
        self.code = code
        self.nameZH = nameZH
        self.nameEN = nameEN
        self.letters = letters
        self.row = row
        self.column = column
    }
}

/// The country as equal squares. A square without a value is hatched: unknown is not zero.
package struct TileMap: Sendable {
    /// What one square says.
    package struct Value: Sendable {
        /// Class of the ramp, 0 ... 5.
        package var level: Int
        package var label: String
        /// Relative address the square leads to.
        package var link: String?

        package init(level: Int, label: String, link: String? = nil) {
            self.level = level
            self.label = label
            self.link = link
        }
    }

    /// Larger places in the diagram are not drawn; a row of the table cannot blow the picture up.
    private static let furthest = 31
    private static let side = 66
    private static let pitch = 70

    package var tiles: [ProvinceTile]
    package var values: [String: Value]

    package init(tiles: [ProvinceTile], values: [String: Value]) {
        self.tiles = tiles
        self.values = values
    }

    package func svg(_ words: Catalogue) -> String {
        let drawn = tiles.filter { (0...Self.furthest).contains($0.row) && (0...Self.furthest).contains($0.column) }
        guard let left = drawn.map(\.column).min(), let right = drawn.map(\.column).max(),
            let top = drawn.map(\.row).min(), let bottom = drawn.map(\.row).max()
        else { return "" }
        let width = (right - left + 1) * Self.pitch + 4
        let height = (bottom - top + 1) * Self.pitch + 4
        var text =
            SVG.open(
                width: width, height: height, label: words["map.title"],
                isPicture: values.values.allSatisfy { $0.link == nil }) + SVG.hatch("tile-hatch")
        for tile in drawn.sorted(by: { ($0.row, $0.column, $0.code) < ($1.row, $1.column, $1.code) }) {
            let x = (tile.column - left) * Self.pitch + 4
            let y = (tile.row - top) * Self.pitch + 4
            text += square(tile, x: x, y: y, words: words)
        }
        return text + "</svg>"
    }

    private func square(_ tile: ProvinceTile, x: Int, y: Int, words: Catalogue) -> String {
        let name = html(words.language == .zh ? tile.nameZH : tile.nameEN)
        let threeSigns = tile.nameZH.hasPrefix("内蒙") || tile.nameZH.hasPrefix("黑龙")
        let shown = html(words.language == .zh ? String(tile.nameZH.prefix(threeSigns ? 3 : 2)) : tile.letters)
        let middle = x + Self.side / 2
        let box = "x=\"\(x)\" y=\"\(y)\" width=\"\(Self.side)\" height=\"\(Self.side)\" rx=\"4\""
        guard let value = values[tile.code] else {
            return "<g class=\"tile none\"><title>\(name): \(html(words["no-data"]))</title>"
                + "<rect \(box) fill=\"url(#tile-hatch)\" stroke=\"#b4bfca\"/>"
                + "<text x=\"\(middle)\" y=\"\(y + 38)\" text-anchor=\"middle\" font-size=\"14\">\(shown)</text></g>"
        }
        let level = min(5, max(0, value.level))
        let group =
            "<g class=\"tile\"><title>\(name): \(html(value.label))</title>"
            + "<rect \(box) class=\"s\(level)\" fill=\"\(SVG.ramp[level])\" stroke=\"#15202b\" stroke-width=\"2\"/>"
            + "<text x=\"\(middle)\" y=\"\(y + 28)\" text-anchor=\"middle\" class=\"i\(level)\" "
            + "fill=\"\(SVG.ink[level])\" font-size=\"14\">\(shown)</text>"
            + "<text x=\"\(middle)\" y=\"\(y + 50)\" text-anchor=\"middle\" class=\"i\(level)\" "
            + "fill=\"\(SVG.ink[level])\" font-size=\"15\" font-weight=\"700\">\(html(value.label))</text></g>"
        guard let link = value.link else { return group }
        return "<a href=\"\(html(link))\">\(group)</a>"
    }
}

/// Pieces the charts share.
enum SVG {
    /// Six classes, light to dark; also readable in black and white.
    static let ramp = ["#fbf3ea", "#fbdcb6", "#f4b571", "#e08a35", "#b65a10", "#763504"]
    static let ink = ["#15202b", "#15202b", "#15202b", "#15202b", "#ffffff", "#ffffff"]

    /// - Parameter isPicture: False where links stand in it: a picture has nothing to press.
    static func open(width: Int, height: Int, label: String, isPicture: Bool = true) -> String {
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" "
            + "height=\"\(height)\" role=\"\(isPicture ? "img" : "group")\" aria-label=\"\(html(label))\" font-size=\"12\" fill=\"#43515f\">"
    }

    /// The pattern that means "no data". `id` must be unlike those of other pictures on the page.
    static func hatch(_ id: String) -> String {
        "<defs><pattern id=\"\(id)\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
            + "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" class=\"hb\" fill=\"#ffffff\"/>"
            + "<path d=\"M0 0V6\" class=\"hl\" stroke=\"#b4bfca\" stroke-width=\"2\"/></pattern></defs>"
    }

    /// A round step of 1, 2 or 5 times a power of ten that cuts `span` into at most five.
    static func step(_ span: Double) -> Double {
        guard span.isFinite, span > 0 else { return 1 }
        var unit = 1.0
        while unit * 10 < span / 5, unit < 1e12 { unit *= 10 }
        while unit > span / 5, unit > 1e-6 { unit /= 10 }
        for factor in [1.0, 2, 5, 10] where unit * factor * 5 >= span { return unit * factor }
        return unit * 10
    }
}
