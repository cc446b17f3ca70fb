import Casebook
import Reports
import Vocabulary

/// Pages for other eyes: the screen on the wall, and the figures that may be published.
extension Visit {
    /// Seconds after which the wall asks again.
    static let wallSeconds = 120
    /// A published cell below this many places could name one.
    static let leastPublished = 10

    /// Few things, large: what is open, late, suspected; where; what is due this week.
    func wall() throws -> PageContent {
        var page = try overview()
        page.isWall = true
        page.panels = Array(page.panels.prefix(4))
        return page
    }

    /// Sums of the whole scope with the small ones left out, and no place, person or unit below the prefecture.
    func published() throws -> PageContent {
        let units = try reader.units()
        let sums = try office.unitSums(reader)
        let (window, _) = try window()
        var page = PageContent(title: words["office.public"])
        page.subtitle = words.filled("office.public.note", text: "\(Visit.leastPublished)")
        let groups = Dictionary(grouping: sums) { one in published(one.unit, units) }
        let rows = groups.sorted { $0.key < $1.key }.map { code, own -> [Cell] in
            func sum(_ part: KeyPath<UnitSums, Int>) -> Int { own.reduce(0) { $0 + $1[keyPath: part] } }
            let suspected = sum(\.high) + sum(\.medium)
            let rest = sum(\.scored) - suspected
            // Where one of two cells is small the other would give it away.
            let isSmall = suspected < Visit.leastPublished || rest < Visit.leastPublished
            return [
                .text(unitName(code, units)), .text(shown(sum(\.scored))),
                .text(isSmall ? words["office.public.hidden"] : "\(suspected)"),
            ]
        }
        var table = Panel(words["office.public.units"], note: words["office.public.rule"])
        table.table(["col.unit", "col.scored", "suspected"], rows, empty: "no-data")
        var figures = Panel(words["office.figures"], note: words["office.public.figures-note"])
        let open = ["K01", "K03", "K06", "K08", "K12"]
        figures.table(
            ["col.figure", "col.value", "col.measure", "col.cases-n"],
            try office.figures(reader, window).filter { open.contains($0.id) }.sorted { $0.id < $1.id }.map { figure in
                let row = figure.rows.first { $0.part.isEmpty } ?? figure.rows.first ?? .unknown
                let isSmall = row.n < Visit.leastPublished
                return [
                    .text(isEnglish ? figure.en : figure.zh),
                    .text(isSmall ? words["office.public.hidden"] : value(row, figure)),
                    .text(words.word("measure-unit", figure.unit)), .text(shown(row.n)),
                ]
            }, empty: "no-data")
        var story = Panel(words["office.public.story"])
        story.paragraphs = [
            words["office.public.story.1"], words["office.public.story.2"], words["office.public.story.3"],
        ]
        page.panels = [table, figures, story]
        return page
    }

    private func shown(_ count: Int) -> String {
        count < Visit.leastPublished ? words.filled("office.public.fewer", text: "\(Visit.leastPublished)") : "\(count)"
    }

    /// The prefecture that a unit belongs to, or the unit itself above it.
    private func published(_ code: String, _ units: [Vocabulary.Unit]) -> String {
        guard let unit = units.first(where: { $0.code == code }), unit.level == .county, let above = unit.parent else {
            return code
        }
        return above
    }
}
