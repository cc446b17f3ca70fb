import GRDB
import Vocabulary

/// A thing of the graph, by kind and number.
package struct GraphNode: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case pool, account, finding, address, range, line, meter, feeder, site, party, unit
        case `case`, lead, exemption, application
    }

    package var kind: Kind
    package var id: String

    package init(_ kind: Kind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    package var description: String { "\(kind.rawValue):\(id)" }
    package static func < (left: GraphNode, right: GraphNode) -> Bool {
        (left.kind.rawValue, left.id) < (right.kind.rawValue, right.id)
    }
}

/// What one thing is to another, from when to when, on what ground.
package struct GraphEdge: Hashable, Sendable, Codable {
    package var from: GraphNode
    package var to: GraphNode
    /// `observed-on`, `talked-to`, `speaks-for`, `serves`, `held-by`, `landlord`, `about`, …
    package var kind: String
    /// Nil = since ever.
    package var first: Instant?
    /// Nil = still, or never ended.
    package var last: Instant?
    package var basis: String
    /// `finding:<id>`, `revision:<number>`, `event:<number>` or `lead:<id>`.
    package var evidence: String

    func other(than node: GraphNode) -> GraphNode { from == node ? to : from }
}

/// Something that can be looked at: frames of a capture, readings of a meter, a row of a register, a sealed act.
package struct TracedEvidence: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        /// Frames of a capture: what was seen on the wire.
        case frames
        /// Readings of a meter or feeder in a window.
        case readings
        case register, act, lead

        /// Seen by an instrument, not said by somebody.
        package var isObserved: Bool { self == .frames || self == .readings }
    }

    package var kind: Kind
    /// As the edge names it.
    package var ref: String
    /// Capture, meter, register file or case.
    package var source: String
    /// Digest of the file, or the seal of the act in the audit chain; nil where readings lie in the archive.
    package var sha256: String?
    package var frames: [Evidence]
    package var from: Instant?
    package var to: Instant?
    /// The way from where one asked, at most three edges; the last one carries the evidence.
    package var path: [GraphEdge]
}

/// From one thing to all evidence within three steps.
package struct GraphTrace: Hashable, Sendable {
    package var start: GraphNode
    /// Nearest first; what was seen before what was said.
    package var evidence: [TracedEvidence]
    /// Edges that were not followed because nothing of the way so far was at their time.
    package var outOfTime: Int
    /// A limit was reached: there is more.
    package var isCut: Bool

    package static let steps = 3
}

extension CasebookReader {
    /// All edges at a node with dates and ground, in a fixed order; `isCut` when there are more than the limit.
    package func neighbours(of node: GraphNode) throws(CasebookError) -> (edges: [GraphEdge], isCut: Bool) {
        try reading { try Graph(db: $0).edges(at: node) }
    }

    /// Nil when the store knows no such thing.
    package func trace(from node: GraphNode) throws(CasebookError) -> GraphTrace? {
        try reading { try Graph(db: $0).trace(from: node) }
    }
}

/// The graph as one transaction sees it.
struct Graph {
    let db: Database

    func edges(at node: GraphNode) throws -> (edges: [GraphEdge], isCut: Bool) {
        var found: [GraphEdge] = []
        var isCut = false
        for side in ["a", "b"] {
            let find = try db.cachedStatement(
                sql: "SELECT * FROM edge WHERE \(side)_kind = ? AND \(side) = ? LIMIT \(CasebookLimits.graphEdges + 1)")
            let rows = try Row.fetchAll(find, arguments: [node.kind.rawValue, node.id])
            isCut = isCut || rows.count > CasebookLimits.graphEdges
            found += rows.prefix(CasebookLimits.graphEdges).compactMap(Graph.edge)
        }
        let once = Set(found)
        return (
            once.sorted { ($0.kind, $0.from, $0.to, $0.evidence) < ($1.kind, $1.from, $1.to, $1.evidence) }, isCut
        )
    }

    private static func edge(_ row: Row) -> GraphEdge? {
        guard let fromKind = (row["a_kind"] as String?).flatMap(GraphNode.Kind.init(rawValue:)),
            let toKind = (row["b_kind"] as String?).flatMap(GraphNode.Kind.init(rawValue:)),
            let from: String = row["a"], let to: String = row["b"]
        else { return nil }
        return GraphEdge(
            from: GraphNode(fromKind, from), to: GraphNode(toKind, to), kind: row["kind"] ?? "",
            first: (row["first_ns"] as Int64?).map { Instant(nanoseconds: $0) },
            last: (row["last_ns"] as Int64?).map { Instant(nanoseconds: $0) }, basis: row["basis"] ?? "",
            evidence: row["evidence"] ?? "")
    }

    /// A place on the way: its path, and the time in which all of the path holds.
    private struct Visit {
        let node: GraphNode
        let path: [GraphEdge]
        let first: Int64
        let last: Int64
    }

