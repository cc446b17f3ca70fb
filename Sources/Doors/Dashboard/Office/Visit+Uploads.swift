import Casebook
import Reports
import Vocabulary

/// Files that people send: captures and meter series, which a child process looks at before anything else does.
extension Visit {
    /// Longest file that is taken.
    static let uploadLimit = 2 << 30

    func uploads() throws -> PageContent {
        var page = PageContent(title: words["office.uploads"])
        page.subtitle = words["office.uploads.note"]
        var send = Panel(words["office.uploads.send"])
        if office.uploads == nil {
            send.paragraphs = [words["office.demo-read-only"]]
        } else {
            send.forms = [
                Form(
                    id: "upload", target: link("upload"), note: words["office.uploads.hint"],
                    fields: [Form.Field("file", words["office.uploads.file"], .file, needed: true)],
                    submit: words["office.uploads.button"])
            ]
        }
        let entries = office.uploads?.entries(of: identity.person) ?? []
        var list = Panel(words["office.uploads.mine"], note: "n = \(entries.count)")
        list.table(
            ["col.file", "health.bytes", "col.when", "col.state", "col.outcome"],
            entries.map { entry in
                [
                    .link(entry.name, to: link("uploads/\(entry.id)")), .text(Figure.grouped(Int64(entry.bytes))),
                    .text(words.time(entry.at)), .text(words.word("upload", entry.state.rawValue)),
                    .text(outcome(entry)),
                ]
            }, empty: "office.uploads.none")
        page.panels = [send, list]
        return page
    }

    private func outcome(_ entry: UploadDesk.Entry) -> String {
        guard let report = entry.report else { return "–" }
        return report.error
            ?? report.counts.map { "\($0.name) \(Figure.grouped(Int64($0.count)))" }.joined(separator: ", ")
    }

    /// One file with how far it is; the page's script follows it, and without one it can be asked for again.
    func upload(_ id: String) throws -> PageContent {
        guard let number = Int(id), let entry = office.uploads?.entry(number, of: identity.person) else {
            throw CasebookError.noSuchObject("upload:\(id)")
        }
        var page = PageContent(title: entry.name)
        page.subtitle = words.word("upload", entry.state.rawValue)
        page.crumbs = [(link("uploads"), words["office.uploads"])]
        var state = Panel(words["office.uploads.state"], width: 6)
        if entry.isDone {
            state.facts = [
                ("col.state", words.word("upload", entry.state.rawValue)),
                ("health.bytes", Figure.grouped(Int64(entry.bytes))),
            ]
        } else {
            state.progress = (entry.share, link("uploads/\(entry.id)/events"))
            state.links = [(words["office.uploads.again"], link("uploads/\(entry.id)"))]
        }
        page.panels = [state]
        guard let report = entry.report else { return page }
        state.facts += [
            ("col.kind", words.word("input", report.kind.rawValue)), ("SHA-256", report.sha256),
            ("office.uploads.first", words.time(report.first)), ("office.uploads.last", words.time(report.last)),
            ("health.flags", report.flags.isEmpty ? "–" : report.flags.joined(separator: ", ")),
            (
                "office.uploads.kept",
                report.kept ?? words[report.known ? "office.uploads.known" : "office.uploads.not-kept"]
            ),
        ]
        if let error = report.error { state.paragraphs = [error] }
        var counts = Panel(words["office.uploads.counts"], width: 6)
        counts.table(
            ["col.what", "col.count"],
            report.counts.map { [.text(words.word("upload-count", $0.name)), .text(Figure.grouped(Int64($0.count)))] },
            empty: "no-data")
        page.panels = [state, counts]
        return page
    }

    /// How far a file is, as the events of its page.
    func uploadEvents(_ id: String) throws -> Answer {
        guard let number = Int(id), let uploads = office.uploads,
            uploads.entry(number, of: identity.person) != nil
        else { throw CasebookError.noSuchObject("upload:\(id)") }
        let person = identity.person
        return .events {
            guard let entry = uploads.entry(number, of: person) else { return nil }
            return ("{\"state\":\"\(entry.state.rawValue)\",\"share\":\(entry.share)}", entry.isDone)
        }
    }

    func takeUpload() throws -> Answer {
        guard let uploads = office.uploads else { throw CasebookError.refused(caseID: "", [Refusal("read-only")]) }
        guard let file, file.field == "file", file.bytes > 0 else {
            throw Complaint("file", words["office.uploads.empty"])
        }
        // Written down before anything is looked at: who sent what.
        try office.writing { (writer) throws(CasebookError) in
            try writer.log(
                [
                    AuditEntry(
                        actor: identity.person, action: "upload", object: "upload:\(file.name)",
                        detail: "\(file.bytes) bytes")
                ], now: now)
        }
        let office = office
        let person = identity.person
        let id = uploads.add(file, person: person, now: now) { entry in
            // What became of it; a store that cannot be written to keeps the file all the same.
            try? office.writing { (writer) throws(CasebookError) in
                try writer.log(
                    [
                        AuditEntry(
                            actor: person, action: "upload-\(entry.state.rawValue)", object: "upload:\(entry.name)",
                            detail: entry.report?.sha256 ?? "")
                    ], now: entry.at)
            }
        }
        guard let id else { throw CasebookError.refused(caseID: "", [Refusal("too-many-uploads")]) }
        return .seeOther(link("uploads/\(id)"))
    }

    private struct UploadRecord: Encodable {
        var id: Int
        var file: String
        var bytes: Int
        var state: String
        var share: Double
        var sha256: String?
        var counts: [String: Int]?
        var flags: [String]?
        var error: String?
        var kept: String?
    }

    func uploadRecords() throws -> Answer {
        try record(
            (office.uploads?.entries(of: identity.person) ?? []).map { entry in
                UploadRecord(
                    id: entry.id, file: entry.name, bytes: entry.bytes, state: entry.state.rawValue, share: entry.share,
                    sha256: entry.report?.sha256,
                    counts: entry.report.map {
                        Dictionary($0.counts.map { ($0.name, $0.count) }, uniquingKeysWith: { $1 })
                    }, flags: entry.report?.flags, error: entry.report?.error, kept: entry.report?.kept)
            })
    }
}
