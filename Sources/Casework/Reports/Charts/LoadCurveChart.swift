import Casebook
import Vocabulary

/// A load curve as least-to-most strokes, one a pixel column, so that no peak and no dip is averaged away.
/// A column without a reading stays empty.
package struct LoadCurveChart: Sendable {
    private static let width = 900
    private static let height = 240
    private static let left = 56
    private static let right = 890
    private static let top = 14
    private static let bottom = 208

    package var curve: LoadCurve
    /// Shaded from this day to `flaggedTo`, or to the end of the curve.
    package var flaggedFrom: CalendarDate?
    package var flaggedTo: CalendarDate?
    /// Times of mining sessions, drawn as bars under the axis of the same time.
    package var sessions: [Range<Instant>]

    package init(
        curve: LoadCurve, flaggedFrom: CalendarDate? = nil, flaggedTo: CalendarDate? = nil,
        sessions: [Range<Instant>] = []
    ) {
        self.sessions = sessions
        self.curve = curve
        self.flaggedFrom = flaggedFrom
        self.flaggedTo = flaggedTo
    }

    /// Least and most of each column; nil where every reading is missing.
    func envelope(columns: Int) -> [(low: Double, high: Double)?] {
        let values = curve.kilowatts
        guard !values.isEmpty, columns > 0 else { return [] }
        var result: [(low: Double, high: Double)?] = []
        result.reserveCapacity(columns)
        for column in 0..<columns {
            let first = column * values.count / columns
            let last = max(first + 1, (column + 1) * values.count / columns)
            var span: (low: Double, high: Double)?
            for value in values[first..<min(last, values.count)] where value.isFinite {
                let value = Double(value)
                span = span.map { (min($0.low, value), max($0.high, value)) } ?? (value, value)
            }
            result.append(span)
        }
        return result
    }

    /// Empty when the curve has no reading at all.
    package func svg(_ words: Catalogue) -> String {
        let columns = Self.right - Self.left
        let spans = envelope(columns: columns)
        let known = spans.compactMap(\.self)
        guard let most = known.map(\.high).max(), let least = known.map(\.low).min(), curve.intervalSeconds > 0 else {
            return ""
        }
        let floor = min(0, least)
        let step = SVG.step(max(most, 0) - floor)
        let ceiling = max(step, ((most / step).rounded(.up)) * step)
        func y(_ value: Double) -> Double {
            Double(Self.bottom) - (value - floor) / (ceiling - floor) * Double(Self.bottom - Self.top)
        }
        var text = SVG.open(width: Self.width, height: Self.height, label: words["site.curve"]) + shade()
        var mark = (floor / step).rounded(.up) * step
        while mark <= ceiling + step / 1000 {
            let at = Figure.at(y(mark))
            text += "<path class=\"ax\" stroke=\"#dbe1e7\" d=\"M\(Self.left) \(at)H\(Self.right)\"/>"
            text += "<text x=\"\(Self.left - 6)\" y=\"\(Figure.at(y(mark) + 4))\" text-anchor=\"end\">"
            text += "\(Figure.short(mark))</text>"
            mark += step
        }
        text += "<text x=\"4\" y=\"11\">kW</text>" + days()
        text += "<path class=\"load\" fill=\"none\" stroke=\"#0072b2\" d=\"\(strokes(spans, y: y))\"/>"
        text += bars(words)
        return text + "</svg>"
    }

    /// Sessions within the time of the curve; each at least two pixels wide, so that a minute in a year is seen.
    private func bars(_ words: Catalogue) -> String {
        let end = curve.start.adding(seconds: Int64(curve.kilowatts.count) * Int64(curve.intervalSeconds))
        let shown = sessions.filter { $0.upperBound >= curve.start && $0.lowerBound <= end }
        guard !shown.isEmpty else { return "" }
        var path = ""
        var taken: Set<Int> = []
        for one in shown.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            let from = Int(x(one.lowerBound))
            let to = max(from + 2, Int(x(one.upperBound)))
            // Thousands of sessions at one place are one bar.
            guard taken.insert(from * 10_000 + to).inserted else { continue }
            path += "M\(from) \(Self.bottom + 2)h\(to - from)v5h-\(to - from)z"
        }
        return "<path class=\"flagline\" fill=\"#a93a05\" stroke=\"#a93a05\" d=\"\(path)\">"
            + "<title>\(Reports.html(words.filled("site.curve.sessions", text: "\(shown.count)")))</title></path>"
    }

    private func strokes(_ spans: [(low: Double, high: Double)?], y: (Double) -> Double) -> String {
        var path = ""
        var before: (low: Double, high: Double)?
        for (column, span) in spans.enumerated() {
            defer { before = span }
            guard let span else { continue }
            // A stroke reaches into the range of its neighbour, so that a step is one unbroken line.
            let low = before.map { min(span.low, $0.high) } ?? span.low
            let high = before.map { max(span.high, $0.low) } ?? span.high
            let bottom = y(low)
            let top = min(y(high), bottom - 0.8)
            path += "M\(Self.left + column).5 \(Figure.at(bottom))V\(Figure.at(top))"
        }
        return path
    }

    /// Pixel column of an instant, kept inside the picture.
    private func x(_ instant: Instant) -> Double {
        let whole = Double(curve.kilowatts.count) * Double(curve.intervalSeconds)
        let share = whole > 0 ? instant.timeInterval(since: curve.start) / whole : 0
        return Double(Self.left) + min(1, max(0, share)) * Double(Self.right - Self.left)
    }

    private func shade() -> String {
        guard let from = flaggedFrom else { return "" }
        let begin = x(from.start(offset: Figure.beijing))
        let end = flaggedTo.map { x($0.start(offset: Figure.beijing).adding(seconds: 86_400)) } ?? Double(Self.right)
        guard end > begin else { return "" }
        return "<rect class=\"flag\" x=\"\(Figure.at(begin))\" y=\"\(Self.top)\" width=\"\(Figure.at(end - begin))\" "
            + "height=\"\(Self.bottom - Self.top)\" fill=\"#fdeee5\"/>"
            + "<path class=\"flagline\" stroke=\"#a93a05\" stroke-dasharray=\"4 3\" "
            + "d=\"M\(Figure.at(begin)) \(Self.top)V\(Self.bottom)\"/>"
            + "<text x=\"\(Figure.at(min(begin + 4, 800)))\" y=\"\(Self.top + 11)\">\(from)</text>"
    }

    /// Six dates along the bottom.
    private func days() -> String {
        let whole = Double(curve.kilowatts.count) * Double(curve.intervalSeconds)
        guard whole.isFinite, whole < 1e10 else { return "" }
        var text = ""
        for index in 0..<6 {
            let instant = curve.start.adding(seconds: Int64(whole * Double(index) / 5))
            let anchor = index == 0 ? "start" : index == 5 ? "end" : "middle"
            text += "<text x=\"\(Figure.at(x(instant)))\" y=\"\(Self.bottom + 18)\" text-anchor=\"\(anchor)\">"
            text += "\(instant.date(offset: Figure.beijing))</text>"
        }
        return text
    }
}
