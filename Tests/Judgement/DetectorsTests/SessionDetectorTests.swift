import Detectors
import Sessions
import Testing
import Vocabulary

@Suite struct SessionDetectorTests {
    private func session(_ tier: Tier) throws -> SessionObservation {
        let client = try #require(IPAddress("10.0.0.7"))
        let server = try #require(IPAddress("203.0.113.9"))
        var session = SessionObservation(
            tier: tier, probability: 0.99, dialect: "stratum-v1", client: Endpoint(ip: client, port: 51234),
            server: Endpoint(ip: server, port: 3333), carrier: ["tcp"], packets: 10, bytes: 1000)
        session.account = "bc1qexampleaccount00"
        session.worker = "rig1"
        session.watts = Estimate(value: 3300, low: 1700, high: 5900)
        session.firstSeen = Instant(seconds: 1000)
        session.lastSeen = Instant(seconds: 2000)
        return session
    }

    @Test func `identities are masked unless asked for in full`() throws {
        let masked = SessionDetector().finding(try session(.a1), capture: "a.pcap", captureSHA256: "00")
        #expect(masked.network?.account == "bc1q…nt00")
        #expect(masked.network?.worker == "****")
        let full = SessionDetector(identities: .full).finding(try session(.a1), capture: "a.pcap", captureSHA256: "00")
        #expect(full.network?.account == "bc1qexampleaccount00")
        #expect(masked.id == full.id)
    }

    @Test func `a better tier weighs more`() {
        let weights = Tier.allCases.sorted().map(SessionDetector.logLikelihoodRatio)
        #expect(weights == weights.sorted() && Set(weights).count == weights.count)
        #expect(weights.allSatisfy { $0 > 0 })
    }

    @Test func `the finding keeps times, power and the reason`() throws {
        let finding = SessionDetector().finding(try session(.d), capture: "a.pcap", captureSHA256: "00")
        #expect(finding.kilowatts == Estimate(value: 3.3, low: 1.7, high: 5.9))
        #expect(finding.from == Instant(seconds: 1000) && finding.to == Instant(seconds: 2000))
        #expect(finding.against.contains { $0.id == "inferred-only" })
        #expect(finding.subject.key == "address:10.0.0.7")
        let other = SessionDetector().finding(try session(.d), capture: "b.pcap", captureSHA256: "01")
        #expect(other.id != finding.id)
    }

    @Test func `a session without times is said to be so`() throws {
        var observed = try session(.b)
        observed.firstSeen = nil
        observed.lastSeen = nil
        observed.probability = .nan
        let finding = SessionDetector().finding(observed, capture: "a", captureSHA256: "00")
        #expect(finding.flags.contains("no_timestamps"))
        #expect(finding.probability == nil)
    }
}
