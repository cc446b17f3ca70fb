import CSodium

/// The hashes of proof of work, by libsodium. Calls into C, kept to this file.
package enum Digests {
    private static let isReady = sodium_init() >= 0

    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        _ = isReady
        var digest = [UInt8](repeating: 0, count: 32)
        _ = crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return digest
    }

    /// Bitcoin's: SHA-256 twice.
    package static func sha256d(_ bytes: [UInt8]) -> [UInt8] { sha256(sha256(bytes)) }

    /// scrypt with N = 1024, r = 1, p = 1 and the header as password and salt (Litecoin and its kin). Nil without memory.
    package static func scrypt(_ header: [UInt8]) -> [UInt8]? {
        _ = isReady
        var digest = [UInt8](repeating: 0, count: 32)
        let status = crypto_pwhash_scryptsalsa208sha256_ll(
            header, header.count, header, header.count, 1024, 1, 1, &digest, digest.count)
        return status == 0 ? digest : nil
    }

    /// BLAKE2b-256 (RFC 7693).
    package static func blake2b(_ bytes: [UInt8]) -> [UInt8]? {
        blake2b(bytes, size: 32, personalization: [UInt8](repeating: 0, count: 16))
    }

    /// BLAKE2b (RFC 7693) of `size` bytes (16 ... 64) with a personalisation of 16 bytes.
    package static func blake2b(_ bytes: [UInt8], size: Int, personalization: [UInt8]) -> [UInt8]? {
        guard personalization.count == 16 else { return nil }
        _ = isReady
        var digest = [UInt8](repeating: 0, count: max(0, size))
        let status = crypto_generichash_blake2b_salt_personal(
            &digest, digest.count, bytes, UInt64(bytes.count), nil, 0, nil, personalization)
        return status == 0 ? digest : nil
    }
}
