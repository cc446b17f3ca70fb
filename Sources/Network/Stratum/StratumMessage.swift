/// Who says a message.
package enum Role: Sendable, Hashable { case miner, pool }

/// One JSON-RPC object, its usual members taken apart.
package struct StratumMessage: Sendable {
    package var root: JSONValue
    /// Text of `id`; nil when absent or null.
    package var id: String?
    package var method: String?
    package var params: JSONValue?
    package var result: JSONValue?
    package var error: JSONValue?
    /// It answers a request: it has no method, or its dialect names the method in the answer too.
    package private(set) var isReply: Bool

    /// Nil when the value is no object with a method, a result or an error, nor a message of a dialect that has none.
    package init?(_ root: JSONValue) {
        guard root.isObject else { return nil }
        self.root = root
        isReply = false
        id = root["id"]?.identity
        method = root["method"]?.string
        params = root["params"]
        result = root["result"]
        if let value = root["error"], !value.isNull { error = value }
        if method != nil {
            readNamedReply()
        } else if result != nil || error != nil {
            isReply = true
        } else {
            guard readWithoutMethod() else { return nil }
        }
    }

    /// Replies that carry a method. Only what its dialect surely reads becomes one: anything else with these words stays
    /// a foreign program's call.
    private mutating func readNamedReply() {
        switch method {
        case "result":
            guard let good = BeamDialect.answer(self) else { return }
            result = .bool(good)
            isReply = true
        case "mining.subscribe":
            if root["body"] != nil, IronfishDialect().read(self) != nil { id = IronfishDialect.greeting }
        case "mining.subscribed":
            guard IronfishDialect().read(self) != nil else { return }
            id = IronfishDialect.greeting
            result = .bool(true)
            isReply = true
        case "mining.submitted":
            guard let answer = IronfishDialect.answer(self) else { return }
            id = answer.id ?? id
            result = .bool(answer.good)
            isReply = true
        case "login", "submit", "status", "getjobtemplate", "keepalive":
            if result != nil || error != nil { isReply = GrinDialect.isReply(self) }
        default: return
        }
    }

    /// Messages that say what they are by `type` or by a number: read here once, so that all others stay unread.
    private mutating func readWithoutMethod() -> Bool {
        // Success in EthereumStratum/2.0.0 is the identifier alone (EIP-1571).
        if id != nil, root.memberCount == 1 {
            isReply = true
            result = .bool(true)
            return true
        }
        if root["type"] != nil {
            guard CoinhiveDialect().read(self) != nil else { return false }
            // These have no identifiers: a share's answers come in the order of the shares.
            switch root["type"]?.string {
            case "auth", "authed": id = "auth"
            case "submit", "hash_accepted": id = "submit"
            default: id = nil
            }
            isReply = root["type"] == .string("authed") || root["type"] == .string("hash_accepted")
            if isReply { result = .bool(true) }
            return true
        }
        return QubicDialect().read(self) != nil
    }
}

/// What a message means to mining, whatever the dialect.
package enum StratumEvent: Sendable, Hashable {
    case subscribe(agent: String?, host: String?)
    case subscribed
    case authorize(account: String?, worker: String?)
    /// A login that answers with work (CryptoNote, eth-proxy).
    case login(account: String?, worker: String?, agent: String?)
    case loggedIn
    /// Expected hashes of one share under the difficulty now in force; `difficulty` as the dialect counts it.
    case difficulty(Double, hashes: Double)
    /// A job; `hashes` when it carries its own target.
    case job(id: String?, difficulty: Double?, hashes: Double?, algorithm: String?, template: JobTemplate? = nil)
    case submit(job: String?, account: String?, worker: String?, claimed: String? = nil, share: ShareMaterial? = nil)
    /// The pool's part of the nonce space, for later jobs.
    case extranonce([UInt8])
    /// Version bits that shares may change (BIP-310).
    case versionMask(UInt32)
    /// The target itself, most significant byte first: 32 bytes.
    case target([UInt8])
    case requestWork
    case declaredHashrate(Double)
    case accepted
    case rejected
    case other
}

/// What a dialect makes of a message.
package struct Reading: Sendable {
    package enum Certainty: Int, Sendable, Comparable {
        /// Another dialect could say the same words.
        case unsure = 1
        /// Only this dialect says it.
        case certain = 10

        package static func < (left: Certainty, right: Certainty) -> Bool { left.rawValue < right.rawValue }
    }

    package var certainty: Certainty
    package var role: Role
    package var events: [StratumEvent]

    package init(_ certainty: Certainty, _ role: Role, _ events: [StratumEvent]) {
        self.certainty = certainty
        self.role = role
        self.events = events
    }
}

/// One way of talking. It sees a parsed message; it knows no flow, no socket, no clock.
package protocol Dialect: Sendable {
    /// Name in records, vectors and documents.
    var name: String { get }
    /// Unit of the hash rate: `H/s` or `Sol/s`.
    var hashrateUnit: String { get }
    /// Algorithm when the dialect has only one.
    var algorithm: String? { get }
    /// Nil when the message is not of this dialect. Replies whose shape says nothing are not read here; the session pairs
    /// them with their requests.
    func read(_ message: StratumMessage) -> Reading?
    /// What the verb of a message says whose rest the capture cut off. Nil when it is not one of this dialect's.
    func read(cut message: CutMessage) -> Reading?
}

extension Dialect {
    package func read(cut message: CutMessage) -> Reading? { nil }
}

/// 2^256 ÷ (target + 1) in floating point, from a big-endian hexadecimal target of up to 64 digits. Nil when it is no target.
package func expectedHashes(bigEndianTarget text: String) -> Double? {
    var digits = Substring(text)
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") { digits = digits.dropFirst(2) }
    guard (1...64).contains(digits.utf8.count) else { return nil }
    var value = 0.0
    for byte in digits.utf8 {
        guard let digit = hexDigit(byte) else { return nil }
        value = value * 16 + Double(digit)
    }
    guard value > 0 else { return nil }
    // Shorter texts are the leading digits of a 64-digit one.
    for _ in digits.utf8.count..<64 { value *= 16 }
    var hashes = 1.0
    for _ in 0..<256 { hashes *= 2 }
    return hashes / (value + 1)
}

package func isHexadecimal(_ text: String, _ count: ClosedRange<Int>) -> Bool {
    var digits = Substring(text)
    if digits.hasPrefix("0x") { digits = digits.dropFirst(2) }
    return count.contains(digits.utf8.count) && digits.utf8.allSatisfy { hexDigit($0) != nil }
}

/// `account.worker`, `account/worker`: the part before the first separator and the part after it.
package func splitIdentity(_ text: String?) -> (account: String?, worker: String?) {
    guard let text, !text.isEmpty else { return (nil, nil) }
    guard let at = text.firstIndex(where: { $0 == "." || $0 == "/" }) else { return (text, nil) }
    let worker = text[text.index(after: at)...]
    return (at == text.startIndex ? nil : String(text[..<at]), worker.isEmpty ? nil : String(worker))
}
