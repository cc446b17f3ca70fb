import Casebook
import Crypto
import Foundation
import Vocabulary

/// The printable report about one site. It says "suspected", never more; what is not known is said to be unknown.
/// The same dossier, snapshot, language and version give the same bytes.
package struct SiteReport: Sendable {
    let dossier: SiteDossier
    let snapshot: CasebookSnapshot
    let words: Catalogue
    let version: String
    let legalTable: LegalTable?
    let background: SiteBackground?

    /// Throws when the words of `language` cannot be read.
    /// - Parameters:
    ///   - legal: What may be cited; nil leaves the line to be filled in by hand.
    ///   - background: What the casebook holds beside the findings; nil = it was not read, and the report says unknown.
    package init(
        dossier: SiteDossier, snapshot: CasebookSnapshot, language: PageLanguage, version: String,
        legal: LegalTable? = nil, background: SiteBackground? = nil
    ) throws {
        legalTable = legal
        self.background = background
        self.dossier = dossier
        self.snapshot = snapshot
        self.version = version
        words = try Catalogue.load(language)
    }

    var gridFindings: [Finding] { dossier.findings.filter { $0.modality == .grid } }
    var networkFindings: [Finding] { dossier.findings.filter { $0.modality == .network } }

    /// The fourteen parts but the last, which is the digest of whatever form they are written in.
    package var blocks: [ReportBlock] {
        header() + answer() + site() + grid() + network() + fusion() + against() + limits() + checklist() + legal()
            + standing() + actions() + evidence()
    }

    /// End of the run that it tells of: what is dated by it is the same for the same result.
    package var made: Instant { snapshot.lastRun?.finished ?? snapshot.asOf ?? Instant(seconds: 0) }

    package var title: String { "\(words["report.title"]) \(dossier.site.id)" }

    /// A whole A4 document: one style sheet inside, no script, nothing fetched.
    package func html() -> String {
        let language = words.language == .zh ? "zh-CN" : "en"
        let front =
            "<!doctype html>\n<html lang=\"\(language)\"><head><meta charset=\"utf-8\">"
            + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>\(Reports.html(title))</title>"
            + "<style>\(ReportStyle.sheet)</style></head><body><main>\n"
        let content = front + blocks.map(\.html).joined()
        return content + ReportBlock.part(words["report.s14"]).html
            + "<p>\(Reports.html(words["report.digest"]))<br><code>\(ReportStyle.sha256(content))</code></p>\n"
            + "</main></body></html>\n"
    }

    /// The same pieces for the typesetter: JSON that `Scripts/typeset.py` makes a PDF of.
    package func typesetting() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let day = made.date(offset: Figure.beijing).components
        var report = TypesetReport(
            language: words.language.rawValue, title: title, mark: words["report.internal"], version: version,
            date: [day.year, day.month, day.day], blocks: blocks.map(\.record), digestTitle: words["report.s14"],
            digestNote: words["report.digest.data"])
        report.digest = ReportStyle.sha256(String(decoding: try encoder.encode(report), as: UTF8.self))
        return Array(try encoder.encode(report))
    }

    /// The template that the typesetter fills.
    package static func template() throws -> [UInt8] {
        Array(try Data(contentsOf: Catalogue.resource("site-report.typ")))
    }

    func plain(_ key: String, _ text: String) -> [ReportBlock] { [.part(words[key]), .paragraph(text)] }

    /// A table, or `empty` as a sentence when there is no row. Cells are plain text.
    func table(_ heads: [String], _ rows: [[String]], empty: String) -> [ReportBlock] {
        rows.isEmpty ? [.paragraph(words[empty])] : [.table(heads: heads.map { words[$0] }, rows: rows)]
    }

    /// Names and values; plain text.
    func facts(_ rows: [(String, String)]) -> [ReportBlock] { [.facts(rows.map { [words[$0.0], $0.1] })] }

    private func header() -> [ReportBlock] {
        let found = dossier.currentCase
        let demo: [ReportBlock] = snapshot.demo ? [.demo(words["demo"])] : []
        return demo
            + [
                .mark(words["report.internal"]), .title(title), .paragraph(words["report.time"]),
                .part(words["report.s1"]),
            ]
            + facts([
                ("report.number", permalink), ("report.secrecy", words["report.internal"]),
                ("case.id", found?.id ?? words["empty.case"]),
                ("case.episode", found.map { String($0.episode) } ?? words["unknown"]),
                ("case.holder", found.map { unitName($0.holder) } ?? words["unknown"]),
                ("col.unit", unitName(dossier.site.unit)),
                ("as-of", words.time(snapshot.asOf)), ("data.finished", words.time(snapshot.lastRun?.finished)),
                ("data.runid", snapshot.lastRun?.id ?? words["unknown"]),
                ("report.models", snapshot.lastRun?.models.joined(separator: ", ") ?? words["unknown"]),
                ("version", version),
            ])
    }

    func unitName(_ code: String) -> String {
        guard let unit = snapshot.units.first(where: { $0.code == code }) else { return code }
        return (words.language == .zh ? unit.nameZH : unit.nameEN) + " (\(code))"
    }

    private func answer() -> [ReportBlock] {
        let found = dossier.assessment
        let basis = found.map { words["basis.\($0.basis.rawValue)"] } ?? words["unknown"]
        return [.part(words["report.s2"]), .answer(words.band(found?.probability))]
            + facts([
                ("kv.probability", found?.probability.map(Figure.probability) ?? words["unknown"]),
                ("kv.kw", words.power(found?.kilowatts)), ("kv.since", words.day(found?.since)), ("kv.basis", basis),
            ])
            + [.paragraph("\(words["report.change"]) \(words["footer.suspected"])")]
    }

    private func site() -> [ReportBlock] {
        let site = dossier.site
        let address = site.address.isEmpty ? words["unknown"] : site.address
        return [.part(words["report.s3"])]
            + facts([
                ("col.site", site.name), ("site.address", address), ("col.kind", words.word("kind", site.kind)),
                ("col.unit", unitName(site.unit)), ("site.category", site.category ?? words["unknown"]),
                ("site.contracted", site.contractedKilowatts.map { Figure.short($0) + " kW" } ?? words["unknown"]),
                ("site.residential", words[site.residential ? "yes" : "no"]), ("report.exempt", permits),
            ])
    }

    private func grid() -> [ReportBlock] {
        var text: [ReportBlock] = [.part(words["report.s4"])]
        if let curve = dossier.curve, curve.kilowatts.contains(where: \.isFinite) {
            let flagged = gridFindings.first { $0.grid?.onset != nil }?.grid
            let chart = LoadCurveChart(
                curve: curve, flaggedFrom: flagged?.onset ?? dossier.assessment?.since, flaggedTo: flagged?.end,
                sessions: dossier.sessionTimes)
            text += figure(chart.svg(words), "site.curve.note")
            text += figure(HeatMap(curve: curve).svg(words), "site.heat.note")
        } else {
            text.append(.paragraph(words["empty.curve"]))
        }
        for finding in gridFindings {
            let detail = finding.grid
            let machines = detail.flatMap { grid in
                grid.machinesLow.flatMap { low in grid.machinesHigh.map { "\(low) – \($0)" } }
            }
            text.append(.heading(finding.subject.key))
            text += facts([
                ("grid.signature", detail?.signature ?? words["unknown"]), ("grid.onset", words.day(detail?.onset)),
                ("grid.end", words.day(detail?.end)), ("kv.kw", words.power(finding.kilowatts)),
                ("grid.machines", machines ?? words["unknown"]),
                ("grid.window", words.time(finding.from) + " – " + words.time(finding.to)),
                ("kv.grid", finding.coverage.map(Figure.percent) ?? words["unknown"]), ("model", finding.model),
            ])
            text += reasons(finding.reasons, empty: "empty.reasons.for")
            let features = (detail?.features ?? [:]).sorted { $0.key < $1.key }
            if !features.isEmpty {
                text.append(
                    .small(features.map { "\($0.key) = \(Figure.fixed($0.value, 3))" }.joined(separator: " · ")))
            }
        }
        return text
    }

    private func figure(_ svg: String, _ note: String) -> [ReportBlock] {
        svg.isEmpty ? [] : [.figure(svg: svg, caption: words[note])]
    }

    func reasons(_ list: [Reason], empty: String) -> [ReportBlock] {
        table(
            ["col.reason", "col.weight"],
            list.map { [words.sentence(for: $0), $0.logOdds.map { Figure.fixed($0, 2) } ?? "–"] }, empty: empty)
    }

    private func against() -> [ReportBlock] {
        let rows = GroundDigest.merged(dossier.findings, \.against).map {
            [words.sentence(for: $0.reason), $0.reason.logOdds.map { Figure.fixed($0, 2) } ?? "–", $0.source(words)]
        }
        return [.part(words["report.s7"])]
            + table(["col.reason", "col.weight", "col.source"], rows, empty: "empty.reasons.against")
    }
}

