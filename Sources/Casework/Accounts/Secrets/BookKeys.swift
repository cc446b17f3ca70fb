import Crypto
import FoundationEssentials

/// What the key outside the database is used for. The salt, which lies in the database, makes the keys of two books
/// different even when they share a key file.
struct BookKeys: Sendable {
    private let sealing: SymmetricKey
    private let forgery: SymmetricKey
    private let slots: SymmetricKey

    init(_ key: [UInt8], salt: [UInt8]) throws(AccountsError) {
        guard key.count == AccountLimits.keyBytes else { throw .badKey(bytes: key.count) }
        let root = SymmetricKey(data: key)
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: root, salt: salt, info: Array("countermine accounts \(purpose)".utf8),
                outputByteCount: 32)
        }
        sealing = derived("seal")
        forgery = derived("csrf")
        slots = derived("slots")
    }

    /// AES-256-GCM; `place` binds the box to where it lies, so that it cannot be moved to another person.
    func seal(_ bytes: [UInt8], place: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: sealing, authenticating: Array(place.utf8))
        return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    /// Nil when the box was sealed with another key, for another place, or was changed.
    func open(_ sealed: [UInt8], place: String) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let bytes = try? AES.GCM.open(box, using: sealing, authenticating: Array(place.utf8))
        else { return nil }
        return Array(bytes)
    }

    /// The token that every change made with this session has to carry, 64 hexadecimal digits.
    func forgeryToken(cookie: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Array(cookie.utf8), using: forgery).map {
            let digits = String($0, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
    }

    /// 0 ..< 65 536: where failures under `name` are counted. Nobody without the key can find two names that share one.
    func slot(_ name: String) -> UInt32 {
        HMAC<SHA256>.authenticationCode(for: Array(name.utf8), using: slots).prefix(2).reduce(0) {
            $0 << 8 | UInt32($1)
        }
    }
}
