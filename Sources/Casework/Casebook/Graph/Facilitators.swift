import GRDB
import Vocabulary

/// What serves mining at several places: a party in such a role, a server that no pool list names, an account.
package struct Facilitator: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case party
        /// Address and port that miners of several places log in at, and that is no known pool: perhaps a relay.
        case relay
        /// Account that miners of several places log in with. Accounts are masked: equal masks are a sign, no proof.
        case account
    }

    package struct Case: Hashable, Sendable, Codable {
        package var id: String
        package var site: String
        /// Nil for what is no party.
        package var role: PartyRole.Role?
        package var state: String
        /// A person found mining there, and nobody found otherwise later.
        package var isConfirmed: Bool
    }

    package var kind: Kind
    /// Number of the party, `ip:port`, or the masked account.
    package var id: String
    /// Nil for what is no party.
    package var party: Party?
    package var cases: [Case]

    package var name: String { party?.name ?? id }
    package var roles: [PartyRole.Role] { Set(cases.compactMap(\.role)).sorted { $0.rawValue < $1.rawValue } }
    package var count: Int { Set(cases.map(\.id)).count }
    package var confirmed: Int { Set(cases.filter(\.isConfirmed).map(\.id)).count }
    package var sites: Int { Set(cases.map(\.site)).count }
    /// Where a trace to the evidence begins.
    package var node: GraphNode {
        switch kind {
        case .party: GraphNode(.party, id)
        case .relay: GraphNode(.pool, id)
        case .account: GraphNode(.account, id)
        }
    }
}

extension CasebookReader {
    package func parties() throws(CasebookError) -> [Party] {
        try reading { try Stored.versioned($0, Party.self, table: "party") }
    }
    package func partyRoles() throws(CasebookError) -> [PartyRole] {
        try reading { try Stored.versioned($0, PartyRole.self, table: "party_role") }
    }
    package func exemptions() throws(CasebookError) -> [Exemption] {
        try reading { try Stored.versioned($0, Exemption.self, table: "exemption") }
    }
    package func applications() throws(CasebookError) -> [ConnectionApplication] {
        try reading { try Stored.versioned($0, ConnectionApplication.self, table: "application") }
    }

    /// Parties with a facilitating role, and servers and accounts that serve more than one place: by number of cases,
    /// then of confirmed ones, then by name. Cases that turned out to be no mining, exempt or entered in error do not
    /// count; nor does a role that ended before the first sign or began after the closing. The order is for looking
    /// through, it finds nobody guilty.
    package func facilitators() throws(CasebookError) -> [Facilitator] { try reading { try Facilitator.ranked($0) } }
    /// The applications in the order in which they should be visited.
    package func screenedApplications(by screen: ApplicationScreen) throws(CasebookError) -> [ScreenedApplication] {
        try reading { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT p.id, p.body ->> '$.register.key' AS number, c.case_id
                    FROM party p JOIN party_role r ON r.body ->> '$.party' = p.id AND r.until_rev IS NULL
                    JOIN case_fact c ON c.site = r.body ->> '$.site'
                    WHERE p.until_rev IS NULL AND c.standing = 'confirmed' AND c.state <> 'void'
                    """)
            var seen: [String: Set<String>] = [:]
            for row in rows {
                let id: String = row["case_id"]
                seen["party:" + (row["id"] as String), default: []].insert(id)
                if let number: String = row["number"] { seen["register:" + number, default: []].insert(id) }
            }
            return screen.order(try Stored.versioned(db, ConnectionApplication.self, table: "application"), seen: seen)
        }
    }

    /// Exemptions that run out within `days`, have run out, or whose site draws more than they allow, the most urgent
    /// first. The machine changes no state: `step` is what a person may do with the case that rests on it.
    ///
    /// - Parameter measured: kW by site, or by subject for an exemption of one; nil = from the curves of the last run.
    package func exemptionWork(
        on day: CalendarDate, within days: Int, measured: [String: Estimate]? = nil, lifecycle: Lifecycle
    ) throws(CasebookError) -> [ExemptionWork] {
        try reading { try ExemptionWork.due($0, on: day, within: days, measured: measured, lifecycle: lifecycle) }
    }
}

extension ExemptionWork {
    static func due(
        _ db: Database, on day: CalendarDate, within days: Int, measured: [String: Estimate]?, lifecycle: Lifecycle
    ) throws -> [ExemptionWork] {
        let step = lifecycle.transitions.first { $0.needs.contains(.exemptionEnded) }
        let checks = try Stored.versioned(db, Exemption.self, table: "exemption").map { one in
            let load =
                if let measured {
                    (one.subject ?? one.site).flatMap { measured[$0] }
                } else if let site = one.site, one.subject == nil {
                    try Stored.curve(db, site: site).flatMap(MeasuredLoad.of)
                } else {
                    // A ceiling for one meter cannot be held against the load of the whole site.
                    Estimate?.none
                }
            return (one: one, check: ExemptionCheck(one, on: day, measured: load))
        }
        // Where a later exemption took over, the end of the earlier one is no news.
        let upheld = Set(
            checks.filter { $0.check.isInForce && !$0.check.hasEnded }.map { [$0.one.site, $0.one.subject] })
        return try checks.compactMap { one, check -> ExemptionWork? in
            let left = one.to.daysSince1970 - day.daysSince1970
            let isRenewed = upheld.contains([one.site, one.subject]) && check.hasEnded
            let hasEnded = check.hasEnded && !isRenewed
            guard hasEnded || abs(left) <= max(0, days) || check.outcomes.contains(.mayExceed) && check.isInForce
            else { return nil }
            var work = ExemptionWork(exemption: one, check: check, daysLeft: left, isRenewed: isRenewed)
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT case_id, version FROM case_fact WHERE site = ? AND state = 'exempt'
                    ORDER BY episode DESC LIMIT 1
                    """, arguments: [one.site])
            if hasEnded, let row {
                work.caseID = row["case_id"]
                work.caseVersion = row["version"]
                work.step = step?.id
            }
            return work
        }.sorted {
            ($0.hasEnded ? 0 : 1, $0.daysLeft, $0.exemption.id) < (
                $1.hasEnded ? 0 : 1, $1.daysLeft, $1.exemption.id
            )
        }
    }
}

