import Casebook
import Foundation
import Reports
import Support
import Testing
import Vocabulary

enum Fixture {
    static let start = Instant(seconds: 1_767_196_800)

    static func dossier(name: String = "示例冷库") -> SiteDossier {
        let site = Site(id: "S-1", name: name, address: "示例路1号", kind: "cold-store", unit: "339101")
        let link = SiteLink(site: "S-1", kind: .meter, subject: "M1", basis: "supply-contract")
        let finding = Finding(
            id: "f1", subject: .meter("M1"), modality: .grid, from: start, to: start.adding(seconds: 10 * 86_400),
            probability: 0.93,
            logLikelihoodRatio: 6, coverage: 0.98, kilowatts: Estimate(value: 66, low: 58, high: 75),
            reasons: [Reason(id: "night-minimum-step", value: 66, reference: 2, unit: "kW", logOdds: 4)],
            against: [Reason(id: "category-often-flat", text: "cold-store")], model: "load/2026-11",
            grid: GridDetail(signature: "base-step", onset: CalendarDate("2026-01-05")))
        var values = [Float](repeating: 10, count: 960)
        for index in 480..<960 { values[index] = 76 }
        for index in 100..<120 { values[index] = .nan }
        let assessment = SiteAssessment(
            site: "S-1", probability: 0.91, priorLogOdds: -3.9, logOdds: 2.3, basis: .gridOnly,
            kilowatts: finding.kilowatts, since: CalendarDate("2026-01-05"),
            terms: [.init(findingID: "f1", modality: .grid, subject: .meter("M1"), logOdds: 6.2, link: link)],
            gridCoverage: 0.98)
        return SiteDossier(
            site: site, links: [link], assessment: assessment, findings: [finding],
            curve: LoadCurve(start: start, intervalSeconds: 900, kilowatts: values))
    }

    static func snapshot(_ dossiers: [SiteDossier]) -> CasebookSnapshot {
        CasebookSnapshot(
            province: "330000", asOf: start.adding(seconds: 10 * 86_400),
            units: [
                Vocabulary.Unit(code: "330000", nameZH: "示例省", nameEN: "Example", level: .province, parent: "CN"),
                Vocabulary.Unit(code: "339101", nameZH: "甲区", nameEN: "District A", level: .county, parent: "330000"),
            ], dossiers: dossiers, inputs: [], lastRun: nil, demo: true)
    }
}

@Suite struct SiteReportTests {
    private func report(_ dossier: SiteDossier, _ language: PageLanguage = .zh) throws -> SiteReport {
        try SiteReport(dossier: dossier, snapshot: Fixture.snapshot([dossier]), language: language, version: "test")
    }

    @Test("a report dated before and after the notice of 2026 cites different bases")
    func legalBasis() throws {
        let legal = try LegalTable.load(Places.root.appendingPathComponent("Models/legal/2026-11/legal.json").path)
        func cited(_ day: String, _ language: PageLanguage = .zh) throws -> String {
            let dossier = Fixture.dossier()
            var snapshot = Fixture.snapshot([dossier])
            snapshot.asOf = try #require(CalendarDate(day)).start(offset: 28_800)
            return try SiteReport(
                dossier: dossier, snapshot: snapshot, language: language, version: "test", legal: legal
            ).html()
        }
        let (before, after) = (try cited("2026-02-05"), try cited("2026-02-06"))
        #expect(before.contains("银发〔2021〕237号") && !before.contains("银发〔2026〕42号"))
        #expect(after.contains("银发〔2026〕42号") && !after.contains("银发〔2021〕237号"))
        #expect(after.contains("发改运行〔2021〕1283号"))
        #expect(try cited("2026-02-06", .en).contains("Administrative Penalty Law"))
    }

    @Test("the same dossier gives the same bytes")
    func deterministic() throws {
        #expect(try report(Fixture.dossier()).html() == report(Fixture.dossier()).html())
        #expect(try report(Fixture.dossier()).json() == report(Fixture.dossier()).json())
    }

    @Test("it says suspected, gives reasons and what speaks against, and no verdict")
    func words() throws {
        let text = try report(Fixture.dossier()).html()
        #expect(text.contains("疑似"))
        let words = try Catalogue.load(.zh)
        let finding = try #require(Fixture.dossier().findings.first)
        #expect(text.contains(Reports.html(words.sentence(for: finding.reasons[0]))))
        #expect(text.contains(Reports.html(words.sentence(for: finding.against[0]))))
    }

