import Casebook
import Foundation
import Reports
import Vocabulary

/// The page of one place, its report, and what a masked field says to who may see it.
extension Visit {
    private func snapshot(_ dossier: SiteDossier) throws -> CasebookSnapshot {
        CasebookSnapshot(
            province: office.settings.province, asOf: try asOf(), units: try reader.units(), dossiers: [dossier],
            inputs: try reader.inputs(), lastRun: try reader.lastRun(), demo: office.settings.demo)
    }

    /// Newest event of any input in scope, else the last run's end.
    func asOf() throws -> Instant? {
        try reader.inputs().compactMap(\.lastEvent).max() ?? reader.lastRun()?.finished
    }

    func site(_ id: String) throws -> PageContent {
        let found = try reader.dossier(site: id)
        let snapshot = try snapshot(found.dossier)
        let view = PageView(
            snapshot: snapshot, tiles: office.frame.tiles, ranked: [found.dossier], words: words, paths: paths)
        var page = view.site(found.dossier)
        let parts = units(above: found.dossier.site.unit, snapshot.units)
        page.crumbs =
            [(base, words["nav.national"])] + parts.map { (link("unit/\($0.code)"), unitName($0.code, snapshot.units)) }
        if let place = page.panels.firstIndex(where: { $0.heading == words["site.curve"] }),
            found.dossier.curve != nil
        {
            page.panels[place].curveAddress = "/api/v1/sites/\(PagePaths.encoded(id))/curve"
        }
        if let record = found.dossier.currentCase {
            page.buttons.append((words["office.to-case"], link("case/\(PagePaths.encoded(record.id))")))
        }
        if !found.masked.isEmpty { page.panels.append(masked(id, found.masked)) }
        return page
    }

    /// From the province down to the unit itself.
    private func units(above code: String, _ units: [Vocabulary.Unit]) -> [Vocabulary.Unit] {
        var chain: [Vocabulary.Unit] = []
        var next: String? = code
        while let one = next, chain.count < 6, let unit = units.first(where: { $0.code == one }), unit.code != "CN" {
            chain.insert(unit, at: 0)
            next = unit.parent
        }
        return chain
    }

    private func masked(_ id: String, _ fields: [String]) -> Panel {
        var panel = Panel(words["office.masked"], note: fields.joined(separator: ", "))
        let permit = try? reader.permit(.personal, on: .site(id))
        guard let permit, permit.terms.contains(.unmask), !office.settings.demo else {
            panel.paragraphs = [words["office.masked.note"]]
            return panel
        }
        panel.forms = [
            Form(
                id: "unmask", target: link("site/\(PagePaths.encoded(id))/unmask"), note: words["office.unmask.note"],
                fields: [
                    Form.Field("field", words["office.field"], .choice(fields.map { ($0, $0) }), needed: true),
                    Form.Field("reason", words["office.reason"], .area, needed: true),
                ], submit: words["office.unmask"])
        ]
        return panel
    }

    func unmask(_ id: String) throws -> Answer {
        let field = form["field"] ?? ""
        let values = try office.writing { (writer) throws(CasebookError) in
            try reader.unmask(field, site: id, reason: form["reason"] ?? "", through: writer, now: now)
        }
        var page = try site(id)
        var shown = Panel(words["office.unmasked"], note: field)
        shown.table(["col.value"], values.map { [.text($0)] }, empty: "no-data")
        page.panels.insert(shown, at: 0)
        return .page(page)
    }

    /// The report as a page of its own. Whoever may take it out of the house is written down where the matrix says so.
    func report(_ id: String) throws -> Page {
        let found = try reader.dossier(site: id)
        let permit = try reader.permit(.export, on: .site(id))
        if permit.terms.contains(.logged), !office.settings.demo {
            try office.writing { (writer) throws(CasebookError) in
                try writer.log(
                    [AuditEntry(actor: identity.person, action: "report", object: "site:\(id)", detail: "")], now: now)
            }
        }
        let report = try SiteReport(
            dossier: found.dossier, snapshot: snapshot(found.dossier), language: words.language,
            version: office.frame.version, legal: office.settings.legal,
            background: try reader.background(site: id, on: today))
        return Page(bytes: Array(report.html().utf8), contentType: "text/html; charset=utf-8")
    }
}
