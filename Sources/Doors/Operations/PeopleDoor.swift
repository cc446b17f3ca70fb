import Casebook
import Foundation
import Vocabulary

/// `countermine user` and `countermine evidence`: who may do what, and what was taken into evidence.
package struct PeopleDoor: Sendable {
    private let access: CasebookAccess
    private let home: URL

    package init(configuration: Configuration, home: URL) throws(OperationsError) {
        access = try CasebookAccess(configuration)
        self.home = home
    }

    private func matrix() throws(OperationsError) -> AccessMatrix { try Installation.matrix(home) }

    // MARK: Users

    package typealias NewPerson = (id: String, name: String)

    /// The first three administrators of a store that has no users yet: three different people.
    package func appoint(
        system: NewPerson, security: NewPerson, audit: NewPerson, now: Instant
    ) throws(OperationsError) {
        try access.writing { (writer) throws(CasebookError) in
            try writer.appointAdministrators(system: system, security: security, audit: audit, now: now)
        }
    }

    package func add(_ person: NewPerson, by actor: String, now: Instant) throws(OperationsError) {
        let matrix = try matrix()
        let who = try access.reading { (reader) throws(CasebookError) in try reader.identity(person: actor) }
        try access.writing { (writer) throws(CasebookError) in
            try writer.addPerson(id: person.id, name: person.name, by: who, matrix: matrix, now: now)
        }
    }

    package func grant(
        _ grant: Grant, to person: String, given: Bool, by actor: String, reason: String, now: Instant
    ) throws(OperationsError) {
        let matrix = try matrix()
        let who = try access.reading { (reader) throws(CasebookError) in try reader.identity(person: actor) }
        try access.writing { (writer) throws(CasebookError) in
            try writer.grant(
                grant, to: person, given: given, by: who, reason: reason, matrix: matrix, now: now)
        }
    }

    package func people(as actor: String) throws(OperationsError) -> [ListRow] {
        let matrix = try matrix()
        let people = try access.reading { (reader) throws(CasebookError) -> [PersonLine] in
            let scoped = try ScopedReader(reader, as: try reader.identity(person: actor), matrix: matrix)
            let lines = try scoped.people()
            try scoped.close()
            return lines
        }
        return people.map { line in
            let one = line.identity
            let roles = one.roles.sorted { ($0.role, $0.unit) < ($1.role, $1.unit) }
            var record = Record(kind: "user")
            record.field("id", one.person)
            record.field("name", one.name)
            record.array("roles", roles) { held, inner in
                inner.field("role", held.role)
                inner.field("unit", held.unit)
            }
            record.strings("capabilities", one.capabilities.sorted())
            record.field("made_by", line.madeBy)
            record.field("since", line.recordedAt.rfc3339(digits: 0))
            return ListRow(
                record: record.line(),
                cells: [
                    one.person, one.name, roles.map { "\($0.role)@\($0.unit)" }.joined(separator: " "),
                    one.capabilities.sorted().joined(separator: " "), line.recordedAt.beijing,
                ])
        }
    }

    // MARK: Evidence

    package func addEvidence(
        case id: String, file: String, source: String?, by person: String, note: String, now: Instant
    ) throws(OperationsError) -> ListRow {
        let digest = try digest(file)
        return try Self.row(
            access.writing { (writer) throws(CasebookError) in
                try writer.addEvidence(
                    case: id, digest: digest, source: source ?? URL(fileURLWithPath: file).lastPathComponent,
                    origin: .document, collectedBy: person, collectedAt: now, note: note, now: now)
            })
    }

    package func custody(
        _ id: String, _ act: String, file: String?, by person: String, note: String, now: Instant
    ) throws(OperationsError) -> ListRow {
        guard let act = CustodyEvent.Act(rawValue: act) else {
            throw OperationsError(
                .usage, place: act, what: "is no act of custody",
                remedy: "known: \(CustodyEvent.Act.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let found = try file.map { (path) throws(OperationsError) in try digest(path) }
        return try Self.row(
            access.writing { (writer) throws(CasebookError) in
                try writer.custody(id, act, by: person, at: now, found: found, note: note, now: now)
            })
    }

    package func review(_ id: String, _ review: EvidenceReview, now: Instant) throws(OperationsError) -> ListRow {
        try Self.row(
            access.writing { (writer) throws(CasebookError) in try writer.review(id, review, now: now) })
    }

    /// The items of a case, and what must stand on whatever of it leaves the house.
    package func evidence(case id: String) throws(OperationsError) -> (rows: [ListRow], stamp: String?) {
        let (items, stamp) = try access.reading { (reader) throws(CasebookError) in
            (try reader.evidence(case: id), try reader.stamp(forCase: id))
        }
        return (items.map { Self.row($0) }, stamp.text)
    }

    private func digest(_ file: String) throws(OperationsError) -> EvidenceDigest {
        do {
            return try EvidenceDigest.of(file: file)
        } catch {
            throw OperationsError.storage(file, error)
        }
    }

    private static func row(_ item: EvidenceItem) -> ListRow {
        var record = Record(kind: "evidence")
        record.field("id", item.id)
        record.field("case", item.caseID)
        record.field("source", item.source)
        record.field("bytes", item.digest.bytes)
        record.field("sha256", item.digest.sha256)
        record.field("sm3", item.digest.sm3)
        record.field("seal", item.seal.rawValue)
        record.field("collected_by", item.collectedBy)
        record.field("collected_at", item.collectedAt.rfc3339(digits: 0))
        record.array("custody", item.custody) { event, inner in
            inner.field("act", event.act.rawValue)
            inner.field("by", event.by)
            inner.field("at", event.at.rfc3339(digits: 0))
            inner.field("seal", event.seal.rawValue)
            inner.field("note", event.note)
        }
        record.array("reviews", item.reviews) { review, inner in
            inner.field("of", review.kind.rawValue)
            inner.field("by", review.reviewer)
            inner.field("reference", review.reference)
            inner.field("sound", review.sound ? "yes" : "no")
        }
        return ListRow(
            record: record.line(),
            cells: [
                item.id, item.source, "\(item.digest.bytes)", String(item.digest.sha256.prefix(16)),
                item.seal.rawValue, item.collectedBy, item.reviews.map(\.kind.rawValue).joined(separator: " "),
            ])
    }
}
