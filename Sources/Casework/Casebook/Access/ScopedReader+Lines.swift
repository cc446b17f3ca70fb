import GRDB
import Vocabulary

/// What was seen on one line of an operator's, without a word about the place behind it.
package struct LineTraffic: Hashable, Sendable, Codable {
    package var line: String
    package var sessions: Int
    /// Addresses inside.
    package var clients: Int
    package var first: Instant?
    package var last: Instant?
    /// The best tier among its sessions.
    package var tier: Tier
}

/// One server that sessions on these lines went to.
package struct EndpointTraffic: Hashable, Sendable, Codable {
    package var ip: IPAddress
    package var port: Int
    package var pool: String?
    package var dialects: [String]
    package var lines: Int
    package var sessions: Int
    package var first: Instant?
    package var last: Instant?
    package var tier: Tier
}

extension ScopedReader {
    /// More lines than this are a province's work, not an operator's page.
    private static let mostLines = 5_000

    /// Whether this person has lines in scope at all: a right that goes by meters says nothing about lines.
    package var hasLines: Bool { !lineCells.isEmpty }

    private var lineCells: [(held: HeldRole, cell: AccessCell)] {
        identity.cells(.rollUp, in: matrix).filter { [.links, .own, .all].contains($0.cell.reach) }
    }

    /// Sessions by line and by server, for the lines in scope: an operator's own, or those that lead to places in scope.
    /// A session counts to a line when it was tied to its place by that line, or by addresses of a place that has no
    /// other line: what went over another operator's line is not told.
    package func lineTraffic() throws(CasebookError) -> (lines: [LineTraffic], endpoints: [EndpointTraffic]) {
        let cells = lineCells
        guard !cells.isEmpty else { throw ScopedReader.missing("lines") }
        let onlyOwn = cells.allSatisfy { $0.cell.reach == .links }
        let scope = ScopeViews.Scope(
            Dictionary(grouping: cells, by: \.cell.reach).mapValues { $0.map(\.held.unit) }, identity)
        return try CasebookFile.guarded(path) {
            try queue.read { db in
                try ScopeViews.fill(db, scope)
                return try traffic(db, onlyOwn: onlyOwn)
            }
        }
    }

    private func traffic(
        _ db: Database, onlyOwn: Bool
    ) throws -> (lines: [LineTraffic], endpoints: [EndpointTraffic]) {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT body ->> '$.site' AS site, body ->> '$.subject' AS line FROM link
                WHERE until_rev IS NULL AND body ->> '$.kind' = 'line' ORDER BY 2, 1 LIMIT ?
                """, arguments: [Self.mostLines])
        var linesOf: [String: [String]] = [:]
        for row in rows { linesOf[row["site"], default: []].append(row["line"]) }
        var wanted: [(finding: String, line: String)] = []
        let find = try db.cachedStatement(
            sql: "SELECT body FROM assessment WHERE until_run IS NULL AND id = ?")
        for (site, lines) in linesOf.sorted(by: { $0.key < $1.key }) {
            guard let body = try String.fetchOne(find, arguments: [site]) else { continue }
            let found = try Canonical.value(SiteAssessment.self, body, table: "assessment", row: site)
            for term in found.terms where term.modality == .network {
                let line: String? =
                    switch term.link.kind {
                    case .line: lines.contains(term.link.subject) ? term.link.subject : nil
                    case .addressRange: lines.count == 1 ? lines[0] : nil
                    case .meter, .feeder: nil
                    }
                guard let line, !onlyOwn || identity.links.contains(line) else { continue }
                wanted.append((term.findingID, line))
            }
        }
        let add = try db.cachedStatement(sql: "INSERT OR IGNORE INTO temp.scope_finding VALUES (?)")
        for one in wanted { try add.execute(arguments: [one.finding]) }
        let findings = Dictionary(
            try Stored.findings(db, ids: wanted.map(\.finding)).map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first })
        let own = Set(rows.map { $0["line"] as String }).filter { !onlyOwn || identity.links.contains($0) }
        return LineSums(wanted, findings).told(lines: own)
    }
}

/// Adds sessions up by line and by server.
private struct LineSums {
    private struct Sum {
        var sessions = 0
        var clients: Set<IPAddress> = []
        var lines: Set<String> = []
        var dialects: Set<String> = []
        var pool: String?
        var first: Instant?
        var last: Instant?
        var tier = Tier.e

        mutating func add(_ one: Finding, _ network: NetworkDetail, line: String) {
            sessions += 1
            clients.insert(network.client.ip)
            lines.insert(line)
            dialects.insert(network.dialect)
            pool = pool ?? network.poolName
            let (from, to) = (network.firstSeen ?? one.from, network.lastSeen ?? one.to)
            first = first.map { min($0, from) } ?? from
            last = last.map { max($0, to) } ?? to
            tier = max(tier, network.tier)
        }
    }

    private struct Server: Hashable {
        var ip: IPAddress
        var port: Int
    }

    private var lines: [String: Sum] = [:]
    private var servers: [Server: Sum] = [:]

    init(_ wanted: [(finding: String, line: String)], _ findings: [String: Finding]) {
        for (id, line) in wanted {
            guard let one = findings[id], let network = one.network else { continue }
            lines[line, default: Sum()].add(one, network, line: line)
            let server = Server(ip: network.server.ip, port: Int(network.server.port))
            servers[server, default: Sum()].add(one, network, line: line)
        }
    }

    /// A line on which nothing was seen stands there with none.
    func told(lines names: Set<String>) -> ([LineTraffic], [EndpointTraffic]) {
        let shown = names.union(lines.keys).map { name in
            let sum = lines[name] ?? Sum()
            return LineTraffic(
                line: name, sessions: sum.sessions, clients: sum.clients.count, first: sum.first, last: sum.last,
                tier: sum.tier)
        }.sorted { ($1.sessions, $0.line) < ($0.sessions, $1.line) }
        let ends = servers.map { server, sum in
            EndpointTraffic(
                ip: server.ip, port: server.port, pool: sum.pool, dialects: sum.dialects.sorted(),
                lines: sum.lines.count, sessions: sum.sessions, first: sum.first, last: sum.last, tier: sum.tier)
        }.sorted { ($1.sessions, "\($0.ip)", $0.port) < ($0.sessions, "\($1.ip)", $1.port) }
        return (shown, ends)
    }
}
