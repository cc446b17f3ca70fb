import Casebook
import Foundation
import Reports
import Vocabulary

/// Pages of sums: the whole in scope, a unit, the returns.
extension Visit {
    /// Days of the window when the address names none.
    private static let usualDays = 30
    private static let longestDays = 3660

    /// What the figures count: the last days up to the day asked for, as known at its end.
    func window() throws -> (window: KPIWindow, asOf: CalendarDate?) {
        let asOf = try day("asof")
        let days = try number("days", upTo: Visit.longestDays, default: Visit.usualDays)
        let zone = office.settings.rules.dayOffsetSeconds
        let known = asOf.map { $0.start(offset: zone).adding(seconds: 86_400) }
        let last = asOf ?? today
        return (
            KPIWindow(
                start: last.start(offset: zone).adding(seconds: 86_400 * Int64(1 - max(1, days))),
                end: last.start(offset: zone).adding(seconds: 86_400), asOf: known, dayOffsetSeconds: zone), asOf
        )
    }

    func stateName(_ id: String) -> String {
        guard let state = office.settings.rules.lifecycle.state(id) else { return id }
        return isEnglish ? state.en : state.zh
    }

    func unitName(_ code: String, _ units: [Vocabulary.Unit]) -> String {
        if let unit = units.first(where: { $0.code == code }) { return isEnglish ? unit.nameEN : unit.nameZH }
        guard let tile = office.frame.tiles.first(where: { $0.code == code }) else { return code }
        return isEnglish ? tile.nameEN : tile.nameZH
    }

    func overview() throws -> PageContent {
        let (window, asOf) = try window()
        let units = try reader.units()
        let sums = try office.unitSums(reader)
        let counts = try reader.caseCounts(asOf: window.asOf)
        let figures = try office.figures(reader, window)
        var page = PageContent(title: words["office.overview"])
        page.subtitle =
            asOf.map { words["office.asof"].replacing("{day}", with: $0.description) } ?? words["national.note"]
        page.figures = headline(figures, counts, sums)
        page.panels = [
            map(sums), attention(), pipeline(counts), byUnit(sums, units), figureTable(figures), timeTravel(),
        ]
        return page
    }

    /// Six figures, each with what it stands on.
    private func headline(
        _ figures: [KPIFigure], _ counts: [String: Int], _ sums: [UnitSums]
    ) -> [(name: String, number: String, note: String)] {
        let scored = sums.reduce(0) { $0 + $1.scored }
        let sites = sums.reduce(0) { $0 + $1.sites }
        let lifecycle = office.settings.rules.lifecycle
        let open = counts.filter { lifecycle.state($0.key)?.kind == .open }.reduce(0) { $0 + $1.value }
        func sum(_ part: KeyPath<UnitSums, Int>) -> String {
            scored == 0 ? words["unknown"] : "\(sums.reduce(0) { $0 + $1[keyPath: part] })"
        }
        let power = sums.compactMap(\.kilowatts).reduce(nil as Estimate?) { total, one in
            Estimate(
                value: (total?.value ?? 0) + one.value, low: (total?.low ?? 0) + one.low,
                high: (total?.high ?? 0) + one.high)
        }
        let known = "n = \(scored) / \(sites)"
        return [
            (words["kpi.high"], sum(\.high), known), (words["kpi.medium"], sum(\.medium), known),
            (words["kpi.kw"], words.power(power), words["kpi.kw.note"]),
            (words["kpi.cases"], "\(open)", "n = \(counts.values.reduce(0, +))"),
            headline(figures, "K06"), headline(figures, "K12"),
        ]
    }

    private func headline(_ figures: [KPIFigure], _ id: String) -> (name: String, number: String, note: String) {
        guard let figure = figures.first(where: { $0.id == id }) else { return (id, words["unknown"], "") }
        let row = figure.rows.first { $0.part.isEmpty } ?? figure.rows.first ?? .unknown
        return (isEnglish ? figure.en : figure.zh, value(row, figure), "n = \(row.n)" + interval(row, figure))
    }

    func value(_ row: KPIRow, _ figure: KPIFigure) -> String {
        guard let value = row.value, value.isFinite else { return words["unknown"] }
        return figure.unit == "share" ? Figure.percent(value) : Figure.short(value)
    }

    func interval(_ row: KPIRow, _ figure: KPIFigure) -> String {
        guard let low = row.low, let high = row.high, low.isFinite, high.isFinite else { return "" }
        func shown(_ value: Double) -> String { figure.unit == "share" ? Figure.percent(value) : Figure.short(value) }
        return " · \(shown(low)) – \(shown(high))"
    }

