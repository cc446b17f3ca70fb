import Casebook
import Reports
import Vocabulary

/// Where the links of a page lead: files of a folder, or places of a server.
struct PagePaths {
    /// From the page to the folder of its language, and to the root.
    var base: String
    var root: String
    /// Page of the province, from the folder of the language.
    var province: String
    var isLive = false

    var toProvince: String { base + province }
    var csv: String { root + "sites.csv" }
    func site(_ id: String) -> String {
        isLive ? "\(base)site/\(PagePaths.encoded(id))" : "\(base)site/\(Pages.safe(id)).html"
    }
    func report(_ id: String) -> String {
        isLive ? "\(base)site/\(PagePaths.encoded(id))/report" : "\(base)report/\(Pages.safe(id)).html"
    }

    /// As one segment of a path: letters, digits and `-._~` stay, every other byte is percent-encoded.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result.append("%")
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return result
    }
}

/// One language's view of the pages: what each page says, without its frame.
struct PageView {
    /// Longest list on the national page; the province page has every site.
    private static let mostRanked = 20

    let snapshot: CasebookSnapshot
    let tiles: [ProvinceTile]
    /// Sites by probability, the highest first, unknown last.
    let ranked: [SiteDossier]
    let words: Catalogue
    let paths: PagePaths

    var provinceName: String { unitName(snapshot.province) }

    func unitName(_ code: String) -> String {
        if let unit = snapshot.units.first(where: { $0.code == code }) {
            return words.language == .zh ? unit.nameZH : unit.nameEN
        }
        guard let tile = tiles.first(where: { $0.code == code }) else { return code }
        return words.language == .zh ? tile.nameZH : tile.nameEN
    }

    func sitePath(_ dossier: SiteDossier) -> String { paths.site(dossier.site.id) }

    func inBand(_ band: Band, _ dossiers: [SiteDossier]) -> [SiteDossier] {
        dossiers.filter { $0.assessment?.probability.map { Band(probability: $0) } == band }
    }

    /// Sum over the suspected sites that have an estimate; the bounds are added too, which makes them wide.
    func suspectedPower(_ dossiers: [SiteDossier]) -> Estimate? {
        let parts = (inBand(.high, dossiers) + inBand(.medium, dossiers)).compactMap { $0.assessment?.kilowatts }
        guard !parts.isEmpty else { return nil }
        return Estimate(
            value: parts.reduce(0) { $0 + $1.value }, low: parts.reduce(0) { $0 + $1.low },
            high: parts.reduce(0) { $0 + $1.high })
    }

    func national() -> PageContent {
        var page = PageContent(title: words["national.title"])
        page.subtitle = words["national.note"]
        page.figures = figures()
        page.buttons = [(words["nav.csv"], paths.csv)]
        var map = Panel(words["map.title"], note: words["map.note"], width: 7)
        let suspected = inBand(.high, ranked).count + inBand(.medium, ranked).count
        let assessed = snapshot.dossiers.contains { $0.assessment?.probability != nil }
        var values: [String: TileMap.Value] = [:]
        if assessed {
            let level = suspected == 0 ? 0 : min(5, 1 + suspected / 5)
            values[snapshot.province] = TileMap.Value(
                level: level, label: "\(suspected)", link: paths.toProvince)
        }
        map.svg = TileMap(tiles: tiles, values: values).svg(words)
        let count = assessed ? "\(suspected)" : words["no-data"]
        map.table(
            ["col.unit", "col.n", "suspected"],
            [[.link(provinceName, to: paths.toProvince), .text("\(snapshot.dossiers.count)"), .text(count)]],
            empty: "no-data")
        var attention = Panel(words["attention.title"], width: 5)
        attention.attention = attentionList()
        if attention.attention.isEmpty {
            attention.paragraphs = [words[assessed ? "empty.attention" : "empty.norun"]]
        }
        let note = words["rank.note"].replacing("{count}", with: "\(Self.mostRanked)")
        var rank = Panel(words["rank.title"], note: note, width: 12)
        let scored = ranked.filter { $0.assessment?.probability != nil }
        let empty = snapshot.dossiers.isEmpty ? "empty.sites" : snapshot.lastRun == nil ? "empty.norun" : "empty.ranked"
        rank.table(Self.siteHeads, scored.prefix(Self.mostRanked).map(siteRow), empty: empty)
        page.panels = [map, attention, rank, health()]
        return page
    }

