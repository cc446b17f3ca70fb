import Casebook
import Crypto
import Foundation
import Vocabulary

/// Where and about what to notify: `notices` in the configuration. Notices are mail files in a folder, which a mailer of the
/// machine sends on; the program itself opens no connection.
package struct NoticeSettings: Sendable, Equatable {
    package var spool: URL
    package var from: String
    package var to: [String]
    package var about: Set<Notice.Kind> = Set(Notice.Kind.allCases)
    package var language = Language.zh

    package init(spool: URL, from: String, to: [String]) {
        self.spool = spool
        self.from = from
        self.to = to
    }
}

/// One thing somebody should know.
package struct Notice: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// A scan or a file failed.
        case failed
        /// A source has been silent for more than twice its cadence.
        case late
        /// Cases were opened.
        case opened
        /// Cases have passed their day.
        case overdue
    }

    package var kind: Kind
    /// The same thing has the same key: it is told once.
    package var key: String
    package var subject: String
    package var body: String

    package init(kind: Kind, key: String, subject: String, body: String) {
        self.kind = kind
        self.key = key
        self.subject = subject
        self.body = body
    }

    /// A name of a source may hold whatever a file name may.
    fileprivate var mark: String { hex(SHA256.hash(data: Array(key.utf8))) }
}

/// Writes notices as mail: whole files only, each told once.
package struct NoticeSpool: Sendable {
    let settings: NoticeSettings
    let store: URL

    package init(settings: NoticeSettings, store: URL) {
        self.settings = settings
        self.store = store
    }

    /// Names of the files that were written.
    @discardableResult
    package func send(_ notices: [Notice], now: Instant) throws(OperationsError) -> [String] {
        var told = read()
        let wanted = notices.filter { settings.about.contains($0.kind) }
        var names: [String] = []
        do {
            for notice in wanted where !told.contains(notice.mark) {
                try FileManager.default.createDirectory(at: settings.spool, withIntermediateDirectories: true)
                let digest = SHA256.hash(data: Array("\(notice.key)\n\(now.nanoseconds)".utf8))
                let name = "\(now.seconds)-\(notice.kind.rawValue)-\(hex(digest).prefix(12)).eml"
                try DurableFile.write(mail(notice, name, now), to: settings.spool.appendingPathComponent(name))
                names.append(name)
            }
            // What is no longer so may be told again when it comes back.
            told = Set(wanted.map(\.mark))
            let list = told.sorted().joined(separator: "\n")
            try DurableFile.write(Array(list.utf8), to: place)
        } catch {
            throw OperationsError(
                .missing, place: settings.spool.path, what: "the notice cannot be written: \(error)",
                remedy: "check `notices` in the configuration")
        }
        return names
    }

    private var place: URL { store.appendingPathComponent("told-notices.txt") }

    private func read() -> Set<String> {
        guard let text = try? String(contentsOf: place, encoding: .utf8) else { return [] }
        return Set(text.split(separator: "\n").map(String.init))
    }

    /// RFC 5322 with a UTF-8 body in base 64 (RFC 2045): nothing in a file name can end a line of the head.
    private func mail(_ notice: Notice, _ name: String, _ now: Instant) -> [UInt8] {
        let body = Data(notice.body.utf8).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithCarriageReturn,
        ])
        let head = [
            "From: \(settings.from)", "To: \(settings.to.joined(separator: ", "))", "Date: \(date(now))",
            "Message-ID: <\(name.dropLast(4))@countermine>", "Subject: \(words(notice.subject))", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
        ]
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body + "\r\n").utf8)
    }

    /// Encoded words of RFC 2047: none is longer than 75 characters, none cuts a character.
    private func words(_ text: String) -> String {
        var words: [String] = []
        var part: [UInt8] = []
        for character in text.unicodeScalars {
            let bytes = Array(String(character).utf8)
            if part.count + bytes.count > 45 {
                words.append("=?utf-8?B?\(Data(part).base64EncodedString())?=")
                part = []
            }
            part += bytes
        }
        words.append("=?utf-8?B?\(Data(part).base64EncodedString())?=")
        return words.joined(separator: "\r\n ")
    }

    private func date(_ now: Instant) -> String {
        let day = now.date(offset: beijingOffset)
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = day.components
        let second = now.secondOfDay(offset: beijingOffset)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(parts.day) \(names[max(0, min(11, parts.month - 1))]) \(parts.year) "
            + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) +0800"
    }
}

extension StatusDoor {
    /// What the state of things gives reason to tell.
    func notices(_ outcome: Scan.Outcome?, _ language: Language, now: Instant) -> [Notice] {
        func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }
        var list: [Notice] = []
        if !failed.isEmpty {
            let places = failed.map { "\($0.place): \($0.what)" + ($0.remedy.map { "; \($0)" } ?? "") }
            list.append(
                Notice(
                    kind: .failed, key: "failed " + hex(SHA256.hash(data: Array(places.joined(separator: "\n").utf8))),
                    subject: word("清矿：\(places.count) 项输入未能处理", "Countermine: \(places.count) inputs failed"),
                    body: places.joined(separator: "\n")))
        }
        for source in sources where source.isLate {
            list.append(
                Notice(
                    kind: .late, key: "late \(source.kind.rawValue) \(source.name)",
                    subject: word("清矿：数据源迟到：\(source.name)", "Countermine: source is late: \(source.name)"),
                    body: word("最新数据", "newest data") + ": " + (source.newestEvent?.beijing ?? "–")))
        }
        if let outcome, outcome.casesOpened > 0 {
            list.append(
                Notice(
                    kind: .opened, key: "opened \(outcome.run.resultSHA256)",
                    subject: word(
                        "清矿：新立疑似案件 \(outcome.casesOpened) 件，待研判",
                        "Countermine: \(outcome.casesOpened) suspected cases opened, for triage"),
                    body: ScanSummary.lines(outcome, language: language).joined(separator: "\n")))
        }
        if overdueCases > 0 {
            list.append(
                Notice(
                    kind: .overdue, key: "overdue \(now.date(offset: beijingOffset))",
                    subject: word("清矿：超期案件 \(overdueCases) 件", "Countermine: \(overdueCases) cases are overdue"),
                    body: word("在办 \(openCases) 件", "\(openCases) open")))
        }
        return list
    }
}
