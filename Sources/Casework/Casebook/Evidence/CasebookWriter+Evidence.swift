import GRDB
import Vocabulary

/// Evidence is taken in once, its custody and its reviews are appended; nothing of it is changed.
extension CasebookWriter {
    /// Takes a piece of evidence into a case. Its bytes stay where they are; the casebook keeps what they were.
    ///
    /// - Returns: The item, with its number: `<case>-E01`.
    @discardableResult
    package func addEvidence(
        case caseID: String, digest: EvidenceDigest, source: String, origin: EvidenceItem.Origin, collectedBy: String,
        collectedAt: Instant, note: String = "", now: Instant
    ) throws(CasebookError) -> EvidenceItem {
        try transaction { db in
            var refusals = CasebookWriter.lacks(person: collectedBy, at: collectedAt, note: note, now: now)
            if let lack = origin.lack { refusals.append(Refusal("bad-field", lack)) }
            let hex = [digest.sha256, digest.sm3].allSatisfy { $0.utf8.count == 64 }
            if digest.bytes < 0 || !hex { refusals.append(Refusal("bad-field", "digest")) }
            if source.isEmpty || source.utf8.count > CasebookLimits.registerFieldBytes {
                refusals.append(Refusal("bad-field", "source"))
            }
            guard refusals.isEmpty else { throw CasebookError.refused(caseID: caseID, refusals) }
            guard try Stored.caseRecord(db, id: caseID) != nil else {
                throw CasebookError.noSuchObject("case:\(caseID)")
            }
            let count = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM evidence_item WHERE case_id = ?", arguments: [caseID])
            let number = String((count ?? 0) + 1)
            let id = "\(caseID)-E" + (number.count < 2 ? "0" : "") + number
            try db.execute(
                sql:
                    "INSERT INTO evidence_item (id, case_id, bytes, sha256, sm3, source, origin, collected_by, "
                    + "collected_at, note, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    id, caseID, digest.bytes, digest.sha256, digest.sm3, source, try Canonical.text(origin),
                    collectedBy, collectedAt.nanoseconds, note, now.nanoseconds,
                ])
            try AuditChain.append(db, sealing: .evidenceItem, row: db.lastInsertedRowID, at: now, actor: collectedBy)
            try CasebookWriter.append(
                db, id, CustodyEvent(act: .collected, by: collectedBy, at: collectedAt, seal: .open, note: note),
                now: now)
            return try CasebookWriter.item(db, id)
        }
    }

    /// Appends what happened to a piece of evidence.
    ///
    /// - Parameters:
    ///   - found: What the bytes are now; needed to check and to seal. Other bytes than those taken break the seal, and
    ///     that is written down, not refused.
    @discardableResult
    package func custody(
        _ id: String, _ act: CustodyEvent.Act, by person: String, at: Instant, found: EvidenceDigest? = nil,
        note: String = "", now: Instant
    ) throws(CasebookError) -> EvidenceItem {
        try transaction { db in
            let item = try CasebookWriter.item(db, id)
            var refusals = CasebookWriter.lacks(person: person, at: at, note: note, now: now)
            if let last = item.custody.last, at < last.at { refusals.append(Refusal("out-of-order")) }
            if act == .collected { refusals.append(Refusal("bad-field", "collected")) }
            if act == .checked || act == .sealed, found == nil { refusals.append(Refusal("bad-field", "digest")) }
            if act == .sealed, item.seal == .sealed { refusals.append(Refusal("already-sealed")) }
            if act == .unsealed, item.seal != .sealed { refusals.append(Refusal("not-sealed")) }
            guard refusals.isEmpty else { throw CasebookError.refused(caseID: id, refusals) }
            var seal = item.seal
            if let found, found != item.digest {
                seal = .broken
            } else if seal != .broken {
                seal = act == .sealed ? .sealed : act == .unsealed ? .open : seal
            }
            try CasebookWriter.append(
                db, id, CustodyEvent(act: act, by: person, at: at, seal: seal, note: note), now: now)
            return try CasebookWriter.item(db, id)
        }
    }

    /// Appends a review. Refused: by who collected it, by who made the other review, of what is not sealed.
    @discardableResult
    package func review(_ id: String, _ review: EvidenceReview, now: Instant) throws(CasebookError) -> EvidenceItem {
        try transaction { db in
            let item = try CasebookWriter.item(db, id)
            let me = CaseActor.key(review.reviewer)
            var refusals = CasebookWriter.lacks(
                person: review.reviewer, at: review.at, note: review.reference, now: now)
            if me == CaseActor.key(item.collectedBy) { refusals.append(Refusal("reviewer-collected")) }
            if item.reviews.contains(where: { $0.kind != review.kind && CaseActor.key($0.reviewer) == me }) {
                refusals.append(Refusal("separate-duties"))
            }
            if item.seal != .sealed { refusals.append(Refusal("not-sealed")) }
            if let last = item.custody.last(where: { $0.act == .sealed }), review.at < last.at {
                refusals.append(Refusal("out-of-order"))
            }
            if review.reference.isEmpty { refusals.append(Refusal("bad-field", "reference")) }
            guard refusals.isEmpty else { throw CasebookError.refused(caseID: id, refusals) }
            try db.execute(
                sql:
                    "INSERT INTO evidence_review (item, kind, reviewer, sound, body, at, recorded_at) "
                    + "VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    id, review.kind.rawValue, review.reviewer, review.sound ? 1 : 0, try Canonical.text(review),
                    review.at.nanoseconds, now.nanoseconds,
                ])
            try AuditChain.append(db, sealing: .review, row: db.lastInsertedRowID, at: now, actor: review.reviewer)
            return try CasebookWriter.item(db, id)
        }
    }

    private static func lacks(person: String, at: Instant, note: String, now: Instant) -> [Refusal] {
        var refusals: [Refusal] = []
        if CaseActor.machines.contains(CaseActor.key(person)) || person.utf8.count > CasebookLimits.formTextBytes {
            refusals.append(Refusal("no-person", person))
        }
        if at > now { refusals.append(Refusal("in-the-future")) }
        if note.utf8.count > CasebookLimits.formTextBytes { refusals.append(Refusal("bad-field", "note")) }
        return refusals
    }

    private static func item(_ db: Database, _ id: String) throws -> EvidenceItem {
        guard let item = try Stored.evidence(db, id: id) else { throw CasebookError.noSuchObject("evidence \(id)") }
        return item
    }

    private static func append(_ db: Database, _ item: String, _ event: CustodyEvent, now: Instant) throws {
        try db.execute(
            sql: "INSERT INTO custody_event (item, act, by, at, seal, note, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                item, event.act.rawValue, event.by, event.at.nanoseconds, event.seal.rawValue, event.note,
                now.nanoseconds,
            ])
        try AuditChain.append(db, sealing: .custody, row: db.lastInsertedRowID, at: now, actor: event.by)
    }
}
