import Carriers
import Flows
import Stratum
import Vocabulary

/// One flow that may be a mining session: both directions' messages, paired.
struct Conversation {
    private struct Side {
        var opening = StreamOpening.undecided
        var head: [UInt8] = []
        var framer = MessageFramer()
        var bytes = 0
        var messages = 0
    }

    private enum Request {
        case subscribe, authorize, login
        case submit(hashes: Double?, claimed: String?)
        case work, other
    }

    private var sides = (Side(), Side())
    private(set) var isFruitless = false
    private(set) var serverName: String?
    private(set) var connectTarget: String?
    private var insideTunnel = false

    // What the dialects said.
    private var scores = [Int](repeating: 0, count: DialectRegistry.all.count)
    private var minerDirection: Direction?
    private var rolesMixed = false
    private var pending: [(id: String, request: Request)] = []
    private var jobs: [String: Double] = [:]
    private var jobOrder: [String] = []
    private var hashesInForce: Double?
    private var seenMethod = false
    private var isForeignLogin = false
    private(set) var tally = Tally()

    /// Takes one event. Messages are read until the stream has proved fruitless.
    mutating func take(_ event: StreamEvent, _ bytes: ArraySlice<UInt8>) {
        guard !isFruitless else { return }
        let isClient = event.direction == .clientToServer
        var side = isClient ? sides.0 : sides.1
        switch event.kind {
        case .gap:
            side.framer.gap()
            if side.opening == .undecided { side.opening = .plain }
        case .data:
            side.bytes += bytes.count
            read(&side, bytes, event)
        case .opened, .closed: break
        }
        if isClient { sides.0 = side } else { sides.1 = side }
        judge(side)
    }

    private mutating func judge(_ side: Side) {
        if side.opening == .http || side.opening == .other || side.opening == .tls { isFruitless = true }
        if side.messages == 0, side.bytes > SessionLimits.fruitlessBytes, sides.0.messages + sides.1.messages == 0 {
            isFruitless = true
        }
        if side.framer.strayBytes > SessionLimits.strayBytes, side.framer.strayBytes > side.bytes / 2 {
            isFruitless = true
        }
    }

    private mutating func read(_ side: inout Side, _ bytes: ArraySlice<UInt8>, _ event: StreamEvent) {
        var bytes = bytes
        if side.opening == .undecided {
            side.head.append(contentsOf: bytes)
            side.opening = StreamOpening.judge(side.head[...])
            guard side.opening != .undecided else { return }
            bytes = side.head[...]
            side.head = []
            switch side.opening {
            case .tls: serverName = NameReaders.tlsServerName(bytes)
            case .connect(let target):
                connectTarget = target
                insideTunnel = true
            case .http where insideTunnel || connectTarget != nil: side.opening = .connect("")
            default: break
            }
        }
        if case .connect = side.opening {
            // Up to the empty line the words are the proxy's; behind it the inner stream begins.
            side.head.append(contentsOf: bytes)
            guard let end = endOfHead(side.head) else {
                if side.head.count > StreamOpening.limit * 8 { side.opening = .http }
                return
            }
            bytes = side.head[end...]
            side.head = []
            side.opening = .undecided
            insideTunnel = false
            if bytes.isEmpty { return }
            return read(&side, Array(bytes)[...], event)
        }
        guard side.opening == .plain else { return }
        var messages: [JSONValue] = []
        side.framer.add(bytes) { messages.append($0) }
        for message in messages {
            side.messages += 1
            if case .array(let batch) = message { for one in batch { take(one, event) } } else { take(message, event) }
        }
    }

