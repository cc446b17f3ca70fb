import FoundationEssentials

/// What can be done, by the names of the matrix file.
package enum AccessAction: String, Hashable, Sendable, Codable, CaseIterable {
    case rollUp = "roll_up"
    case caseRead = "case_read"
    case personal
    case rawPackets = "raw_packets"
    case rawMeter = "raw_meter"
    case scan, triage, dispatch, inspect, confirm, order, closure, exemption, export, rules, users, audit, lead
}

/// One cell: which rows, and on what terms.
package struct AccessCell: Hashable, Sendable {
    package enum Reach: String, Hashable, Sendable, CaseIterable {
        case no, counts, links, meters, handed, assigned, own, all
    }
    package enum Term: String, Hashable, Sendable, CaseIterable {
        case masked, unmask, reason, logged, down, extract, packaged, list, receive, upload, propose, approve, create
        case grant
        case notInspector = "not_inspector"
        case notApplicant = "not_applicant"
    }

    package var reach: Reach
    package var terms: Set<Term>

    static let none = AccessCell(reach: .no, terms: [])

    package init(reach: Reach, terms: Set<Term>) {
        self.reach = reach
        self.terms = terms
    }

    /// Nil for a word that is not known: a file cannot grant what nobody checks.
    init?(words: String) {
        let words = words.split(separator: " ")
        guard let first = words.first, let reach = Reach(rawValue: String(first)) else { return nil }
        let terms = words.dropFirst().map { Term(rawValue: String($0)) }
        guard !terms.contains(nil) else { return nil }
        self.init(reach: reach, terms: Set(terms.compactMap { $0 }))
    }
}

/// How a field is guarded, weakest first.
package enum FieldClass: String, Hashable, Sendable, Codable, CaseIterable {
    case `public`, `internal`, personal, sensitive, important
}

/// Action × role, as read from `Models/roles/<version>/matrix.json`.
package struct AccessMatrix: Sendable {
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package struct Role: Hashable, Sendable, Codable {
        package enum Kind: String, Hashable, Sendable, Codable { case desk, outside, auditor, administrator }
        package var id: String
        package var zh: String
        package var en: String
        package var kind: Kind
        /// Level of unit at which the role exists; nil = any.
        package var level: String?
    }

    enum Kind: String, Codable { case figures, content, write, people, log }
    struct ActionEntry: Codable {
        var id, zh, en: String
        var kind: Kind
        var cells: [String: String]
    }
    struct FieldEntry: Codable {
        var id: String
        var `class`: FieldClass
    }
    struct File: Codable {
        var format: Int
        var version: String
        var capabilities: [String: String]
        var roles: [Role]
        var actions: [ActionEntry]
        var fields: [FieldEntry]
    }

    package let version: String
    package let roles: [Role]
    /// Capability that an action takes beside the role.
    package let capabilities: [AccessAction: String]
    package let fields: [String: FieldClass]
    private let cells: [AccessAction: [String: AccessCell]]
    private let kinds: [AccessAction: Kind]

    package func role(_ id: String) -> Role? { roles.first { $0.id == id } }

    package func cell(_ action: AccessAction, _ role: String) -> AccessCell { cells[action]?[role] ?? .none }

    /// True for what changes something.
    package func writes(_ action: AccessAction) -> Bool { kinds[action] == .write || kinds[action] == .people }

    /// A field that nobody classed is guarded like the most delicate.
    package func fieldClass(_ field: String) -> FieldClass { fields[field] ?? .sensitive }

    package static func load(_ path: String) throws(Failure) -> AccessMatrix {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
        return try read(data, name: path)
    }

    package static func read(_ data: Data, name: String) throws(Failure) -> AccessMatrix {
        guard data.count <= CasebookLimits.matrixBytes else {
            throw Failure(description: "\(name): larger than \(CasebookLimits.matrixBytes) bytes")
        }
        do {
            return try AccessMatrix(try JSONDecoder().decode(File.self, from: data), name: name)
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(description: "\(name): \(error)")
        }
    }

    private init(_ file: File, name: String) throws(Failure) {
        func refuse(_ place: String, _ what: String) -> Failure { Failure(description: "\(name): \(place): \(what)") }
        guard file.format == 1 else { throw refuse("format", "\(file.format), this program reads 1") }
        let known = Dictionary(file.roles.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        guard known.count == file.roles.count else { throw refuse("roles", "one is there twice") }
        var cells: [AccessAction: [String: AccessCell]] = [:]
        var kinds: [AccessAction: Kind] = [:]
        for (index, entry) in file.actions.enumerated() {
            let place = "actions[\(index)] (\(entry.id))"
            guard let action = AccessAction(rawValue: entry.id) else { throw refuse(place, "no such action") }
            guard kinds.updateValue(entry.kind, forKey: action) == nil else { throw refuse(place, "is there twice") }
            for (id, words) in entry.cells.sorted(by: { $0.key < $1.key }) {
                guard let role = known[id] else { throw refuse(place, "no role \(id)") }
                guard let cell = AccessCell(words: words) else { throw refuse(place, "\(id): \(words)") }
                if let lack = AccessMatrix.lack(role, entry.kind, cell) { throw refuse(place, "\(id): \(lack)") }
                cells[action, default: [:]][id] = cell
            }
        }
        if let missing = AccessAction.allCases.first(where: { kinds[$0] == nil }) {
            throw refuse("actions", "\(missing.rawValue) is missing")
        }
        var capabilities: [AccessAction: String] = [:]
        for (id, capability) in file.capabilities {
            guard let action = AccessAction(rawValue: id), !capability.isEmpty else {
                throw refuse("capabilities", "no action \(id)")
            }
            capabilities[action] = capability
        }
        version = file.version
        roles = file.roles
        self.cells = cells
        self.kinds = kinds
        self.capabilities = capabilities
        fields = Dictionary(file.fields.map { ($0.id, $0.class) }, uniquingKeysWith: { first, _ in first })
    }

    /// The rules that no file may break; nil when the cell keeps them.
    private static func lack(_ role: Role, _ kind: Kind, _ cell: AccessCell) -> String? {
        guard cell.reach != .no else { return nil }
        switch (role.kind, kind) {
        case (.administrator, .content), (.administrator, .figures), (.administrator, .write):
            return "an administrator sees no case content"
        case (.auditor, .write), (.auditor, .people): return "an auditor writes nothing"
        case (.desk, .people), (.outside, .people): return "only administrators have to do with users"
        case (.administrator, .people) where cell.terms.isSuperset(of: [.create, .grant]):
            return "who creates users does not grant roles"
        default: return nil
        }
    }
}
