import Casebook
import Foundation
import Reports
import Vocabulary

/// One request by one person: who asks, in which language, and what came with it.
struct Visit: Sendable {
    let office: Office
    let reader: ScopedReader
    let words: Catalogue
    /// Segments of the path by their names in the route.
    let segments: [String: String]
    let query: [String: String]
    let form: [String: String]
    /// A file that came with the form.
    var file: UploadedFile?
    /// When this person last said that they had seen what is new.
    var seen: Instant?
    /// The session's token; empty where there is no session.
    let token: String
    let now: Instant
    /// Whether that is the password of that person.
    let vouch: @Sendable (_ person: String, _ password: String, _ code: String) -> Bool

    var identity: Identity { reader.identity }
    var isEnglish: Bool { words.language == .en }
    /// The folder of the language.
    var base: String { isEnglish ? "/en/" : "/" }
    var paths: PagePaths {
        PagePaths(base: base, root: "/", province: "unit/\(office.settings.province)", isLive: true)
    }
    var today: CalendarDate { now.date(offset: office.settings.rules.dayOffsetSeconds) }

    /// True where the matrix gives this person anything at all of the action.
    func may(_ action: AccessAction) -> Bool { (try? reader.permit(action)) != nil }

    func link(_ path: String, _ query: [(String, String)] = []) -> String {
        let asked = query.filter { !$0.1.isEmpty }.map { "\($0.0)=\(PagePaths.encoded($0.1))" }
        return base + path + (asked.isEmpty ? "" : "?" + asked.joined(separator: "&"))
    }

    // MARK: What a filter says

    /// What could not be read of the address; the page says so and shows the rest.
    func number(_ name: String, upTo limit: Int, default normal: Int) throws(Complaint) -> Int {
        guard let text = query[name], !text.isEmpty else { return normal }
        guard let value = Int(text), (0...limit).contains(value) else { throw Complaint(name, text) }
        return value
    }

    func day(_ name: String) throws(Complaint) -> CalendarDate? {
        guard let text = query[name], !text.isEmpty else { return nil }
        guard let day = CalendarDate(text) else { throw Complaint(name, text) }
        return day
    }

    func choice(_ name: String, _ known: [String]) throws(Complaint) -> String? {
        guard let text = query[name], !text.isEmpty else { return nil }
        guard known.contains(text) else { throw Complaint(name, text) }
        return text
    }
}

/// A filter or field that does not parse.
struct Complaint: Error {
    let name: String
    let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = String(text.prefix(80))
    }
}

/// What a route answers with.
enum Answer: Sendable {
    case page(PageContent)
    case bytes(Page)
    /// Plain data, as JSON.
    case record(Page)
    case seeOther(String)
    /// To be kept by the reader under that name, never shown as a page.
    case download(Page, name: String)
    /// What a page follows: asked again and again until it says that it is done, or nil.
    case events(@Sendable () -> (text: String, isDone: Bool)?)
    /// The same page again with what was typed, and why it was not done.
    case refused(PageContent, String)
}

/// An urlencoded text as names and values: bounded, and what does not decode is left out.
enum FormText {
    static let mostFields = 200

    static func parse(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&").prefix(mostFields) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(parts[0]), !name.isEmpty else { continue }
            let value = parts.count > 1 ? decoded(parts[1]) : ""
            guard let value else { continue }
            // Ticked boxes of one name are told apart by commas.
            if let before = fields[name], !before.isEmpty {
                fields[name] = before + "," + value
            } else {
                fields[name] = value
            }
        }
        return fields
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case 0x2B: bytes.append(0x20)
            case 0x25:
                guard let high = rest.next().flatMap(hex), let low = rest.next().flatMap(hex) else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else { return nil }
        return text
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
