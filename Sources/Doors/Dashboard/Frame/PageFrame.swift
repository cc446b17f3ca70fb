import Foundation
import Mustache
import Reports
import Vocabulary

/// What stands round a page: where it leads, who reads it, of when it is.
struct Surroundings: Sendable {
    /// From the page to the folder of its language, and to the root of the site.
    var base: String
    var root: String
    var home: String
    var otherLanguage: String
    var navigation: [(target: String, label: String, current: Bool)] = []
    var crumbs: [(target: String, label: String)] = []
    var asOf: Instant?
    var demo = false
    /// Who is logged in; nil where nobody needs to be.
    var reader: Reader?
    /// A sentence about what was just done, or why it was not.
    var notice: String?
    /// The page's own address with its filters, by which each table can be had as a file; empty where there is none.
    var here = ""

    struct Reader: Sendable {
        var name: String
        var token: String
        var account: String
        var logout: String
    }
}

/// The templates, the words and the files that all pages share; read once.
struct PageFrame: Sendable {
    let tiles: [ProvinceTile]
    let version: String
    private let library: MustacheLibrary
    private let catalogues: [PageLanguage: Catalogue]
    private let templateWords: [PageLanguage: [String: String]]
    private let files: [String: Page]

    static let templates = ["page", "panel", "table", "form"]
    static let styles = "static/countermine.css"

    init(tiles: [ProvinceTile], version: String) throws {
        self.tiles = tiles
        self.version = version
        var words: [PageLanguage: Catalogue] = [:]
        for language in [PageLanguage.zh, .en] {
            let own = try Data(contentsOf: Self.resource("words/\(language == .zh ? "zh-CN" : "en").json"))
            words[language] = try Catalogue.load(language).adding(
                try JSONDecoder().decode([String: String].self, from: own))
        }
        catalogues = words
        templateWords = words.mapValues(\.templateWords)
        var templates: [String: MustacheTemplate] = [:]
        for name in Self.templates {
            let text = try Data(contentsOf: Self.resource("templates/\(name).mustache"))
            templates[name] = try MustacheTemplate(string: String(decoding: text, as: UTF8.self))
        }
        library = MustacheLibrary(templates: templates)
        var files: [String: Page] = [:]
        for (name, type) in Self.types {
            let bytes = try? Data(contentsOf: Self.resource("static/\(name)"))
            files["static/\(name)"] = bytes.map { Page(bytes: Array($0), contentType: type) }
        }
        self.files = files
    }

    private static let types = [
        "countermine.css": "text/css; charset=utf-8", "countermine.js": "text/javascript; charset=utf-8",
        "curve.js": "text/javascript; charset=utf-8", "upload.js": "text/javascript; charset=utf-8",
        "favicon.svg": "image/svg+xml",
    ]

    private static func resource(_ path: String) -> URL {
        Bundle.module.bundleURL.appendingPathComponent("Resources").appendingPathComponent(path)
    }

    /// Both languages are read at the start, or there is no frame.
    func words(_ language: PageLanguage) -> Catalogue { catalogues[language] ?? .empty(language) }

    /// Paths of the files that pages fetch.
    static var filePaths: [String] { types.keys.sorted().map { "static/" + $0 } }

    /// One of the program's own files; nothing else on the disk is opened.
    func file(_ path: String) -> Page? { files[path] }

    func render(_ content: PageContent, _ around: Surroundings, _ words: Catalogue) -> Page? {
        let english = words.language == .en
        var pills: [[String: String]] = []
        if let score = content.score { pills = [["style": Panel.style(score), "label": words.band(score)]] }
        let items = content.figures.map { figure -> [String: Any] in
            ["name": figure.name, "number": figure.number, "note": figure.note, "wordy": figure.number.count > 9]
        }
        let reader = around.reader.map {
            [["name": $0.name, "token": $0.token, "account": $0.account, "logout": $0.logout]]
        }
        let context: [String: Any] = [
            "w": templateWords[words.language] ?? [:], "htmlLanguage": english ? "en" : "zh-CN",
            "otherCode": english ? "zh-CN" : "en", "otherLanguage": around.otherLanguage, "root": around.root,
            "base": around.base, "home": around.home, "title": content.title, "subtitle": content.subtitle,
            "demo": around.demo, "walls": content.isWall ? [["seconds": "\(Visit.wallSeconds)"]] : [],
            "navigation": around.navigation.map { ["target": $0.target, "label": $0.label, "current": $0.current] },
            "trail": around.crumbs.isEmpty
                ? [] : [["crumbs": around.crumbs.map { ["target": $0.target, "label": $0.label] }]],
            "reader": reader ?? [], "notices": around.notice.map { [["text": $0]] } ?? [],
            "titlePill": pills, "asOf": words.time(around.asOf), "version": version,
            "buttons": content.buttons.map { ["target": $0.1, "label": $0.0] },
            "figures": items.isEmpty ? [] : [["items": items]],
            "panels": content.panels.enumerated().map { $1.context(words, at: $0, here: around.here) },
        ]
        return library.render(context, withTemplate: "page").map {
            Page(bytes: Array($0.utf8), contentType: "text/html; charset=utf-8")
        }
    }
}
