import Casebook
import Vocabulary

/// Load by day (across) and time of day (down, Beijing time) in six classes. Equal neighbours in a column are one
/// rectangle; a cell without a reading is hatched.
package struct HeatMap: Sendable {
    /// More slots a day than this are averaged together; more days are cut to the last ones. Both bound the page's size.
    private static let mostSlots = 48
    private static let mostDays = 400
    private static let width = 900
    private static let left = 44
    private static let top = 6
    private static let plotHeight = 192

    package var curve: LoadCurve

    package init(curve: LoadCurve) { self.curve = curve }

    struct Cells {
        var firstDay: CalendarDate
        var days: Int
        var slots: Int
        /// Mean kW, day by day; NaN = missing.
        var means: [Double]
    }

    func cells() -> Cells? {
        let interval = curve.intervalSeconds
        guard interval > 0, interval <= 86_400, !curve.kilowatts.isEmpty else { return nil }
        let slots = max(1, min(Self.mostSlots, 86_400 / interval))
        let end = curve.start.adding(seconds: Int64(interval) &* Int64(curve.kilowatts.count - 1))
        let lastDay = end.date(offset: Figure.beijing).daysSince1970
        let firstDay = max(curve.start.date(offset: Figure.beijing).daysSince1970, lastDay - Self.mostDays + 1)
        let days = lastDay - firstDay + 1
        guard days > 0 else { return nil }
        var sums = [Double](repeating: 0, count: days * slots)
        var counts = [Int](repeating: 0, count: days * slots)
        for (index, value) in curve.kilowatts.enumerated() where value.isFinite {
            let instant = curve.start.adding(seconds: Int64(interval) &* Int64(index))
            let day = instant.date(offset: Figure.beijing).daysSince1970 - firstDay
            guard day >= 0, day < days else { continue }
            let cell = day * slots + instant.secondOfDay(offset: Figure.beijing) * slots / 86_400
            sums[cell] += Double(value)
            counts[cell] += 1
        }
        let means = zip(sums, counts).map { $1 == 0 ? Double.nan : $0 / Double($1) }
        return Cells(firstDay: CalendarDate(daysSince1970: firstDay), days: days, slots: slots, means: means)
    }

    /// Empty when there is no reading at all.
    package func svg(_ words: Catalogue) -> String {
        guard let cells = cells() else { return "" }
        let known = cells.means.filter(\.isFinite)
        guard let least = known.min(), let most = known.max() else { return "" }
        let span = most - least
        let levels = cells.means.map { value -> Int in
            value.isFinite ? (span > 0 ? min(5, Int((value - least) / span * 6)) : 0) : -1
        }
        let height = Self.top + Self.plotHeight + 46
        var text = SVG.open(width: Self.width, height: height, label: words["site.heat"]) + SVG.hatch("heat-hatch")
        text += "<rect x=\"\(Self.left)\" y=\"\(Self.top)\" width=\"\(Self.width - Self.left)\" "
        text += "height=\"\(Self.plotHeight)\" fill=\"url(#heat-hatch)\"/>"
        text += paths(cells, levels)
        return text + axes(cells) + legend(least: least, most: most) + "</svg>"
    }

    /// One path a class; in it one rectangle a run.
    private func paths(_ cells: Cells, _ levels: [Int]) -> String {
        var paths = [String](repeating: "", count: 6)
        let wide = Double(Self.width - Self.left) / Double(cells.days)
        let high = Double(Self.plotHeight) / Double(cells.slots)
        for day in 0..<cells.days {
            var slot = 0
            while slot < cells.slots {
                let level = levels[day * cells.slots + slot]
                var end = slot + 1
                while end < cells.slots, levels[day * cells.slots + end] == level { end += 1 }
                if level >= 0 {
                    let x = Double(Self.left) + Double(day) * wide
                    let y = Double(Self.top) + Double(slot) * high
                    let below = Double(Self.top) + Double(end) * high
                    paths[level] += "M\(Figure.at(x)) \(Figure.at(y))H\(Figure.at(x + wide))V\(Figure.at(below))"
                    paths[level] += "H\(Figure.at(x))Z"
                }
                slot = end
            }
        }
        return paths.enumerated().filter { !$1.isEmpty }.map {
            "<path class=\"s\($0)\" fill=\"\(SVG.ramp[$0])\" shape-rendering=\"crispEdges\" d=\"\($1)\"/>"
        }.joined()
    }

    private func axes(_ cells: Cells) -> String {
        var text = ""
        for hour in [0, 6, 12, 18, 24] {
            let y = Self.top + Self.plotHeight * hour / 24
            text += "<text x=\"\(Self.left - 6)\" y=\"\(min(y + 8, Self.top + Self.plotHeight))\" text-anchor=\"end\">"
            text += "\(hour):00</text>"
        }
        let y = Self.top + Self.plotHeight + 15
        let last = CalendarDate(daysSince1970: cells.firstDay.daysSince1970 + cells.days - 1)
        text += "<text x=\"\(Self.left)\" y=\"\(y)\">\(cells.firstDay)</text>"
        return text + "<text x=\"\(Self.width)\" y=\"\(y)\" text-anchor=\"end\">\(last)</text>"
    }

    private func legend(least: Double, most: Double) -> String {
        let y = Self.top + Self.plotHeight + 26
        var text = "<text x=\"\(Self.left + 132)\" y=\"\(y + 11)\" text-anchor=\"end\">\(Figure.short(least)) kW</text>"
        for level in 0..<6 {
            text += "<rect x=\"\(Self.left + 140 + level * 26)\" y=\"\(y)\" width=\"26\" height=\"13\" "
            text += "class=\"s\(level)\" fill=\"\(SVG.ramp[level])\" stroke=\"#b4bfca\"/>"
        }
        return text + "<text x=\"\(Self.left + 304)\" y=\"\(y + 11)\">\(Figure.short(most)) kW</text>"
    }
}
