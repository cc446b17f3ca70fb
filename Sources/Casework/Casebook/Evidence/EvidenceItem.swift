import GRDB
import Vocabulary

/// A piece of evidence: what the bytes were when they were taken, where they came from, and in whose hands they have
/// been.
package struct EvidenceItem: Hashable, Sendable, Codable {
    /// Which part of the source it is.
    package enum Origin: Hashable, Sendable, Codable {
        /// Frames of a capture, 1-based, both ends included; the digest is that of the capture.
        case packets(captureSHA256: String, first: Int, last: Int)
        /// The query by which a store gave it out.
        case query(String)
        /// A document as it was handed over.
        case document

        var lack: String? {
            switch self {
            case .packets(let digest, let first, let last):
                digest.utf8.count == 64 && first >= 1 && last >= first ? nil : "packet range"
            case .query(let text):
                text.isEmpty || text.utf8.count > CasebookLimits.formTextBytes ? "query" : nil
            case .document: nil
            }
        }
    }

    package enum Seal: String, Hashable, Sendable, Codable {
        case open, sealed
        /// The bytes are not those that were taken. It does not heal.
        case broken
    }

    package var id: String
    package var caseID: String
    package var digest: EvidenceDigest
    /// Capture, meter delivery, document: by the name of the input.
    package var source: String
    package var origin: Origin
    package var collectedBy: String
    package var collectedAt: Instant
    package var note: String
    /// Oldest first; the first is the collecting.
    package var custody: [CustodyEvent]
    /// The newest of each kind.
    package var reviews: [EvidenceReview]

    package var seal: Seal { custody.last?.seal ?? .open }

    package init(
        id: String, caseID: String, digest: EvidenceDigest, source: String, origin: Origin, collectedBy: String,
        collectedAt: Instant, note: String, custody: [CustodyEvent], reviews: [EvidenceReview]
    ) {
        self.id = id
        self.caseID = caseID
        self.digest = digest
        self.source = source
        self.origin = origin
        self.collectedBy = collectedBy
        self.collectedAt = collectedAt
        self.note = note
        self.custody = custody
        self.reviews = reviews
    }
}

/// What happened to a piece of evidence. Rows are only appended.
package struct CustodyEvent: Hashable, Sendable, Codable {
    package enum Act: String, Hashable, Sendable, Codable, CaseIterable {
        case collected, sealed, unsealed, moved, copied, exported
        /// The bytes were read again and compared.
        case checked
    }

    package var act: Act
    package var by: String
    package var at: Instant
    /// State after it.
    package var seal: EvidenceItem.Seal
    package var note: String

    package init(act: Act, by: String, at: Instant, seal: EvidenceItem.Seal, note: String) {
        self.act = act
        self.by = by
        self.at = at
        self.seal = seal
        self.note = note
    }
}

/// That somebody looked whether a machine's result may be used in a penalty.
package struct EvidenceReview: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case legal, technical }

    package var kind: Kind
    package var reviewer: String
    package var at: Instant
    /// Number of the paper on which it stands.
    package var reference: String
    /// Technical: nothing is missing, the clocks were right, the device meets its standard.
    package var dataComplete: Bool?
    package var clocksRight: Bool?
    package var deviceStandard: Bool?
    /// Legal: it was lawfully collected by who may.
    package var lawfullyCollected: Bool?

    package init(
        kind: Kind, reviewer: String, at: Instant, reference: String, dataComplete: Bool? = nil,
        clocksRight: Bool? = nil, deviceStandard: Bool? = nil, lawfullyCollected: Bool? = nil
    ) {
        self.kind = kind
        self.reviewer = reviewer
        self.at = at
        self.reference = reference
        self.dataComplete = dataComplete
        self.clocksRight = clocksRight
        self.deviceStandard = deviceStandard
        self.lawfullyCollected = lawfullyCollected
    }

    /// Every question of its kind was answered with yes; one that was not answered is no yes.
    package var sound: Bool {
        switch kind {
        case .technical: dataComplete == true && clocksRight == true && deviceStandard == true
        case .legal: lawfullyCollected == true
        }
    }
}

