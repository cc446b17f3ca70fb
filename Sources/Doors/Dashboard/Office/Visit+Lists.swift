import Casebook
import Foundation
import Reports
import Vocabulary

/// The filters of the list of places, as an address holds them.
enum SiteFilter {
    static let parameters = [
        Route.Parameter("unit", "code: this unit and below"), Route.Parameter("kind", "kind of place"),
        Route.Parameter("band", "high, medium or low"), Route.Parameter("state", "state of its newest case"),
        Route.Parameter("text", "part of the identifier"),
    ]
    static let bands = ["high", "medium", "low"]
}

/// Those of the list of cases.
enum CaseFilter {
    static let parameters = [
        Route.Parameter("state", "state"), Route.Parameter("holder", "code of the desk"),
        Route.Parameter("open", "yes: only open ones"),
    ]
}

extension Visit {
    static let pageRows = 50
    static let mostRows = 1000

    static let siteHeads = [
        "col.site", "col.kind", "col.unit", "col.probability", "col.band", "col.kw", "col.since", "col.basis",
        "col.case",
    ]

    func siteRow(_ line: SiteLine, _ units: [Vocabulary.Unit]) -> [Cell] {
        let found = line.assessment
        return [
            .link("\(line.site.name) (\(line.site.id))", to: paths.site(line.site.id)),
            .text(words.word("kind", line.site.kind)), .text(unitName(line.site.unit, units)),
            .text(found?.probability.map(Figure.probability) ?? words["unknown"]), .band(found?.probability),
            .text((found?.probability ?? 0) >= 0.5 ? words.power(found?.kilowatts) : "–"),
            .text(found?.since?.description ?? "–"),
            .text(found.map { words["basis.\($0.basis.rawValue)"] } ?? words["no-data"]),
            line.caseID.map { id in
                .link(line.state.map(stateName) ?? id, to: link("case/\(PagePaths.encoded(id))"))
            } ?? .text("–"),
        ]
    }

    func siteQuery(_ units: [Vocabulary.Unit]) throws -> SiteListQuery {
        var wanted = SiteListQuery()
        if let code = query["unit"], !code.isEmpty { wanted.units = subtree(code, units) }
        wanted.kind = query["kind"].flatMap { $0.isEmpty ? nil : $0 }
        wanted.text = query["text"].map { String($0.prefix(200)) }
        wanted.state = try choice("state", office.settings.rules.lifecycle.states.map(\.id))
        switch try choice("band", SiteFilter.bands) {
        case "high": wanted.from = 0.8
        case "medium": (wanted.from, wanted.below) = (0.5, 0.8)
        case "low": (wanted.from, wanted.below) = (0, 0.5)
        default: break
        }
        (wanted.offset, wanted.limit) = try paging()
        return wanted
    }

    func paging() throws(Complaint) -> (offset: Int, limit: Int) {
        (
            try number("offset", upTo: 100_000_000, default: 0),
            max(1, try number("limit", upTo: Visit.mostRows, default: Visit.pageRows))
        )
    }

    /// To the pages before and after, with every other filter as it is.
    func pager(_ path: String, _ names: [Route.Parameter], total: Int, offset: Int, limit: Int) -> [(
        label: String, target: String
    )] {
        let kept = names.compactMap { one in query[one.name].map { (one.name, $0) } }
        func at(_ place: Int) -> String {
            link(path, kept + [("offset", "\(place)")] + (limit == Visit.pageRows ? [] : [("limit", "\(limit)")]))
        }
        var links: [(label: String, target: String)] = []
        if offset > 0 { links.append((words["office.previous"], at(max(0, offset - limit)))) }
        if offset + limit < total { links.append((words["office.next-page"], at(offset + limit))) }
        return links
    }

    func span(_ shown: Int, _ total: Int, _ offset: Int) -> String {
        shown == 0 ? "0 / \(total)" : "\(offset + 1)–\(offset + shown) / \(total)"
    }

