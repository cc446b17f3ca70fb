import GRDB
import Vocabulary

/// Users and roles. One administrator makes a person, another gives the roles, a third keeps the log; none of them sees
/// a case, and nobody gives anything to himself.
extension CasebookWriter {
    /// The first three, for a store that has no people yet.
    package func appointAdministrators(
        system: (id: String, name: String), security: (id: String, name: String), audit: (id: String, name: String),
        now: Instant
    ) throws(CasebookError) {
        try transaction { db in
            let three = [(system, "system_admin"), (security, "security_admin"), (audit, "audit_admin")]
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM person") == 0 else {
                throw CasebookError.refused(caseID: "users", [Refusal("already-appointed")])
            }
            guard Set(three.map { CaseActor.key($0.0.id) }).count == 3,
                Set(three.map { CaseActor.key($0.0.name) }).count == 3
            else { throw CasebookError.refused(caseID: "users", [Refusal("separate-duties")]) }
            for (person, role) in three {
                try CasebookWriter.make(db, person.id, name: person.name, by: "appointment", now: now)
                try CasebookWriter.give(
                    db, .role(role, unit: province), to: person.id, given: true, by: "appointment",
                    reason: "first administrators", now: now)
            }
        }
    }

    /// Makes a person, who can do nothing yet.
    package func addPerson(
        id: String, name: String, by actor: Identity, matrix: AccessMatrix, now: Instant
    ) throws(CasebookError) {
        try transaction { db in
            try CasebookWriter.require(.create, actor, matrix)
            try CasebookWriter.make(db, id, name: name, by: actor.person, now: now)
        }
    }

    /// Gives (`given`) or takes back. Refused: to oneself, a role that the matrix does not have or not at that level, a
    /// unit that the register does not know, and administrators' or auditors' roles beside any other.
    package func grant(
        _ grant: Grant, to person: String, given: Bool = true, by actor: Identity, reason: String,
        matrix: AccessMatrix, now: Instant
    ) throws(CasebookError) {
        try transaction { db in
            try CasebookWriter.require(.grant, actor, matrix)
            var refusals: [Refusal] = []
            guard let there = try Identity(db, person: person) else {
                throw CasebookError.noSuchObject("person \(person)")
            }
            if person == actor.person || CaseActor.key(there.name) == CaseActor.key(actor.name) {
                refusals.append(Refusal("not-oneself"))
            }
            if !reason.contains(where: { !$0.isWhitespace }) { refusals.append(Refusal("reason-missing")) }
            if reason.utf8.count > CasebookLimits.formTextBytes { refusals.append(Refusal("bad-field", "reason")) }
            if given { refusals += try CasebookWriter.lack(db, grant, to: there, matrix) }
            guard refusals.isEmpty else { throw CasebookError.refused(caseID: "person \(person)", refusals) }
            try CasebookWriter.give(
                db, grant, to: person, given: given, by: actor.person, reason: reason, now: now)
        }
    }

    private static func require(_ term: AccessCell.Term, _ actor: Identity, _ matrix: AccessMatrix) throws {
        guard actor.cells(.users, in: matrix).contains(where: { $0.cell.terms.contains(term) }) else {
            throw CasebookError.noSuchObject("users")
        }
    }

    private static func lack(
        _ db: Database, _ grant: Grant, to there: Identity, _ matrix: AccessMatrix
    ) throws -> [Refusal] {
        let (_, value, unit) = grant.columns
        if value.isEmpty || value.utf8.count > CasebookLimits.registerFieldBytes {
            return [Refusal("bad-field", value)]
        }
        guard case .role(let id, _) = grant else {
            // One set apart has no case, no line and no capability.
            if there.isSet(apartFrom: matrix) { return [Refusal("separate-duties")] }
            if case .capability(let name) = grant, !matrix.capabilities.values.contains(name) {
                return [Refusal("unknown-capability", name)]
            }
            return []
        }
        guard let role = matrix.role(id) else { return [Refusal("unknown-role", id)] }
        var refusals: [Refusal] = []
        let apart: Set<AccessMatrix.Role.Kind> = [.auditor, .administrator]
        let others = there.roles.filter { $0 != HeldRole(role: id, unit: unit) }
        if apart.contains(role.kind), !others.isEmpty || !there.capabilities.isEmpty || !there.cases.isEmpty {
            refusals.append(Refusal("separate-duties", id))
        } else if there.isSet(apartFrom: matrix), others.contains(where: { $0.role != id }) {
            refusals.append(Refusal("separate-duties", id))
        }
        if role.kind != .outside, unit != "CN" {
            let known = try UnitLadder(db: db).unit(unit)
            let own = try Meta.get(db, "province") == unit
            if known == nil, !own { refusals.append(Refusal("unknown-unit", unit)) }
            if let level = role.level, known.map({ $0.level.rawValue != level }) ?? (level != "province") {
                refusals.append(Refusal("wrong-level", unit))
            }
        }
        return refusals
    }

    private static func make(_ db: Database, _ id: String, name: String, by actor: String, now: Instant) throws {
        let machine = CaseActor.machines.contains(CaseActor.key(id)) || CaseActor.machines.contains(CaseActor.key(name))
        let long = max(id.utf8.count, name.utf8.count) > CasebookLimits.registerFieldBytes
        if machine || long || id.contains(where: \.isWhitespace) {
            throw CasebookError.refused(caseID: "person \(id)", [Refusal("no-person")])
        }
        // Two people of one name could sign for one another.
        for row in try Row.fetchAll(db, sql: "SELECT id, name FROM person") {
            if CaseActor.key(row["id"]) == CaseActor.key(id) || CaseActor.key(row["name"]) == CaseActor.key(name) {
                throw CasebookError.refused(caseID: "person \(id)", [Refusal("name-taken")])
            }
        }
        try db.execute(
            sql: "INSERT INTO person (id, name, made_by, recorded_at) VALUES (?, ?, ?, ?)",
            arguments: [id, name, actor, now.nanoseconds])
        try AuditChain.append(db, sealing: .person, row: db.lastInsertedRowID, at: now, actor: actor)
    }

    private static func give(
        _ db: Database, _ grant: Grant, to person: String, given: Bool, by actor: String, reason: String, now: Instant
    ) throws {
        let (kind, value, unit) = grant.columns
        try db.execute(
            sql:
                "INSERT INTO role_grant (person, kind, value, unit, given, given_by, reason, recorded_at) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [person, kind, value, unit, given ? 1 : 0, actor, reason, now.nanoseconds])
        try AuditChain.append(db, sealing: .grant, row: db.lastInsertedRowID, at: now, actor: actor)
    }
}
