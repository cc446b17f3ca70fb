import GRDB
import Vocabulary

/// A site's dossier as one person may see it.
package struct ScopedDossier: Sendable {
    package var dossier: SiteDossier
    /// Fields of it that come masked, by their names in the matrix, sorted.
    package var masked: [String]
}

/// A case with what was done to it.
package struct CaseDetail: Hashable, Sendable {
    package struct Step: Hashable, Sendable {
        package var transition: String
        package var from: String?
        package var to: String
        package var actor: CaseActor
        package var version: Int
        package var happened: Instant
        package var recordedAt: Instant
        package var undone: Bool

        init(_ step: CaseStep) {
            transition = step.transition
            from = step.from
            to = step.to
            actor = step.actor
            version = step.version
            happened = step.happened
            recordedAt = step.recordedAt
            undone = step.undone
        }
    }

    package var record: CaseRecord
    package var steps: [Step]
    package var evidence: [EvidenceItem]
}

extension ScopedReader {
    package func caseDetail(_ id: String) throws(CasebookError) -> CaseDetail {
        try reading(.caseRead) { db in
            guard let history = try CaseHistory(db, id: id) else { throw ScopedReader.missing("case:\(id)") }
            return CaseDetail(
                record: history.record,
                steps: history.steps.map(CaseDetail.Step.init), evidence: try Stored.evidence(db, caseID: id))
        }
    }

    package func evidence(case id: String) throws(CasebookError) -> [EvidenceItem] {
        try reading(.caseRead) { db in
            guard try Stored.caseRecord(db, id: id) != nil else { throw ScopedReader.missing("case:\(id)") }
            return try Stored.evidence(db, caseID: id)
        }
    }

    /// Sites in scope by identifier; names and addresses of people's homes masked as the person's right says.
    package func siteList(limit: Int = 200, offset: Int = 0) throws(CasebookError) -> (sites: [Site], total: Int) {
        let page: ([Site], Int) = try reading(.caseRead) { db in
            let sites = try Row.fetchAll(
                db, sql: "SELECT id, body FROM site WHERE until_rev IS NULL ORDER BY id LIMIT ? OFFSET ?",
                arguments: [max(0, min(limit, CasebookLimits.pageRows)), max(0, offset)]
            ).map { try Canonical.value(Site.self, $0["body"], table: "site", row: $0["id"]) }
            return (sites, try Int.fetchOne(db, sql: "SELECT count(*) FROM site WHERE until_rev IS NULL") ?? 0)
        }
        let clear = try unmasked(page.0.filter(FieldMask.isHome).map(\.id))
        var mask = FieldMask(matrix, clear: [.public, .internal])
        return (page.0.map { clear.contains($0.id) ? $0 : mask.site($0) }, page.1)
    }

    /// Those of some sites whose personal fields come as they are.
    func unmasked(_ ids: [String]) throws(CasebookError) -> Set<String> {
        guard !ids.isEmpty else { return [] }
        var plain = identity
        plain.roles = identity.roles.filter { !matrix.cell(.personal, $0.role).terms.contains(.masked) }
        guard !plain.cells(.personal, in: matrix).isEmpty else { return [] }
        let scope = ScopeViews.Scope(
            Dictionary(grouping: plain.cells(.personal, in: matrix), by: \.cell.reach)
                .mapValues { $0.map(\.held.unit) }, identity)
        return try CasebookFile.guarded(path) {
            try queue.read { db in
                try ScopeViews.fill(db, scope)
                return try String.fetchSet(
                    db, sql: "SELECT id FROM site WHERE until_rev IS NULL AND id IN (SELECT value FROM json_each(?))",
                    arguments: [try Canonical.text(ids)])
            }
        }
    }

    package func dossier(site id: String) throws(CasebookError) -> ScopedDossier {
        try CasebookFile.guarded(path) {
            try queue.read { db in
                let personal = try? permit(db, .personal, on: .site(id))
                let meter = try? permit(db, .rawMeter, on: .site(id))
                let own = try? permit(db, .caseRead, on: .site(id))
                var clear: Set<FieldClass> = [.public, .internal]
                if let personal, !personal.terms.contains(.masked) { clear.insert(.personal) }
                if let own, [.own, .all].contains(own.reach) { clear.insert(.important) }
                try ScopeViews.fill(db, scope(.caseRead))
                guard let whole = try whole(db, site: id) else { throw ScopedReader.missing("site:\(id)") }
                var mask = FieldMask(matrix, clear: clear)
                var dossier = mask.dossier(whole)
                // The curve of a home is read by who may read meters; the others see what was made of it.
                dossier.curve = meter == nil ? nil : try Stored.curve(db, site: id)
                return ScopedDossier(dossier: dossier, masked: mask.hidden.sorted())
            }
        }
    }

