import Carriers
import Flows
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
        /// Bytes are missing inside HTTP or WebSocket: the next piece may begin a message of it.
        case httpAgain, webSocketAgain
        /// Nothing to read any more: encrypted, a document, another protocol's greeting.
        case unreadable
    }

    /// What this direction has said that decides how the other one is to be read.
    struct Promise {
        enum Word { case socks, connect, webSocket }

        /// Handshakes asked for, outermost first. Several may be asked before the first is answered.
        var words: [Word] = []
        /// It sends HTTP requests, and mining calls among them.
        var asks = false
        var calls = false
        /// It asked a path that miners' management interfaces have.
        var manages = false
        /// HEAD requests remembered; a caller that sends more is no miner.
        static let mostBodiless = 64

        /// Which of its requests were HEAD: their answers have no body.
        var bodiless: [Int] = []
        /// The other side compresses each WebSocket message by itself (RFC 7692, 7.1.1.2).
        var otherForgets = false
    }

    private(set) var mode = Mode.undecided
    private(set) var promise = Promise()
    /// It speaks to or as something that is no pool: a web server, a mail server.
    private(set) var isForeign = false
    private(set) var framer = MessageFramer()
    private(set) var bytes = 0
    private(set) var messages = 0
    private var serverName: String?
    /// What proxies were asked for, outermost first, and in which words.
    private(set) var tunnels: [(what: ContactObservation.What, target: String)] = []
    private(set) var user: String?
    /// First header Host of an HTTP call or of a WebSocket's handshake.
    private(set) var host: String?
    private(set) var agent: String?
    /// Carriers that were taken off, outermost first.
    private(set) var layers: [String] = []
    /// More carriers lie inside one another than are taken off.
    private(set) var tooManyLayers = false
    /// What of the last piece lay bare, for dialects that are no JSON.
    private(set) var bare: ArraySlice<UInt8> = []
    /// One of those dialects speaks here: no JSON is looked for.
    var isBinary = false
    private var head: [UInt8] = []
    private var isBehindGap = false
    private var http = HTTPReader()
    private var lastHead: HTTPHead?
    private var isFirstPiece = false
    private var requests = 0
    private var answers = 0
    private var idleCalls = 0
    /// Handshakes that are behind this direction.
    private var passed = 0
    private var webSocket = WebSocketReader()
    private var gzip = GzipReader()
    private var limitedBefore = 0

    /// Server name of a TLS greeting, also of one that was cut short.
    var shownName: String? { serverName ?? (mode == .tls ? NameReaders.tlsServerName(head[...]) : nil) }

    /// The innermost target: what the last proxy was asked for.
    var tunnel: (what: ContactObservation.What, target: String)? { tunnels.last }

    /// Messages of this direction go one to a call or frame, not one to a line.
    var isCaller: Bool { promise.calls }

    /// Bodies, messages and streams that were left where they grew beyond a limit of expansion.
    var expansionLimited: Int {
        limitedBefore + http.expansionLimited + webSocket.expansionLimited + gzip.expansionLimited
    }

    /// - Parameter isCut: the capture cut a packet here; the verb of the message is answered where it stands before the cut.
    mutating func gap(isCut: Bool) -> CutMessage? {
        let cut = framer.gap(isCut: isCut)
        if cut != nil { messages += 1 }
        gzip.gap()
        switch mode {
        // Mid-stream: there is no opening to judge, but for frames that show themselves.
        case .undecided: isBehindGap = true
        case .plain: break
        case .socks: mode = .plain
        case .http, .httpAgain:
            mode = .httpAgain
            // The count of requests and answers is lost.
            promise.bodiless = []
            answers = -1
        case .webSocket, .webSocketAgain: mode = .webSocketAgain
        case .tls, .unreadable: leave()
        }
        head = []
        return cut
    }

    mutating func take(_ bytes: ArraySlice<UInt8>, against other: Promise) -> [CarriedMessage] {
        self.bytes += bytes.count
        bare = []
        var found: [CarriedMessage] = []
        var rest = bytes
        resume(rest)
        while !rest.isEmpty, mode != .unreadable { step(&rest, other, &found) }
        messages += found.count
        return found
    }

    /// Takes some of `rest`: all of it, or up to a layer's end.
    private mutating func step(_ rest: inout ArraySlice<UInt8>, _ other: Promise, _ found: inout [CarriedMessage]) {
        switch mode {
        case .undecided: open(&rest)
        case .plain:
            bare = rest
            if isBinary { rest = [] } else { read(plain: &rest, &found) }
        case .socks: greet(&rest)
        case .tls: name(&rest)
        case .http: call(&rest, other, &found)
        case .webSocket: read(frames: &rest, other, &found)
        case .httpAgain, .webSocketAgain, .unreadable: rest = []
        }
    }

    /// Behind a gap: whole segments are lost, and most begin with a head or a frame.
    private mutating func resume(_ bytes: ArraySlice<UInt8>) {
        switch mode {
        case .httpAgain where ["POST ", "GET ", "HTTP/1."].contains { bytes.starts(with: $0.utf8) }:
            mode = .http
            limitedBefore += http.expansionLimited
            http = HTTPReader()
        case .webSocketAgain where WebSocketReader.guess(bytes) == .yes:
            mode = .webSocket
            webSocket.restart()
        default: break
        }
    }

    private mutating func open(_ rest: inout ArraySlice<UInt8>) {
        head.append(contentsOf: rest)
        rest = []
        var opening = StreamOpening.judge(head[...])
        if isBehindGap, opening != .webSocket, opening != .undecided || WebSocketReader.guess(head[...]) == .no {
            opening = .plain
        }
        switch opening {
        case .undecided: return
        case .plain: mode = .plain
        case .tls: mode = .tls
        case .socks: mode = .socks
        case .webSocket: beginWebSocket()
        case .http, .connect: mode = .http
        case .other: refuse()
        }
        isBehindGap = false
        rest = head[...]
        head = []
    }

    private mutating func refuse() {
        leave()
        isForeign = true
    }

    /// Nothing will be read any more: what was kept for it goes.
    private mutating func leave() {
        limitedBefore = expansionLimited
        mode = .unreadable
        http = HTTPReader()
        webSocket = WebSocketReader()
        gzip = GzipReader()
        lastHead = nil
        head = []
    }

    /// A carrier was taken off. False when it is one too many.
    private mutating func add(_ layer: String) -> Bool {
        if layers.count >= SessionLimits.layers {
            tooManyLayers = true
            leave()
            return false
        }
        layers.append(layer)
        return true
    }

    /// A layer ended here; what follows is judged anew.
    private mutating func enter(_ layer: String) {
        passed += 1
        guard add(layer) else { return }
        judgeAnew()
    }

    private mutating func judgeAnew() {
        mode = .undecided
        limitedBefore += http.expansionLimited
        http = HTTPReader()
        requests = 0
        answers = 0
        promise.bodiless = []
    }

    private mutating func greet(_ rest: inout ArraySlice<UInt8>) {
        head.append(contentsOf: rest)
        rest = []
        switch SocksReader.read(head[...]) {
        case .more: return
        case .notSocks:
            mode = .plain
            rest = head[...]
            head = []
        case .done(let length, let target):
            rest = head[(head.startIndex + length)...]
            head = []
            if let target {
                tunnels.append((.socks, target))
                promise.words.append(.socks)
            }
            enter("socks")
        }
    }

    /// Waits for the whole first record: large greetings come in several segments.
    private mutating func name(_ rest: inout ArraySlice<UInt8>) {
        head.append(contentsOf: rest.prefix(SessionLimits.greetingBytes))
        rest = []
        guard head.count >= 5 else { return }
        let whole = 5 + Int(head[3]) << 8 + Int(head[4])
        guard head.count >= min(whole, SessionLimits.greetingBytes) else { return }
        serverName = NameReaders.tlsServerName(head[...])
        leave()
    }
}

