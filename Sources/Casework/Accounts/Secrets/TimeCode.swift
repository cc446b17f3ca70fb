import Crypto
import Vocabulary

/// Six digits that change every 30 seconds (RFC 6238 with SHA-1, which is what authenticator apps know).
package enum TimeCode {
    package static let stepSeconds: Int64 = 30
    package static let digits = 6
    /// Steps before and after the present one that are taken too: clocks of telephones differ.
    static let window: Int64 = 1
    /// RFC 4226 section 4 recommends 160 bits.
    static let secretBytes = 20

    /// The step that `now` lies in; nil before 1970.
    package static func step(at now: Instant) -> Int64? { now.seconds < 0 ? nil : now.seconds / stepSeconds }

    /// The code of one step (RFC 4226 section 5.3).
    /// - Parameter digits: 6 ... 8.
    package static func code(secret: [UInt8], step: Int64, digits: Int = TimeCode.digits) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> Int64(56 - 8 * $0)) }
        let mac = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let start = Int(mac[19] & 15)
        let number = mac[start..<(start + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let text = String(number)
        let shown = min(8, max(6, digits))
        return String((String(repeating: "0", count: shown) + text).suffix(shown))
    }

    /// The step whose code this is; nil when there is none. A space between the digits does not matter. That a step is
    /// used once is for the caller to see to.
    static func match(_ text: String, secret: [UInt8], now: Instant) -> Int64? {
        guard text.utf8.count <= 2 * digits, let present = step(at: now) else { return nil }
        let entered = text.utf8.filter { $0 != 0x20 }
        guard entered.count == digits, entered.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        var found: Int64?
        for step in (present - window)...(present + window) where step >= 0 {
            if Secrets.isSame(entered, Array(code(secret: secret, step: step).utf8)) { found = step }
        }
        return found
    }
}