    private func figures() -> [(name: String, number: String, note: String)] {
        let all = snapshot.dossiers
        let assessed = all.filter { $0.assessment?.probability != nil }
        func count(_ band: Band) -> String { assessed.isEmpty ? words["unknown"] : "\(inBand(band, assessed).count)" }
        let coverage = all.compactMap { $0.assessment?.gridCoverage }
        let mean = coverage.isEmpty ? words["unknown"] : Figure.percent(coverage.reduce(0, +) / Double(coverage.count))
        let n = "n = \(assessed.count) / \(all.count)"
        let open = all.compactMap(\.currentCase).filter { !["closed", "excluded"].contains($0.state) }.count
        return [
            (words["kpi.sites"], "\(all.count)", n), (words["kpi.high"], count(.high), n),
            (words["kpi.medium"], count(.medium), n),
            (words["kpi.kw"], words.power(suspectedPower(all)), words["kpi.kw.note"]),
            (words["kpi.cases"], "\(open)", words["kpi.fresh"] + ": " + words.time(snapshot.asOf)),
            (words["kpi.coverage"], mean, words["kpi.coverage.note"] + ", n = \(coverage.count)"),
        ]
    }

    private func attentionList() -> [(style: String, label: String, name: String, target: String, content: String)] {
        var list: [(style: String, label: String, name: String, target: String, content: String)] = []
        for dossier in ranked where list.count < Self.mostRanked {
            let probability = dossier.assessment?.probability
            var grounds: [String] = []
            if probability.map({ Band(probability: $0) }) == .high { grounds.append(words["attention.high"]) }
            if let sides = dossier.assessment?.disagreement, !sides.isEmpty {
                grounds.append(words["attention.disagree"])
            }
            guard !grounds.isEmpty else { continue }
            if let due = dossier.currentCase?.due { grounds.append("\(words["attention.due"]) \(due)") }
            list.append(
                (
                    style: Panel.style(probability), label: words.band(probability), name: dossier.site.name,
                    target: sitePath(dossier), content: grounds.joined(separator: " · ")
                ))
        }
        return list
    }

    static let siteHeads = [
        "col.site", "col.kind", "col.unit", "col.probability", "col.band", "col.kw", "col.since", "col.basis",
        "col.case",
    ]

    func siteRow(_ dossier: SiteDossier) -> [Cell] {
        let found = dossier.assessment
        return [
            .link("\(dossier.site.name) (\(dossier.site.id))", to: sitePath(dossier)),
            .text(words.word("kind", dossier.site.kind)), .text(unitName(dossier.site.unit)),
            .text(found?.probability.map(Figure.probability) ?? words["unknown"]), .band(found?.probability),
            .text(words.power(found?.kilowatts)), .text(found?.since?.description ?? "–"),
            .text(found.map { words["basis.\($0.basis.rawValue)"] } ?? words["no-data"]),
            .text(dossier.currentCase.map { words.word("state", $0.state) } ?? "–"),
        ]
    }

    func province() -> PageContent {
        var page = PageContent(title: provinceName)
        page.subtitle = words["province.title"]
        page.buttons = [(words["nav.csv"], paths.csv)]
        let byUnit = Dictionary(grouping: snapshot.dossiers, by: \.site.unit)
        let prefix = snapshot.province.prefix(2)
        let known = snapshot.units.filter { $0.level == .county && $0.code.hasPrefix(prefix) }.map(\.code)
        let codes = Set(known).union(byUnit.keys).sorted()
        var counties = Panel(words["province.counties"])
        counties.table(
            ["col.unit", "col.n", "col.scored", "col.high", "col.medium", "col.kw"],
            codes.map { code in
                let sites = byUnit[code] ?? []
                let scored = sites.filter { $0.assessment?.probability != nil }
                func count(_ band: Band) -> Cell {
                    .text(scored.isEmpty ? words["no-data"] : "\(inBand(band, scored).count)")
                }
                let none = scored.isEmpty ? words["no-data"] : "–"
                return [
                    .text("\(unitName(code)) (\(code))"), .text("\(sites.count)"), .text("\(scored.count)"),
                    count(.high),
                    count(.medium), .text(suspectedPower(sites).map(words.power) ?? none),
                ]
            }, empty: "empty.counties")
        var sites = Panel(words["province.sites"], note: "n = \(snapshot.dossiers.count)")
        sites.table(Self.siteHeads, ranked.map(siteRow), empty: "empty.sites")
        page.panels = [counties, sites]
        return page
    }
}
