import Reports
import Vocabulary

/// One cell of a table on a page.
enum Cell {
    case text(String)
    case link(String, to: String)
    case band(Double?)

    /// As a spreadsheet has it.
    func plain(_ words: Catalogue) -> String {
        switch self {
        case .text(let text), .link(let text, _): text
        case .band(let probability): words.band(probability)
        }
    }
}

/// One box of a page, as the templates take it. Everything in it is plain text except `svg`, which only our own chart
/// renderers make.
struct Panel {
    var heading: String
    var note = ""
    /// Columns of the twelve.
    var width = 12
    /// Stands beside two others that lie under one another.
    var isTall = false
    var score: Double??
    var svg = ""
    /// Where the readings behind the drawing can be asked for; empty = nowhere.
    var curveAddress = ""
    /// Share that is done, and where the page's script follows it.
    var progress: (share: Double, events: String)?
    var facts: [(String, String)] = []
    var attention: [(style: String, label: String, name: String, target: String, content: String)] = []
    var tables: [Table] = []
    var paragraphs: [String] = []
    var timeline: [(when: String, what: String, who: String, note: String)] = []
    var forms: [Form] = []
    var links: [(label: String, target: String)] = []

    struct Table {
        var caption: String?
        var heads: [String]
        var rows: [[Cell]]
        /// Key of the sentence that stands where no row does.
        var empty: String
        /// Stands closed behind its name, where a picture beside it says the same or it is long.
        var isFolded = false
    }

    init(_ heading: String, note: String = "", width: Int = 12) {
        self.heading = heading
        self.note = note
        self.width = width
    }

    mutating func table(
        _ heads: [String], _ rows: [[Cell]], empty: String, caption: String? = nil, folded: Bool = false
    ) {
        tables.append(Table(caption: caption, heads: heads, rows: rows, empty: empty, isFolded: folded))
    }

    static func style(_ probability: Double?) -> String {
        guard let probability else { return "p-mute" }
        switch Band(probability: probability) {
        case .high: return "p-crit"
        case .medium: return "p-warn"
        case .low: return "p-ok"
        }
    }

    /// - Parameters:
    ///   - place: Number of the panel on its page.
    ///   - here: Address of the page; with it each table can be had as a file.
    func context(_ words: Catalogue, at place: Int = 0, here: String = "") -> [String: Any] {
        var empties = paragraphs
        var shown: [[String: Any]] = []
        for (number, table) in tables.enumerated() {
            if table.rows.isEmpty {
                empties.append((table.caption.map { words[$0] + ": " } ?? "") + words[table.empty])
            } else {
                let file = here.isEmpty ? "" : here + (here.contains("?") ? "&" : "?") + "csv=\(place).\(number)"
                shown.append(Self.context(table, heading: heading, words: words, file: file))
            }
        }
        var scores: [[String: Any]] = []
        if let score {
            scores = [
                [
                    "number": score.map(Figure.probability) ?? words["unknown"], "style": Self.style(score),
                    "label": words.band(score),
                ]
            ]
        }
        let entries = attention.map {
            ["style": $0.style, "label": $0.label, "name": $0.name, "target": $0.target, "content": $0.content]
        }
        return [
            "heading": heading, "remark": note, "width": "\(width)", "tall": isTall, "score": scores,
            "drawings": svg.isEmpty
                ? [] : [["svg": svg, "source": curveAddress.isEmpty ? [] : [["address": curveAddress]]]],
            "progress": progress.map {
                [["percent": "\(Int($0.share * 100))", "events": $0.events]]
            } ?? [],
            "timeline": timeline.isEmpty
                ? []
                : [["entries": timeline.map { ["when": $0.when, "what": $0.what, "who": $0.who, "note": $0.note] }]],
            "forms": forms.map { $0.context(words) },
            "links": links.isEmpty
                ? [] : [["entries": links.map { ["label": $0.label, "target": $0.target] }]],
            "facts": facts.isEmpty ? [] : [["pairs": facts.map { ["name": words[$0.0], "content": $0.1] }]],
            "attention": entries.isEmpty ? [] : [["entries": entries]], "tables": shown,
            "paragraphs": empties.map { ["text": $0] },
        ]
    }

    private static func context(
        _ table: Table, heading: String, words: Catalogue, file: String
    ) -> [String: Any] {
        let rows: [[String: Any]] = table.rows.map { row in ["cells": row.map { context($0, words: words) }] }
        let caption = table.caption.map { [["text": words[$0]]] } ?? []
        return [
            "caption": caption, "region": table.caption.map { words[$0] } ?? heading,
            "heads": table.heads.map { ["text": words[$0]] }, "rows": rows,
            "files": file.isEmpty ? [] : [["address": file]],
            "folds": table.isFolded ? [["text": words["table.twin"], "count": "\(table.rows.count)"]] : [],
        ]
    }

    private static func context(_ cell: Cell, words: Catalogue) -> [String: Any] {
        let none: [[String: String]] = []
        switch cell {
        case .text(let text): return ["plain": [["text": text]], "anchor": none, "pill": none]
        case .link(let text, let target):
            return ["anchor": [["text": text, "target": target]], "plain": none, "pill": none]
        case .band(let probability):
            return [
                "pill": [["text": words.band(probability), "style": style(probability)]], "plain": none, "anchor": none,
            ]
        }
    }
}

/// What a page is made of, before the frame is put round it.
struct PageContent {
    var title: String
    var subtitle = ""
    /// Set on a site's page.
    var score: Double??
    /// From the whole to this page.
    var crumbs: [(target: String, label: String)] = []
    var figures: [(name: String, number: String, note: String)] = []
    var buttons: [(String, String)] = []
    var panels: [Panel] = []
    /// For a screen on the wall: no navigation, larger, asked for again by itself.
    var isWall = false

    init(title: String) { self.title = title }
}