    /// Shows one masked field of a site, and writes down who saw it and why. A sensitive field also takes a second
    /// person who has the same right.
    ///
    /// - Returns: The values, one for each place where the site has the field.
    package func unmask(
        _ field: String, site id: String, reason: String, approver: Identity? = nil, through writer: CasebookWriter,
        now: Instant
    ) throws(CasebookError) -> [String] {
        let values: [String] = try CasebookFile.guarded(path) {
            guard reason.contains(where: { !$0.isWhitespace }), reason.utf8.count <= CasebookLimits.formTextBytes else {
                throw CasebookError.refused(caseID: "site:\(id)", [Refusal("reason-missing")])
            }
            return try queue.read { db in
                let right = try permit(db, .personal, on: .site(id))
                guard right.terms.contains(.unmask) || !right.terms.contains(.masked) else {
                    throw ScopedReader.missing("site:\(id)")
                }
                try ScopeViews.fill(db, scope(.caseRead))
                guard let whole = try whole(db, site: id), let values = FieldMask.values(field, of: whole) else {
                    throw ScopedReader.missing("site:\(id)")
                }
                if matrix.fieldClass(field) == .sensitive {
                    guard let approver, approver.person != identity.person,
                        CaseActor.key(approver.name) != CaseActor.key(identity.name),
                        try approves(db, approver, site: id)
                    else { throw CasebookError.refused(caseID: "site:\(id)", [Refusal(.secondReviewer)]) }
                }
                return values
            }
        }
        // Written down before it is shown: what cannot be written down is not shown.
        try writer.note(
            actor: identity.person, action: "unmask", object: "site:\(id)",
            detail: ["field": field, "reason": reason, "approver": approver?.person ?? ""], now: now)
        return values
    }

    /// May the second person unmask fields of this very site?
    private func approves(_ db: Database, _ approver: Identity, site: String) throws -> Bool {
        let cells = approver.cells(.personal, in: matrix).filter { $0.cell.terms.contains(.unmask) }
        try ScopeViews.fill(
            db,
            ScopeViews.Scope(
                Dictionary(grouping: cells, by: \.cell.reach).mapValues { $0.map(\.held.unit) }, approver))
        return try Stored.site(db, id: site) != nil
    }

    /// For an action that takes a reason or is logged: may it be done, and write down that it was.
    @discardableResult
    package func act(
        _ action: AccessAction, on object: AccessObject, reason: String = "", through writer: CasebookWriter,
        now: Instant
    ) throws(CasebookError) -> Permit {
        let permit = try permit(action, on: object)
        let given = reason.contains(where: { !$0.isWhitespace })
        if permit.terms.contains(.reason), !given || reason.utf8.count > CasebookLimits.formTextBytes {
            throw .refused(caseID: object.text, [Refusal("reason-missing")])
        }
        if !permit.terms.isDisjoint(with: [.reason, .logged]) {
            try writer.note(
                actor: identity.person, action: action.rawValue, object: object.text, detail: ["reason": reason],
                now: now)
        }
        return permit
    }

    private func scope(_ action: AccessAction) -> ScopeViews.Scope {
        ScopeViews.Scope(
            Dictionary(grouping: identity.cells(action, in: matrix), by: \.cell.reach)
                .mapValues { $0.map(\.held.unit) }, identity)
    }

    private func whole(_ db: Database, site id: String) throws -> SiteDossier? {
        guard let site = try Stored.site(db, id: id) else { return nil }
        let links = try Row.fetchAll(
            db,
            sql: "SELECT id, body FROM link WHERE until_rev IS NULL AND body ->> '$.site' = ? ORDER BY id",
            arguments: [id]
        ).map { try Canonical.value(SiteLink.self, $0["body"], table: "link", row: $0["id"]) }
        let assessment = try String.fetchOne(
            db, sql: "SELECT body FROM assessment WHERE until_run IS NULL AND id = ?", arguments: [id]
        ).map { try Canonical.value(SiteAssessment.self, $0, table: "assessment", row: id) }
        let add = try db.cachedStatement(sql: "INSERT OR IGNORE INTO temp.scope_finding VALUES (?)")
        for term in assessment?.terms ?? [] { try add.execute(arguments: [term.findingID]) }
        let findings = Dictionary(
            try Stored.findings(db, ids: (assessment?.terms ?? []).map(\.findingID)).map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first })
        let record = try Row.fetchOne(
            db, sql: "SELECT * FROM case_record WHERE site = ? ORDER BY episode DESC LIMIT 1", arguments: [id])
        return SiteDossier(
            site: site, links: links, assessment: assessment,
            findings: (assessment?.terms ?? []).compactMap { findings[$0.findingID] },
            currentCase: record.map(Stored.caseRecord))
    }
}

extension CasebookWriter {
    /// An audit row about something that was looked at or handed out.
    func note(
        actor: String, action: String, object: String, detail: [String: String], now: Instant
    ) throws(CasebookError) {
        try transaction { db in
            try AuditChain.append(
                db, at: now, actor: actor, action: action, object: object, detail: try Canonical.text(detail))
        }
    }
}
