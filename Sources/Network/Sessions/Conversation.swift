import Carriers
import Flows
import Shares
import Stratum
import Vocabulary

/// One flow that may be a mining session: both directions' messages, paired.
struct Conversation {
    enum Request {
        case subscribe, authorize, login
        case submit(SentShare)
        case work, other
    }

    /// A share that waits for its answer.
    struct SentShare {
        var worth: Worth?
        /// Its claimed hash as a part of its target.
        var part: Double?
        /// Who sent it, where several speak on the connection.
        var sender: Int?
        /// What came of doing its work again; nil when it was not done.
        var isMet: Bool?
        var event: StreamEvent
    }

    private struct EarlyReply {
        var id: String
        var good: Bool
        var counted: Bool
        var refusal: ShareRefusal
        var event: StreamEvent
    }

    private var client = CarriedStream()
    private var server = CarriedStream()
    private(set) var isFruitless = false
    private var minersCalls = 0

    // What the dialects said.
    private var scores = [Int](repeating: 0, count: DialectRegistry.all.count)
    /// Dialects that said something of their own. Many words that others share never add up to one of these.
    private var isCertain = [Bool](repeating: false, count: DialectRegistry.all.count)
    private var minerDirection: Direction?
    var rolesMixed = false
    var pending: [(id: String, request: Request)] = []
    /// Replies that came before their request: the other direction's bytes wait where a segment is missing.
    private var early: [EarlyReply] = []
    private var jobs: [String: Worth] = [:]
    private var jobOrder: [String] = []
    private var inForce: Worth?
    private var seenMethod = false
    private var isForeignLogin = false
    /// Verbs of messages that the capture cut.
    private var cutVerbs: Set<String> = []
    var tally = Tally()
    var ledger = ShareLedger()
    private(set) var jobMarks = JobMarks()
    /// Dialects that are no JSON.
    var binary = BinaryTalk()
    /// What a managed device said of itself, and which side it is; the name is nil while only questions were seen.
    var management: (name: String?, device: Direction)?

    var serverName: String? { client.shownName ?? server.shownName }
    var tunnel: (what: ContactObservation.What, target: String)? { client.tunnel ?? server.tunnel }
    var isCall: Bool { client.isCaller || server.isCaller }
    var layers: [String] { client.layers.count >= server.layers.count ? client.layers : server.layers }

    /// Takes one event. Messages are read until the stream has proved fruitless; what is then of no use is let go.
    mutating func take(_ event: StreamEvent, _ bytes: ArraySlice<UInt8>) -> FlowTable.Interest {
        read(event, bytes)
        if client.messages + server.messages > 0 || binary.isSure { return .keep }
        guard isFruitless, tunnel == nil, serverName == nil else { return .follow }
        return client.isForeign || server.isForeign ? .foreign : .opaque
    }

    private mutating func read(_ event: StreamEvent, _ bytes: ArraySlice<UInt8>) {
        guard !isFruitless else { return }
        let isClient = event.direction == .clientToServer
        switch event.kind {
        case .gap:
            let cut = isClient ? client.gap(isCut: event.isCut) : server.gap(isCut: event.isCut)
            if var cut {
                cut.missing = event.gapLength
                take(cut, event)
            }
            hear(binary.gap(fromClient: isClient), event)
        case .data:
            let found =
                isClient
                ? client.take(bytes, against: server.promise) : server.take(bytes, against: client.promise)
            if binary.mayHear {
                hear(binary.take(isClient ? client.bare : server.bare, fromClient: isClient), event)
                client.isBinary = binary.isSure
                server.isBinary = binary.isSure
            }
            for one in found {
                if one.isMinersCall { minersCalls += 1 }
                if case .array(let batch) = one.value {
                    for message in batch { take(message, event) }
                } else {
                    take(one.value, event)
                }
            }
            // Side by side, not chosen once: a choice would copy the whole of it.
            if isClient, client.host != nil {
                introduce(user: client.user, agent: client.agent, host: client.host)
            } else if !isClient, server.host != nil {
                introduce(user: server.user, agent: server.agent, host: server.host)
            }
        case .opened, .closed, .greeting: break
        }
        if binary.isSure { return }
        if isClient {
            judge(client.isForeign, client.messages, client.bytes, client.framer.strayBytes)
        } else {
            judge(server.isForeign, server.messages, server.bytes, server.framer.strayBytes)
        }
    }

