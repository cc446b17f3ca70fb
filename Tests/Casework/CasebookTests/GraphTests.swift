import Casebook
import Foundation
import GRDB
import Support
import Testing
import Vocabulary

/// A store in which every kind of thing is there, with neighbours who have nothing to do with it.
enum GraphWorld {
    static let start = Instant(seconds: 1_780_000_000)

    static func session(
        _ id: String, client: String, port: UInt16, pool: String, at: Instant, name: String? = nil,
        account: String = "acct…wxyz"
    ) throws -> Finding {
        let client = try #require(IPAddress(client))
        let end = at.adding(seconds: 3600)
        return Finding(
            id: id, subject: .address(client), modality: .network, from: at, to: end, probability: 0.99,
            logLikelihoodRatio: 9, model: "stratum/1",
            network: NetworkDetail(
                tier: .a1, dialect: "stratum-v1", client: Endpoint(ip: client, port: port),
                server: Endpoint(ip: try #require(IPAddress(pool)), port: 3333), poolName: name, account: account,
                firstSeen: at, lastSeen: end,
                capture: "\(id).pcap", captureSHA256: "sha-\(id)", evidence: [Evidence(frame: 7, event: "submit")]))
    }

    static func grid(_ id: String, _ subject: Subject) -> Finding {
        Finding(
            id: id, subject: subject, modality: .grid, from: start, to: start.adding(seconds: 86_400 * 30),
            probability: 0.9, logLikelihoodRatio: 5, model: "night-minimum-step/1")
    }

    static func assessment(_ site: String, _ probability: Double, _ terms: [(Finding, SiteLink)]) -> SiteAssessment {
        SiteAssessment(
            site: site, probability: probability, priorLogOdds: -3, logOdds: 2, basis: .gridAndNetwork,
            terms: terms.map {
                .init(
                    findingID: $0.0.id, modality: $0.0.modality, subject: $0.0.subject, logOdds: 3, link: $0.1)
            })
    }

    /// `sites` sites, each with a meter, a line, a landlord it shares with the next two, and what was seen there; S0 is
    /// fed by a feeder and has an own address, the others sit behind one shared address.
    static func fill(_ path: String, sites count: Int) throws {
        let writer = try CasebookWriter.open(path, province: "330000", demo: true)
        let sites = (0..<count).map {
            Site(
                id: "S\($0)", name: "site \($0)", address: "", kind: "factory", unit: $0 % 2 == 0 ? "330110" : "330111")
        }
        var links = sites.flatMap { site in
            [
                SiteLink(site: site.id, kind: .meter, subject: "M-\(site.id)", basis: "supply-contract"),
                SiteLink(site: site.id, kind: .line, subject: "L-\(site.id)", basis: "line-contract"),
            ]
        }
        let range = SiteLink(site: "S0", kind: .addressRange, subject: "192.0.2.0/28", basis: "address-assignment")
        let feeder = SiteLink(site: "S0", kind: .feeder, subject: "F1", basis: "grid-plan")
        links += [range, feeder]
        let nation = Unit(code: "CN", nameZH: "全国", nameEN: "China", level: .national, parent: nil)
        try writer.register(
            sites: sites, links: links, units: CaseScene.units + [nation], complete: true, now: World.now)
        var findings: [Finding] = []
        var assessments: [SiteAssessment] = []
        var nat = "address,ports,line,from,to\n"
        for (index, site) in sites.enumerated() {
            let meter = grid("g\(index)", .meter("M-\(site.id)"))
            let port = UInt16(10_000 + index * 10)
            let wire = try session(
                "n\(index)", client: index == 0 ? "192.0.2.5" : "198.51.100.1", port: port,
                pool: "203.0.113.\(index % 3)",
                at: start.adding(seconds: 60))
            findings += [meter, wire]
            var terms = [(meter, links[2 * index])]
            if index == 0 {
                let head = grid("f0", .feeder("F1"))
                findings.append(head)
                terms += [(wire, range), (head, feeder)]
            }
            assessments.append(assessment(site.id, 0.95, terms))
            nat +=
                "198.51.100.1,\(port)-\(port + 9),L-\(site.id),\(start.rfc3339()),"
                + "\(start.adding(seconds: 7200).rfc3339())\n"
        }
        _ = try writer.publishRun(
            World.run("a"), findings: findings, assessments: assessments, curves: [:], policy: CasePolicy(),
            now: World.now)
        var parties = "party,name,kind,register_no,site,role,from,to,basis\n"
        for index in 0..<count {
            parties += "P\(index / 3),party \(index / 3),company,N-\(index / 3),S\(index),landlord,,,contract\n"
        }
        let known = KnownRegister(units: CaseScene.units, sites: sites)
        let key = Registers.key
        _ = try writer.take(PartyImport(Registers.file(parties), known: known, key: key), by: "op", now: World.now)
        _ = try writer.take(AssignmentImport(Registers.file(nat), key: key), by: "op", now: World.now)
        _ = try writer.take(
            AssignmentImport(
                Registers.file("address,line,from,to\n192.0.2.5,L-S0,2026-01-01,\n"), key: key), by: "op",
            now: World.now)
        _ = try writer.take(
            ExemptionImport(
                Registers.file(
                    """
                    exemption,site,subject,kind,licence,ceiling_kw,applicant,approver,from,to
                    E1,S1,,other,Z1,50,a,b,2026-01-01,2027-01-01
                    E2,,meter:M-S2,other,Z2,50,a,b,2026-01-01,2027-01-01
                    """), known: known), by: "op", now: World.now)
        _ = try writer.take(
            ApplicationImport(
                Registers.file(
                    """
                    application,received,applicant,party,register_no,site,unit,site_kind,kw
                    A1,2026-08-01,x,,,S2,330110,factory,10
                    A2,2026-08-01,y,P1,,,330110,factory,10
                    A3,2026-08-01,z,,N-1,,330110,factory,10
                    A4,2026-08-01,w,,,,330111,factory,10
                    """), known: known, key: key), by: "op", now: World.now)
        let leads = LeadImport(
            Registers.file(
                """
                source,reference,received_at,unit,subject,text
                cncert,1,2026-06-01,330110,198.51.100.1:10010,
                public_tip,2,2026-06-01,330110,site:S2,
                public_tip,3,2026-06-02,330110,site:S2,
                public_tip,4,2026-06-02,330111,,noise
                grid_company,5,2026-06-02,330111,meter:M-S1,
                """), known: known, key: key)
        _ = try writer.take(leads, by: "op", now: World.now)
        let noise = try #require(leads.leads.first { $0.text == "noise" })
        try writer.record([.leadCase(lead: noise.id, caseID: "330000-2026-0001")], by: "op", now: World.now)
        try writer.close()
    }
}

struct GraphTests {
    private func store(_ count: Int = 7, _ body: (CasebookReader, String) throws -> Void) throws {
        try World.with { path in
            try GraphWorld.fill(path, sites: count)
            try body(try CasebookReader.open(path), path)
        }
    }

