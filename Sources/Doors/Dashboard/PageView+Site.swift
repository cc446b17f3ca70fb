import Casebook
import Reports
import Vocabulary

extension PageView {
    /// More sessions than this are not listed on the page.
    private static let mostSessions = 200

    func site(_ dossier: SiteDossier) -> PageContent {
        let site = dossier.site
        let found = dossier.assessment
        var page = PageContent(title: site.name.isEmpty ? site.id : site.name)
        page.subtitle = "\(site.id) · \(words.word("kind", site.kind)) · \(unitName(site.unit)) · \(site.address)"
        page.score = .some(found?.probability)
        page.crumbs = [(paths.base + (paths.isLive ? "" : "index.html"), words["nav.national"])]
        page.crumbs.append((paths.toProvince, provinceName))
        page.buttons = [(words["site.report"], paths.report(site.id))]
        var answer = Panel(words["site.answer"], width: 4)
        answer.score = .some(found?.probability)
        answer.facts = [
            ("kv.kw", words.power(found?.kilowatts)), ("kv.since", words.day(found?.since)),
            ("kv.basis", found.map { words["basis.\($0.basis.rawValue)"] } ?? words["no-data"]),
            ("kv.grid", found?.gridCoverage.map(Figure.percent) ?? words["unknown"]),
            ("kv.network", words.quantity(found?.networkSeconds, unit: "s") ?? words["unknown"]),
            ("site.category", site.category ?? words["unknown"]),
            ("site.contracted", site.contractedKilowatts.map { Figure.short($0) + " kW" } ?? words["unknown"]),
            ("site.residential", words[site.residential ? "yes" : "no"]),
        ]
        var grounds = Panel("\(words["site.for"]) / \(words["site.against"])", width: 8)
        let noFindings = dossier.findings.isEmpty && (found == nil || found?.basis == .noData)
        grounds.table(
            Self.reasonHeads, rows(GroundDigest.merged(dossier.findings, \.reasons)),
            empty: noFindings ? "no-data" : "empty.reasons.for", caption: "site.for")
        grounds.table(
            Self.reasonHeads, rows(GroundDigest.merged(dossier.findings, \.against)),
            empty: noFindings ? "no-data" : "empty.reasons.against", caption: "site.against")
        page.panels = [answer, grounds] + curves(dossier) + [sessions(dossier), sides(dossier), terms(dossier)]
        var graph = Panel(words["graph.title"], note: words["graph.note"])
        graph.svg = LinkGraph(dossier, words).svg(words)
        page.panels += (graph.svg.isEmpty ? [] : [graph]) + [links(dossier), casePanel(dossier)]
        return page
    }

    private static let reasonHeads = ["col.reason", "col.weight", "col.source"]

    private func rows(_ grounds: [GroundDigest]) -> [[Cell]] {
        grounds.map {
            [
                .text(words.sentence(for: $0.reason)), .text($0.reason.logOdds.map { Figure.fixed($0, 2) } ?? "–"),
                .text("\($0.source(words)) · \($0.model)"),
            ]
        }
    }

    private func curves(_ dossier: SiteDossier) -> [Panel] {
        var load = Panel(words["site.curve"], note: words["site.curve.note"])
        guard let curve = dossier.curve, curve.kilowatts.contains(where: \.isFinite) else {
            load.note = ""
            load.paragraphs = [words["empty.curve"]]
            return [load]
        }
        let flagged = dossier.findings.first { $0.grid?.onset != nil }?.grid
        load.svg = LoadCurveChart(
            curve: curve, flaggedFrom: flagged?.onset ?? dossier.assessment?.since, flaggedTo: flagged?.end,
            sessions: dossier.sessionTimes
        ).svg(words)
        var heat = Panel(words["site.heat"], note: words["site.heat.note"])
        heat.svg = HeatMap(curve: curve).svg(words)
        return [load, heat]
    }

