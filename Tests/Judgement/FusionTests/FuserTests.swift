import Foundation
import Fusion
import Support
import Testing
import Vocabulary

struct FuserTests {
    private func fuser() throws -> Fuser {
        Fuser(try FusionParameters.load(Places.root.appendingPathComponent("Models/fusion/2026-11").path))
    }

    private let day = Instant(seconds: 1_780_000_000)

    private func site(_ id: String) -> Site { Site(id: id, name: id, address: "", kind: "factory", unit: "330110") }

    private func link(_ site: String, _ kind: SiteLink.Kind, _ subject: String, _ basis: String) -> SiteLink {
        SiteLink(site: site, kind: kind, subject: subject, from: CalendarDate("2020-01-01"), basis: basis)
    }

    private func grid(_ id: String, _ meter: String, _ ratio: Double, kw: Estimate? = nil) -> Finding {
        Finding(
            id: id, subject: .meter(meter), modality: .grid, from: day, to: day.adding(seconds: 30 * 86_400),
            probability: 0.5, logLikelihoodRatio: ratio, coverage: 0.98, kilowatts: kw, model: "g/1")
    }

    private func network(_ id: String, _ ip: String, _ ratio: Double, kw: Estimate? = nil, at: Int64 = 86_400) throws
        -> Finding
    {
        Finding(
            id: id, subject: .address(try #require(IPAddress(ip))), modality: .network, from: day.adding(seconds: at),
            to: day.adding(seconds: at + 3600), probability: 0.99, logLikelihoodRatio: ratio, kilowatts: kw,
            model: "n/1")
    }

    private func assess(
        _ links: [SiteLink], _ findings: [Finding], _ coverage: SiteCoverage = SiteCoverage(), prior: Double = 0.05
    ) throws -> SiteAssessment {
        let all = try fuser().assess(
            sites: [site("S")], links: links, findings: findings, coverage: ["S": coverage], prior: prior)
        let one = try #require(all.first)
        if let sum = one.logOdds { #expect(sum == one.terms.reduce(one.priorLogOdds) { $0 + $1.logOdds }) }
        return one
    }

    private let meter = SiteLink(
        site: "S", kind: .meter, subject: "M", from: CalendarDate("2020-01-01"), basis: "supply-contract")
    private let address = SiteLink(
        site: "S", kind: .addressRange, subject: "192.0.2.0/28", from: CalendarDate("2020-01-01"),
        basis: "address-assignment")

    @Test func `both sides add up and agree, and the power closes`() throws {
        let one = try assess(
            [meter, address],
            [
                grid("g", "M", 4, kw: Estimate(value: 66, low: 58, high: 75)),
                try network("n", "192.0.2.3", 6, kw: Estimate(value: 60, low: 40, high: 90)),
            ])
        #expect(one.basis == .gridAndNetwork)
        #expect(one.terms.map(\.findingID) == ["n", "g"])
        #expect(abs(one.terms[0].logOdds - 5.4) < 1e-12)
        #expect(one.terms[1].logOdds == 4)
        #expect(one.agreement.map(\.id) == ["both-sides-agree", "power-closes"])
        #expect(one.disagreement.isEmpty)
        #expect(one.kilowatts?.low == 58 && one.kilowatts?.high == 75)
        #expect((one.probability ?? 0) > 0.99)
        #expect(one.since == day.adding(seconds: 86_400).date(offset: 28_800))
    }

    @Test func `no data is unknown, not zero`() throws {
        let one = try assess([meter, address], [])
        #expect(one.probability == nil && one.logOdds == nil && one.basis == .noData)
        let watched = try assess([meter], [], SiteCoverage(grid: 0.9))
        #expect(watched.basis == .none)
        #expect(abs((watched.probability ?? 0) - 0.05) < 1e-9)
    }

    @Test func `an address behind carrier translation names nobody`() throws {
        let one = try assess(
            [link("S", .addressRange, "192.0.2.0/24", "carrier-nat")], [try network("n", "192.0.2.3", 12)],
            SiteCoverage(networkSeconds: 90_000))
        #expect(one.probability == nil && one.basis == .noData)
        #expect(one.terms.map(\.logOdds) == [0])
        #expect(one.networkSeconds == nil)
        let undiluted = try fuser().assess(
            sites: [site("S"), site("T")], links: [address, link("T", .addressRange, "192.0.2.0/24", "carrier-nat")],
            findings: [try network("n", "192.0.2.3", 10)], coverage: [:], prior: 0.05)
        #expect(undiluted.map { $0.terms.map(\.logOdds) } == [[9], [0]])
    }

    @Test func `the loader refuses a weight for carrier translation`() throws {
        let folder = try Places.scratch("fusion")
        defer { try? FileManager.default.removeItem(at: folder) }
        let good = try String(
            contentsOf: Places.root.appendingPathComponent("Models/fusion/2026-11/parameters.json"), encoding: .utf8)
        let bad = good.replacingOccurrences(of: "\"carrier-nat\": 0.0", with: "\"carrier-nat\": 0.2")
        try bad.write(to: folder.appendingPathComponent("parameters.json"), atomically: true, encoding: .utf8)
        #expect(throws: FusionParameters.Failure.self) { try FusionParameters.load(folder.path) }
        #expect(throws: FusionParameters.Failure.self) { try FusionParameters.load(folder.path + "/none") }
    }

    @Test func `a hundred sessions of one rig are not a hundred rigs`() throws {
        let many = try (0..<100).map {
            try network("n\($0)", "192.0.2.3", 3, kw: Estimate(value: 3, low: 2, high: 4), at: Int64($0) * 7200)
        }
        let one = try assess([address], many)
        let sum = one.terms.reduce(0) { $0 + $1.logOdds }
        #expect(sum > 2.7 && sum < 2.7 / 0.75 + 1e-9)
        #expect(one.kilowatts?.value == 3)
    }

    @Test func `quiet meters do not bury a mining one, and quiet alone speaks against`() throws {
        let links = (0..<20).map { link("S", .meter, "M\($0)", "supply-contract") }
        var findings = (1..<20).map { grid("g\($0)", "M\($0)", -4) }
        let quiet = try assess(links, findings)
        #expect(abs((quiet.logOdds ?? 0) - quiet.priorLogOdds + 4) < 1e-9)
        findings.append(grid("g0", "M0", 6))
        #expect(abs(try #require(try assess(links, findings).logOdds) - quiet.priorLogOdds - 6) < 1e-9)
    }

    @Test func `silence of a side is said only where there was something to hear`() throws {
        let found = [try network("n", "192.0.2.3", 6)]
        #expect(try assess([address], found).disagreement.first?.text == "no-meter")
        #expect(try assess([address, meter], found, SiteCoverage(grid: 0.9)).disagreement.first?.text == "meter-flat")
        #expect(try assess([address, meter], found, SiteCoverage(grid: 0.1)).disagreement.isEmpty)
        let load = [grid("g", "M", 5)]
        #expect(try assess([meter, address], load).disagreement.isEmpty)
        #expect(try assess([meter, address], load, SiteCoverage(networkSeconds: 60)).disagreement.isEmpty)
        let silent = try assess([meter, address], load, SiteCoverage(networkSeconds: 90_000))
        #expect(silent.disagreement.map(\.id) == ["network-silent"])
        #expect(silent.basis == .gridOnly)
    }

    @Test func `power that does not close says which side is short`() throws {
        func reasons(_ grid: Estimate, _ hashed: Estimate) throws -> [String] {
            try assess(
                [meter, address], [self.grid("g", "M", 5, kw: grid), try network("n", "192.0.2.3", 6, kw: hashed)]
            )
            .disagreement.map(\.id)
        }
        let small = Estimate(value: 5, low: 4, high: 6)
        let large = Estimate(value: 50, low: 40, high: 60)
        #expect(try reasons(small, large) == ["hidden-load"])
        #expect(try reasons(large, small) == ["hidden-hashrate"])
    }

    @Test func `links count only while they hold, and shared subjects are shared`() throws {
        var old = meter
        old.to = CalendarDate("2021-01-01")
        #expect(try assess([old], [grid("g", "M", 6)]).terms.isEmpty)
        let both = try fuser().assess(
            sites: [site("T"), site("S")], links: [meter, link("T", .meter, "M", "supply-contract")],
            findings: [grid("g", "M", 6)], coverage: [:], prior: 0.05)
        #expect(both.map(\.site) == ["S", "T"])
        #expect(both.allSatisfy { $0.terms[0].logOdds == 3 })
    }

    @Test func `numbers that are none do no harm, and order does not matter`() throws {
        let wild = [
            grid("a", "M", .nan), grid("b", "M", .infinity), grid("c", "M", -.infinity),
            grid("d", "M", 3, kw: Estimate(value: .nan, low: 0, high: 1)),
        ]
        let one = try assess([meter], wild, prior: .nan)
        #expect(one.probability?.isFinite == true)
        #expect(one.kilowatts == nil)
        #expect(try assess([meter], wild.reversed(), prior: .nan) == one)
    }
}
