import Casebook
import Foundation
import Vocabulary

extension SiteReport {
    /// More sessions than this are counted, not listed; the CSV and the decode records hold them all.
    private static let mostSessions = 200
    private static let mostKinds = 6
    /// Findings that add less than this to the sum are told by their number.
    private static let leastWeight = 0.005

    func network() -> [ReportBlock] {
        let shown = networkFindings.prefix(Self.mostSessions)
        let rows = shown.compactMap { finding in finding.network.map { sessionRow(finding, $0) } }
        let watched = (dossier.assessment?.networkSeconds ?? 0) > 0 || !networkFindings.isEmpty
        var text: [ReportBlock] = [.part(words["report.s5"])]
        text += table(
            [
                "session.time", "session.client", "session.server", "session.dialect", "session.tier",
                "session.shares", "session.bytes", "session.account", "session.frames",
            ], rows, empty: watched ? "empty.sessions" : "empty.sessions.nodata")
        if networkFindings.count > shown.count { text.append(.paragraph("\(shown.count) / \(networkFindings.count)")) }
        let once = GroundDigest.merged(networkFindings, \.reasons).map(\.reason)
        return once.isEmpty ? text : text + reasons(once, empty: "empty.reasons.for")
    }

    private func sessionRow(_ finding: Finding, _ detail: NetworkDetail) -> [String] {
        func count(_ value: Int?) -> String { value.map(String.init) ?? words["unknown"] }
        return [
            words.time(detail.firstSeen ?? finding.from) + " – " + words.time(detail.lastSeen ?? finding.to),
            "\(detail.client.ip) : \(detail.client.port)",
            "\(detail.server.ip) : \(detail.server.port)" + (detail.poolName.map { " \($0)" } ?? ""),
            detail.dialect, detail.tier.rawValue, "\(count(detail.accepted)) / \(count(detail.submitted))",
            "\(detail.bytes)", detail.account.map(maskedIdentity) ?? words["unknown"],
            frames(detail),
        ]
    }

    /// Each kind of event once: its first frame, and how many more there are up to which.
    private func frames(_ detail: NetworkDetail) -> String {
        var kinds: [(event: String, first: Int, last: Int, count: Int)] = []
        for mark in detail.evidence {
            if let place = kinds.firstIndex(where: { $0.event == mark.event }) {
                kinds[place].last = mark.frame
                kinds[place].count += 1
            } else {
                kinds.append((mark.event, mark.frame, mark.frame, 1))
            }
        }
        let shown = kinds.prefix(Self.mostKinds).map {
            $0.count == 1 ? "\($0.event) \($0.first)" : "\($0.event) \($0.first)–\($0.last) (\($0.count))"
        }
        return (shown + (kinds.count > shown.count ? ["…"] : [])).joined(separator: ", ")
    }

    func fusion() -> [ReportBlock] {
        let links = dossier.links.map {
            [
                words["link.\($0.kind.rawValue)"], $0.subject, $0.basis, $0.from?.description ?? words["link.ever"],
                $0.to?.description ?? words["link.open"],
            ]
        }
        var text: [ReportBlock] = [.part(words["report.s6"])]
        text += table(
            ["link.kind", "link.subject", "link.basis", "link.from", "link.to"], links, empty: "empty.links")
        guard let found = dossier.assessment else { return text + [.paragraph(words["empty.norun"])] }
        var terms = [[words["term.prior"], "", Figure.fixed(found.priorLogOdds, 2)]]
        let heavy = found.terms.filter { $0.logOdds.magnitude >= Self.leastWeight }
        terms += heavy.map {
            [words["modality.\($0.modality.rawValue)"], $0.subject.key, Figure.fixed($0.logOdds, 2)]
        }
        if heavy.count < found.terms.count {
            terms.append([words["term.light"], "\(found.terms.count - heavy.count)", "0.00"])
        }
        terms.append([words["term.sum"], "", found.logOdds.map { Figure.fixed($0, 2) } ?? words["unknown"]])
        text += table(["term.finding", "link.subject", "col.weight"], terms, empty: "empty.terms")
        text += [.heading(words["site.agree"])] + reasons(found.agreement, empty: "empty.agreement")
        return text + [.heading(words["site.disagree"])] + reasons(found.disagreement, empty: "empty.agreement")
    }

