import Casebook
import Exchange
import Foundation
import Reports
import Vocabulary

/// Every page of the dashboard, made from one reading of the store. The same snapshot, tiles and version give the same
/// bytes. Links are relative, so that the pages work from a folder as well as from a server.
package struct Pages: Sendable {
    let snapshot: CasebookSnapshot
    let frame: PageFrame
    private let legal: LegalTable?
    /// Place in `snapshot.dossiers` by safe identifier.
    private let places: [String: Int]
    /// Sites by probability, the highest first, unknown last.
    let ranked: [SiteDossier]

    /// Throws when a template or the words of a language cannot be read.
    package init(
        snapshot: CasebookSnapshot, tiles: [ProvinceTile], version: String, legal: LegalTable? = nil
    ) throws {
        self.legal = legal
        self.snapshot = snapshot
        frame = try PageFrame(tiles: tiles, version: version)
        places = Dictionary(
            snapshot.dossiers.enumerated().map { (Self.safe($1.site.id), $0) }, uniquingKeysWith: { first, _ in first })
        ranked = snapshot.dossiers.sorted {
            let left = $0.assessment?.probability ?? -1
            let right = $1.assessment?.probability ?? -1
            return left == right ? $0.site.id < $1.site.id : left > right
        }
    }

    /// An identifier as a file name: letters, digits, `-` and `_` stay, every other byte is `~` and two hex digits.
    /// Very long ones are cut and told apart by a hash.
    static func safe(_ id: String) -> String {
        let longest = 160
        var text = id.isEmpty ? "~none" : ""
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "~" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text.utf8.count <= longest ? text : text.prefix(longest) + "~h" + String(hash, radix: 16)
    }

    /// Every path `render` answers, in a fixed order.
    package var paths: [String] {
        var list = ["sites.csv"] + PageFrame.filePaths
        for language in ["", "en/"] {
            list += ["index.html", provincePath, "data.html", "method.html"].map { language + $0 }
            for name in places.keys.sorted() {
                list += ["\(language)site/\(name).html", "\(language)report/\(name).html"]
            }
        }
        return list
    }

    var provincePath: String { "province/\(Self.safe(snapshot.province)).html" }

    /// The page at a relative path; nil when there is none. Nothing outside the program's own resources is opened.
    package func render(path: String) -> Page? {
        switch path {
        case "sites.csv":
            return Page(bytes: TableExport.sites(snapshot.dossiers), contentType: "text/csv; charset=utf-8")
        default: if let file = frame.file(path) { return file }
        }
        let english = path.hasPrefix("en/")
        let rest = english ? String(path.dropFirst(3)) : path
        let words = frame.words(english ? .en : .zh)
        let base = String(repeating: "../", count: max(0, rest.split(separator: "/").count - 1))
        let view = PageView(
            snapshot: snapshot, tiles: frame.tiles, ranked: ranked, words: words,
            paths: PagePaths(base: base, root: base + (english ? "../" : ""), province: provincePath))
        if let dossier = dossier(rest, "report/") {
            guard
                let report = try? SiteReport(
                    dossier: dossier, snapshot: snapshot, language: words.language, version: frame.version, legal: legal
                )
            else { return nil }
            return Page(bytes: Array(report.html().utf8), contentType: "text/html; charset=utf-8")
        }
        let content: PageContent
        switch rest {
        case "index.html": content = view.national()
        case provincePath: content = view.province()
        case "data.html": content = view.data()
        case "method.html": content = view.method()
        default:
            guard let dossier = dossier(rest, "site/") else { return nil }
            content = view.site(dossier)
        }
        return frame(content, view: view, path: rest)
    }

    private func dossier(_ path: String, _ folder: String) -> SiteDossier? {
        guard path.hasPrefix(folder), path.hasSuffix(".html") else { return nil }
        return places[String(path.dropFirst(folder.count).dropLast(5))].map { snapshot.dossiers[$0] }
    }

    private func frame(_ content: PageContent, view: PageView, path: String) -> Page? {
        let words = view.words
        let base = view.paths.base
        let navigation = [
            ("index.html", "nav.national"), (provincePath, "nav.province"), ("data.html", "nav.data"),
            ("method.html", "nav.method"),
        ].map { (target: base + $0, label: words[$1], current: $0 == path) }
        let around = Surroundings(
            base: base, root: view.paths.root, home: base + "index.html",
            otherLanguage: words.language == .en ? view.paths.root + path : base + "en/" + path,
            navigation: navigation, crumbs: content.crumbs, asOf: snapshot.asOf, demo: snapshot.demo)
        return frame.render(content, around, words)
    }
}
