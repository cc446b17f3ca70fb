import Vocabulary

/// Named amounts as bars that lie under one another; the numbers stand beside them.
package struct BarChart: Sendable {
    package struct Bar: Sendable {
        package var name: String
        package var value: Double

        package init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    private static let width = 560
    private static let names = 150
    private static let numbers = 64
    private static let pitch = 22
    private static let mostBars = 60

    package var label: String
    package var bars: [Bar]

    package init(label: String, bars: [Bar]) {
        self.label = label
        self.bars = bars
    }

    /// Empty without a bar. An amount that is not finite has no bar.
    package func svg() -> String {
        let shown = bars.prefix(Self.mostBars)
        guard !shown.isEmpty else { return "" }
        let top = shown.map(\.value).filter(\.isFinite).max() ?? 0
        let room = Double(Self.width - Self.names - Self.numbers)
        var text = SVG.open(width: Self.width, height: shown.count * Self.pitch + 4, label: label)
        for (place, bar) in shown.enumerated() {
            let middle = place * Self.pitch + 15
            let length = top > 0 && bar.value.isFinite ? max(0, bar.value) / top * room : 0
            text += "<text x=\"0\" y=\"\(middle)\">\(Reports.html(bar.name))</text>"
            text +=
                "<rect class=\"amount\" x=\"\(Self.names)\" y=\"\(middle - 11)\" width=\"\(Figure.fixed(length, 1))\" "
            text += "height=\"14\"/><text x=\"\(Self.names + Int(length) + 6)\" y=\"\(middle)\">"
            text += "\(bar.value.isFinite ? Figure.short(bar.value) : "–")</text>"
        }
        return text + "</svg>"
    }
}