    /// Breadth first. Units, pools, masked accounts and addresses are where many meet: one may start there, but no way
    /// leads through, else a household would be tied to the next one by the county, the pool or the shared address.
    func trace(from start: GraphNode) throws -> GraphTrace? {
        var trace = GraphTrace(start: start, evidence: [], outOfTime: 0, isCut: false)
        var seen: Set<GraphNode> = [start]
        var told: Set<String> = []
        var queue = [Visit(node: start, path: [], first: .min, last: .max)]
        var next = 0
        if let own = try record(of: start), let item = try item(own, path: []) {
            told.insert(own)
            trace.evidence.append(item)
        }
        while next < queue.count, trace.evidence.count < CasebookLimits.graphEvidence || !trace.isCut {
            let visit = queue[next]
            next += 1
            let (edges, isCut) = try edges(at: visit.node)
            trace.isCut = trace.isCut || isCut
            for edge in edges {
                let first = max(visit.first, edge.first?.nanoseconds ?? .min)
                let last = min(visit.last, edge.last?.nanoseconds ?? .max)
                guard first <= last else {
                    trace.outOfTime += 1
                    continue
                }
                let path = visit.path + [edge]
                if told.insert(edge.evidence).inserted {
                    guard trace.evidence.count < CasebookLimits.graphEvidence else {
                        trace.isCut = true
                        continue
                    }
                    if let item = try item(edge.evidence, path: path) { trace.evidence.append(item) }
                }
                let other = edge.other(than: visit.node)
                guard path.count < GraphTrace.steps, ![.unit, .pool, .account, .address].contains(other.kind),
                    seen.insert(other).inserted
                else { continue }
                guard seen.count <= CasebookLimits.graphNodes else {
                    trace.isCut = true
                    continue
                }
                queue.append(Visit(node: other, path: path, first: first, last: last))
            }
        }
        if trace.evidence.isEmpty, queue.count == 1, trace.outOfTime == 0 { return nil }
        trace.evidence = trace.evidence.enumerated().sorted {
            ($0.element.kind.isObserved ? 0 : 1, $0.element.path.count, $0.offset)
                < ($1.element.kind.isObserved ? 0 : 1, $1.element.path.count, $1.offset)
        }.map(\.element)
        return trace
    }

    /// Where a thing that has a row of its own is written down.
    private func record(of node: GraphNode) throws -> String? {
        switch node.kind {
        case .unit, .site, .party, .exemption, .application:
            return try Int.fetchOne(
                db, sql: "SELECT since_rev FROM \(node.kind.rawValue) WHERE id = ? AND until_rev IS NULL",
                arguments: [node.id]
            ).map { "revision:\($0)" }
        case .finding: return "finding:\(node.id)"
        case .case:
            return try Int64.fetchOne(
                db, sql: "SELECT min(seq) FROM case_event WHERE case_id = ?", arguments: [node.id]
            ).map { "event:\($0)" }
        case .lead:
            return try Int.fetchOne(db, sql: "SELECT since_rev FROM lead_detail WHERE lead = ?", arguments: [node.id])
                .map { "revision:\($0)" } ?? "lead:\(node.id)"
        case .address, .line:
            return try Int.fetchOne(
                db,
                sql: "SELECT since_rev FROM assignment WHERE \(node.kind.rawValue) = ? AND until_rev IS NULL LIMIT 1",
                arguments: [node.id]
            ).map { "revision:\($0)" }
        case .pool, .account, .range, .meter, .feeder: return nil
        }
    }

    /// Nil when what is named is not there.
    private func item(_ ref: String, path: [GraphEdge]) throws -> TracedEvidence? {
        let parts = ref.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "finding": return try finding(parts[1], ref, path)
        case "revision":
            let file = try Row.fetchOne(
                db, sql: "SELECT kind, file, sha256, recorded_at FROM register_import WHERE revision = ?",
                arguments: [Int(parts[1])])
            // Units, sites and links of the register are sealed by the revision alone.
            let sealed = try Row.fetchOne(
                db, sql: "SELECT at, hash FROM audit WHERE object = ? ORDER BY seq LIMIT 1", arguments: [ref])
            guard let at: Int64 = file?["recorded_at"] ?? sealed?["at"] else { return nil }
            return TracedEvidence(
                kind: .register, ref: ref, source: file?["file"] ?? "register",
                sha256: file?["sha256"] ?? sealed?["hash"],
                frames: [], from: nil, to: Instant(nanoseconds: at), path: path)
        case "event":
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT e.case_id, coalesce(e.event_time, e.recorded_at) AS at, a.hash FROM case_event e
                    LEFT JOIN audit a ON a.object = 'case_event:' || e.seq WHERE e.seq = ?
                    """, arguments: [Int64(parts[1])])
            return row.map {
                TracedEvidence(
                    kind: .act, ref: ref, source: "case:" + ($0["case_id"] as String), sha256: $0["hash"], frames: [],
                    from: Instant(nanoseconds: $0["at"]), to: nil, path: path)
            }
        case "lead":
            let row = try Row.fetchOne(
                db, sql: "SELECT source, received_at FROM lead WHERE id = ?", arguments: [parts[1]])
            return row.map {
                TracedEvidence(
                    kind: .lead, ref: ref, source: $0["source"], sha256: nil, frames: [],
                    from: Instant(nanoseconds: $0["received_at"]), to: nil, path: path)
            }
        default: return nil
        }
    }

    private func finding(_ id: String, _ ref: String, _ path: [GraphEdge]) throws -> TracedEvidence? {
        // A case may rest on a finding that has been retired since.
        let body = try String.fetchOne(
            db, sql: "SELECT body FROM finding WHERE id = ? ORDER BY row DESC LIMIT 1", arguments: [id])
        guard let body else { return nil }
        let finding = try Canonical.value(Finding.self, body, table: "finding", row: id)
        guard let network = finding.network else {
            return TracedEvidence(
                kind: .readings, ref: ref, source: finding.subject.key, sha256: nil, frames: [], from: finding.from,
                to: finding.to, path: path)
        }
        return TracedEvidence(
            kind: .frames, ref: ref, source: network.capture, sha256: network.captureSHA256, frames: network.evidence,
            from: network.firstSeen ?? finding.from, to: network.lastSeen ?? finding.to, path: path)
    }
}