    /// What an HTTP caller's headers say of it.
    private mutating func introduce(user: String?, agent: String?, host: String?) {
        let (account, worker) = splitIdentity(user)
        identify(account, worker)
        tally.agent = tally.agent ?? clean(agent)
        tally.poolName = tally.poolName ?? clean(host)
    }

    /// What one side has shown so far.
    private mutating func judge(_ isForeign: Bool, _ messages: Int, _ bytes: Int, _ strayBytes: Int) {
        if isForeign || client.mode == .unreadable && server.mode == .unreadable { isFruitless = true }
        if messages == 0, bytes > SessionLimits.fruitlessBytes, client.messages + server.messages == 0 {
            isFruitless = true
        }
        if strayBytes > SessionLimits.strayBytes, strayBytes > bytes / 2 { isFruitless = true }
    }

    private mutating func take(_ value: JSONValue, _ event: StreamEvent) {
        guard let message = StratumMessage(value) else { return manage(value, event) }
        var best: (index: Int, reading: Reading)?
        for (index, dialect) in DialectRegistry.all.enumerated() {
            guard let reading = dialect.read(message) else { continue }
            scores[index] = min(scores[index] + reading.certainty.rawValue, SessionLimits.score)
            if reading.certainty == .certain { isCertain[index] = true }
            if let one = best, scores[one.index] >= scores[index], one.reading.certainty >= reading.certainty {
                continue
            }
            best = (index, reading)
        }
        if let best {
            note(best.reading.role, event.direction)
            for one in best.reading.events { apply(one, id: message.id, event) }
            if message.isReply { settle(message, event, known: true) }
        } else if message.isReply {
            settle(message, event, known: false)
        } else {
            tally.foreignMethods += 1
        }
    }

    /// A message whose rest the capture cut off.
    private mutating func take(_ cut: CutMessage, _ event: StreamEvent) {
        var wasRead = false
        for (index, dialect) in DialectRegistry.all.enumerated() {
            guard let reading = dialect.read(cut: cut) else { continue }
            scores[index] = min(scores[index] + reading.certainty.rawValue, SessionLimits.score)
            if reading.certainty == .certain { isCertain[index] = true }
            guard !wasRead else { continue }
            wasRead = true
            cutVerbs.insert(cut.method)
            note(reading.role, event.direction)
            for one in reading.events { apply(one, id: cut.id, event) }
        }
        if !wasRead { tally.foreignMethods += 1 }
    }

    mutating func note(_ role: Role, _ direction: Direction) {
        let miner = role == .miner ? direction : direction.opposite
        if let known = minerDirection, known != miner { rolesMixed = true }
        minerDirection = minerDirection ?? miner
        if role == .miner { tally.minerSpoke = true } else { tally.poolSpoke = true }
    }