// MARK: - Plain bytes and frames

extension CarriedStream {
    private static let lineEnd: [UInt8] = [0x0A]

    /// Bytes for the framer. A carrier's message that begins like one of ours ends whatever stood before it.
    private mutating func hear(_ bytes: ArraySlice<UInt8>, begins: Bool, _ found: inout [CarriedMessage]) {
        if begins, bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[") {
            framer.add(Self.lineEnd[...]) { found.append(CarriedMessage(value: $0)) }
        }
        framer.add(bytes) { found.append(CarriedMessage(value: $0)) }
    }

    private mutating func read(plain rest: inout ArraySlice<UInt8>, _ found: inout [CarriedMessage]) {
        while let part = gzip.next(&rest) {
            switch part {
            case .plain(let bytes): framer.add(bytes) { found.append(CarriedMessage(value: $0)) }
            case .inflated(let bytes, let begins):
                if begins, layers.last != "gzip", !add("gzip") { return }
                hear(bytes[...], begins: begins, &found)
            case .damaged: framer.gap()
            }
        }
        if gzip.isBroken { leave() }
    }

    private mutating func read(
        frames rest: inout ArraySlice<UInt8>, _ other: Promise, _ found: inout [CarriedMessage]
    ) {
        // The handshake was refused and is tried again: no frame begins with such a letter.
        if webSocket.isFresh, lastHead != nil, rest.first == UInt8(ascii: "G") {
            mode = .http
            return
        }
        if other.otherForgets { webSocket.forgetsContext = true }
        while let part = webSocket.next(&rest) { hear(part.bytes[...], begins: part.begins, &found) }
        if webSocket.isBroken { leave() }
    }

