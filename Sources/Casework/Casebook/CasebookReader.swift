import GRDB
import Vocabulary

/// The one that reads. It opens the file read-only: no page and no report can change a casebook.
package final class CasebookReader: Sendable {
    let queue: DatabaseQueue
    let path: String

    private init(queue: DatabaseQueue, path: String) {
        self.queue = queue
        self.path = path
    }

    /// Throws `missing` where there is no casebook yet, `newerVersion` for a newer program's.
    package static func open(_ path: String) throws(CasebookError) -> CasebookReader {
        try CasebookFile.guarded(path) {
            guard try CasebookFile.check(path) else { throw CasebookError.missing(path: path) }
            return CasebookReader(
                queue: try CasebookFile.readOnly(path),
                path: path)
        }
    }

    package func close() throws(CasebookError) { try CasebookFile.guarded(path) { try queue.close() } }

    func reading<Value>(_ body: (Database) throws -> Value) throws(CasebookError) -> Value {
        try CasebookFile.guarded(path) { try queue.read { try body($0) } }
    }

    /// One consistent reading of everything the pages need; sites by identifier.
    package func snapshot() throws(CasebookError) -> CasebookSnapshot {
        try reading { db in
            let parts = try Parts(db)
            let inputs = try Stored.inputs(db)
            return CasebookSnapshot(
                province: try Meta.get(db, "province") ?? "", asOf: inputs.compactMap(\.lastEvent).max(),
                units: try Stored.units(db), dossiers: try parts.sites.map { try parts.dossier($0, db) },
                inputs: inputs,
                lastRun: try Stored.lastRun(db), demo: try Meta.get(db, "demo") == "1")
        }
    }

    /// One site's dossier; nil when the register does not know it.
    package func dossier(site: String) throws(CasebookError) -> SiteDossier? {
        try reading { db in
            let parts = try Parts(db)
            return try parts.sites.first { $0.id == site }.map { try parts.dossier($0, db) }
        }
    }

    package func sites() throws(CasebookError) -> [Site] { try reading { try Stored.sites($0) } }
    package func cases() throws(CasebookError) -> [CaseRecord] { try reading { try Stored.cases($0) } }
    package func units() throws(CasebookError) -> [Unit] { try reading { try Stored.units($0) } }
    package func links() throws(CasebookError) -> [SiteLink] { try reading { try Stored.links($0) } }
    package func inputs() throws(CasebookError) -> [InputRecord] { try reading { try Stored.inputs($0) } }
    package func lastRun() throws(CasebookError) -> RunRecord? { try reading { try Stored.lastRun($0) } }
    package func province() throws(CasebookError) -> String { try reading { try Meta.get($0, "province") ?? "" } }

    /// Findings that no link ties to a site: mining seen at a place the register does not know must not get lost.
    package func unplacedFindings() throws(CasebookError) -> [Finding] {
        try reading { db in
            let placed = Set(try Stored.assessments(db).flatMap { $0.terms.map(\.findingID) })
            return try Stored.findings(db).filter { !placed.contains($0.id) }
        }
    }

    /// Checks the chain, and the tables that it seals. `exported`: a head kept elsewhere, which catches a cut tail.
    /// `keys`: nil = those beside the store, if there are any.
    package func auditVerify(exported: AuditHead? = nil, keys: AuditKeys? = nil) throws(CasebookError) -> AuditVerdict {
        try auditVerify(heads: exported.map { [$0] } ?? [], keys: keys)
    }

    /// The same against any number of heads.
    package func auditVerify(heads: [AuditHead], keys: AuditKeys? = nil) throws(CasebookError) -> AuditVerdict {
        try reading { try AuditWalk.verify($0, heads: heads, keys: try keys ?? AuditKeys.existing(beside: path)) }
    }

    /// SHA-256 over all that the store says, without the columns that only tell when the program ran. Two stores that
    /// took the same inputs in the same order agree, whatever kills and restarts lay between.
    package func logicalDigest() throws(CasebookError) -> String { try reading { try LogicalDigest.of($0) } }

    private struct Parts {
        let sites: [Site]
        let links: [String: [SiteLink]]
        let assessments: [String: SiteAssessment]
        let findings: [String: Finding]
        let cases: [String: CaseRecord]

        init(_ db: Database) throws {
            sites = try Stored.sites(db)
            links = Dictionary(grouping: try Stored.links(db), by: \.site)
            assessments = Dictionary(
                try Stored.assessments(db).map { ($0.site, $0) }, uniquingKeysWith: { first, _ in first })
            findings = Dictionary(try Stored.findings(db).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            // The newest episode is the current one.
            cases = Dictionary(
                try Stored.cases(db).map { ($0.site, $0) }, uniquingKeysWith: { $0.episode > $1.episode ? $0 : $1 })
        }

        func dossier(_ site: Site, _ db: Database) throws -> SiteDossier {
            let assessment = assessments[site.id]
            return SiteDossier(
                site: site, links: links[site.id] ?? [], assessment: assessment,
                findings: (assessment?.terms ?? []).compactMap { findings[$0.findingID] }, currentCase: cases[site.id],
                curve: try Stored.curve(db, site: site.id))
        }
    }
}
