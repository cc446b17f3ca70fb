import Carriers
import Stratum

/// A message and what its carrier says of it.
struct CarriedMessage {
    var value: JSONValue
    /// An HTTP call whose headers are a mining program's.
    var isMinersCall = false
}

/// One direction of a flow: takes the carriers off, layer by layer, and gives the messages inside.
struct CarriedStream {
    enum Mode: Equatable {
        case undecided, plain, socks, http, webSocket, tls
        /// Nothing to read any more: encrypted, a document, another protocol's greeting.
        case unreadable
    }

    /// What this direction has said that decides how the other one is to be read.
    enum Promise { case none, tunnel, webSocket, call }

    private(set) var mode = Mode.undecided
    private(set) var promise = Promise.none
    /// It speaks to or as something that is no pool: a web server, a mail server.
    private(set) var isForeign = false
    private(set) var framer = MessageFramer()
    private(set) var bytes = 0
    private(set) var messages = 0
    private var serverName: String?
    /// What a proxy was asked for, and in which words.
    private(set) var tunnel: (what: ContactObservation.What, target: String)?
    private(set) var user: String?
    private(set) var host: String?
    private(set) var agent: String?
    /// Carriers that were taken off, outermost first.
    private(set) var layers: [String] = []
    private var head: [UInt8] = []
    private var http = HTTPReader()
    private var lastHead: HTTPHead?
    private var idleCalls = 0
    private var webSocket = WebSocketReader()

    /// Server name of a TLS greeting, also of one that was cut short.
    var shownName: String? { serverName ?? (mode == .tls ? NameReaders.tlsServerName(head[...]) : nil) }

    /// Messages of this direction go one to a call or frame, not one to a line.
    var isCaller: Bool { promise == .call }

    /// - Parameter isCut: the capture cut a packet here; the verb of the message is answered where it stands before the cut.
    mutating func gap(isCut: Bool) -> CutMessage? {
        let cut = framer.gap(isCut: isCut)
        if cut != nil { messages += 1 }
        switch mode {
        // Mid-stream: there is no opening to judge.
        case .undecided, .plain: mode = .plain
        case .socks, .http, .webSocket, .tls, .unreadable: mode = .unreadable
        }
        head = []
        return cut
    }

    mutating func take(_ bytes: ArraySlice<UInt8>, against other: Promise) -> [CarriedMessage] {
        self.bytes += bytes.count
        var found: [CarriedMessage] = []
        var rest = bytes
        while !rest.isEmpty, mode != .unreadable { step(&rest, other, &found) }
        messages += found.count
        return found
    }

    /// Takes some of `rest`: all of it, or up to a layer's end.
    private mutating func step(_ rest: inout ArraySlice<UInt8>, _ other: Promise, _ found: inout [CarriedMessage]) {
        switch mode {
        case .undecided: open(&rest)
        case .plain:
            framer.add(rest) { found.append(CarriedMessage(value: $0)) }
            rest = []
        case .socks: greet(&rest)
        case .tls: name(&rest)
        case .http: call(&rest, other, &found)
        case .webSocket:
            while let payload = webSocket.next(&rest) {
                framer.add(payload[...]) { found.append(CarriedMessage(value: $0)) }
            }
            if webSocket.isBroken { mode = .unreadable }
        case .unreadable: rest = []
        }
    }

    private mutating func open(_ rest: inout ArraySlice<UInt8>) {
        head.append(contentsOf: rest)
        rest = []
        switch StreamOpening.judge(head[...]) {
        case .undecided: return
        case .plain: mode = .plain
        case .tls: mode = .tls
        case .socks: mode = .socks
        case .http, .connect: mode = .http
        case .other: refuse()
        }
        rest = head[...]
        head = []
    }

    private mutating func refuse() {
        mode = .unreadable
        isForeign = true
    }

    /// A layer ended here; what follows is judged anew.
    private mutating func enter(_ layer: String) {
        layers.append(layer)
        mode = layers.count < SessionLimits.layers ? .undecided : .unreadable
        http = HTTPReader()
    }

