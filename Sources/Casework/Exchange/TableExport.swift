import Casebook
import Vocabulary

/// Tables for spreadsheets: RFC 4180, UTF-8 with a BOM (Excel takes it for the local code page otherwise), and no text
/// cell that a spreadsheet would run as a formula.
package enum TableExport {
    package enum Cell: Hashable, Sendable {
        /// What people or files named; made harmless.
        case text(String)
        /// A number of ours; written as it is, a minus sign included. Not finite: empty.
        case number(Double)
        case count(Int)
        /// Unknown is empty, never 0.
        case unknown
    }

    /// A whole table as bytes.
    package static func csv(header: [String], rows: [[Cell]]) -> [UInt8] {
        var text = "\u{FEFF}"
        text += header.map { field(harmless($0)) }.joined(separator: ",") + "\r\n"
        for row in rows { text += row.map(write).joined(separator: ",") + "\r\n" }
        return Array(text.utf8)
    }

    /// One row a site, in the order given.
    package static func sites(_ dossiers: [SiteDossier]) -> [UInt8] {
        csv(
            header: [
                "site", "name", "address", "kind", "unit", "category", "residential", "state", "probability", "basis",
                "kw", "kw_low", "kw_high", "since", "grid_coverage", "network_seconds", "case",
            ],
            rows: dossiers.map { dossier in
                let site = dossier.site
                let found = dossier.assessment
                return [
                    .text(site.id), .text(site.name), .text(site.address), .text(site.kind), .text(site.unit),
                    text(site.category), .text(site.residential ? "true" : "false"), text(dossier.currentCase?.state),
                    number(found?.probability), text(found?.basis.rawValue), number(found?.kilowatts?.value),
                    number(found?.kilowatts?.low), number(found?.kilowatts?.high), text(found?.since?.description),
                    number(found?.gridCoverage), number(found?.networkSeconds), text(dossier.currentCase?.id),
                ]
            })
    }

    /// One row a case, in the order given.
    package static func cases(_ cases: [CaseRecord]) -> [UInt8] {
        csv(
            header: [
                "case", "episode", "site", "unit", "state", "holder", "due", "event_time", "recorded_at", "version",
            ],
            rows: cases.map { one in
                [
                    .text(one.id), .count(one.episode), .text(one.site), .text(one.unit), .text(one.state),
                    .text(one.holder), text(one.due?.description), text(one.eventTime?.rfc3339()),
                    .text(one.recordedAt.rfc3339()), .count(one.version),
                ]
            })
    }

    private static func text(_ value: String?) -> Cell { value.map { .text($0) } ?? .unknown }
    private static func number(_ value: Double?) -> Cell { value.map { .number($0) } ?? .unknown }

    private static func write(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): field(harmless(text))
        case .number(let value): value.isFinite ? "\(value)" : ""
        case .count(let value): "\(value)"
        case .unknown: ""
        }
    }

    /// A leading quote before what begins a formula, in ASCII and in the full-width forms that a Chinese spreadsheet
    /// also takes; control characters other than tab and line ends become U+FFFD. Looked at by scalar: a combining mark
    /// after the sign must not hide it.
    static func harmless(_ text: String) -> String {
        let starters: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
        var scalars = String.UnicodeScalarView()
        if let first = text.unicodeScalars.first, starters.contains(first) { scalars.append("'") }
        for scalar in text.unicodeScalars {
            let control =
                scalar.value < 0x20 && scalar != "\t" && scalar != "\r" && scalar != "\n" || scalar.value == 0x7F
            scalars.append(control ? "\u{FFFD}" : scalar)
        }
        return String(scalars)
    }

    /// Quotes where RFC 4180 asks for them. Bytes, not characters: CR LF is one character in Swift.
    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
        var quoted = String.UnicodeScalarView()
        quoted.append("\"")
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.append("\"") }
            quoted.append(scalar)
        }
        quoted.append("\"")
        return String(quoted)
    }
}