    private func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (3..<bytes.count).first {
            bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0D && bytes[$0 - 2] == 0x0A && bytes[$0 - 3] == 0x0D
        }.map { $0 + 1 }
    }

    private mutating func take(_ value: JSONValue, _ event: StreamEvent) {
        guard let message = StratumMessage(value) else { return }
        var best: (index: Int, reading: Reading)?
        for (index, dialect) in DialectRegistry.all.enumerated() {
            guard let reading = dialect.read(message) else { continue }
            scores[index] += reading.certainty.rawValue
            if let one = best, scores[one.index] >= scores[index], one.reading.certainty >= reading.certainty {
                continue
            }
            best = (index, reading)
        }
        if let best {
            note(best.reading.role, event.direction)
            for one in best.reading.events { apply(one, message, event) }
            if message.isReply { settle(message, event, known: true) }
        } else if message.isReply {
            settle(message, event, known: false)
        } else {
            tally.foreignMethods += 1
        }
    }

    private mutating func note(_ role: Role, _ direction: Direction) {
        let miner = role == .miner ? direction : direction.opposite
        if let known = minerDirection, known != miner { rolesMixed = true }
        minerDirection = minerDirection ?? miner
        if role == .miner { tally.minerSpoke = true } else { tally.poolSpoke = true }
    }

    private mutating func apply(_ said: StratumEvent, _ message: StratumMessage, _ event: StreamEvent) {
        seenMethod = true
        tally.last = event.time ?? tally.last
        switch said {
        case .subscribe(let agent, let host):
            tally.agent = tally.agent ?? clean(agent)
            tally.poolName = tally.poolName ?? clean(host)
            wait(message, .subscribe)
            tally.note("subscribe", event)
        case .subscribed: tally.note("subscribed", event)
        case .authorize(let account, let worker):
            identify(account, worker)
            wait(message, .authorize)
            tally.note("authorize", event)
        case .login(let account, let worker, let agent):
            identify(account, worker)
            tally.agent = tally.agent ?? clean(agent)
            wait(message, .login)
            tally.note("login", event)
        case .loggedIn: tally.note("login-accepted", event)
        case .difficulty(let difficulty, let hashes):
            tally.difficulty = difficulty
            hashesInForce = hashes
            tally.begin(event)
        case .job(let id, let difficulty, let hashes, let algorithm):
            if tally.jobs == 0 || id == nil || jobs[id ?? ""] == nil { tally.jobs += 1 }
            tally.algorithm = tally.algorithm ?? clean(algorithm)
            tally.difficulty = difficulty ?? tally.difficulty
            remember(id, hashes ?? hashesInForce)
            tally.begin(event)
            tally.note("job", event)
        case .submit(let job, let account, let worker, let claimed):
            identify(account, worker)
            let hashes = job.flatMap { jobs[$0] } ?? hashesInForce
            tally.submit(hashes)
            wait(message, .submit(hashes: hashes, claimed: claimed))
            tally.begin(event)
            tally.note("share-submitted", event)
        case .requestWork: wait(message, .work)
        case .declaredHashrate(let rate):
            tally.declared = rate
            wait(message, .other)
        case .accepted, .rejected: break
        case .other: wait(message, .other)
        }
    }

    private mutating func identify(_ account: String?, _ worker: String?) {
        tally.account = tally.account ?? clean(account)
        tally.worker = tally.worker ?? clean(worker)
    }

    private func clean(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return text.utf8.count <= SessionLimits.identityBytes
            ? text : String(text.prefix(SessionLimits.identityBytes / 4))
    }

    private mutating func remember(_ id: String?, _ hashes: Double?) {
        guard let id, let hashes else { return }
        if jobs[id] == nil {
            jobOrder.append(id)
            if jobOrder.count > SessionLimits.jobs { jobs[jobOrder.removeFirst()] = nil }
        }
        jobs[id] = hashes
        hashesInForce = hashes
    }

    private mutating func wait(_ message: StratumMessage, _ request: Request) {
        guard let id = message.id else { return }
        pending.append((id, request))
        if pending.count > SessionLimits.pending { pending.removeFirst() }
    }

    /// Pairs a reply with the oldest request of its id; without one its shape must say what it is.
    private mutating func settle(_ message: StratumMessage, _ event: StreamEvent, known: Bool) {
        let good = message.error == nil && message.result != .bool(false) && message.result.map { !$0.isNull } ?? false
        guard let id = message.id, let index = pending.firstIndex(where: { $0.id == id }) else {
            if !known, seenMethod, pending.isEmpty || !tally.minerSpoke { tally.orphan(message, good, event) }
            return
        }
        let request = pending.remove(at: index).request
        note(.pool, event.direction)
        tally.last = event.time ?? tally.last
        switch request {
        case .subscribe: if good { tally.paired(known ? nil : "subscribed", event) }
        case .authorize: tally.paired(good ? "authorized" : "authorize-refused", event)
        case .login:
            // A pool that accepts a login sends work with it (CryptoNote) or says `true` (eth-proxy); any other program's
            // session token is not work.
            if good, let result = message.result, result.isObject, result["job"] == nil { isForeignLogin = true }
            tally.paired(good ? (known ? nil : "login-accepted") : "login-refused", event)
        case .submit(let hashes, let claimed): tally.settle(good, hashes, claimed, event)
        case .work: if good { tally.paired("work-received", event) }
        case .other: break
        }
    }

    /// What it was, or nil when it was no mining.
    func outcome() -> (dialect: any Dialect, miner: Direction)? {
        guard let best = scores.indices.max(by: { scores[$0] < scores[$1] || scores[$0] == scores[$1] && $0 > $1 }),
            scores[best] > 0,
            let minerDirection, !rolesMixed, !isForeignLogin || tally.jobs > 0
        else { return nil }
        // Words that several dialects share are not enough without one of the loop's own.
        // An HTTP server, or one with a greeting of its own, was asked by mistake or by a scanner: it is no pool.
        for side in [sides.0, sides.1] where side.opening == .http || side.opening == .other { return nil }
        guard scores[best] >= Reading.Certainty.certain.rawValue || tally.shows(["subscribe", "authorize"]) else {
            return nil
        }
        // A program that mostly says other things is not a miner.
        guard tally.foreignMethods <= 2 * (tally.events + 1) else { return nil }
        return (DialectRegistry.all[best], minerDirection)
    }

    var flags: Set<String> {
        var flags: Set<String> = []
        if sides.0.framer.lineTooLong || sides.1.framer.lineTooLong { flags.insert("line_too_long") }
        if sides.0.framer.tooDeep || sides.1.framer.tooDeep { flags.insert("too_deep") }
        return flags
    }
}