    mutating func apply(_ said: StratumEvent, id: String?, _ event: StreamEvent) {
        seenMethod = true
        if let time = event.time { tally.last = max(time, tally.last ?? time) }
        switch said {
        case .subscribe(let agent, let host):
            tally.agent = tally.agent ?? clean(agent)
            tally.poolName = tally.poolName ?? clean(host)
            wait(id, .subscribe, event)
            tally.note("subscribe", event)
        case .subscribed: tally.note("subscribed", event)
        case .authorize(let account, let worker):
            identify(account, worker)
            wait(id, .authorize, event)
            tally.note("authorize", event)
        case .login(let account, let worker, let agent):
            identify(account, worker)
            tally.agent = tally.agent ?? clean(agent)
            wait(id, .login, event)
            tally.note("login", event)
        case .loggedIn: tally.note("login-accepted", event)
        case .difficulty(let difficulty, let hashes):
            tally.difficulty = difficulty
            inForce = Worth(hashes: hashes, difficulty: difficulty)
            tally.begin(event)
        case .extranonce(let bytes): ledger.take(extranonce: bytes)
        case .versionMask(let mask): ledger.take(mask: mask)
        case .target(let bytes): ledger.take(target: bytes)
        case .job(let job, let difficulty, let hashes, let algorithm, let template):
            if let template { ledger.remember(job, template) }
            jobMarks.add(job, template)
            if tally.jobs == 0 || job == nil || jobs[job ?? ""] == nil { tally.jobs += 1 }
            tally.algorithm = tally.algorithm ?? clean(algorithm)
            tally.difficulty = difficulty ?? tally.difficulty
            remember(job, hashes.map { Worth(hashes: $0, difficulty: difficulty ?? $0) } ?? inForce)
            tally.begin(event)
            tally.note("job", event)
        case .submit(let job, let account, let worker, _, let share):
            identify(account, worker)
            let worth = job.flatMap { jobs[$0] } ?? inForce
            var sent = SentShare(worth: worth, sender: tally.workers.sender(account, worker), event: event)
            tally.submit(worth, sender: sent.sender)
            if let share {
                sent.isMet = ledger.check(job, share, difficulty: worth?.difficulty, known: tally.algorithm)
                sent.part = worth.flatMap { ClaimedWork.part(share, hashes: $0.hashes) }
                tally.claimed.note(share)
            }
            wait(id, .submit(sent), event)
            tally.begin(event)
            tally.note("share-submitted", event)
        case .requestWork:
            wait(id, .work, event)
            tally.note("work-requested", event)
        case .declaredHashrate(let rate):
            tally.declared = rate
            wait(id, .other, event)
        case .accepted, .rejected: break
        case .other: wait(id, .other, event)
        }
    }

    private mutating func identify(_ account: String?, _ worker: String?) {
        let (account, worker) = (clean(account), clean(worker))
        tally.account = tally.account ?? account
        tally.worker = tally.worker ?? worker
        tally.workers.meet(account, worker)
    }

    private func clean(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return text.utf8.count <= SessionLimits.identityBytes
            ? text : String(text.prefix(SessionLimits.identityBytes / 4))
    }

    mutating func remember(_ id: String?, _ worth: Worth?) {
        guard let worth else { return }
        inForce = worth
        guard let id else { return }
        if jobs[id] == nil {
            jobOrder.append(id)
            if jobOrder.count > SessionLimits.jobs { jobs[jobOrder.removeFirst()] = nil }
        }
        jobs[id] = worth
    }

    private mutating func wait(_ id: String?, _ request: Request, _ event: StreamEvent) {
        guard let id else { return }
        if let index = early.firstIndex(where: { $0.id == id && $0.event.frame > event.frame }) {
            let reply = early.remove(at: index)
            if reply.counted { tally.uncount(reply.good) }
            return answer(request, reply.good, nil, reply.refusal, reply.event)
        }
        pending.append((id, request))
        if pending.count > SessionLimits.pending { pending.removeFirst() }
    }

    /// `false`, also as a text and before a reason (Conflux).
    private static func isRefusal(_ result: JSONValue) -> Bool {
        let word = result.items?.first ?? result
        return word == .bool(false) || word == .string("false")
    }

    /// Pairs a reply with the oldest request of its id; without one its shape must say what it is.
    private mutating func settle(_ message: StratumMessage, _ event: StreamEvent, known: Bool) {
        let good = message.error == nil && message.result.map { !$0.isNull && !Self.isRefusal($0) } ?? false
        guard let id = message.id, let index = pending.firstIndex(where: { $0.id == id }) else {
            guard !known, seenMethod else { return }
            let counted = (pending.isEmpty || !tally.minerSpoke) && tally.orphan(message, good, event)
            if let id = message.id, early.count < SessionLimits.early {
                let refusal = good ? .other : ShareRefusal.read(message)
                early.append(EarlyReply(id: id, good: good, counted: counted, refusal: refusal, event: event))
            }
            return
        }
        let refusal = good ? .other : ShareRefusal.read(message)
        answer(pending.remove(at: index).request, good, message.result, known: known, refusal, event)
    }

