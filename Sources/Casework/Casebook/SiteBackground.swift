import GRDB
import Vocabulary

/// What the casebook holds of a place beside what was found there: its permits, its past, its evidence, who served it.
package struct SiteBackground: Hashable, Sendable {
    /// A registered lawful load, held against what was measured.
    package struct Permit: Hashable, Sendable {
        package var exemption: Exemption
        package var check: ExemptionCheck

        package init(exemption: Exemption, check: ExemptionCheck) {
            self.exemption = exemption
            self.check = check
        }
    }

    /// Somebody who served this place and others.
    package struct Service: Hashable, Sendable {
        package var kind: Facilitator.Kind
        /// A company's name, a server or a masked account; a natural person's name is never in it.
        package var name: String
        package var roles: [PartyRole.Role]
        /// Cases in which it stands, this one among them.
        package var cases: Int

        package init(kind: Facilitator.Kind, name: String, roles: [PartyRole.Role], cases: Int) {
            self.kind = kind
            self.name = name
            self.roles = roles
            self.cases = cases
        }
    }

    package var permits: [Permit] = []
    /// All episodes, the first one first.
    package var episodes: [CaseRecord] = []
    /// Of the newest episode, with what was undone.
    package var steps: [CaseDetail.Step] = []
    package var evidence: [EvidenceItem] = []
    /// Since when the place has mined, as it was last written into a case; nil = nobody wrote it down.
    package var commissioning: Commissioning?
    package var services: [Service] = []
    /// What must stand on a report that leaves the house.
    package var stamp = EvidenceStamp.leadOnly(lacks: [])

    package init() {}
}

extension SiteBackground {
    /// - Parameters:
    ///   - day: For which permits are judged.
    ///   - facilitators: All of the store, ranked once for many places.
    static func read(
        _ db: Database, site id: String, on day: CalendarDate, facilitators: [Facilitator]
    ) throws -> SiteBackground {
        var found = SiteBackground()
        let load = try Stored.curve(db, site: id).flatMap(MeasuredLoad.of)
        found.permits = try Row.fetchAll(
            db,
            sql: "SELECT id, body FROM exemption WHERE until_rev IS NULL AND body ->> '$.site' = ? ORDER BY id",
            arguments: [id]
        ).map { row in
            let one = try Canonical.value(Exemption.self, row["body"], table: "exemption", row: row["id"])
            // A ceiling for one meter cannot be held against the load of the whole site.
            return Permit(
                exemption: one, check: ExemptionCheck(one, on: day, measured: one.subject == nil ? load : nil))
        }
        found.episodes = try Row.fetchAll(
            db, sql: "SELECT * FROM case_record WHERE site = ? ORDER BY episode", arguments: [id]
        ).map(Stored.caseRecord)
        if let newest = found.episodes.last, let history = try CaseHistory(db, id: newest.id) {
            found.steps = history.steps.map(CaseDetail.Step.init)
            found.evidence = try Stored.evidence(db, caseID: newest.id)
            found.commissioning = history.standing.last { $0.fields.commissioning != nil }?.fields.commissioning
        }
        found.services = facilitators.filter { $0.cases.contains { $0.site == id } }.map { one in
            let isPerson = one.party?.kind == .person
            let name = one.kind == .account ? maskedIdentity(one.id) : one.name
            return Service(
                kind: one.kind, name: isPerson ? name.prefix(1) + FieldMask.masked : name,
                roles: Set(one.cases.filter { $0.site == id }.compactMap(\.role)).sorted { $0.rawValue < $1.rawValue },
                cases: one.count)
        }
        found.stamp = EvidenceStamp.of(found.evidence)
        return found
    }
}

extension CasebookReader {
    /// The background of some places, in their order.
    package func backgrounds(sites: [String], on day: CalendarDate) throws(CasebookError) -> [SiteBackground] {
        try reading { db in
            let facilitators = try Facilitator.ranked(db)
            return try sites.map { try SiteBackground.read(db, site: $0, on: day, facilitators: facilitators) }
        }
    }
}

extension ScopedReader {
    /// The background of a place as far as its cases are in scope; nothing of what is not.
    package func background(site id: String, on day: CalendarDate) throws(CasebookError) -> SiteBackground {
        try reading(.caseRead) { db in
            guard try Stored.site(db, id: id) != nil else { throw ScopedReader.missing("site:\(id)") }
            return try SiteBackground.read(db, site: id, on: day, facilitators: Facilitator.ranked(db))
        }
    }
}
