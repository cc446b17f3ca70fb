import Casebook
import Exchange
import Foundation
import Support
import Testing
import Vocabulary

/// From a casebook to other systems and to the nation.
struct CasebookExchangeTests {
    private let now = Instant(seconds: 1_790_000_000)

    private func finding(_ id: String, _ subject: Subject, network: NetworkDetail?) -> Finding {
        Finding(
            id: id, subject: subject, modality: network == nil ? .grid : .network, from: now.adding(seconds: -9_000),
            to: now, probability: 0.9, logLikelihoodRatio: 6, reasons: [Reason(id: "job", text: "secret text")],
            model: "test/1", network: network)
    }

    private func with(_ body: (CasebookReader) throws -> Void) throws {
        let folder = try Places.scratch("exchange")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("casebook.sqlite").path
        let writer = try CasebookWriter.open(path, province: "330000", demo: true)
        let units = [
            Unit(code: "330000", nameZH: "浙江", nameEN: "Zhejiang", level: .province, parent: "CN"),
            Unit(code: "330110", nameZH: "余杭", nameEN: "Yuhang", level: .county, parent: "330000"),
        ]
        let site = Site(id: "secret-site", name: "秘密", address: "秘密路1号", kind: "factory", unit: "330110")
        let link = SiteLink(site: site.id, kind: .meter, subject: "M-1", basis: "supply-contract")
        try writer.register(sites: [site], links: [link], units: units, complete: true, now: now)
        let network = NetworkDetail(
            tier: .b, dialect: "stratum-v1", client: ExchangeSamples.endpoint("10.9.9.9", 1),
            server: ExchangeSamples.endpoint("45.67.89.10", 3333), account: "bc1qsecretaccount", worker: "zhangsan",
            capture: "/home/somebody/x.pcap", captureSHA256: String(repeating: "a", count: 64),
            evidence: [Evidence(frame: 3, event: "job")])
        let placed = finding("f1", .meter("M-1"), network: network)
        let assessment = SiteAssessment(
            site: site.id, probability: 0.93, priorLogOdds: -3, logOdds: 3, basis: .gridOnly,
            terms: [.init(findingID: "f1", modality: .network, subject: placed.subject, logOdds: 6, link: link)])
        var stray = network
        stray.server = ExchangeSamples.endpoint("45.67.89.11", 4444)
        _ = try writer.publishRun(
            RunRecord(
                id: "run-a", started: now, finished: now, counts: [:], resultSHA256: "a", models: ["m"], prior: 0.05),
            findings: [
                placed, finding("f2", .meter("M-9"), network: nil),
                finding("f3", .address(stray.client.ip), network: stray),
            ], assessments: [assessment], curves: [:], policy: CasePolicy(), lease: nil, now: now)
        let reader = try CasebookReader.open(path)
        try body(reader)
        try reader.close()
    }

    @Test func `network findings go out, placed or not; a grid finding is counted and stays`() throws {
        try with { book in
            let (findings, grid) = try ExchangeFinding.read(book)
            #expect(findings.count == 2 && grid == 1)
            #expect(Set(findings.map(\.session.server.port)) == [3333, 4444])
            #expect(findings.allSatisfy { $0.session.account == "bc1q…ount" && $0.session.seen?.upperBound == now })
            for format in ExchangeFormats.all {
                let bytes = format.document(findings, ExchangeSamples.context).bytes
                let text = String(decoding: bytes, as: UTF8.self)
                for secret in ["secret", "zhangsan", "秘密", "somebody", "M-1"] { #expect(!text.contains(secret)) }
            }
        }
    }

    @Test func `a casebook's bundle holds its cases, figures and findings, and no more`() throws {
        try with { book in
            let window = KPIWindow(start: now.adding(seconds: -86_400), end: now.adding(seconds: 86_400))
            let (facts, foreign) = try BundleFact.all(book, province: "330000", window: window)
            #expect(foreign == 0)
            #expect(facts.count { $0.kind == "case" } == 1)
            #expect(facts.count { $0.kind == "finding" } == 3)
            #expect(facts.count { $0.kind == "figure" } > 20)
            let key = SigningKey()
            let issue = ProvincialBundle.Issue(
                province: "330000", after: nil, from: window.start, to: window.end, asOf: now)
            let bytes = try ProvincialBundle.make(issue, facts, key: key)
            var keys = PinnedKeys()
            keys.pin(key.verifying, for: "330000")
            #expect(try ProvincialBundle.verify(bytes, keys: keys).facts.count == facts.count)
            let text = String(decoding: bytes, as: UTF8.self)
            for secret in ["secret", "zhangsan", "秘密", "somebody", "M-1", "10.9.9.9", "bc1q"] {
                #expect(!text.contains(secret))
            }
            #expect(try BundleFact.all(book, province: "510000", window: window).foreign == 2)
        }
    }
}