    private func sessions(_ dossier: SiteDossier) -> Panel {
        let all = dossier.findings.filter { $0.modality == .network }
        var panel = Panel(words["site.sessions"], note: "n = \(all.count)")
        let watched = (dossier.assessment?.networkSeconds ?? 0) > 0
        func count(_ value: Int?) -> String { value.map(String.init) ?? words["unknown"] }
        panel.table(
            [
                "session.time", "session.client", "session.server", "session.pool", "session.dialect", "session.tier",
                "session.shares", "session.account", "session.bytes", "session.capture",
            ],
            all.prefix(Self.mostSessions).compactMap { finding in
                finding.network.map { detail -> [Cell] in
                    let frames = detail.evidence.prefix(4).map { "#\($0.frame) \($0.event)" }
                    return [
                        .text(words.time(detail.firstSeen ?? finding.from)),
                        .text("\(detail.client.ip) : \(detail.client.port)"),
                        .text("\(detail.server.ip) : \(detail.server.port)"),
                        .text(detail.poolName ?? words["unknown"]), .text(detail.dialect), .text(detail.tier.rawValue),
                        .text("\(count(detail.accepted)) / \(count(detail.submitted))"),
                        .text(detail.account.map(maskedIdentity) ?? words["unknown"]), .text("\(detail.bytes)"),
                        .text(([detail.capture] + frames).joined(separator: " ")),
                    ]
                }
            }, empty: watched ? "empty.sessions" : "empty.sessions.nodata")
        return panel
    }

    private func sides(_ dossier: SiteDossier) -> Panel {
        var panel = Panel(words["site.agreement"], width: 6)
        guard let found = dossier.assessment else {
            panel.paragraphs = [words["empty.norun"]]
            return panel
        }
        func list(_ reasons: [Reason]) -> [[Cell]] { reasons.map { [.text(words.sentence(for: $0))] } }
        panel.table(["col.reason"], list(found.agreement), empty: "empty.agreement", caption: "site.agree")
        panel.table(["col.reason"], list(found.disagreement), empty: "empty.agreement", caption: "site.disagree")
        return panel
    }

    private func terms(_ dossier: SiteDossier) -> Panel {
        var panel = Panel(words["site.terms"], width: 6)
        guard let found = dossier.assessment else {
            panel.paragraphs = [words["empty.norun"]]
            return panel
        }
        var rows: [[Cell]] = [[.text(words["term.prior"]), .text("–"), .text(Figure.fixed(found.priorLogOdds, 2))]]
        rows += found.terms.map {
            [
                .text("\(words["modality.\($0.modality.rawValue)"]) · \($0.subject.key)"), .text($0.link.basis),
                .text(Figure.fixed($0.logOdds, 2)),
            ]
        }
        let sum = found.logOdds.map { Figure.fixed($0, 2) } ?? words["unknown"]
        rows.append([.text(words["term.sum"]), .text("–"), .text(sum)])
        panel.table(
            ["term.finding", "link.basis", "col.weight"], rows, empty: "empty.terms", folded: rows.count > 12)
        return panel
    }

    private func links(_ dossier: SiteDossier) -> Panel {
        var panel = Panel(words["site.links"], width: 6)
        panel.table(
            ["link.kind", "link.subject", "link.basis", "link.from", "link.to"],
            dossier.links.map {
                [
                    .text(words["link.\($0.kind.rawValue)"]), .text($0.subject), .text($0.basis),
                    .text($0.from?.description ?? words["link.ever"]), .text($0.to?.description ?? words["link.open"]),
                ]
            }, empty: "empty.links")
        return panel
    }

    private func casePanel(_ dossier: SiteDossier) -> Panel {
        var panel = Panel(words["site.case"], width: 6)
        guard let found = dossier.currentCase else {
            panel.paragraphs = [words["empty.case"]]
            return panel
        }
        panel.facts = [
            ("case.id", found.id), ("case.episode", "\(found.episode)"),
            ("case.state", words.word("state", found.state)),
            ("case.holder", found.holder), ("case.due", words.day(found.due)),
            ("case.event", words.time(found.eventTime)),
        ]
        return panel
    }
}
