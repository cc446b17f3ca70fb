import Casebook
import Exchange
import Foundation
import Reports
import Vocabulary

/// What the desk answers with that is no page of the table of routes.
extension OfficeDesk {
    /// One table of the page, with the same rows, for a spreadsheet.
    func table(
        _ content: PageContent, _ wanted: String, _ words: Catalogue, _ asked: Asked, _ visitor: Visitor?
    ) -> OfficeReply {
        let places = wanted.split(separator: ".").compactMap { Int($0) }
        guard places.count == 2, content.panels.indices.contains(places[0]),
            content.panels[places[0]].tables.indices.contains(places[1])
        else { return failure(400, asked, visitor, "csv: \(wanted.prefix(20))") }
        let table = content.panels[places[0]].tables[places[1]]
        let bytes = TableExport.csv(
            header: table.heads.map { words[$0] }, rows: table.rows.map { $0.map { .text($0.plain(words)) } })
        var reply = respond(200, Page(bytes: bytes, contentType: "text/csv; charset=utf-8"))
        reply.headers.append(("Content-Disposition", "attachment; filename=\"table.csv\""))
        return reply
    }

    /// The same page for what is not there and what is not this reader's.
    func failure(
        _ status: Int, _ asked: Asked, _ visitor: Visitor?, _ detail: String = ""
    ) -> OfficeReply {
        if asked.isRecord {
            let body = try? Visit.encoder.encode(["error": "\(status)", "detail": detail])
            return respond(
                status, Page(bytes: (body.map { Array($0) } ?? []) + [0x0A], contentType: "application/json"))
        }
        let words = office.frame.words(asked.isEnglish ? .en : .zh)
        var content = PageContent(title: words["error.\(status)"])
        var panel = Panel(words["error.what"])
        panel.paragraphs = [words["error.\(status).text"]] + (detail.isEmpty ? [] : [detail])
        panel.links = [(words["error.home"], base(asked))]
        content.panels = [panel]
        var plainly = asked
        plainly.query = [:]
        return page(content, plainly, visitor, nil, status: status)
    }

    func plain(_ status: Int, _ text: String) -> OfficeReply {
        respond(status, Page(bytes: Array(text.utf8), contentType: "text/plain; charset=utf-8"))
    }

    func redirect(_ place: String) -> OfficeReply {
        var reply = plain(303, "")
        reply.headers.append(("Location", place))
        return reply
    }

    func respond(_ status: Int, _ page: Page, caches: Bool = false) -> OfficeReply {
        var headers = [
            ("Content-Type", page.contentType), ("Cache-Control", caches ? "max-age=300" : "no-store"),
            ("Content-Security-Policy", ContentPolicy.policy(for: page)), ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        if gate.isSecure { headers.append(("Strict-Transport-Security", "max-age=31536000")) }
        return OfficeReply(route: "", status: status, headers: headers, page: page)
    }
}
