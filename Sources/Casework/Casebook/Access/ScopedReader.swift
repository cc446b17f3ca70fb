import FoundationEssentials
import GRDB
import Vocabulary

/// What is asked about.
package enum AccessObject: Hashable, Sendable {
    /// The action as such, about nothing in particular.
    case none
    case unit(String)
    case `case`(String)
    case site(String)
    case meter(String)
    case link(String)

    var text: String {
        switch self {
        case .none: "that"
        case .unit(let id): "unit:\(id)"
        case .case(let id): "case:\(id)"
        case .site(let id): "site:\(id)"
        case .meter(let id): "meter:\(id)"
        case .link(let id): "link:\(id)"
        }
    }
}

/// That somebody may do something, and on what terms.
package struct Permit: Hashable, Sendable {
    package var action: AccessAction
    package var reach: AccessCell.Reach
    package var terms: Set<AccessCell.Term>
    /// The role by which.
    package var by: HeldRole
}

/// A casebook as one person may see it. Every query runs over the rows in scope (`ScopeViews`); what is not in scope
/// and what is not there give the same error from the same query.
package final class ScopedReader: Sendable {
    let queue: DatabaseQueue
    let path: String
    package let identity: Identity
    package let matrix: AccessMatrix

    /// Opens a connection of its own, so that no other reader sees these views.
    package init(_ reader: CasebookReader, as identity: Identity, matrix: AccessMatrix) throws(CasebookError) {
        let path = reader.path
        queue = try CasebookFile.guarded(path) { try CasebookFile.readOnly(path) { try ScopeViews.install($0) } }
        self.path = path
        self.identity = identity
        self.matrix = matrix
    }

    package func close() throws(CasebookError) { try CasebookFile.guarded(path) { try queue.close() } }

    /// Runs `body` over what the person may see by `action`; with no cell for it, over nothing.
    func reading<Value>(_ action: AccessAction, _ body: (Database) throws -> Value) throws(CasebookError) -> Value {
        try CasebookFile.guarded(path) {
            try queue.read { db in
                try ScopeViews.fill(db, scope(cells(action)))
                return try body(db)
            }
        }
    }

    func cells(_ action: AccessAction) -> [(held: HeldRole, cell: AccessCell)] {
        identity.cells(action, in: matrix)
    }

    private func scope(_ cells: [(held: HeldRole, cell: AccessCell)]) -> ScopeViews.Scope {
        ScopeViews.Scope(
            Dictionary(grouping: cells, by: \.cell.reach).mapValues { $0.map(\.held.unit) }, identity)
    }

    /// What this person may not have, and what nobody has.
    static func missing(_ what: String) -> CasebookError { .noSuchObject(what) }

    /// Tables of which only the rows in scope can be asked for, and those that hold nothing to be kept apart. One that
    /// is in neither is empty.
    package static var guarded: Set<String> { Set(ScopeViews.filters(whole: false).map(\.table)) }
    package static var open: Set<String> { ScopeViews.open }

    /// Rows of a table or view that the person may see by `action`.
    package func count(_ table: String, _ action: AccessAction) throws(CasebookError) -> Int {
        try reading(action) {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table.quotedDatabaseIdentifier)") ?? 0
        }
    }

    // MARK: May I?

    /// - Parameters:
    ///   - target: The unit that a case is to go to, where the cell says `down`.
    /// - Throws: `noSuchObject` when no role of this person allows it, or there is no such thing.
    @discardableResult
    package func permit(
        _ action: AccessAction, on object: AccessObject = .none, to target: String? = nil
    ) throws(CasebookError) -> Permit {
        try CasebookFile.guarded(path) {
            try queue.read { try permit($0, action, on: object, to: target) }
        }
    }

    func permit(
        _ db: Database, _ action: AccessAction, on object: AccessObject, to target: String? = nil
    ) throws -> Permit {
        var best: Permit?
        for (held, cell) in cells(action) where cell.reach != .counts || object == .none {
            // Of nothing in particular nothing is looked up.
            if object != .none || target != nil { try ScopeViews.fill(db, scope([(held, cell)])) }
            guard try visible(db, object, cell), try meets(db, object, cell, held, target) else { continue }
            let permit = Permit(action: action, reach: cell.reach, terms: cell.terms, by: held)
            // The plainest right counts: who may see it unmasked by one role need not unmask by another.
            if best.map({ $0.terms.count > permit.terms.count }) ?? true { best = permit }
        }
        guard let best else { throw ScopedReader.missing(object.text) }
        return best
    }

    private func visible(_ db: Database, _ object: AccessObject, _ cell: AccessCell) throws -> Bool {
        func there(_ sql: String, _ id: String) throws -> Bool {
            try Bool.fetchOne(db.cachedStatement(sql: "SELECT EXISTS (\(sql))"), arguments: [id]) ?? false
        }
        func linked(_ kind: SiteLink.Kind, _ id: String) throws -> Bool {
            try there(
                "SELECT 1 FROM link WHERE until_rev IS NULL AND body ->> '$.kind' = '\(kind.rawValue)' "
                    + "AND body ->> '$.subject' = ?", id)
        }
        return switch object {
        case .none: true
        case .unit(let id):
            try cell.reach == .all || there("SELECT 1 FROM temp.scope_unit WHERE code = ?", id)
        case .case(let id): try there("SELECT 1 FROM case_record WHERE id = ?", id)
        case .site(let id): try there("SELECT 1 FROM site WHERE until_rev IS NULL AND id = ?", id)
        case .meter(let id): try cell.reach == .meters ? identity.meters.contains(id) : linked(.meter, id)
        case .link(let id): try cell.reach == .links ? identity.links.contains(id) : linked(.line, id)
        }
    }

    /// The terms that hang on the case: not by who inspected it, not by who applied, only downwards.
    private func meets(
        _ db: Database, _ object: AccessObject, _ cell: AccessCell, _ held: HeldRole, _ target: String?
    ) throws -> Bool {
        if cell.terms.contains(.down), let target {
            let below = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM temp.scope_unit WHERE code = ?)", arguments: [target])
            guard target != held.unit, below == true else { return false }
        }
        guard case .case(let id) = object, !cell.terms.isDisjoint(with: [.notInspector, .notApplicant]) else {
            return true
        }
        guard let history = try CaseHistory(db, id: id) else { return false }
        let me = CaseActor.key(identity.name)
        if cell.terms.contains(.notInspector), history.inspectorsEver.contains(me) { return false }
        let applicants = history.steps.compactMap { $0.fields.exemption?.applicant }.map(CaseActor.key)
        return !(cell.terms.contains(.notApplicant) && applicants.contains(me))
    }

    // MARK: Lists and figures

    package func caseList(
        _ query: CaseListQuery, on day: CalendarDate
    ) throws(CasebookError) -> (lines: [CaseLine], total: Int) {
        try reading(.caseRead) { try query.lines($0, on: day) }
    }

    /// Cases by state; of the whole store for who may have numbers only.
    package func caseCounts(asOf: Instant? = nil) throws(CasebookError) -> [String: Int] {
        let cells = cells(.caseRead)
        let counting = cells.contains { $0.cell.reach == .counts }
        return try CasebookFile.guarded(path) {
            try queue.read { db in
                try ScopeViews.fill(db, counting ? .counts : scope(cells))
                return try KPISheet.stateCounts(db, asOf: asOf)
            }
        }
    }

    /// The figures over the rows in scope; nothing for who has no roll-up.
    package func figures(_ window: KPIWindow, only: Set<String>? = nil) throws(CasebookError) -> [KPIFigure] {
        guard !cells(.rollUp).isEmpty else { throw ScopedReader.missing("figures") }
        return try reading(.rollUp) { try KPISheet.figures($0, window, only: only) }
    }

    /// Rows of the audit log, newest first, with a number below `before`.
    package func auditRows(before: Int? = nil, limit: Int = 200) throws(CasebookError) -> [AuditRow] {
        guard !cells(.audit).isEmpty else { throw ScopedReader.missing("audit") }
        return try reading(.audit) { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?",
                arguments: [before ?? .max, max(0, min(limit, CasebookLimits.pageRows))]
            ).map(AuditRow.init)
        }
    }

    package func people() throws(CasebookError) -> [PersonLine] {
        guard !cells(.users).isEmpty else { throw ScopedReader.missing("users") }
        return try CasebookFile.guarded(path) {
            try queue.read { db in
                var scope = scope([])
                scope.people = true
                try ScopeViews.fill(db, scope)
                return try PersonLine.all(db)
            }
        }
    }
}

/// One row of the log as it was written.
package struct AuditRow: Hashable, Sendable, Codable {
    package var number: Int
    package var at: Instant
    package var actor: String
    package var action: String
    package var object: String
    package var detail: String

    init(_ row: Row) {
        number = row["seq"]
        at = Instant(nanoseconds: row["at"])
        actor = row["actor"]
        action = row["action"]
        object = row["object"]
        detail = row["detail"]
    }
}