    private mutating func beginWebSocket() {
        if layers.last == "websocket" || add("websocket") { mode = .webSocket }
    }
}

// MARK: - HTTP

extension CarriedStream {
    private mutating func call(_ rest: inout ArraySlice<UInt8>, _ other: Promise, _ found: inout [CarriedMessage]) {
        while mode == .http, let part = http.next(&rest) {
            switch part {
            case .head(let head):
                lastHead = head
                isFirstPiece = true
                if head.isAnswer { answer(head, other) } else { ask(head) }
            case .body(let body): read(body, &found)
            case .piece(let piece):
                hear(piece[...], begins: isFirstPiece, &found)
                isFirstPiece = false
            }
        }
        if http.isBroken { if messages + found.count == 0 { refuse() } else { leave() } }
    }

    private mutating func ask(_ head: HTTPHead) {
        defer { requests += 1 }
        if head.verb == "CONNECT", let target = head.target {
            // The same again: the proxy wanted a password first.
            if promise.words.last == .connect, tunnels.last?.target == target { return judgeAnew() }
            tunnels.append((.connect, target))
            promise.words.append(.connect)
            return enter("http-connect")
        }
        if head.asksForWebSocket {
            host = host ?? head.host
            if promise.words.last != .webSocket { promise.words.append(.webSocket) }
            return beginWebSocket()
        }
        promise.asks = true
        switch head.verb {
        // Miners call with POST; long polling, with GET, comes after.
        case "POST": break
        case "HEAD":
            if promise.bodiless.count < Promise.mostBodiless { promise.bodiless.append(requests) } else { refuse() }
            idle()
        case "GET" where head.target.map { ManagementPaths.contains($0) } ?? false:
            promise.manages = true
            idle()
        case "GET", "PUT", "OPTIONS": idle()
        default: if !promise.calls { refuse() }
        }
    }

    private mutating func idle() {
        idleCalls += 1
        if !promise.calls, idleCalls >= SessionLimits.idleCalls { refuse() }
    }

    private mutating func answer(_ head: HTTPHead, _ other: Promise) {
        guard let status = head.status else { return refuse() }
        let good = (200..<300).contains(status)
        // Only words ahead: `100 Continue`, `103 Early Hints`.
        if (100..<200).contains(status), status != 101 { return }
        defer { if answers >= 0, mode == .http { answers += 1 } }
        // A SOCKS greeting that was not captured on this side leaves its word behind.
        switch other.words.dropFirst(passed).first(where: { $0 != .socks }) {
        case .connect?: if good { enter("http-connect") } else if status != 407 { refuse() }
        case .webSocket?: if status == 101 { upgrade(head) } else if status != 401 { refuse() }
        default:
            if status == 101, head.asksForWebSocket { return upgrade(head) }
            if other.calls || other.asks {
                if other.bodiless.contains(answers) { http.expectNoBody() }
                if !other.calls, !other.manages { http.passOverBody() }
            } else if head.opensTunnel {
                enter("http-connect")
            } else {
                refuse()
            }
        }
    }

    private mutating func upgrade(_ head: HTTPHead) {
        passed += 1
        webSocket.forgetsContext = head.agrees("server_no_context_takeover")
        promise.otherForgets = head.agrees("client_no_context_takeover")
        beginWebSocket()
    }

    private mutating func read(_ body: [UInt8], _ found: inout [CarriedMessage]) {
        guard let lastHead else { return }
        let value = try? JSONReader.read(body[...])
        if lastHead.isAnswer {
            if let value { found.append(CarriedMessage(value: value)) }
            return
        }
        guard let value, let known = MiningCall.judge(value, lastHead) else { return idle() }
        if !promise.calls {
            promise.calls = true
            if !add("http") { return }
            user = lastHead.basicUser
            host = lastHead.host
            agent = lastHead["user-agent"]
        }
        found.append(CarriedMessage(value: value, isMinersCall: known == .minersCall))
    }
}