    private func nodes(_ path: String) throws -> Set<GraphNode> {
        let rows = try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(
                db, sql: "SELECT a_kind AS kind, a AS id FROM edge UNION SELECT b_kind, b FROM edge")
        }
        return Set(
            try rows.map { GraphNode(try #require(GraphNode.Kind(rawValue: $0["kind"])), $0["id"]) })
    }

    @Test func `from every node of every kind evidence is at most three steps away`() throws {
        try store { (reader, path) throws in
            let all = try nodes(path)
            #expect(Set(all.map(\.kind)) == Set(GraphNode.Kind.allCases))
            for node in all.sorted() {
                let trace = try #require(try reader.trace(from: node), "\(node)")
                #expect(!trace.evidence.isEmpty, "\(node)")
                #expect(trace.evidence.allSatisfy { $0.path.count <= GraphTrace.steps })
                // A plain tip, an application and the nation need not lie near something that was seen.
                let unseen = [GraphNode(.application, "A4"), GraphNode(.unit, "340000"), GraphNode(.unit, "340100")]
                if !unseen.contains(node) {
                    #expect(trace.evidence.contains { $0.kind.isObserved }, "\(node): nothing that was seen")
                }
                for item in trace.evidence {
                    // Each way hangs together, begins at the node and ends with the edge that names the evidence.
                    var here = node
                    for edge in item.path {
                        #expect(edge.from == here || edge.to == here)
                        here = edge.from == here ? edge.to : edge.from
                    }
                    if let last = item.path.last { #expect(last.evidence == item.ref) }
                    if item.kind != .readings, item.kind != .lead { #expect(item.sha256?.isEmpty == false, "\(item)") }
                }
            }
        }
    }

    @Test func `every edge has a ground to look at, and a link its dates`() throws {
        try store { (reader, path) throws in
            var kinds: Set<String> = []
            for node in try nodes(path) {
                for edge in try reader.neighbours(of: node).edges {
                    kinds.insert(edge.kind)
                    #expect(
                        ["finding", "revision", "event", "lead"].contains(edge.evidence.split(separator: ":").first))
                }
            }
            #expect(
                kinds.isSuperset(of: [
                    "observed-on", "talked-to", "logged-in-as", "speaks-for", "serves", "held-by", "rests-on",
                    "landlord", "within",
                    "part-of", "about", "answered-by", "held-at", "covers", "asked-for", "applied-by", "told-of",
                    "sent-to",
                    "names", "repeats",
                ]))
            let frames = try #require(
                try reader.trace(from: GraphNode(.pool, "203.0.113.0:3333"))?.evidence.first { $0.source == "n0.pcap" })
            #expect(frames.frames == [Evidence(frame: 7, event: "submit")])
            #expect(frames.sha256 == "sha-n0")
            #expect(frames.from == GraphWorld.start.adding(seconds: 60))
        }
    }

    @Test func `a shared address leads to nobody's line, a session with its port to the right one`() throws {
        try store { (reader, _) throws in
            let shared = try reader.neighbours(of: GraphNode(.address, "198.51.100.1")).edges
            #expect(!shared.contains { $0.kind == "held-by" })
            let session = try reader.neighbours(of: GraphNode(.finding, "n3")).edges
            #expect(session.filter { $0.kind == "held-by" }.map(\.to) == [GraphNode(.line, "L-S3")])
            let line = try reader.neighbours(of: GraphNode(.line, "L-S3")).edges
            #expect(line.filter { $0.kind == "held-by" }.map(\.from) == [GraphNode(.finding, "n3")])
            // No way leads from a session through the shared address, the pool or the county to a neighbour, but the
            // common landlord does lead to the other houses.
            let trace = try #require(try reader.trace(from: GraphNode(.finding, "n1")))
            #expect(Set(trace.evidence.filter { $0.kind == .frames }.map(\.source)) == ["n1.pcap"])
            let landlord = try #require(try reader.trace(from: GraphNode(.party, "P0")))
            #expect(
                Set(landlord.evidence.filter { $0.kind.isObserved }.map(\.ref)).isSuperset(of: [
                    "finding:g0", "finding:g1", "finding:g2",
                ]))
            #expect(!landlord.evidence.contains { $0.ref == "finding:g3" })
        }
    }