extension Facilitator {
    static func ranked(_ db: Database) throws -> [Facilitator] {
        let parties = Dictionary(
            try Stored.versioned(db, Party.self, table: "party").map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first })
        let roles = PartyRole.Role.allCases.filter(\.facilitates).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let counts = "c.state <> 'void' AND coalesce(c.standing, '') NOT IN ('excluded', 'exempt')"
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT 'party' AS kind, e.a AS id, e.kind AS role, c.case_id, c.site, c.state, c.standing
                FROM edge e JOIN case_fact c ON c.site = e.b JOIN case_record r ON r.id = c.case_id
                WHERE e.a_kind = 'party' AND e.b_kind = 'site' AND e.kind IN (\(roles)) AND \(counts)
                    AND (e.first_ns IS NULL OR e.first_ns <= coalesce(c.closed_at, 9223372036854775807))
                    AND (e.last_ns IS NULL OR e.last_ns > coalesce(r.event_time, c.detected_at))
                UNION SELECT \(things("t.pool", "relay", counts)) AND t.pool_name IS NULL AND t.pool IS NOT NULL
                UNION SELECT \(things("t.account", "account", counts)) AND t.account IS NOT NULL
                ORDER BY 1, 2, 4, 3
                """)
        var found: [GraphNode: Facilitator] = [:]
        for row in rows {
            guard let kind = Facilitator.Kind(rawValue: row["kind"]) else { continue }
            let id: String = row["id"]
            let party = parties[id]
            guard kind != .party || party != nil else { continue }
            let empty = Facilitator(kind: kind, id: id, party: kind == .party ? party : nil, cases: [])
            let standing: String? = row["standing"]
            found[empty.node, default: empty].cases.append(
                Facilitator.Case(
                    id: row["case_id"], site: row["site"],
                    role: (row["role"] as String?).flatMap(PartyRole.Role.init(rawValue:)), state: row["state"],
                    isConfirmed: standing == "confirmed"))
        }
        return found.values.filter { $0.kind == .party || $0.sites > 1 }.sorted {
            ($1.count, $1.confirmed, $0.name, $0.id) < ($0.count, $0.confirmed, $1.name, $1.id)
        }
    }

    private static func things(_ column: String, _ kind: String, _ counts: String) -> String {
        """
        '\(kind)', \(column), NULL, c.case_id, c.site, c.state, c.standing
        FROM edge e JOIN finding_tie t ON t.id = e.b JOIN case_fact c ON c.case_id = e.a
        WHERE e.kind = 'rests-on' AND e.a_kind = 'case' AND e.b_kind = 'finding' AND \(counts)
        """
    }
}