/// The report's own style sheet: A4, system fonts, readable in black and white.
enum ReportStyle {
    static let sheet = """
        @page{size:A4;margin:20mm 16mm;@bottom-right{content:counter(page) " / " counter(pages);font-size:8pt}}
        body{font:10pt/1.55 FangSong,"Noto Serif CJK SC","Songti SC",serif;color:#15202b;max-width:178mm;margin:8mm auto}
        h1,h2,h3,th,.answer{font-family:SimHei,"Noto Sans CJK SC","PingFang SC",sans-serif}
        h1{font-size:20pt;margin:0 0 2mm}h2{font-size:12.5pt;margin:6mm 0 2mm;border-bottom:.4mm solid #10263d;break-after:avoid}
        h3{font-size:10.5pt;margin:3mm 0 1mm;break-after:avoid}p{margin:0 0 2mm}
        .answer{font-size:15pt;font-weight:700}.demo{border:.5mm solid #15202b;padding:1mm 2mm}.mark{text-align:right}
        .small,figcaption{font-size:8pt;color:#43515f;overflow-wrap:anywhere}
        table{border-collapse:collapse;width:100%;font-size:8.5pt;margin:0 0 2mm}thead{display:table-header-group}
        th{text-align:left;border-bottom:.3mm solid #43515f;padding:1mm}.kv th{width:34%;border-bottom:.2mm solid #b4bfca}
        td{padding:1mm;border-bottom:.2mm solid #b4bfca;overflow-wrap:anywhere;vertical-align:top}tr{break-inside:avoid}
        figure{margin:2mm 0;break-inside:avoid}figure svg{width:100%;height:auto}code{overflow-wrap:anywhere}
        .box{list-style:none;padding:0}.sig{display:grid;grid-template-columns:1fr 1fr 1fr;gap:8mm;margin-top:14mm}
        .code{width:34mm}.code figcaption{width:120mm}
        .sig div{border-top:.3mm solid #43515f;padding-top:1mm;font-size:9pt}
        """

    static func sha256(_ text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).map { hex($0) }.joined()
    }

    static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
