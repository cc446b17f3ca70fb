import Casebook
import Testing
import Vocabulary

struct FacilitatorTests {
    private func store(_ body: (CasebookReader, String) throws -> Void) throws {
        try World.with { path in
            try GraphWorld.fill(path, sites: 7)
            try body(try CasebookReader.open(path), path)
        }
    }

    @Test func `a facilitator with several cases is listed first, with the cases`() throws {
        try store { (reader, path) throws in
            let list = try reader.facilitators()
            #expect(list.filter { $0.kind == .party }.map(\.id) == ["P0", "P1", "P2"])
            #expect(list.map(\.count) == [3, 3, 1])
            #expect(list[0].cases.map(\.site) == ["S0", "S1", "S2"])
            #expect(list.allSatisfy { $0.confirmed == 0 && $0.roles == [.landlord] })
            // Excluded is not mining: the landlord of an honest house is not counted for it.
            let writer = try CasebookWriter.open(path, province: "330000")
            let scene = FacilitatorScene(writer: writer)
            try scene.exclude("330000-2026-0001")
            #expect(try reader.facilitators().map { "\($0.id) \($0.count)" } == ["P1 3", "P0 2", "P2 1"])
            try writer.close()
        }
    }

    /// Three places with a session each, tied to them by their address ranges: two at one server that no list names,
    /// one at a known pool, with an account that is hidden whole.
    @Test func `a server and an account that serve two places are listed with their evidence, a pool is not`() throws {
        try World.with { path in
            let writer = try World.fill(path)
            let seen = [
                ("n1", "192.0.2.1", "203.0.113.50", nil, "mine…0001"),
                ("n2", "192.0.2.17", "203.0.113.50", nil, "mine…0001"),
                ("n3", "192.0.2.33", "203.0.113.9", "Known", "****"),
                ("n4", "192.0.2.2", "203.0.113.9", "Known", "****"),
                ("n5", "192.0.2.3", "203.0.113.77", nil, "only…here"),
                ("n6", "192.0.2.4", "203.0.113.77", nil, "only…here"),
            ]
            let sites = ["S1", "S2", "S3", "S1", "S1", "S1"]
            let findings = try seen.map { id, client, pool, name, account in
                try GraphWorld.session(
                    id, client: client, port: 5000, pool: pool, at: GraphWorld.start, name: name, account: account)
            }
            func terms(_ site: String) -> [(Finding, SiteLink)] {
                zip(findings, sites).filter { $0.1 == site }.map { finding, _ in
                    (finding, SiteLink(site: site, kind: .addressRange, subject: "192.0.2.0/26", basis: "survey"))
                }
            }
            _ = try writer.publishRun(
                World.run("b"), findings: findings,
                assessments: ["S1", "S2", "S3"].map { GraphWorld.assessment($0, 0.97, terms($0)) }, curves: [:],
                policy: CasePolicy(), now: World.now.adding(seconds: 60))
            let reader = try CasebookReader.open(path)
            let list = try reader.facilitators()
            #expect(list.map { "\($0.kind.rawValue) \($0.id)" } == ["relay 203.0.113.50:3333", "account mine…0001"])
            #expect(list.allSatisfy { $0.count == 2 && $0.sites == 2 && $0.roles.isEmpty && $0.party == nil })
            #expect(list[0].cases.map(\.site).sorted() == ["S1", "S2"])
            for one in list {
                let trace = try #require(try reader.trace(from: one.node))
                let near = trace.evidence.filter { $0.kind == .frames && $0.path.count == 1 }
                #expect(near.map(\.source).sorted() == ["n1.pcap", "n2.pcap"])
                #expect(near.allSatisfy { $0.frames == [Evidence(frame: 7, event: "submit")] })
            }
            // One of the two places turns out to be honest: what is left serves one place only.
            try FacilitatorScene(writer: writer).exclude(try #require(list[0].cases.first { $0.site == "S2" }).id)
            #expect(try reader.facilitators().isEmpty)
            try writer.close()
        }
    }
}

/// What a person does to a case of the generated store.
private struct FacilitatorScene {
    let writer: CasebookWriter

    func exclude(_ id: String) throws {
        var form = TransitionFields()
        form.code = "X3"
        form.second = CaseActor(name: "Er Shen", role: "reviewer", unit: "330000")
        try writer.transition(
            case: id, by: "T02", actor: CaseScene.actor("analyst"), reason: "a cold store", fields: form,
            expectedVersion: 1, rules: CaseScene.rules, now: World.now.adding(seconds: 3600))
    }
}