    func limits() -> [ReportBlock] {
        let found = dossier.assessment
        let flags = Set(dossier.findings.flatMap(\.flags)).sorted()
        var text: [ReportBlock] = [.part(words["report.s8"])]
        text += facts([
            ("kv.grid", found?.gridCoverage.map(Figure.percent) ?? words["unknown"]),
            ("kv.network", words.quantity(found?.networkSeconds, unit: "s") ?? words["unknown"]),
            ("health.flags", flags.isEmpty ? "–" : flags.joined(separator: ", ")),
        ])
        return text + [.list(["method.l1", "method.l2", "method.l3", "method.l4"].map { words[$0] })]
    }

    /// What to look at, made from what was found: each kind of evidence asks for its own check.
    func checklist() -> [ReportBlock] {
        var items = [words["check.machines"]]
        for link in dossier.links {
            switch link.kind {
            case .meter: items.append(words.filled("check.meter", text: link.subject))
            case .feeder: items.append(words.filled("check.feeder", text: link.subject))
            case .line, .addressRange: items.append(words.filled("check.network", text: link.subject))
            }
        }
        items += [words["check.heat"], words["check.tenants"]]
        var seen: Set<String> = []
        for reason in dossier.findings.flatMap(\.against) where seen.insert(reason.id).inserted {
            items.append(words.filled("check.lawful", text: words.sentence(for: reason)))
        }
        return [.part(words["report.s9"]), .checklist(items)]
    }

    func legal() -> [ReportBlock] {
        [.part(words["report.s10"])] + bases() + [.paragraph(words["report.rights"])]
            + [.signatures(["report.sign1", "report.sign2", "report.sign3"].map { words[$0] })]
    }

    /// What held on the day of the result that is reported: a report of the past cites what held then.
    private func bases() -> [ReportBlock] {
        let byHand: [ReportBlock] = [.paragraph(words["report.legal"])]
        guard let legalTable, let day = (snapshot.lastRun?.finished ?? snapshot.asOf)?.date(offset: 28_800) else {
            return byHand
        }
        let rows = legalTable.valid(on: day).filter { $0.uses != [.data] }.map { basis in
            [
                words.language == .zh ? basis.titleZh : basis.titleEn, basis.number ?? "–", basis.from.description,
                basis.to?.description ?? words["link.open"],
            ]
        }
        let note = words["report.legal.note"].replacing("{day}", with: day.description)
            .replacing("{version}", with: legalTable.version)
        return [.paragraph(note)]
            + table(["legal.title", "legal.number", "link.from", "link.to"], rows, empty: "report.legal") + byHand
    }

    /// The same facts for machines: sorted keys, times in UTC, unknown left out. Names as in the vocabulary.
    package func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        let record = Record(
            schema: "countermine.site-report/1", version: version, demo: snapshot.demo, province: snapshot.province,
            asOf: snapshot.asOf?.rfc3339(), run: snapshot.lastRun?.id, models: snapshot.lastRun?.models,
            wording: words.band(dossier.assessment?.probability), site: dossier.site, links: dossier.links,
            assessment: dossier.assessment, findings: dossier.findings.map(masked), caseRecord: dossier.currentCase)
        // Every part is plain data and no number is refused, so encoding cannot fail; an empty object says "nothing".
        guard let data = try? encoder.encode(record) else { return "{}\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private func masked(_ finding: Finding) -> Finding {
        guard var detail = finding.network else { return finding }
        detail.account = detail.account.map(maskedIdentity)
        detail.worker = detail.worker.map(maskedIdentity)
        var finding = finding
        finding.network = detail
        return finding
    }

    private struct Record: Encodable {
        var schema: String
        var version: String
        var demo: Bool
        var province: String
        var asOf: String?
        var run: String?
        var models: [String]?
        var wording: String
        var site: Site
        var links: [SiteLink]
        var assessment: SiteAssessment?
        var findings: [Finding]
        var caseRecord: CaseRecord?
    }
}