/// What stands on everything that leaves the house.
package enum EvidenceStamp: Hashable, Sendable {
    /// With what is lacking, item by item.
    case leadOnly(lacks: [String])
    /// Both reviews are there for every item, by these people.
    case reviewed(legal: [String], technical: [String])

    package static let leadOnlyText = "线索，不作为处罚证据 / lead only, not penalty evidence"

    /// The words to print; nil when there is nothing to warn of.
    package var text: String? {
        switch self {
        case .leadOnly: EvidenceStamp.leadOnlyText
        case .reviewed: nil
        }
    }

    /// The stamp for an export of these items. Without any item it is a lead: a score alone is no evidence.
    static func of(_ items: [EvidenceItem]) -> EvidenceStamp {
        var lacks = items.isEmpty ? ["no evidence item"] : []
        var by: [EvidenceReview.Kind: Set<String>] = [:]
        for item in items {
            if item.seal != .sealed { lacks.append("\(item.id): \(item.seal.rawValue)") }
            // A seal that was opened since may have had other bytes behind it.
            let opened = item.custody.last { $0.seal != .sealed }?.at
            for kind in EvidenceReview.Kind.allCases {
                let review = item.reviews.last { $0.kind == kind }
                guard let review, review.sound, opened.map({ $0 <= review.at }) ?? true else {
                    lacks.append("\(item.id): no sound \(kind.rawValue) review")
                    continue
                }
                by[kind, default: []].insert(review.reviewer)
            }
        }
        guard lacks.isEmpty else { return .leadOnly(lacks: lacks) }
        return .reviewed(legal: (by[.legal] ?? []).sorted(), technical: (by[.technical] ?? []).sorted())
    }
}

extension Stored {
    static func evidence(_ db: Database, caseID: String) throws -> [EvidenceItem] {
        try Row.fetchAll(db, sql: "SELECT * FROM evidence_item WHERE case_id = ? ORDER BY row", arguments: [caseID])
            .map { try evidence(db, $0) }
    }

    static func evidence(_ db: Database, id: String) throws -> EvidenceItem? {
        try Row.fetchOne(db, sql: "SELECT * FROM evidence_item WHERE id = ?", arguments: [id])
            .map { try evidence(db, $0) }
    }

    private static func evidence(_ db: Database, _ row: Row) throws -> EvidenceItem {
        let id: String = row["id"]
        let custody = try Row.fetchAll(
            db, sql: "SELECT * FROM custody_event WHERE item = ? ORDER BY row", arguments: [id]
        ).map { row in
            guard let act = CustodyEvent.Act(rawValue: row["act"]), let seal = EvidenceItem.Seal(rawValue: row["seal"])
            else { throw CasebookError.corruptRow(table: "custody_event", row: id) }
            return CustodyEvent(
                act: act, by: row["by"], at: Instant(nanoseconds: row["at"]), seal: seal, note: row["note"])
        }
        let reviews = try Row.fetchAll(
            db,
            sql: """
                SELECT body FROM evidence_review r WHERE item = ? AND row = (SELECT max(row) FROM evidence_review n
                    WHERE n.item = r.item AND n.kind = r.kind) ORDER BY row
                """, arguments: [id]
        ).map { try Canonical.value(EvidenceReview.self, $0["body"], table: "evidence_review", row: id) }
        return EvidenceItem(
            id: id, caseID: row["case_id"],
            digest: EvidenceDigest(bytes: row["bytes"], sha256: row["sha256"], sm3: row["sm3"]), source: row["source"],
            origin: try Canonical.value(
                EvidenceItem.Origin.self, row["origin"], table: "evidence_item", row: id),
            collectedBy: row["collected_by"], collectedAt: Instant(nanoseconds: row["collected_at"]),
            note: row["note"], custody: custody, reviews: reviews)
    }
}

extension CasebookReader {
    package func evidence(case id: String) throws(CasebookError) -> [EvidenceItem] {
        try reading { try Stored.evidence($0, caseID: id) }
    }

    /// What must stand on an export of these items.
    package func stamp(for items: [String]) throws(CasebookError) -> EvidenceStamp {
        try reading { db in
            EvidenceStamp.of(
                try items.map { id in
                    guard let item = try Stored.evidence(db, id: id) else {
                        throw CasebookError.noSuchObject("evidence \(id)")
                    }
                    return item
                })
        }
    }

    /// What must stand on the package of a case.
    package func stamp(forCase id: String) throws(CasebookError) -> EvidenceStamp {
        EvidenceStamp.of(try evidence(case: id))
    }
}