    func sites() throws -> PageContent {
        let units = try reader.units()
        let wanted = try siteQuery(units)
        let found = try reader.siteLines(wanted)
        var page = PageContent(title: words["office.sites"])
        page.subtitle = words["rank.note"].replacing("{count}", with: "\(found.lines.count)")
        var filter = Panel(words["office.filter"])
        let states = office.settings.rules.lifecycle.states
        filter.forms = [
            Form(
                id: "filter", target: link("sites"), posts: false,
                fields: [
                    Form.Field("unit", words["col.unit"], unitChoice(units), value: query["unit"] ?? ""),
                    Form.Field(
                        "band", words["col.band"],
                        .choice(
                            [("", "–")] + SiteFilter.bands.map { ($0, words["band.\($0)"]) }),
                        value: query["band"] ?? ""),
                    Form.Field(
                        "state", words["case.state"],
                        .choice(
                            [("", "–")] + states.map { ($0.id, stateName($0.id)) }), value: query["state"] ?? ""),
                    Form.Field("kind", words["col.kind"], kindChoice(), value: query["kind"] ?? ""),
                    Form.Field("text", words["office.identifier"], value: query["text"] ?? ""),
                ], submit: words["office.show"])
        ]
        var list = Panel(words["office.sites"], note: span(found.lines.count, found.total, wanted.offset))
        let any = SiteFilter.parameters.contains { !(query[$0.name] ?? "").isEmpty }
        list.table(
            Visit.siteHeads, found.lines.map { siteRow($0, units) }, empty: any ? "none-found" : "empty.sites")
        list.links = pager(
            "sites", SiteFilter.parameters, total: found.total, offset: wanted.offset, limit: wanted.limit)
        page.panels = [filter, list]
        return page
    }

    private func unitChoice(_ units: [Vocabulary.Unit]) -> Form.Kind {
        .choice([("", "–")] + units.map { ($0.code, "\(isEnglish ? $0.nameEN : $0.nameZH) (\($0.code))") })
    }

    private func kindChoice() -> Form.Kind {
        .choice([("", "–")] + Visit.kinds.map { ($0, words.word("kind", $0)) })
    }

    /// Kinds of place, provincial model, section 3.
    static let kinds = [
        "base-station", "cafe", "campus", "charging-station", "cold-store", "data-centre", "factory", "farm",
        "government-office", "greenhouse", "hydropower", "other", "residence",
    ]

    // MARK: Cases

    func caseQuery() throws -> CaseListQuery {
        var wanted = CaseListQuery()
        wanted.state = try choice("state", office.settings.rules.lifecycle.states.map(\.id))
        wanted.holder = query["holder"].flatMap { $0.isEmpty ? nil : $0 }
        wanted.onlyOpen = try choice("open", ["yes", "no"]) == "yes"
        (wanted.offset, wanted.limit) = try paging()
        return wanted
    }

    func cases() throws -> PageContent {
        let wanted = try caseQuery()
        let units = try reader.units()
        let found = try reader.caseList(wanted, on: today)
        var page = PageContent(title: words["office.cases"])
        page.subtitle = words["office.cases.note"]
        var filter = Panel(words["office.filter"])
        let states = office.settings.rules.lifecycle.states
        filter.forms = [
            Form(
                id: "filter", target: link("cases"), posts: false,
                fields: [
                    Form.Field(
                        "state", words["case.state"],
                        .choice(
                            [("", "–")] + states.map { ($0.id, stateName($0.id)) }), value: query["state"] ?? ""),
                    Form.Field("holder", words["case.holder"], unitChoice(units), value: query["holder"] ?? ""),
                    Form.Field(
                        "open", words["office.open-only"],
                        .choice(
                            [("", words["office.all"]), ("yes", words["yes"])]), value: query["open"] ?? ""),
                ], submit: words["office.show"])
        ]
        var list = Panel(words["office.cases"], note: span(found.lines.count, found.total, wanted.offset))
        let any = CaseFilter.parameters.contains { !(query[$0.name] ?? "").isEmpty }
        list.table(
            ["case.id", "col.site", "case.episode", "case.state", "case.holder", "case.due", "office.clock"],
            found.lines.map { line in
                [
                    .link(line.id, to: link("case/\(PagePaths.encoded(line.id))")),
                    .link(line.site, to: paths.site(line.site)), .text("\(line.episode)"), .text(stateName(line.state)),
                    .text("\(unitName(line.holder, units)) (\(line.holder))"), .text(words.day(line.due)),
                    .text(
                        line.suspended
                            ? words["office.suspended"] : line.overdue ? words["office.late"] : words["office.in-time"]),
                ]
            }, empty: any ? "none-found" : "empty.case")
        list.links = pager(
            "cases", CaseFilter.parameters, total: found.total, offset: wanted.offset, limit: wanted.limit)
        page.panels = [filter, list]
        return page
    }