    private func map(_ sums: [UnitSums]) -> Panel {
        var panel = Panel(words["map.title"], note: words["map.note"], width: 7)
        panel.isTall = true
        let byProvince = Dictionary(grouping: sums) { $0.unit.prefix(2) }
        var values: [String: TileMap.Value] = [:]
        var rows: [[Cell]] = []
        for tile in office.frame.tiles {
            let own = byProvince[tile.code.prefix(2)] ?? []
            let scored = own.reduce(0) { $0 + $1.scored }
            guard scored > 0 else { continue }
            let suspected = own.reduce(0) { $0 + $1.high + $1.medium }
            values[tile.code] = TileMap.Value(
                level: suspected == 0 ? 0 : min(5, 1 + suspected / 15), label: "\(suspected)",
                link: link("unit/\(tile.code)"))
            rows.append([
                .link(isEnglish ? tile.nameEN : tile.nameZH, to: link("unit/\(tile.code)")),
                .text("\(own.reduce(0) { $0 + $1.sites })"), .text("\(scored)"), .text("\(suspected)"),
            ])
        }
        panel.svg = TileMap(tiles: office.frame.tiles, values: values).svg(words)
        panel.table(["col.unit", "col.n", "col.scored", "suspected"], rows, empty: "no-data", folded: true)
        return panel
    }

    private func attention() -> Panel {
        var panel = Panel(words["attention.title"], width: 5)
        guard may(.caseRead), let due = try? reader.caseList(openOnly(6), on: today) else {
            panel.paragraphs = [words["office.counts-only"]]
            return panel
        }
        panel.attention = due.lines.map { line in
            let late = line.overdue ? words["office.late"] : words["attention.due"]
            return (
                style: line.overdue ? "p-crit" : "p-mute", label: stateName(line.state), name: line.id,
                target: link("case/\(PagePaths.encoded(line.id))"),
                content: line.due.map { "\(late) \($0)" } ?? words["office.no-clock"]
            )
        }
        if panel.attention.isEmpty { panel.paragraphs = [words["empty.attention"]] }
        if let work = try? reader.exemptionWork(on: today, within: 30, lifecycle: office.settings.rules.lifecycle),
            !work.isEmpty
        {
            panel.links.append(
                (words["office.exemptions-due"].replacing("{count}", with: "\(work.count)"), link("exemptions")))
        }
        panel.links.append(
            (words["office.all-due"].replacing("{count}", with: "\(due.total)"), link("cases", [("open", "yes")])))
        return panel
    }

    private func openOnly(_ count: Int) -> CaseListQuery {
        var query = CaseListQuery()
        query.onlyOpen = true
        query.limit = count
        return query
    }

    private func pipeline(_ counts: [String: Int]) -> Panel {
        var panel = Panel(words["office.pipeline"], note: words["office.pipeline.note"], width: 5)
        let states = office.settings.rules.lifecycle.states
        let links = may(.caseRead)
        panel.svg = BarChart(
            label: words["office.pipeline"],
            bars: states.map { BarChart.Bar(name: stateName($0.id), value: Double(counts[$0.id] ?? 0)) }
        ).svg()
        panel.table(
            ["case.state", "col.count"],
            states.map { state in
                [
                    links
                        ? .link(stateName(state.id), to: link("cases", [("state", state.id)]))
                        : .text(stateName(state.id)),
                    .text("\(counts[state.id] ?? 0)"),
                ]
            }, empty: "empty.case", folded: true)
        return panel
    }

    private func byUnit(_ sums: [UnitSums], _ units: [Vocabulary.Unit]) -> Panel {
        var panel = Panel(words["office.units"])
        panel.table(Visit.unitHeads, sums.map { unitRow($0, units) }, empty: "empty.counties")
        return panel
    }

    static let unitHeads = ["col.unit", "col.n", "col.scored", "col.high", "col.medium", "col.kw"]

    func unitRow(_ one: UnitSums, _ units: [Vocabulary.Unit]) -> [Cell] {
        // What nobody assessed is not none.
        func count(_ value: Int) -> Cell { .text(one.scored == 0 ? words["no-data"] : "\(value)") }
        return [
            .link("\(unitName(one.unit, units)) (\(one.unit))", to: link("unit/\(one.unit)")), .text("\(one.sites)"),
            .text("\(one.scored)"), count(one.high), count(one.medium),
            .text(one.scored == 0 ? words["no-data"] : one.kilowatts.map(words.power) ?? "–"),
        ]
    }

