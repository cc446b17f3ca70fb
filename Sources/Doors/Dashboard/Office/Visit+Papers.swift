import Casebook
import Foundation
import Reports
import Vocabulary

/// What people bring to a case beside its steps: words, photographs, papers.
extension Visit {
    /// Longest photograph or paper.
    static let paperLimit = 64 << 20

    func papers(_ detail: CaseDetail, typed: [String: String]) throws -> [Panel] {
        let id = detail.record.id
        let address = link("case/\(PagePaths.encoded(id))")
        let mayWrite = !office.settings.demo && reader.worksOn(case: id)
        var panel = Panel(words["office.evidence"], note: "n = \(detail.evidence.count)")
        panel.table(
            ["evidence.file", "health.bytes", "SHA-256", "SM3", "col.seal", "col.collected", "col.custody"],
            detail.evidence.map { item in
                [
                    isKept(item)
                        ? .link("\(item.id) \(item.source)", to: "\(address)/evidence/\(PagePaths.encoded(item.id))")
                        : .text("\(item.id) \(item.source)"),
                    .text("\(item.digest.bytes)"), .text(item.digest.sha256), .text(item.digest.sm3),
                    .text(words.word("seal", item.seal.rawValue)),
                    .text("\(item.collectedBy) · \(words.time(item.collectedAt))"),
                    .text(
                        item.custody.map { "\(words.word("custody", $0.act.rawValue)) \($0.by) \(words.time($0.at))" }
                            .joined(separator: "; ")),
                ]
            }, empty: "office.evidence.none")
        var talk = Panel(words["office.comments"], note: words["office.comments.note"])
        let comments = try reader.comments(case: id)
        talk.timeline = comments.map {
            (
                when: words.time($0.recordedAt), what: $0.by,
                who: roleName($0.role) + ($0.unit.isEmpty ? "" : " · \($0.unit)"), note: $0.text
            )
        }
        if comments.isEmpty { talk.paragraphs = [words["office.comments.none"]] }
        guard mayWrite else { return [panel, talk] }
        panel.forms = [
            Form(
                id: "attach", target: "\(address)/attach", note: words["office.attach.note"],
                fields: [
                    Form.Field("note", words["office.attach.about"], value: typed["note"] ?? ""),
                    Form.Field("file", words["office.attach.file"], .file, needed: true),
                ], submit: words["office.attach"])
        ]
        talk.forms = [
            Form(
                id: "comment", target: "\(address)/comment",
                fields: [Form.Field("text", words["office.comment"], .area, value: typed["text"] ?? "", needed: true)],
                submit: words["office.comment.write"])
        ]
        return [panel, talk]
    }

    /// The hat under which somebody writes: the first one, which is the person's own whichever it is.
    private var pen: CaseActor {
        identity.hats(office.settings.matrix).first ?? CaseActor(name: identity.name, role: "", unit: "")
    }

    func comment(_ id: String) throws -> Answer {
        _ = try reader.caseDetail(id)
        guard reader.worksOn(case: id) else { throw CasebookError.noSuchObject("case:\(id)") }
        do {
            let text = form["text"] ?? ""
            let actor = pen
            try office.writing { (writer) throws(CasebookError) in
                try writer.comment(case: id, text: text, actor: actor, now: now)
            }
        } catch {
            guard let why = explained(error) else { throw error }
            return .refused(try casePage(id, typed: form), why)
        }
        return .seeOther(link("case/\(PagePaths.encoded(id))", [("done", "comment")]))
    }

    // MARK: Papers

    private func place(_ digest: EvidenceDigest) -> String { office.settings.evidence + "/" + digest.sha256 }

    private func isKept(_ item: EvidenceItem) -> Bool {
        FileManager.default.fileExists(atPath: place(item.digest))
    }

    /// Both digests are taken of the bytes as they arrived, before the file has a place in the store.
    func attach(_ id: String) throws -> Answer {
        _ = try reader.caseDetail(id)
        guard reader.worksOn(case: id) else { throw CasebookError.noSuchObject("case:\(id)") }
        do {
            guard let file, file.field == "file", file.bytes > 0 else {
                throw Complaint("file", words["office.uploads.empty"])
            }
            guard let kind = FileKind.of(path: file.path), kind.isPaper else {
                throw Complaint("file", words["office.attach.kinds"])
            }
            let digest = try EvidenceDigest.of(file: file.path)
            try keep(file, digest)
            let note = form["note"] ?? ""
            _ = try office.writing { (writer) throws(CasebookError) in
                try writer.addEvidence(
                    case: id, digest: digest, source: file.name, origin: .document, collectedBy: identity.name,
                    collectedAt: now, note: note, now: now)
            }
        } catch {
            guard let why = explained(error) else { throw error }
            return .refused(try casePage(id, typed: form), why)
        }
        return .seeOther(link("case/\(PagePaths.encoded(id))", [("done", "attach")]))
    }

    /// On disk for good before the casebook says that it is there. The same bytes have one place.
    private func keep(_ file: UploadedFile, _ digest: EvidenceDigest) throws {
        let manager = FileManager.default
        let folder = office.settings.evidence
        try manager.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let target = place(digest)
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw CasebookError.storage(path: target, what: String(cString: strerror(errno)))
        }
        close(descriptor)
        guard rename(file.path, target) == 0 else {
            throw CasebookError.storage(path: target, what: String(cString: strerror(errno)))
        }
        let directory = open(folder, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    /// A paper as it was brought. Whoever takes a copy is written into its custody first; bytes that are not those that
    /// were brought are not given out.
    func paper(_ id: String, _ number: String) throws -> Answer {
        let items = try reader.caseDetail(id).evidence
        try reader.permit(.export, on: .case(id))
        guard let item = items.first(where: { $0.id == number }), isKept(item) else {
            throw CasebookError.noSuchObject("evidence:\(number)")
        }
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: place(item.digest)), options: .mappedIfSafe))
        let found = try EvidenceDigest.of(bytes)
        let isSame = found == item.digest
        if !office.settings.demo {
            _ = try office.writing { (writer) throws(CasebookError) in
                try writer.custody(
                    item.id, isSame ? .copied : .checked, by: identity.name, at: now, found: found, note: "", now: now)
            }
        }
        guard isSame else { throw CasebookError.refused(caseID: id, [Refusal("broken-seal", item.id)]) }
        let ending = FileKind.of(head: Array(bytes.prefix(512))).ending
        return .download(Page(bytes: bytes, contentType: "application/octet-stream"), name: "\(item.id).\(ending)")
    }

    // MARK: For programs

    func commentRecords(_ id: String) throws -> Answer { try record(try reader.comments(case: id)) }

    func commentRecord(_ id: String) throws -> Answer {
        _ = try reader.caseDetail(id)
        guard reader.worksOn(case: id) else { throw CasebookError.noSuchObject("case:\(id)") }
        let text = form["text"] ?? ""
        let actor = pen
        try office.writing { (writer) throws(CasebookError) in
            try writer.comment(case: id, text: text, actor: actor, now: now)
        }
        return try commentRecords(id)
    }
}