    @Test("the fourteen parts stand in every report, whatever is known, in both languages")
    func parts() throws {
        let bare = SiteDossier(site: Site(id: "S-2", name: "", address: "", kind: "other", unit: "339101"))
        for dossier in [Fixture.dossier(), bare] {
            for language in [PageLanguage.zh, .en] {
                let words = try Catalogue.load(language)
                let report = try report(dossier, language)
                let heads = report.blocks.compactMap { block -> String? in
                    if case .part(let text) = block { text } else { nil }
                }
                #expect(heads == (1...13).map { words["report.s\($0)"] })
                #expect(report.html().contains(Reports.html(words["report.s14"])))
                for (head, next) in zip(report.blocks, report.blocks.dropFirst()) {
                    if case .part = head, case .part = next { Issue.record("an empty part: \(head)") }
                }
            }
        }
    }

    @Test("permits, past, services and evidence of the casebook stand in their parts, natural persons unnamed")
    func background() throws {
        var background = SiteBackground()
        let exemption = Exemption(
            id: "EX-1", site: "S-1", subject: nil, kind: .coldStore, licence: "L-9", ceilingKilowatts: 50,
            applicant: "A", approver: "B", from: try #require(CalendarDate("2025-01-01")),
            to: try #require(CalendarDate("2026-12-31")))
        let day = try #require(CalendarDate("2026-01-11"))
        background.permits = [
            .init(
                exemption: exemption,
                check: ExemptionCheck(exemption, on: day, measured: Estimate(value: 76, low: 70, high: 80)))
        ]
        background.commissioning = Commissioning(
            sources: [.init(.sustainedLoad, day, day)], underConstruction: false)
        background.services = [.init(kind: .party, name: "甲公司", roles: [.landlord], cases: 3)]
        background.evidence = [
            EvidenceItem(
                id: "C-E01", caseID: "C", digest: try .of([1, 2, 3]), source: "photo.jpg", origin: .document,
                collectedBy: "王", collectedAt: Fixture.start, note: "",
                custody: [.init(act: .collected, by: "王", at: Fixture.start, seal: .open, note: "")], reviews: [])
        ]
        let dossier = Fixture.dossier()
        func text(_ background: SiteBackground?, _ language: PageLanguage) throws -> String {
            try SiteReport(
                dossier: dossier, snapshot: Fixture.snapshot([dossier]), language: language, version: "test",
                background: background
            ).html()
        }
        for language in [PageLanguage.zh, .en] {
            let words = try Catalogue.load(language)
            let found = try text(background, language)
            #expect(found.contains("EX-1") && found.contains(words["permit.exceeded"]))
            // After the notice of 2021, before that of 2026.
            #expect(found.contains(words["class.existing"]) && found.contains(words["class.new"]))
            #expect(found.contains("甲公司") && found.contains(words["role.landlord"]))
            let digest = try EvidenceDigest.of([1, 2, 3])
            #expect(found.contains("C-E01") && found.contains(digest.sm3))
            #expect(found.contains(words["custody.collected"]))
            // Not read is not the same as none.
            #expect(try text(SiteBackground(), language).contains(words["permit.none"]))
            #expect(try !text(nil, language).contains(words["permit.none"]))
        }
    }

    @Test("tables for spreadsheets hold what the report's tables hold, each cell once and each line of one length")
    func tables() throws {
        let report = try report(Fixture.dossier())
        let cells = report.blocks.reduce(0) { count, block in
            switch block {
            case .facts(let rows): count + rows.reduce(0) { $0 + $1.count - 1 }
            case .table(_, let rows): count + rows.reduce(0) { $0 + $1.count }
            case .checklist(let items): count + items.count
            default: count
            }
        }
        #expect(cells > 40 && report.longRows.count == cells)
        #expect(report.longRows.allSatisfy { $0.count == report.longHeads.count })
        #expect(report.longRows.contains { $0[3] == "负荷特征" || $0[4] == "base-step" })
        let places = report.tables.map { "\($0.place.part).\($0.place.table)" }
        #expect(Set(places).count == places.count)
    }

    @Test("the code says the permanent number, which names nobody and no place")
    func code() throws {
        let report = try report(Fixture.dossier())
        let codes = report.blocks.compactMap { block -> (String, String)? in
            if case .code(let svg, _, let text) = block { (svg, text) } else { nil }
        }
        let (svg, text) = try #require(codes.first)
        #expect(codes.count == 1 && text.hasPrefix("urn:countermine:330000:site-"))
        #expect(!text.contains("S-1") && !text.contains("示例"))
        #expect(svg.hasPrefix("<svg") && !svg.contains("style="))
        // Finder patterns: seven dark modules in a row at three corners, four modules from the edge.
        #expect(svg.contains("M4 4h7v1h-7z") && svg.contains("M4 10h7v1h-7z"))
        let other = SiteDossier(site: Site(id: "S-2", name: "", address: "", kind: "other", unit: "339101"))
        let otherBlocks = try self.report(other).blocks
        #expect(!otherBlocks.contains { if case .code(svg, _, _) = $0 { true } else { false } })
    }

    @Test("the typesetter gets the same pieces as data, and the same bytes each time")
    func typesetting() throws {
        let hostile = "#panic(\"x\") $a_1$ *b* <script>"
        let bytes = try report(Fixture.dossier(name: hostile)).typesetting()
        #expect(try report(Fixture.dossier(name: hostile)).typesetting() == bytes)
        let value = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        let blocks = try #require(value?["blocks"] as? [[String: Any]])
        #expect(blocks.count == (try report(Fixture.dossier(name: hostile)).blocks.count))
        #expect(blocks.contains { ($0["rows"] as? [[String]])?.contains { $0.contains(hostile) } == true })
        #expect((value?["digest"] as? String)?.count == 64)
        let template = String(decoding: try SiteReport.template(), as: UTF8.self)
        #expect(template.contains("sys.inputs.data") && !template.contains("eval(") && !template.contains("@preview"))
    }

    @Test("hostile names are text")
    func hostile() throws {
        let text = try report(Fixture.dossier(name: "<script>alert(1)</script>\"'&")).html()
        #expect(!text.contains("<script"))
        #expect(text.contains("&lt;script&gt;"))
    }

    @Test("a site of which nothing is known is said to be unknown")
    func nothingKnown() throws {
        let site = Site(id: "S-2", name: "x", address: "", kind: "other", unit: "339101")
        let text = try report(SiteDossier(site: site), .en).html()
        #expect(text.contains(try Catalogue.load(.en)["unknown"]))
        #expect(!text.contains("0.00 kW"))
    }

    @Test("the JSON twin is JSON and names the site")
    func json() throws {
        let value = try JSONSerialization.jsonObject(with: Data(report(Fixture.dossier()).json().utf8))
        #expect(value is [String: Any])
        #expect(try report(Fixture.dossier()).json().contains("S-1"))
    }
}

@Suite struct ChartTests {
    @Test("charts carry no style attribute and no script, and gaps stay gaps")
    func clean() throws {
        let words = try Catalogue.load(.en)
        let curve = try #require(Fixture.dossier().curve)
        let line = LoadCurveChart(curve: curve, flaggedFrom: CalendarDate("2026-01-05")).svg(words)
        let heat = HeatMap(curve: curve).svg(words)
        for svg in [line, heat] {
            #expect(svg.hasPrefix("<svg"))
            #expect(!svg.contains("style=") && !svg.contains("<script") && !svg.lowercased().contains("nan"))
        }
    }

    @Test("all divisions stand on the map, those without data hatched and without a number")
    func tiles() throws {
        let tiles = (0..<34).map {
            ProvinceTile(
                code: "\(11 + $0)0000", nameZH: "省\($0)", nameEN: "P\($0)", letters: "P\($0)", row: $0 / 8 + 1,
                column: $0 % 8 + 1)
        }
        let svg = TileMap(tiles: tiles, values: ["110000": .init(level: 3, label: "17")]).svg(try Catalogue.load(.zh))
        for tile in tiles { #expect(svg.contains(tile.nameZH)) }
        #expect(svg.contains(">17<"))
        #expect(!svg.contains(">0<"))
    }
}