    /// - Parameter known: the dialect has already said what the answer was; it counts once.
    mutating func answer(
        _ request: Request, _ good: Bool, _ result: JSONValue?, known: Bool = false, _ refusal: ShareRefusal,
        _ event: StreamEvent
    ) {
        note(.pool, event.direction)
        if let time = event.time { tally.last = max(time, tally.last ?? time) }
        switch request {
        case .subscribe: if good { tally.paired(known ? nil : "subscribed", event) }
        case .authorize: tally.paired(good ? "authorized" : "authorize-refused", event)
        case .login:
            // A pool that accepts a login sends work with it (CryptoNote) or says `true` (eth-proxy); any other program's
            // session token is not work.
            // CKB's answers with a part of the nonce space.
            if good, let result, result.isObject, result["job"] == nil, result["nonce_pre"] == nil {
                isForeignLogin = true
            }
            tally.paired(good ? (known ? nil : "login-accepted") : "login-refused", event)
        case .submit(let share):
            if good {
                tally.accept(share.worth, part: share.part, sender: share.sender, event)
                if let isMet = share.isMet { if isMet { tally.verify(share.event) } else { tally.unmet += 1 } }
            } else {
                tally.refuse(refusal, event)
            }
        case .work: if good { tally.paired("work-received", event) }
        case .other: break
        }
    }

    /// Of cut messages the verbs are all there is: the whole loop's, each from its own side, or a log-in with several
    /// results after it.
    private var isCutLoop: Bool {
        guard cutVerbs.contains("login"), tally.minerSpoke else { return false }
        if cutVerbs.contains("submit"), tally.submitted >= SessionLimits.cutResults { return true }
        return tally.poolSpoke && (cutVerbs.contains("submit") || cutVerbs.contains("job"))
    }

    /// Shares whose recomputed work meets their target, those without an answer among them; nil when none was recomputed.
    var verified: Int? { ledger.checked > 0 ? tally.verified + unanswered.count : nil }
    var verifiedAlgorithm: String? { ledger.algorithm }
    var nonceSpace: [UInt8]? { ledger.extranonce }

    private var unanswered: [SentShare] {
        pending.compactMap {
            guard case .submit(let share) = $0.request, share.isMet == true else { return nil }
            return share
        }
    }

    /// The tally, with the proofs of shares whose answer was never seen.
    var finalTally: Tally {
        var final = tally
        for share in unanswered { final.verify(share.event) }
        return final
    }

    /// What it was, or nil when it was no mining.
    func outcome() -> (dialect: any Dialect, miner: Direction)? {
        if let name = binary.name, !rolesMixed { return (name, minerDirection ?? .clientToServer) }
        guard let best = scores.indices.max(by: { scores[$0] < scores[$1] || scores[$0] == scores[$1] && $0 > $1 }),
            scores[best] > 0,
            let minerDirection, !rolesMixed, !isForeignLogin || tally.jobs > 0
        else { return nil }
        // Words that several dialects share are not enough without one of the loop's own.
        // What speaks another protocol is no miner. A miner that was answered in one (a web server where a pool was) has
        // still asked for work.
        guard minerDirection == .clientToServer ? !client.isForeign : !server.isForeign else { return nil }
        if wasAnsweredByOther, tally.poolSpoke || !tally.shows(["subscribe", "authorize"]) { return nil }
        guard
            isCertain[best] || tally.shows(["subscribe", "authorize"]) || minersCalls > 0 || isCutLoop
        else { return nil }
        // A program that mostly says other things is not a miner.
        guard tally.foreignMethods <= 2 * (tally.events + 1) else { return nil }
        return (DialectRegistry.all[best], minerDirection)
    }

    /// The other side spoke a protocol of its own.
    var wasAnsweredByOther: Bool { minerDirection == .clientToServer ? server.isForeign : client.isForeign }

    var flags: Set<String> {
        var flags: Set<String> = []
        if client.framer.lineTooLong || server.framer.lineTooLong { flags.insert("line_too_long") }
        if client.framer.tooDeep || server.framer.tooDeep { flags.insert("too_deep") }
        if client.expansionLimited + server.expansionLimited > 0 { flags.insert("memory_limit") }
        if client.tooManyLayers || server.tooManyLayers { flags.insert("too_many_layers") }
        return flags
    }
}
