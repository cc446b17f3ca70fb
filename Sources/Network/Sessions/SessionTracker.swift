import Carriers
import Flows
import Shares
import Stratum
import Vocabulary

/// Follows every flow's messages and says at the end which were mining sessions.
package struct SessionTracker {
    private let models: SessionModels
    /// Holds one name at a time.
    private var name: [UInt8] = []
    private var conversations: [Int: Conversation] = [:]
    private var contacts: [ContactObservation: Int] = [:]
    private var contactOrder: [ContactObservation] = []
    private var sessions: [SessionObservation] = []
    /// Those who asked for work and were answered by another service: a scanner's way, or a miner's with a wrong address.
    private var doubtful: [SessionObservation] = []

    package init(models: SessionModels) { self.models = models }

    /// One event with its bytes, as `FlowTable.drain` hands them out. Answers what is wanted of the flow from here on.
    @discardableResult
    package mutating func consume(
        _ event: StreamEvent, _ bytes: ArraySlice<UInt8>, _ summary: FlowSummary
    ) -> FlowTable.Interest {
        if summary.transport == .udp {
            if event.kind == .data, summary.server.port == 53 || summary.client.port == 53 { datagram(bytes, summary) }
            return .follow
        }
        switch event.kind {
        case .opened: return .follow
        case .greeting:
            if NameReaders.tlsServerName(bytes, into: &name), let name = listedName() {
                contact(.sni, name, summary.client.ip)
            }
            return .opaque
        case .data, .gap:
            let interest = conversations[event.flow, default: Conversation()].take(event, bytes)
            switch interest {
            case .follow, .keep: break
            case .opaque, .foreign: conversations[event.flow] = nil
            }
            return interest
        case .closed:
            if var conversation = conversations.removeValue(forKey: event.flow) {
                conversation.end(event)
                close(conversation, summary)
            }
            return .follow
        }
    }

    /// Sessions by their first time, then endpoints; contacts by kind, name and client.
    package mutating func finish() -> (
        sessions: [SessionObservation], contacts: [ContactObservation], links: [SessionLink]
    ) {
        // Whoever mines elsewhere in the same capture was no scanner.
        let miners = Set(sessions.map(\.client.ip))
        let ordered = (sessions + doubtful.filter { miners.contains($0.client.ip) }).sorted {
            ($0.firstSeen ?? Instant(nanoseconds: 0), $0.client, $0.server) < (
                $1.firstSeen ?? Instant(nanoseconds: 0), $1.client, $1.server
            )
        }
        let known = contactOrder.map { one in
            ContactObservation(what: one.what, name: one.name, client: one.client, count: contacts[one] ?? 0)
        }
        return (
            ordered, known.sorted { ($0.what.rawValue, $0.name, $0.client) < ($1.what.rawValue, $1.name, $1.client) },
            SessionLinks.find(ordered)
        )
    }

    private mutating func datagram(_ bytes: ArraySlice<UInt8>, _ summary: FlowSummary) {
        guard NameReaders.dnsQuestion(bytes, into: &name), let name = listedName() else { return }
        contact(.dns, name, summary.server.port == 53 ? summary.client.ip : summary.server.ip)
    }

    /// The name just read, when it is on the pool list or has a pool's words.
    private mutating func listedName() -> String? {
        if models.mayList(name) {
            let text = String(decoding: name, as: UTF8.self)
            if models.pool(for: text) != nil { return text }
        }
        return models.looksLikePool(name) ? String(decoding: name, as: UTF8.self) : nil
    }

    private mutating func contact(_ what: ContactObservation.What, _ name: String, _ client: IPAddress) {
        let key = ContactObservation(what: what, name: name, client: client, count: 0)
        if contacts[key] == nil {
            guard contactOrder.count < SessionLimits.contacts else { return }
            contactOrder.append(key)
        }
        contacts[key, default: 0] += 1
    }

    private mutating func close(_ conversation: Conversation, _ summary: FlowSummary) {
        if let name = conversation.serverName, models.pool(for: name) != nil { contact(.sni, name, summary.client.ip) }
        if let (name, device) = conversation.management {
            let end = device == .serverToClient ? summary.server : summary.client
            if let name = name ?? (Management.ports.contains(end.port) ? "cgminer-api" : nil) {
                contact(.management, name, end.ip)
            }
        }
        guard let (dialect, miner) = conversation.outcome() else {
            if let (what, target) = conversation.tunnel, let host = target.split(separator: ":").first,
                models.pool(for: String(host)) != nil
            {
                contact(what, String(host), summary.client.ip)
            }
            return
        }
        let session = observation(conversation, dialect, miner, summary)
        if !conversation.wasAnsweredByOther {
            sessions.append(session)
        } else if doubtful.count < SessionLimits.doubtfulAskers {
            doubtful.append(session)
        }
    }

    private func observation(
        _ conversation: Conversation, _ dialect: any Dialect, _ miner: Direction, _ summary: FlowSummary
    ) -> SessionObservation {
        let tally = conversation.finalTally
        let turned = miner == .serverToClient
        let inferred = conversation.binary.probability
        let tier: Tier =
            inferred != nil
            ? .d : tally.verified > 0 ? .a1 : tally.claimsMet > 0 ? .a2 : tally.loopClosed ? .b : .c
        var session = SessionObservation(
            tier: tier, probability: inferred ?? TierProbability.of(tier), dialect: name(dialect, conversation),
            client: turned ? summary.server : summary.client, server: turned ? summary.client : summary.server,
            carrier: summary.carrier + conversation.layers, packets: summary.packets, bytes: summary.bytes)
        session.outer = summary.outer
        session.account = tally.account
        session.worker = tally.worker
        session.agent = tally.agent
        session.firstSeen = summary.firstSeen
        session.lastSeen = summary.lastSeen
        describe(tally, conversation, dialect.algorithm, into: &session)
        if let target = conversation.tunnel?.target {
            session.poolName = target
            session.poolVia = "\(session.server.ip):\(session.server.port)"
        } else {
            session.poolName = tally.poolName ?? models.pool(tag: session.poolTag)
        }
        // Of an unknown algorithm it cannot be said that a share was checked.
        session.verified = session.algorithm == nil ? nil : conversation.verified
        count(tally, into: &session)
        session.hashrate = hashrate(tally, dialect, session.algorithm)
        session.hashrateUnit = session.hashrate == nil ? nil : dialect.hashrateUnit
        session.declared = tally.declared
        if let rate = session.hashrate {
            session.watts = models.watts(
                rate, algorithm: session.algorithm, device: session.device,
                year: summary.firstSeen.map { SessionModels.year(of: $0) })
        }
        session.flags = summary.flags.union(conversation.flags)
        reasons(tally, into: &session)
        doubts(tally, into: &session)
        if conversation.wasAnsweredByOther { session.against.append(Reason(id: "answered-by-other-service")) }
        return session
    }

    /// Who it was, as far as the words say it: all of them hints that its operator could have written otherwise.
    private func describe(
        _ tally: Tally, _ conversation: Conversation, _ only: String?, into session: inout SessionObservation
    ) {
        let dialect = session.dialect
        session.accountForm = tally.account.flatMap { AccountForm.read($0, dialect: dialect) }
        session.isDonation = DonationLogin.isOne(tally.account, dialect: dialect)
        session.workers = tally.workers
        session.device = models.device(agent: tally.agent)
        let said = tally.algorithm.map { $0.hasPrefix("rx/") ? "randomx" : $0 }
        let known = only ?? conversation.verifiedAlgorithm ?? said
        let coin = session.accountForm?.coin
        session.coin = AccountForm.isMined(coin, dialect: dialect, algorithm: known) ? coin : nil
        session.algorithm = known ?? AccountForm.algorithm(of: session.coin, at: session.firstSeen)
        session.nonceSpace = conversation.nonceSpace
        session.jobMarks = conversation.jobMarks.all
        session.poolTag = conversation.jobMarks.coinbase?.tag
        session.payoutScript = conversation.jobMarks.coinbase?.payoutScript
        if session.algorithm == "sha256d" {
            session.payoutAddress = session.payoutScript.flatMap { PayoutAddress.bitcoin($0) }
        }
    }

    /// What one side alone cannot show stays unknown.
    private func count(_ tally: Tally, into session: inout SessionObservation) {
        session.jobs = tally.poolSpoke ? tally.jobs : nil
        session.submitted = tally.minerSpoke ? tally.submitted : nil
        session.accepted = tally.poolSpoke ? tally.accepted : nil
        session.rejected = tally.poolSpoke ? tally.rejected : nil
        session.refusals = tally.poolSpoke ? tally.refusals : nil
        session.difficultyLast = tally.difficulty
        session.difficultySum = tally.difficultySum
    }

    /// The same verbs over HTTP are a miner's calls to a node, not a pool's stream.
    private func name(_ dialect: any Dialect, _ conversation: Conversation) -> String {
        dialect.name == "eth-proxy" && conversation.isCall ? "eth-getwork" : dialect.name
    }

    /// Stratum V1 counts a share of difficulty 1 as 2^32 hashes; Scrypt pools mean 2^16 (`stratum.md` 5.1). Where the
    /// algorithm is not known, the lower limit leaves room for that.
    private func hashrate(_ tally: Tally, _ dialect: any Dialect, _ algorithm: String?) -> Estimate? {
        let scrypt = 1.0 / 65_536
        guard dialect.name == "stratum-v1" else { return tally.hashrate(factor: 1) }
        if algorithm == "scrypt" { return tally.hashrate(factor: scrypt) }
        guard let rate = tally.hashrate(factor: 1), algorithm == nil else { return tally.hashrate(factor: 1) }
        return Estimate(
            value: rate.value, low: rate.low * scrypt, high: rate.high,
            basis: rate.basis.map { $0 + ", algorithm not known" })
    }

    private func reasons(_ tally: Tally, into session: inout SessionObservation) {
        let order = [
            "share-verified", "share-accepted", "share-submitted", "login-accepted", "authorized", "work-received",
            "job", "login",
            "authorize",
            "subscribed", "subscribe", "work-requested", "peer-handshake", "length-chain", "noise-handshake",
            "header-equation", "repeated-block",
        ]
        session.reasons = order.compactMap { name in tally.counts[name].map { Reason(id: name, count: $0) } }
        if session.isDonation { session.reasons.append(Reason(id: "donation-login")) }
        let accounts = Set(tally.workers.all.compactMap(\.account)).count
        if accounts > 1 { session.reasons.append(Reason(id: "several-accounts", count: accounts)) }
        if tally.workers.all.count > 1 {
            session.reasons.append(Reason(id: "several-workers", count: tally.workers.all.count))
        }
        if let shares = tally.claimed.dividedNonces {
            session.reasons.append(Reason(id: "nonces-divided", count: shares))
        }
        session.evidence = tally.evidence.sorted { ($0.frame, $0.event) < ($1.frame, $1.event) }
        if session.tier == .d { session.against.append(Reason(id: "inferred-only", text: session.tier.rawValue)) }
        // Nothing of these could be read, or they have no miner's and no pool's side.
        guard tally.poolSpoke || tally.minerSpoke else { return }
        if !tally.poolSpoke { session.against.append(Reason(id: "miner-side-only")) }
        if !tally.minerSpoke { session.against.append(Reason(id: "pool-side-only")) }
        if tally.submitted == 0, tally.accepted == 0 { session.against.append(Reason(id: "no-share-seen")) }
        if session.tier == .c, tally.jobs == 0 { session.against.append(Reason(id: "no-job-seen")) }
        // Only where others met theirs: else the algorithm is simply another one.
        if tally.unmet > 0, tally.verified > 0 {
            session.against.append(Reason(id: "share-not-met", count: tally.unmet))
        }
        if let refused = tally.counts["authorize-refused"] ?? tally.counts["login-refused"] {
            session.against.append(Reason(id: "login-refused", count: refused))
        }
    }

    /// What makes the figures doubtful, or is odd about them.
    private func doubts(_ tally: Tally, into session: inout SessionObservation) {
        if session.accountForm?.check == .fails { session.against.append(Reason(id: "address-check-failed")) }
        if let rate = session.hashrate, let declared = tally.declared, declared > 0,
            abs(rate.value / declared - 1) > SessionLimits.declaredDifference
        {
            session.against.append(
                Reason(
                    id: "declared-rate-differs", value: rate.value, reference: declared, unit: session.hashrateUnit))
        }
        if let (distance, limit) = tally.claimed.evenness, distance > limit {
            session.against.append(Reason(id: "claimed-hashes-uneven", value: distance, reference: limit))
        }
        if tally.claimsUnmet > 0, tally.claimsMet > 0 {
            session.against.append(Reason(id: "claimed-hash-not-met", count: tally.claimsUnmet))
        }
    }
}
