import Foundation

/// One piece of a report, in words already: every form of the report is written from the same pieces.
package enum ReportBlock: Sendable, Equatable {
    case demo(String)
    case mark(String)
    case title(String)
    /// One of the fourteen parts.
    case part(String)
    case heading(String)
    case paragraph(String)
    case small(String)
    case answer(String)
    /// Names and values.
    case facts([[String]])
    case table(heads: [String], rows: [[String]])
    /// A drawing of ours, and what it shows.
    case figure(svg: String, caption: String)
    /// A code that machines read, and the same as text.
    case code(svg: String, caption: String, text: String)
    case list([String])
    /// Things to be ticked off on paper.
    case checklist([String])
    case signatures([String])

    var html: String {
        func e(_ text: String) -> String { Reports.html(text) }
        switch self {
        case .demo(let text): return "<p class=\"demo\">\(e(text))</p>\n"
        case .mark(let text): return "<p class=\"mark\">\(e(text))</p>\n"
        case .title(let text): return "<h1>\(e(text))</h1>\n"
        case .part(let text): return "<h2>\(e(text))</h2>\n"
        case .heading(let text): return "<h3>\(e(text))</h3>\n"
        case .paragraph(let text): return "<p>\(e(text))</p>\n"
        case .small(let text): return "<p class=\"small\">\(e(text))</p>\n"
        case .answer(let text): return "<p class=\"answer\">\(e(text))</p>\n"
        case .facts(let rows):
            return "<table class=\"kv\"><tbody>\n"
                + rows.map { row in
                    "<tr><th scope=\"row\">\(e(row.first ?? ""))</th>"
                        + row.dropFirst().map { "<td>\(e($0))</td>" }.joined() + "</tr>\n"
                }.joined() + "</tbody></table>\n"
        case .table(let heads, let rows):
            let head = heads.map { "<th scope=\"col\">\(e($0))</th>" }.joined()
            let body = rows.map { "<tr>" + $0.map { "<td>\(e($0))</td>" }.joined() + "</tr>\n" }.joined()
            return "<table><thead><tr>\(head)</tr></thead><tbody>\n\(body)</tbody></table>\n"
        case .figure(let svg, let caption):
            return "<figure>\(svg)<figcaption>\(e(caption))</figcaption></figure>\n"
        case .code(let svg, let caption, let text):
            return "<figure class=\"code\">\(svg)<figcaption>\(e(caption))<br><code>\(e(text))</code></figcaption>"
                + "</figure>\n"
        case .list(let items): return "<ul>\n" + items.map { "<li>\(e($0))</li>\n" }.joined() + "</ul>\n"
        case .checklist(let items):
            return "<ul class=\"box\">\n" + items.map { "<li>☐ \(e($0))</li>\n" }.joined() + "</ul>\n"
        case .signatures(let names):
            return "<div class=\"sig\">" + names.map { "<div>\(e($0))</div>" }.joined() + "</div>\n"
        }
    }

    /// As the template `site-report.typ` reads it.
    var record: Record {
        switch self {
        case .demo(let text): Record(kind: "demo", text: text)
        case .mark(let text): Record(kind: "mark", text: text)
        case .title(let text): Record(kind: "title", text: text)
        case .part(let text): Record(kind: "part", text: text)
        case .heading(let text): Record(kind: "heading", text: text)
        case .paragraph(let text): Record(kind: "paragraph", text: text)
        case .small(let text): Record(kind: "small", text: text)
        case .answer(let text): Record(kind: "answer", text: text)
        case .facts(let rows): Record(kind: "facts", rows: rows)
        case .table(let heads, let rows): Record(kind: "table", heads: heads, rows: rows)
        case .figure(let svg, let caption): Record(kind: "figure", text: caption, svg: svg)
        case .code(let svg, let caption, let text): Record(kind: "code", text: caption, items: [text], svg: svg)
        case .list(let items): Record(kind: "list", items: items)
        case .checklist(let items): Record(kind: "checklist", items: items)
        case .signatures(let items): Record(kind: "signatures", items: items)
        }
    }

    struct Record: Encodable {
        var kind: String
        var text = ""
        var heads: [String] = []
        var rows: [[String]] = []
        var items: [String] = []
        var svg = ""
    }
}

/// What the typesetter is given: data alone, never source of the template.
struct TypesetReport: Encodable {
    var language: String
    var title: String
    var mark: String
    var version: String
    /// Year, month and day of the result, so that the same result gives the same bytes.
    var date: [Int]
    var blocks: [ReportBlock.Record]
    var digestTitle: String
    var digestNote: String
    /// SHA-256 of all of the above.
    var digest = ""
}
