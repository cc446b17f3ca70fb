import Foundation
import Vocabulary

/// The languages pages and reports are written in.
package enum PageLanguage: String, Sendable { case zh, en }

/// The words of one language. A key that is not there stands for itself, so that nothing goes silently missing.
package struct Catalogue: Sendable {
    package let language: PageLanguage
    private let words: [String: String]

    /// Reads the words that come with the program. Throws when the file is missing or is not a JSON object of texts.
    package static func load(_ language: PageLanguage) throws -> Catalogue {
        let name = language == .zh ? "zh-CN.json" : "en.json"
        let words = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: resource(name)))
        return Catalogue(language: language, words: words)
    }

    static func resource(_ name: String) -> URL {
        Bundle.module.bundleURL.appendingPathComponent("Resources").appendingPathComponent(name)
    }

    /// With the words of another room beside these; where both have a key, the other's stand.
    package func adding(_ more: [String: String]) -> Catalogue {
        Catalogue(language: language, words: words.merging(more) { $1 })
    }

    /// Every key stands for itself.
    package static func empty(_ language: PageLanguage) -> Catalogue { Catalogue(language: language, words: [:]) }

    package subscript(_ key: String) -> String { words[key] ?? key }

    /// Every word under a name a template can hold: `nav.data` is `nav_data`.
    package var templateWords: [String: String] {
        let renamed = words.map { (String($0.key.map { $0 == "." || $0 == "-" ? "_" : $0 }), $0.value) }
        return Dictionary(renamed, uniquingKeysWith: { first, _ in first })
    }

    /// The word for `key` below `group`, or `key` itself when the group does not know it.
    package func word(_ group: String, _ key: String) -> String { words["\(group).\(key)"] ?? key }

    package func filled(_ key: String, text: String) -> String {
        self[key].replacing("{text}", with: text)
    }

    /// One ground as a sentence. Values the ground does not have are written as unknown.
    /// Plain text: whoever puts it on a page escapes it.
    package func sentence(for reason: Reason) -> String {
        guard let pattern = words["reason.\(reason.id)"] else { return fallback(reason) }
        let unknown = self["unknown"]
        var text = ""
        var rest = Substring(pattern)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            text += rest[..<open]
            switch rest[rest.index(after: open)..<close] {
            case "value": text += quantity(reason.value, unit: reason.unit) ?? unknown
            case "reference": text += quantity(reason.reference, unit: reason.unit) ?? unknown
            case "count": text += reason.count.map(String.init) ?? unknown
            case "text": text += reason.text ?? unknown
            case "class": text += reason.text.map { word("lookalike", $0) } ?? unknown
            default: text += rest[open...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }

    private func fallback(_ reason: Reason) -> String {
        let parts = [quantity(reason.value, unit: reason.unit), reason.count.map(String.init), reason.text]
        return ([reason.id] + parts.compactMap(\.self)).joined(separator: " ")
    }

    /// A value with its unit; shares as per cent. Nil when there is no finite number.
    package func quantity(_ value: Double?, unit: String?) -> String? {
        guard let value, value.isFinite else { return nil }
        switch unit {
        case "share": return Figure.percent(value)
        case "ratio", nil: return Figure.short(value)
        case .some("s") where value >= 7200:
            return Figure.short(value / 3600) + " " + self["unit.hours"]
        case .some(let unit): return Figure.short(value) + " " + word("unit", unit)
        }
    }

    /// "suspected (high)" and its like; unknown has its own word.
    package func band(_ probability: Double?) -> String {
        guard let probability, probability.isFinite else { return self["band.unknown"] }
        return self["band.\(Band(probability: probability).rawValue)"]
    }

    /// `120 kW (100 – 140)`, or unknown.
    package func power(_ estimate: Estimate?) -> String {
        guard let estimate else { return self["unknown"] }
        return "\(Figure.short(estimate.value)) kW (\(Figure.short(estimate.low)) – \(Figure.short(estimate.high)))"
    }

    /// `2026-03-01 08:00` in Beijing time, or unknown.
    package func time(_ instant: Instant?) -> String {
        guard let instant else { return self["unknown"] }
        let second = instant.secondOfDay(offset: Figure.beijing)
        let minute = second / 60 % 60
        let hour = second / 3600
        return
            "\(instant.date(offset: Figure.beijing)) \(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }

    package func day(_ day: CalendarDate?) -> String { day.map(\.description) ?? self["unknown"] }
}

/// Numbers as people read them, the same on every machine and in every locale.
package enum Figure {
    /// Seconds east of UTC: one zone for the whole country.
    package static let beijing = 28_800

    /// `digits` decimals, rounded half away from zero; not finite or too large to matter: `–`.
    package static func fixed(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<max(0, min(6, digits)) { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled.isFinite, scaled < 9e15 else { return "–" }
        let whole = Int64(scaled)
        let unit = Int64(scale)
        var text = grouped(whole / unit)
        if unit > 1 {
            let fraction = String(whole % unit)
            text += "." + String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
        }
        return value < 0 && whole != 0 ? "−" + text : text
    }

    /// As many decimals as the size deserves.
    package static func short(_ value: Double) -> String {
        let size = value.magnitude
        return fixed(value, size >= 100 || value == value.rounded() ? 0 : size >= 10 ? 1 : 2)
    }

    /// Two decimals, but never the certainty that a machine does not have.
    package static func probability(_ value: Double) -> String {
        value > 0.99 ? "> 0.99" : value < 0.01 ? "< 0.01" : fixed(value, 2)
    }

    package static func percent(_ share: Double) -> String { fixed(share * 100, 1) + "%" }

    /// Thousands apart with a comma.
    package static func grouped(_ value: Int64) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "−" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// A coordinate with one decimal and a point, for SVG.
    static func at(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e6 else { return "0" }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
