import FoundationEssentials
import Sessions
import Vocabulary

#if canImport(Glibc)
    import Glibc
#endif

/// Turns an observed mining session into a finding of the network side.
package struct SessionDetector: Sendable {
    package enum Identities: Sendable { case masked, full }

    package let id = "session"
    package static let version = "session/1"
    package var identities: Identities

    package init(identities: Identities = .masked) { self.identities = identities }

    /// Natural log likelihood ratio of a tier. A1: recomputed work cannot come by chance, what remains is a mistake
    /// about the place or a replayed capture (1 in 20 000). A2: a pool's acceptance (1 in 5 000). B: both sides of a
    /// dialogue (1 in 1 000). C: one side or one beat (1 in 30). D: behaviour of an encrypted flow (1 in 8). E: a
    /// contact only (1 in 1.5).
    package static func logLikelihoodRatio(_ tier: Tier) -> Double {
        switch tier {
        case .a1: log(20_000)
        case .a2: log(5_000)
        case .b: log(1_000)
        case .c: log(30)
        case .d: log(8)
        case .e: log(1.5)
        }
    }

    /// One session of one capture. The subject is the client's address. A session without times is placed at the epoch
    /// and flagged `no_timestamps`.
    package func finding(_ session: SessionObservation, capture: String, captureSHA256: String) -> Finding {
        let first = session.firstSeen ?? session.lastSeen
        let last = session.lastSeen ?? session.firstSeen
        var flags = session.flags
        if first == nil { flags.insert("no_timestamps") }
        let from = first ?? Instant(nanoseconds: 0)
        let ratio = Self.logLikelihoodRatio(session.tier)
        var against = session.against
        if session.tier <= .d { against.append(Reason(id: "inferred-only", text: session.tier.rawValue)) }
        if flags.contains("gap") || flags.contains("truncated") {
            against.append(Reason(id: "capture-incomplete"))
        }
        let probability = session.probability.isFinite ? min(1, max(0, session.probability)) : nil
        return Finding(
            id: FindingID.make(
                modality: .network, subject: .address(session.client.ip),
                parts: [
                    captureSHA256, "\(session.client.port)", session.server.ip.description, "\(session.server.port)",
                    session.dialect, "\(from.nanoseconds)", Self.version,
                ]),
            subject: .address(session.client.ip), modality: .network, from: from, to: max(from, last ?? from),
            probability: probability, logLikelihoodRatio: ratio, kilowatts: kilowatts(session.watts),
            reasons: [Reason(id: "session-tier", text: session.tier.rawValue, logOdds: ratio)] + session.reasons,
            against: against, flags: flags.sorted(), model: Self.version,
            network: detail(session, capture, captureSHA256))
    }

    private func kilowatts(_ watts: Estimate?) -> Estimate? {
        watts.map { Estimate(value: $0.value / 1000, low: $0.low / 1000, high: $0.high / 1000, basis: $0.basis) }
    }

    private func shown(_ identity: String?) -> String? {
        identity.map { identities == .full ? $0 : maskedIdentity($0) }
    }

    private func detail(_ session: SessionObservation, _ capture: String, _ sha256: String) -> NetworkDetail {
        NetworkDetail(
            tier: session.tier, dialect: session.dialect, algorithm: session.algorithm, client: session.client,
            server: session.server, poolName: session.poolName, account: shown(session.account),
            worker: shown(session.worker), agent: session.agent, firstSeen: session.firstSeen,
            lastSeen: session.lastSeen, packets: session.packets, bytes: session.bytes, jobs: session.jobs,
            submitted: session.submitted, accepted: session.accepted, rejected: session.rejected,
            hashrate: session.hashrate, hashrateUnit: session.hashrateUnit, capture: capture, captureSHA256: sha256,
            evidence: session.evidence)
    }
}
