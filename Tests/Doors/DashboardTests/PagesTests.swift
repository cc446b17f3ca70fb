import Casebook
import Dashboard
import Foundation
import Reports
import Support
import Testing
import Vocabulary

@Suite struct PagesTests {
    static func pages(name: String = "示例冷库") throws -> Pages {
        let sites = [
            Site(id: "S-1", name: name, address: "示例路1号", kind: "cold-store", unit: "339101"),
            Site(id: "../../S/2", name: "y", address: "", kind: "other", unit: "339101"),
        ]
        let dossiers = sites.map { site in
            SiteDossier(
                site: site,
                assessment: SiteAssessment(
                    site: site.id, probability: site.id == "S-1" ? 0.9 : nil, priorLogOdds: -4, logOdds: 2,
                    basis: site.id == "S-1" ? .gridOnly : .noData))
        }
        let snapshot = CasebookSnapshot(
            province: "330000", asOf: Instant(seconds: 1_767_196_800),
            units: [
                Vocabulary.Unit(code: "330000", nameZH: "示例省", nameEN: "Example", level: .province, parent: "CN"),
                Vocabulary.Unit(code: "339101", nameZH: "甲区", nameEN: "District A", level: .county, parent: "330000"),
            ], dossiers: dossiers, inputs: [], lastRun: nil, demo: true)
        let tiles = [ProvinceTile(code: "330000", nameZH: "浙江", nameEN: "Zhejiang", letters: "ZJ", row: 1, column: 1)]
        return try Pages(snapshot: snapshot, tiles: tiles, version: "test")
    }

    static func text(_ pages: Pages, _ path: String) throws -> String {
        String(decoding: try #require(pages.render(path: path)).bytes, as: UTF8.self)
    }

    @Test("every page that is listed can be shown, in both languages")
    func all() throws {
        let pages = try Self.pages()
        #expect(pages.paths.contains("index.html") && pages.paths.contains("en/index.html"))
        for path in pages.paths { #expect(pages.render(path: path) != nil, "\(path)") }
        #expect(try Self.text(pages, "index.html").contains("lang=\"zh"))
        #expect(try Self.text(pages, "en/index.html").contains("lang=\"en"))
    }

    @Test("names from outside are text on every page, and nothing is inline")
    func escaped() throws {
        let pages = try Self.pages(name: "<img src=x onerror=alert(1)>")
        for path in pages.paths where path.hasSuffix(".html") && !path.contains("report/") {
            let text = try Self.text(pages, path)
            #expect(!text.contains("<img src=x"), "\(path)")
            #expect(!text.contains(" style=") && !text.contains("<style"), "\(path)")
            for script in text.matches(of: /<script[^>]*>([^<]*)</) { #expect(script.1.isEmpty, "\(path)") }
        }
    }

    @Test("no page is found outside the site")
    func traversal() throws {
        let pages = try Self.pages()
        for path in ["../Package.swift", "static/../../x", "site/../index.html", "/etc/passwd", "", "site/%2e%2e.html"]
        {
            #expect(pages.render(path: path) == nil, "\(path)")
        }
        #expect(pages.paths.allSatisfy { !$0.contains("..") })
    }

    @Test("raw text stands in templates for our own drawings only")
    func rawSlots() throws {
        let folder = Places.root.appendingPathComponent("Sources/Doors/Dashboard/Resources/templates")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains("{{&"))
            for match in text.matches(of: /\{\{\{\s*(\w+)\s*\}\}\}/) {
                #expect(match.1 == "svg", "\(file.lastPathComponent)")
            }
        }
    }

    @Test("the static site is the same pages, and written again the same bytes")
    func staticSite() throws {
        let folder = try Places.scratch("site")
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = folder.appendingPathComponent("out")
        let pages = try Self.pages()
        for _ in 0..<2 {
            try StaticSite.write(pages, to: place)
            for path in pages.paths {
                #expect(
                    try Data(contentsOf: place.appendingPathComponent(path))
                        == Data(pages.render(path: path)?.bytes ?? []))
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out"])
    }
}