    private mutating func greet(_ rest: inout ArraySlice<UInt8>) {
        head.append(contentsOf: rest)
        rest = []
        switch SocksReader.read(head[...]) {
        case .more: return
        case .notSocks:
            mode = .plain
            rest = head[...]
        case .done(let length, let target):
            if let target {
                tunnel = (.socks, target)
                promise = .tunnel
            }
            enter("socks")
            rest = head[(head.startIndex + length)...]
        }
        head = []
    }

    /// Waits for the whole first record: large greetings come in several segments.
    private mutating func name(_ rest: inout ArraySlice<UInt8>) {
        head.append(contentsOf: rest.prefix(SessionLimits.greetingBytes))
        rest = []
        guard head.count >= 5 else { return }
        let whole = 5 + Int(head[3]) << 8 + Int(head[4])
        guard head.count >= min(whole, SessionLimits.greetingBytes) else { return }
        serverName = NameReaders.tlsServerName(head[...])
        head = []
        mode = .unreadable
    }

    private mutating func call(_ rest: inout ArraySlice<UInt8>, _ other: Promise, _ found: inout [CarriedMessage]) {
        while mode == .http, let part = http.next(&rest) {
            switch part {
            case .head(let head):
                lastHead = head
                if head.isAnswer { answer(head, other) } else { ask(head) }
            case .body(let body): read(body, &found)
            }
        }
        if http.isBroken { if messages + found.count == 0 { refuse() } else { mode = .unreadable } }
    }

    private mutating func ask(_ head: HTTPHead) {
        if head.verb == "CONNECT", let target = head.target {
            tunnel = (.connect, target)
            promise = .tunnel
            return enter("http-connect")
        }
        if head.asksForWebSocket {
            promise = .webSocket
            layers.append("websocket")
            mode = .webSocket
            return
        }
        // Miners call with POST; long polling, with GET, comes after.
        if head.verb != "POST", promise != .call { refuse() }
    }

    private mutating func answer(_ head: HTTPHead, _ other: Promise) {
        switch other {
        case .tunnel:
            if let status = head.status, (200..<300).contains(status) {
                enter("http-connect")
            } else {
                refuse()
            }
        case .webSocket: if head.status == 101 { mode = .webSocket } else { refuse() }
        case .call: break
        case .none: refuse()
        }
    }

    private mutating func read(_ body: [UInt8], _ found: inout [CarriedMessage]) {
        guard let lastHead else { return }
        let value = try? JSONReader.read(body[...])
        if lastHead.isAnswer {
            if let value { found.append(CarriedMessage(value: value)) }
            return
        }
        guard let value, let known = MiningCall.judge(value, lastHead) else {
            idleCalls += 1
            if promise != .call, idleCalls >= SessionLimits.idleCalls { refuse() }
            return
        }
        if promise != .call {
            promise = .call
            layers.append("http")
            user = lastHead.basicUser
            host = lastHead["host"]
            agent = lastHead["user-agent"]
        }
        found.append(CarriedMessage(value: value, isMinersCall: known == .minersCall))
    }
}

/// Which HTTP calls may be a miner's (`stratum.md` 1.17). Everything else that a node can be asked is passed over.
enum MiningCall {
    case minersCall, call

    private static let verbs: Set<String> = ["getwork", "eth_getWork", "eth_submitWork", "eth_submitHashrate"]

    static func judge(_ value: JSONValue, _ head: HTTPHead) -> MiningCall? {
        guard let message = StratumMessage(value.items?.first ?? value), let method = message.method else { return nil }
        // Only mining programs know this header; a pool's own program asks its node without it.
        let isMiner = head["x-mining-extensions"] != nil
        if method == "getblocktemplate" { return isMiner ? .minersCall : nil }
        guard verbs.contains(method) else { return nil }
        return isMiner && method == "getwork" ? .minersCall : .call
    }
}
