import Foundation
import Fusion
import Support
import Testing
import Vocabulary

struct SiteFactTests {
    private static let day = Instant(seconds: 1_780_000_000)

    private func assess(
        _ facts: [SiteFact], grid: Double? = 5, network: Double? = nil
    ) throws -> SiteAssessment {
        let fuser = Fuser(
            try FusionParameters.load(Places.root.appendingPathComponent("Models/fusion/2026-11").path))
        let from = CalendarDate("2020-01-01")
        let links = [
            SiteLink(site: "S", kind: .meter, subject: "M", from: from, basis: "supply-contract"),
            SiteLink(site: "S", kind: .addressRange, subject: "192.0.2.0/28", from: from, basis: "line-contract"),
        ]
        var findings: [Finding] = []
        if let grid {
            findings.append(
                Finding(
                    id: "g", subject: .meter("M"), modality: .grid, from: Self.day,
                    to: Self.day.adding(seconds: 86_400 * 30), probability: 0.9, logLikelihoodRatio: grid,
                    coverage: 0.98, model: "g/1"))
        }
        if let network {
            findings.append(
                Finding(
                    id: "n", subject: .address(try #require(IPAddress("192.0.2.3"))), modality: .network,
                    from: Self.day, to: Self.day.adding(seconds: 3600), probability: 0.99,
                    logLikelihoodRatio: network, model: "n/1"))
        }
        let all = fuser.assess(
            sites: [Site(id: "S", name: "S", address: "", kind: "factory", unit: "330110")], links: links,
            findings: findings, coverage: [:], facts: ["S": facts], prior: 0.05)
        let one = try #require(all.first)
        if let sum = one.logOdds {
            let parts =
                one.terms.reduce(one.priorLogOdds) { $0 + $1.logOdds }
                + one.agreement.reduce(0) { $0 + ($1.logOdds ?? 0) }
            #expect(abs(sum - parts) < 1e-12, "every term is shown")
        }
        return one
    }

    private func exemption(_ state: SiteFact.Exemption.State) -> SiteFact {
        .exemption(.init(id: "E1", state: state, ceilingKilowatts: 200, measured: 120))
    }

    @Test func `leads count by source, within a bound, and the system is no witness of itself`() throws {
        let bare = try #require(try assess([]).logOdds)
        let once = try #require(try assess([.lead(source: "public_tip")]).logOdds)
        #expect(once > bare && once - bare < 0.7)
        let again = try assess([.lead(source: "public_tip"), .lead(source: "public_tip")]).logOdds
        #expect(again == once)
        let many = try #require(
            try assess(["a", "b", "c", "d", "e", "f"].map { SiteFact.lead(source: $0) }).logOdds)
        #expect(many - bare < 1.4)
        #expect(try assess([.lead(source: "system_finding")]).logOdds == bare)
    }

    @Test func `a lead alone is no reading: an unwatched place stays unknown, and the lead is shown`() throws {
        let one = try assess([.lead(source: "public_tip")], grid: nil)
        #expect(one.probability == nil && one.logOdds == nil)
        #expect(one.agreement.map(\.id) == ["leads-name-the-place"])
    }

    @Test func `an exemption that covers the load takes the load away and leaves the traffic`() throws {
        let covered = try assess([exemption(.covers)], grid: 8)
        #expect(covered.probability.map { abs($0 - 0.05) < 1e-9 } == true)
        #expect(covered.disagreement.contains { $0.id == "exemption-covers-load" && $0.reference == 200 })
        let mining = try assess([exemption(.covers)], grid: 8, network: 6)
        #expect(mining.probability.map { $0 > 0.9 } == true)
        let quiet = try assess([exemption(.covers)], grid: -2)
        #expect(quiet.logOdds == (try assess([], grid: -2).logOdds), "it takes nothing where nothing speaks for mining")
    }

    @Test(arguments: [
        (SiteFact.Exemption.State.exceeded, "exemption-exceeded"), (.ended, "exemption-ended"),
        (.mayExceed, "exemption-may-be-exceeded"), (.notMeasured, "exemption-not-measured"),
    ])
    func `one that does not hold is said and takes nothing`(_ state: SiteFact.Exemption.State, _ id: String) throws {
        let bare = try assess([])
        let one = try assess([exemption(state)])
        #expect(one.logOdds == bare.logOdds)
        #expect((one.agreement + one.disagreement).contains { $0.id == id && $0.text == "E1" })
    }
}