    private func figureTable(_ figures: [KPIFigure]) -> Panel {
        var panel = Panel(words["office.figures"], note: words["office.figures.note"], width: 12)
        panel.table(
            ["col.figure", "col.part", "col.value", "col.interval", "col.measure", "col.cases-n", "col.note"],
            figures.sorted { $0.id < $1.id }.flatMap { figure in
                (figure.rows.isEmpty ? [KPIRow.unknown] : figure.rows).map { row -> [Cell] in
                    let range = interval(row, figure)
                    return [
                        .text("\(figure.id) \(isEnglish ? figure.en : figure.zh)"),
                        .text(words.word("figure-part", row.part)),
                        .text(value(row, figure)), .text(range.isEmpty ? "–" : String(range.dropFirst(3))),
                        .text(words.word("measure-unit", figure.unit)), .text("\(row.n)"),
                        .text(row.note.map { words.word("figure-note", $0) } ?? ""),
                    ]
                }
            }, empty: "no-data")
        return panel
    }

    private func timeTravel() -> Panel {
        var panel = Panel(words["office.travel"], width: 12)
        panel.forms = [
            Form(
                id: "travel", target: link(""), posts: false, note: words["office.travel.note"],
                fields: [
                    Form.Field("asof", words["office.travel.day"], .date, value: query["asof"] ?? ""),
                    Form.Field("days", words["office.travel.days"], .number, value: query["days"] ?? ""),
                ], submit: words["office.show"])
        ]
        return panel
    }

    // MARK: A unit

    /// The codes of a unit and of all that lies below it.
    func subtree(_ code: String, _ units: [Vocabulary.Unit]) -> Set<String> {
        let children = Dictionary(grouping: units.filter { $0.parent != nil }, by: { $0.parent ?? "" })
        var found: Set<String> = [code]
        var next = [code]
        while let one = next.popLast() {
            for child in children[one] ?? [] where found.insert(child.code).inserted { next.append(child.code) }
        }
        return found
    }

    func unit(_ code: String) throws -> PageContent {
        let units = try reader.units()
        let codes = subtree(code, units)
        let sums = try office.unitSums(reader).filter { codes.contains($0.unit) }
        // A unit out of scope has no place in scope: it looks like one that is not there.
        guard !sums.isEmpty else { throw CasebookError.noSuchObject("unit:\(code)") }
        var page = PageContent(title: unitName(code, units))
        page.subtitle = code
        page.crumbs = [(base, words["nav.national"])]
        if let parent = units.first(where: { $0.code == code })?.parent, parent != "CN" {
            page.crumbs.append((link("unit/\(parent)"), unitName(parent, units)))
        }
        var below = Panel(words["office.units"], width: 12)
        below.table(Visit.unitHeads, sums.map { unitRow($0, units) }, empty: "empty.counties")
        page.panels = [below]
        if may(.caseRead) {
            var query = SiteListQuery()
            query.units = codes
            let found = try reader.siteLines(query)
            var places = Panel(words["province.sites"], note: "\(found.lines.count) / \(found.total)")
            places.table(Visit.siteHeads, found.lines.map { siteRow($0, units) }, empty: "empty.sites")
            places.links = [(words["office.all-sites"], link("sites", [("unit", code)]))]
            page.panels.append(places)
        }
        return page
    }

    // MARK: Returns

    func returns() throws -> PageContent {
        var page = PageContent(title: words["office.returns"])
        let all = try reader.weeklyReturns()
        page.panels = all.reversed().prefix(12).map { one in
            var panel = Panel(
                words["office.return"].replacing("{number}", with: "\(one.number)"),
                note: words.time(one.body.weekEnd))
            panel.facts = [
                ("office.return.asof", words.time(one.asOf)), ("office.return.sha256", one.sha256),
                ("office.return.corrects", one.corrects.map(String.init) ?? "–"),
            ]
            panel.table(
                [
                    "col.list", "col.received", "col.settled-week", "col.settled", "col.open", "col.overdue",
                    "col.existing",
                    "col.new", "col.undetermined", "col.machines", "col.kw", "col.measures", "col.lookbacks",
                    "col.recurrences",
                ],
                one.body.lines.map { line in
                    [
                        .text(line.of), .text("\(line.received)"), .text("\(line.settledThisWeek)"),
                        .text("\(line.settled)"), .text("\(line.open)"), .text("\(line.overdue)"),
                        .text("\(line.existing)"), .text("\(line.new)"), .text("\(line.undetermined)"),
                        .text("\(line.machines)"), .text(line.kilowatts.map(Figure.short) ?? words["unknown"]),
                        .text("\(line.measures)"), .text("\(line.lookbacks)"), .text("\(line.recurrences)"),
                    ]
                }, empty: "no-data")
            if !one.changes.isEmpty {
                panel.table(
                    ["col.what", "col.before", "col.after"],
                    one.changes.map { [.text($0.what), .text($0.before), .text($0.after)] }, empty: "no-data",
                    caption: "office.return.changes")
            }
            return panel
        }
        if all.isEmpty {
            var none = Panel(words["office.returns"])
            none.paragraphs = [words["office.returns.none"]]
            page.panels = [none]
        }
        return page
    }
}
