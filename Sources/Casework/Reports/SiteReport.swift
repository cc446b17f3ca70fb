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

    /// Throws when the words of `language` cannot be read.
    /// - Parameter legal: what may be cited; nil leaves the line to be filled in by hand.
    package init(
        dossier: SiteDossier, snapshot: CasebookSnapshot, language: PageLanguage, version: String,
        legal: LegalTable? = nil
    ) throws {
        legalTable = legal
        self.dossier = dossier
        self.snapshot = snapshot
        self.version = version
        words = try Catalogue.load(language)
    }

    var gridFindings: [Finding] { dossier.findings.filter { $0.modality == .grid } }
    var networkFindings: [Finding] { dossier.findings.filter { $0.modality == .network } }

    /// A whole A4 document: one style sheet inside, no script, nothing fetched.
    package func html() -> String {
        let body = [
            header(), answer(), site(), grid(), network(), fusion(), against(), limits(), checklist(), legal(),
            plain("report.s11", words["report.unknown11"]), actions(), evidence(),
        ].joined()
        let title = e("\(words["report.title"]) \(dossier.site.id)")
        let language = words.language == .zh ? "zh-CN" : "en"
        let front =
            "<!doctype html>\n<html lang=\"\(language)\"><head><meta charset=\"utf-8\">"
            + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>\(title)</title>"
            + "<style>\(ReportStyle.sheet)</style></head><body><main>\n"
        let content = front + body
        let digest = SHA256.hash(data: Data(content.utf8)).map { ReportStyle.hex($0) }.joined()
        return content + "<h2>\(e(words["report.s14"]))</h2>\n<p>\(e(words["report.digest"]))<br>"
            + "<code>\(digest)</code></p>\n</main></body></html>\n"
    }

    func e(_ text: String) -> String { Reports.html(text) }

    func plain(_ key: String, _ text: String) -> String { "<h2>\(e(words[key]))</h2>\n<p>\(e(text))</p>\n" }

    /// A table, or `empty` as a sentence when there is no row. Cells are plain text.
    func table(_ heads: [String], _ rows: [[String]], empty: String) -> String {
        guard !rows.isEmpty else { return "<p>\(e(words[empty]))</p>\n" }
        let head = heads.map { "<th scope=\"col\">\(e(words[$0]))</th>" }.joined()
        let body = rows.map { "<tr>" + $0.map { "<td>\(e($0))</td>" }.joined() + "</tr>\n" }.joined()
        return "<table><thead><tr>\(head)</tr></thead><tbody>\n\(body)</tbody></table>\n"
    }

    /// Names and values; plain text.
    func facts(_ rows: [(String, String)]) -> String {
        "<table class=\"kv\"><tbody>\n"
            + rows.map { "<tr><th scope=\"row\">\(e(words[$0]))</th><td>\(e($1))</td></tr>\n" }.joined()
            + "</tbody></table>\n"
    }

    private func header() -> String {
        let found = dossier.currentCase
        let demo = snapshot.demo ? "<p class=\"demo\">\(e(words["demo"]))</p>\n" : ""
        return demo + "<p class=\"mark\">\(e(words["report.internal"]))</p>\n"
            + "<h1>\(e(words["report.title"])) \(e(dossier.site.id))</h1>\n<p>\(e(words["report.time"]))</p>\n"
            + "<h2>\(e(words["report.s1"]))</h2>\n"
            + facts([
                ("case.id", found?.id ?? words["empty.case"]),
                ("case.episode", found.map { String($0.episode) } ?? words["unknown"]),
                ("case.holder", found?.holder ?? words["unknown"]), ("col.unit", unitName(dossier.site.unit)),
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

    private func answer() -> String {
        let found = dossier.assessment
        let basis = found.map { words["basis.\($0.basis.rawValue)"] } ?? words["unknown"]
        return "<h2>\(e(words["report.s2"]))</h2>\n<p class=\"answer\">\(e(words.band(found?.probability)))</p>\n"
            + facts([
                ("kv.probability", found?.probability.map(Figure.probability) ?? words["unknown"]),
                ("kv.kw", words.power(found?.kilowatts)), ("kv.since", words.day(found?.since)), ("kv.basis", basis),
            ]) + "<p>\(e(words["report.change"])) \(e(words["footer.suspected"]))</p>\n"
    }

    private func site() -> String {
        let site = dossier.site
        let address = site.address.isEmpty ? words["unknown"] : site.address
        return "<h2>\(e(words["report.s3"]))</h2>\n"
            + facts([
                ("col.site", site.name), ("site.address", address), ("col.kind", words.word("kind", site.kind)),
                ("col.unit", unitName(site.unit)), ("site.category", site.category ?? words["unknown"]),
                ("site.contracted", site.contractedKilowatts.map { Figure.short($0) + " kW" } ?? words["unknown"]),
                ("site.residential", words[site.residential ? "yes" : "no"]), ("report.exempt", words["unknown"]),
            ])
    }

    private func grid() -> String {
        var text = "<h2>\(e(words["report.s4"]))</h2>\n"
        if let curve = dossier.curve, curve.kilowatts.contains(where: \.isFinite) {
            let flagged = gridFindings.first { $0.grid?.onset != nil }?.grid
            let chart = LoadCurveChart(
                curve: curve, flaggedFrom: flagged?.onset ?? dossier.assessment?.since, flaggedTo: flagged?.end)
            text += figure(chart.svg(words), "site.curve.note")
            text += figure(HeatMap(curve: curve).svg(words), "site.heat.note")
        } else {
            text += "<p>\(e(words["empty.curve"]))</p>\n"
        }
        for finding in gridFindings {
            let detail = finding.grid
            let machines = detail.flatMap { grid in
                grid.machinesLow.flatMap { low in grid.machinesHigh.map { "\(low) – \($0)" } }
            }
            text += "<h3>\(e(finding.subject.key))</h3>\n"
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
                text +=
                    "<p class=\"small\">"
                    + features.map { e("\($0.key) = \(Figure.fixed($0.value, 3))") }.joined(separator: " · ") + "</p>\n"
            }
        }
        return text
    }

    private func figure(_ svg: String, _ note: String) -> String {
        svg.isEmpty ? "" : "<figure>\(svg)<figcaption>\(e(words[note]))</figcaption></figure>\n"
    }

    func reasons(_ list: [Reason], empty: String) -> String {
        table(
            ["col.reason", "col.weight"],
            list.map { [words.sentence(for: $0), $0.logOdds.map { Figure.fixed($0, 2) } ?? "–"] }, empty: empty)
    }

    private func against() -> String {
        let rows = GroundDigest.merged(dossier.findings, \.against).map {
            [words.sentence(for: $0.reason), $0.reason.logOdds.map { Figure.fixed($0, 2) } ?? "–", $0.source(words)]
        }
        return "<h2>\(e(words["report.s7"]))</h2>\n"
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
        .sig div{border-top:.3mm solid #43515f;padding-top:1mm;font-size:9pt}
        """

    static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