    @Test func `a way is not followed where its parts are not of one time`() throws {
        try store { (reader, path) throws in
            let writer = try CasebookWriter.open(path, province: "330000")
            let known = KnownRegister(units: CaseScene.units, sites: try reader.sites())
            _ = try writer.take(
                PartyImport(
                    Registers.file(
                        """
                        party,name,kind,site,role,from,to,basis
                        OLD,sold it,company,S3,landlord,2019-01-01,2020-12-31,contract
                        """), known: known, key: Registers.key), by: "op", now: World.now)
            let trace = try #require(try reader.trace(from: GraphNode(.party, "OLD")))
            #expect(!trace.evidence.contains { $0.kind.isObserved })
            #expect(trace.outOfTime > 0)
            // Who held the own address before: later sessions are not of that line.
            _ = try writer.take(
                AssignmentImport(
                    Registers.file("address,line,from,to\n192.0.2.5,L-S6,2025-01-01,2025-06-01\n"), key: Registers.key),
                by: "op", now: World.now)
            let line = try #require(try reader.trace(from: GraphNode(.line, "L-S6")))
            #expect(!line.evidence.contains { $0.source == "n0.pcap" })
            #expect(
                try reader.neighbours(of: GraphNode(.address, "192.0.2.5")).edges.filter { $0.kind == "held-by" }.count
                    == 2)
            // Two holders at one time: the address is nobody's, and its session leads to no line any more.
            _ = try writer.take(
                AssignmentImport(
                    Registers.file("address,line,from,to\n192.0.2.5,L-S6,2026-05-01,\n"), key: Registers.key), by: "op",
                now: World.now)
            let session = try reader.neighbours(of: GraphNode(.finding, "n0")).edges
            #expect(!session.contains { $0.kind == "held-by" })
            // A line that only a log knows leads to that log.
            _ = try writer.take(
                AssignmentImport(
                    Registers.file(
                        "address,ports,line,from,to\n198.51.100.9,1-9,L-LOG,2026-05-01 00:00:00,2026-05-01 01:00:00\n"),
                    key: Registers.key), by: "op", now: World.now)
            for node in [GraphNode(.line, "L-LOG"), GraphNode(.address, "198.51.100.9")] {
                let log = try #require(try reader.trace(from: node))
                #expect(log.evidence.map(\.kind) == [.register] && log.evidence[0].path.isEmpty)
            }
            try writer.close()
        }
    }

