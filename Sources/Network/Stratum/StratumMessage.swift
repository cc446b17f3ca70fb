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

    /// Nil when the value is no object with a method, a result or an error.
    package init?(_ root: JSONValue) {
        guard root.isObject else { return nil }
        self.root = root
        id = root["id"]?.identity
        method = root["method"]?.string
        params = root["params"]
        result = root["result"]
        if let value = root["error"], !value.isNull { error = value }
        guard method != nil || result != nil || error != nil else { return nil }
    }

    package var isReply: Bool { method == nil }
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
    case submit(job: String?, account: String?, worker: String?, claimed: String?, share: ShareMaterial? = nil)
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
