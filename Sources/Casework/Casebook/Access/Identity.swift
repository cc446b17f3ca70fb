import GRDB
import Vocabulary

/// A role held at a unit.
package struct HeldRole: Hashable, Sendable, Codable {
    package var role: String
    package var unit: String

    package init(role: String, unit: String) {
        self.role = role
        self.unit = unit
    }
}

/// Who asks: a person, with the roles held, the capabilities, and what is the person's own.
package struct Identity: Hashable, Sendable, Codable {
    package var person: String
    /// As the lifecycle knows the person.
    package var name: String
    package var roles: Set<HeldRole>
    /// `reviewer`, `exemption_approver`.
    package var capabilities: Set<String>
    package var cases: Set<String>
    package var links: Set<String>
    package var meters: Set<String>

    package init(
        person: String, name: String, roles: Set<HeldRole> = [], capabilities: Set<String> = [],
        cases: Set<String> = [], links: Set<String> = [], meters: Set<String> = []
    ) {
        self.person = person
        self.name = name
        self.roles = roles
        self.capabilities = capabilities
        self.cases = cases
        self.links = links
        self.meters = meters
    }

    /// The cells by which this person may do something at all. Who was given duties that must be apart, in whatever
    /// way, can do nothing.
    func cells(_ action: AccessAction, in matrix: AccessMatrix) -> [(held: HeldRole, cell: AccessCell)] {
        if isSet(apartFrom: matrix), Set(roles.map(\.role)).count > 1 { return [] }
        if let needed = matrix.capabilities[action], !capabilities.contains(needed) { return [] }
        return roles.sorted { ($0.role, $0.unit) < ($1.role, $1.unit) }.compactMap { held in
            let cell = matrix.cell(action, held.role)
            return cell.reach == .no ? nil : (held, cell)
        }
    }

    /// True for one who only audits or administers.
    func isSet(apartFrom matrix: AccessMatrix) -> Bool {
        roles.contains { [.auditor, .administrator].contains(matrix.role($0.role)?.kind) }
    }
}

/// What can be given to a person, and taken back.
package enum Grant: Hashable, Sendable, Codable {
    case role(String, unit: String)
    case capability(String)
    case assignedCase(String)
    case link(String)
    case meter(String)

    var columns: (kind: String, value: String, unit: String) {
        switch self {
        case .role(let role, let unit): ("role", role, unit)
        case .capability(let name): ("capability", name, "")
        case .assignedCase(let id): ("case", id, "")
        case .link(let id): ("link", id, "")
        case .meter(let id): ("meter", id, "")
        }
    }
}

/// One person as the list of users shows it.
package struct PersonLine: Hashable, Sendable, Codable {
    package var identity: Identity
    package var madeBy: String
    package var recordedAt: Instant
}

extension Identity {
    /// From what was last said about each grant; nil when nobody has that name.
    init?(_ db: Database, person: String) throws {
        guard let name = try String.fetchOne(db, sql: "SELECT name FROM person WHERE id = ?", arguments: [person])
        else { return nil }
        self.init(person: person, name: name)
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT kind, value, unit FROM role_grant g WHERE person = ? AND given = 1 AND row = (
                    SELECT max(row) FROM role_grant n WHERE n.person = g.person AND n.kind = g.kind
                        AND n.value = g.value AND n.unit = g.unit)
                """, arguments: [person])
        while let row = try rows.next() {
            let (kind, value): (String, String) = (row["kind"], row["value"])
            switch kind {
            case "role": roles.insert(HeldRole(role: value, unit: row["unit"]))
            case "capability": capabilities.insert(value)
            case "case": cases.insert(value)
            case "link": links.insert(value)
            case "meter": meters.insert(value)
            default: throw CasebookError.corruptRow(table: "role_grant", row: person)
            }
        }
    }
}

extension CasebookReader {
    /// The person as an identity; nobody by that name and nobody at all are the same error.
    package func identity(person: String) throws(CasebookError) -> Identity {
        try reading { db in
            guard let identity = try Identity(db, person: person) else {
                throw CasebookError.noSuchObject("person \(person)")
            }
            return identity
        }
    }
}

extension PersonLine {
    static func all(_ db: Database) throws -> [PersonLine] {
        try Row.fetchAll(db, sql: "SELECT id, made_by, recorded_at FROM person ORDER BY id").compactMap { row in
            try Identity(db, person: row["id"]).map {
                PersonLine(
                    identity: $0, madeBy: row["made_by"], recordedAt: Instant(nanoseconds: row["recorded_at"]))
            }
        }
    }
}