    // MARK: Leads, exemptions, facilitators

    func leads() throws -> PageContent {
        let (offset, limit) = try paging()
        let found = try reader.leads(limit: limit, offset: offset)
        var page = PageContent(title: words["office.leads"])
        page.subtitle = words["office.leads.note"]
        var list = Panel(words["office.leads"], note: span(found.lines.count, found.total, offset))
        list.table(
            [
                "col.received", "col.source", "col.unit", "col.matter", "col.subject", "col.text", "col.duplicate",
                "col.case",
            ],
            found.lines.map { line in
                [
                    .text(words.time(line.lead.received)), .text(words.word("lead-source", line.lead.source.rawValue)),
                    .text(line.lead.unit), .text(words.word("lead-matter", line.lead.matter.rawValue)),
                    .text(line.lead.subject ?? words["unknown"]), .text(line.lead.text ?? ""),
                    .text(line.duplicateOf ?? "–"),
                    line.cases.first.map { .link($0, to: link("case/\(PagePaths.encoded($0))")) } ?? .text("–"),
                ]
            }, empty: "office.leads.none")
        list.links = pager("leads", [], total: found.total, offset: offset, limit: limit)
        page.panels = [list]
        return page
    }

    func exemptions() throws -> PageContent {
        let all = try reader.exemptions()
        let work = try reader.exemptionWork(on: today, within: 30, lifecycle: office.settings.rules.lifecycle)
        var page = PageContent(title: words["office.exemptions"])
        page.subtitle = words["office.exemptions.note"]
        var due = Panel(words["office.exemptions.work"], note: "n = \(work.count)")
        due.table(
            [
                "col.exemption", "col.site", "col.outcome", "col.last-day", "col.days-left", "col.ceiling",
                "col.measured", "col.case",
            ],
            work.map { one in
                [
                    .text(one.exemption.id), one.exemption.site.map { .link($0, to: paths.site($0)) } ?? .text("–"),
                    .text(
                        (one.check.outcomes.map { words.word("exemption", $0.rawValue) }
                            + (one.isRenewed ? [words["exemption.renewed"]] : [])).joined(separator: ", ")),
                    .text(one.check.lastDay.description), .text("\(one.daysLeft)"),
                    .text(Figure.short(one.check.ceilingKilowatts) + " kW"), .text(words.power(one.check.measured)),
                    one.caseID.map { .link($0, to: link("case/\(PagePaths.encoded($0))")) } ?? .text("–"),
                ]
            }, empty: "office.exemptions.quiet")
        var list = Panel(words["office.exemptions"], note: "n = \(all.count)")
        list.table(
            [
                "col.exemption", "col.site", "col.kind", "col.licence", "col.ceiling", "col.applicant", "col.approver",
                "link.from", "link.to",
            ],
            all.map { one in
                [
                    .text(one.id), one.site.map { .link($0, to: paths.site($0)) } ?? .text(one.subject ?? "–"),
                    .text(words.word("exemption-kind", one.kind.rawValue)), .text(one.licence),
                    .text(Figure.short(one.ceilingKilowatts) + " kW"), .text(one.applicant), .text(one.approver),
                    .text(one.from.description), .text(one.to.description),
                ]
            }, empty: "office.exemptions.none")
        page.panels = [due, list]
        return page
    }

    func facilitators() throws -> PageContent {
        let all = try reader.facilitators()
        var page = PageContent(title: words["office.facilitators"])
        page.subtitle = words["office.facilitators.note"]
        var list = Panel(words["office.facilitators"], note: "n = \(all.count)")
        list.table(
            ["col.kind", "col.name", "col.roles", "col.cases", "col.confirmed", "col.sites", "col.which"],
            all.prefix(Visit.mostRows).map { one in
                [
                    .text(words.word("facilitator", one.kind.rawValue)),
                    // An account is a sensitive field: here it stands masked for everybody.
                    .text(one.kind == .account ? maskedIdentity(one.id) : one.name),
                    .text(one.roles.map { words.word("party-role", $0.rawValue) }.joined(separator: ", ")),
                    .text("\(one.count)"), .text("\(one.confirmed)"), .text("\(one.sites)"),
                    .text(Set(one.cases.map(\.id)).sorted().prefix(8).joined(separator: " ")),
                ]
            }, empty: "office.facilitators.none")
        page.panels = [list]
        return page
    }
}
