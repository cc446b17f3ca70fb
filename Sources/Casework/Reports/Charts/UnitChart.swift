/// Lines and marks in the unit square, for shares against shares: precision over recall, seen over said.
package struct UnitChart: Sendable {
    private static let side = 360
    private static let left = 52
    private static let top = 12

    package struct Line: Sendable {
        package var name: String
        /// Both 0 … 1, in drawing order; points that are no numbers are left out.
        package var points: [(x: Double, y: Double)]

        package init(name: String, points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }
    }

    /// A value with its interval, upright.
    package struct Mark: Sendable {
        package var x: Double
        package var y: Double
        package var low: Double
        package var high: Double

        package init(x: Double, y: Double, low: Double, high: Double) {
            self.x = x
            self.y = y
            self.low = low
            self.high = high
        }
    }

    package var title: String
    package var acrossLabel: String
    package var upLabel: String
    package var lines: [Line]
    package var marks: [Mark]
    /// Draws the line on which both shares are equal.
    package var hasDiagonal: Bool

    package init(
        title: String, acrossLabel: String, upLabel: String, lines: [Line] = [], marks: [Mark] = [],
        hasDiagonal: Bool = false
    ) {
        self.title = title
        self.acrossLabel = acrossLabel
        self.upLabel = upLabel
        self.lines = lines
        self.marks = marks
        self.hasDiagonal = hasDiagonal
    }

    /// Two colours and two kinds of line: told apart in black and white too.
    private static let strokes = ["stroke=\"#0072b2\"", "stroke=\"#a93a05\" stroke-dasharray=\"6 4\""]

    package func svg() -> String {
        let height = Self.top + Self.side + 44
        var text = SVG.open(width: Self.left + Self.side + 20, height: height, label: title)
        text += "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
        for step in 0...5 {
            let share = Double(step) / 5
            let label = Figure.fixed(share, 1)
            text += "<path stroke=\"#dbe1e7\" d=\"M\(x(0)) \(y(share))H\(x(1))M\(x(share)) \(y(0))V\(y(1))\"/>"
            text += "<text x=\"\(Self.left - 6)\" y=\"\(y(share - 0.011))\" text-anchor=\"end\">\(label)</text>"
            text += "<text x=\"\(x(share))\" y=\"\(Self.top + Self.side + 16)\" text-anchor=\"middle\">\(label)</text>"
        }
        text += "<text x=\"\(x(0.5))\" y=\"\(height - 8)\" text-anchor=\"middle\">\(html(acrossLabel))</text>"
        text += "<text transform=\"rotate(-90)\" x=\"\(-(Self.top + Self.side / 2))\" y=\"14\" text-anchor=\"middle\">"
        text += "\(html(upLabel))</text>"
        if hasDiagonal { text += "<path stroke=\"#76838f\" d=\"M\(x(0)) \(y(0))L\(x(1)) \(y(1))\"/>" }
        for (index, line) in lines.enumerated() {
            let points = line.points.filter { $0.x.isFinite && $0.y.isFinite }
            let path = points.map { "\(x($0.x)) \(y($0.y))" }.joined(separator: "L")
            let stroke = Self.strokes[index % Self.strokes.count]
            if !points.isEmpty { text += "<path fill=\"none\" stroke-width=\"1.6\" \(stroke) d=\"M\(path)\"/>" }
            let at = Self.top + 16 + index * 16
            text += "<path stroke-width=\"1.6\" \(stroke) d=\"M\(x(0.5)) \(at - 4)h24\"/>"
            text += "<text x=\"\(x(0.58))\" y=\"\(at)\">\(html(line.name))</text>"
        }
        for mark in marks where [mark.x, mark.y, mark.low, mark.high].allSatisfy(\.isFinite) {
            text += "<path stroke=\"#15202b\" d=\"M\(x(mark.x)) \(y(mark.low))V\(y(mark.high))\"/>"
            text += "<circle cx=\"\(x(mark.x))\" cy=\"\(y(mark.y))\" r=\"3.5\" fill=\"#0072b2\"/>"
        }
        return text + "</svg>"
    }

    private func x(_ share: Double) -> String { Figure.at(Double(Self.left) + within(share) * Double(Self.side)) }
    private func y(_ share: Double) -> String { Figure.at(Double(Self.top) + (1 - within(share)) * Double(Self.side)) }
    private func within(_ share: Double) -> Double { min(1, max(-0.1, share)) }
}
