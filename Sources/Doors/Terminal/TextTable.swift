/// A table for people: columns aligned by display width, cells made printable.
package struct TextTable {
    package enum Alignment: Sendable { case left, right }

    package struct Column: Sendable {
        package var title: String
        package var alignment: Alignment
        /// Widest the column may grow, in terminal columns.
        package var limit: Int

        package init(_ title: String, _ alignment: Alignment = .left, limit: Int = 48) {
            self.title = title
            self.alignment = alignment
            self.limit = limit
        }
    }

    package var columns: [Column]
    package private(set) var rows: [[String]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    /// A row of cells; missing cells are empty, extra ones are dropped.
    package mutating func add(_ cells: [String]) {
        rows.append(columns.indices.map { $0 < cells.count ? cells[$0] : "" })
    }

    /// Lines without trailing blanks, the head first.
    package func lines(style: Style) -> [String] {
        let cells = rows.map { row in
            zip(row, columns).map { shortened(printable($0), to: $1.limit) }
        }
        let widths = columns.indices.map { index in
            cells.map { displayWidth($0[index]) }.reduce(displayWidth(columns[index].title), max)
        }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (index, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: max(0, widths[index] - displayWidth(cell)))
                text += columns[index].alignment == .left ? cell + padding : padding + cell
                if index + 1 < cells.count { text += "  " }
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        return [style.bold(line(columns.map(\.title)))] + cells.map(line)
    }
}