    @Test func `the graph follows what is published and retired, and old stores gain it`() throws {
        try store { (reader, path) throws in
            let writer = try CasebookWriter.open(path, province: "330000")
            let next = GraphWorld.grid("g-new", .meter("M-S1"))
            let link = SiteLink(site: "S1", kind: .meter, subject: "M-S1", basis: "supply-contract")
            _ = try writer.publishRun(
                World.run("b"), findings: [next], assessments: [GraphWorld.assessment("S1", 0.97, [(next, link)])],
                curves: [:], policy: CasePolicy(), now: World.now.adding(seconds: 60))
            try writer.close()
            let meter = try reader.neighbours(of: GraphNode(.meter, "M-S1")).edges
            #expect(meter.filter { $0.kind == "observed-on" }.map(\.from.id) == ["g-new"])
            // The case still shows what it rested on when it was opened.
            let rests = try reader.neighbours(of: GraphNode(.case, "330000-2026-0002")).edges.filter {
                $0.kind == "rests-on"
            }
            #expect(rests.map(\.to.id) == ["g-new", "g1"])
            let kinds = "'observed-on', 'talked-to', 'speaks-for', 'serves', 'rests-on', 'within', 'about'"
            let edges = "SELECT * FROM edge WHERE kind IN (\(kinds)) ORDER BY a_kind, a, b_kind, b, kind, evidence"
            let before = try DatabaseQueue(path: path).read { try Row.fetchAll($0, sql: edges).map { "\($0)" } }
            // The same store as it was before the graph: what it points at is found anew.
            try DatabaseQueue(path: path).writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA foreign_keys = OFF; DROP VIEW edge")
                let made = [
                    "register_import", "assignment", "party", "party_role", "exemption",
                    "application", "lead_detail", "finding_tie", "assessment_tie",
                ]
                for table in made { try db.execute(sql: "DROP TABLE \(table)") }
                let rest = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT type, name FROM sqlite_master WHERE name IN ('finding_tied', 'assessment_tied',
                            'lead_twin', 'lead_case_case', 'link_subject', 'link_site',
                            'site_unit', 'unit_parent', 'case_fact_site',
                            'case_fact_unit', 'case_fact_holder', 'case_act_exemption')
                        """)
                for row in rest { try db.execute(sql: "DROP \(row["type"] as String) \(row["name"] as String)") }
                try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '%graph'")
            }
            try CasebookWriter.open(path, province: "330000").close()
            let after = try DatabaseQueue(path: path).read { try Row.fetchAll($0, sql: edges).map { "\($0)" } }
            #expect(after == before && before.count > 30)
        }
    }

    @Test func `a thing that is not there has no trace, whatever its name`() throws {
        try store(3) { (reader, _) throws in
            for kind in GraphNode.Kind.allCases {
                for id in ["", "nothing", "'; DROP TABLE site; --", "%", String(repeating: "x", count: 5000)] {
                    #expect(try reader.trace(from: GraphNode(kind, id)) == nil, "\(kind)")
                    #expect(try reader.neighbours(of: GraphNode(kind, id)).edges.isEmpty)
                }
            }
        }
    }

    @Test(arguments: [
        "party", "party_role", "exemption", "application", "assignment", "lead_detail", "register_import",
    ])
    func `what the registers said is only retired or added to`(_ table: String) throws {
        try store(3) { (_, path) throws in
            let queue = try DatabaseQueue(path: path)
            #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: "DELETE FROM \(table)") } }
            let column = table == "lead_detail" || table == "register_import" ? "since" : "id"
            let name = try #require(
                try queue.read { try Row.fetchOne($0, sql: "SELECT * FROM \(table)") }?.columnNames.first {
                    column == "id" ? $0 == "id" : true
                })
            #expect(throws: DatabaseError.self) {
                try queue.write { try $0.execute(sql: "UPDATE \(table) SET \(name) = \(name)") }
            }
        }
    }
}
