import CSodium

/// How passwords are hashed. Calls into libsodium, kept to this file.
package struct PasswordHasher: Sendable {
    /// A text that holds method, cost, salt and hash; nil without memory.
    package var hash: @Sendable ([UInt8]) -> String?
    /// True when the password has this hash.
    package var verify: @Sendable (_ hash: String, _ password: [UInt8]) -> Bool
    /// True for a hash that was made at another cost than today's.
    package var isOutdated: @Sendable (_ hash: String) -> Bool

    package init(
        hash: @escaping @Sendable ([UInt8]) -> String?, verify: @escaping @Sendable (String, [UInt8]) -> Bool,
        isOutdated: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.hash = hash
        self.verify = verify
        self.isOutdated = isOutdated
    }

    /// Of nothing that anybody knows: 32 random bytes, thrown away. Verified for persons without an account, so that
    /// they cost the same time.
    package static let dummy =
        "$argon2id$v=19$m=65536,t=3,p=1$zasQwX+7KbiORCnVsOf4hQ$42oqvB8vtKsQtgRo/wOH7KTu3K8KMot1r82BSQtsn2o"

    /// argon2id (RFC 9106) with `AccountLimits.hashPasses` and `hashMemory`.
    package static let argon2id = PasswordHasher(
        hash: { password in
            guard isReady else { return nil }
            var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
            let status = crypto_pwhash_str(
                &text, signed(password), UInt64(password.count), AccountLimits.hashPasses, AccountLimits.hashMemory)
            guard status == 0 else { return nil }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        },
        verify: { hash, password in
            guard isReady, let text = padded(hash) else { return false }
            return crypto_pwhash_str_verify(text, signed(password), UInt64(password.count)) == 0
        },
        isOutdated: { hash in
            guard isReady, let text = padded(hash) else { return false }
            return crypto_pwhash_str_needs_rehash(text, AccountLimits.hashPasses, AccountLimits.hashMemory) != 0
        })

    private static let isReady = sodium_init() >= 0

    /// With a place to spare: C wants an address for an empty password too.
    private static func signed(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    /// libsodium reads a hash from a field of fixed length; nil for one that does not fit.
    private static func padded(_ hash: String) -> [CChar]? {
        let room = Int(crypto_pwhash_STRBYTES)
        guard hash.utf8.count < room else { return nil }
        let letters = hash.utf8.map { CChar(bitPattern: $0) }
        return letters + [CChar](repeating: 0, count: room - letters.count)
    }
}
