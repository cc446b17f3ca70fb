import Crypto
import FoundationEssentials

/// Ed25519 keys (RFC 8032) in the files that `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write.
package struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    package init() { key = Curve25519.Signing.PrivateKey() }

    /// From 32 bytes; nil when they are not as many.
    package init?(raw: [UInt8]) {
        guard raw.count == 32, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw) else { return nil }
        self.key = key
    }

    /// From a PKCS #8 file without a password.
    package init?(pem: String) {
        guard let body = PEM.body(pem, "PRIVATE KEY", after: PEM.privateHead) else { return nil }
        self.init(raw: body)
    }

    package var pem: String { PEM.text("PRIVATE KEY", PEM.privateHead + Array(key.rawRepresentation)) }
    package var verifying: VerifyingKey { VerifyingKey(key.publicKey) }

    func sign(_ bytes: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: bytes)) }
}

package struct VerifyingKey: Sendable, Hashable {
    /// 32 bytes.
    package let raw: [UInt8]

    fileprivate init(_ key: Curve25519.Signing.PublicKey) { raw = Array(key.rawRepresentation) }

    package init?(raw: [UInt8]) {
        guard raw.count == 32, (try? Curve25519.Signing.PublicKey(rawRepresentation: raw)) != nil else { return nil }
        self.raw = raw
    }

    package init?(pem: String) {
        guard let body = PEM.body(pem, "PUBLIC KEY", after: PEM.publicHead) else { return nil }
        self.init(raw: body)
    }

    package var pem: String { PEM.text("PUBLIC KEY", PEM.publicHead + raw) }
    /// SHA-256 of the 32 bytes, by which people compare keys over another way.
    package var fingerprint: String { Digests.sha256(raw) }

    func verifies(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
        guard signature.count == 64, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else {
            return false
        }
        return key.isValidSignature(signature, for: bytes)
    }
}

/// RFC 7468 text around the two fixed heads of RFC 8410.
private enum PEM {
    static let privateHead: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    static let publicHead: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

    static func text(_ label: String, _ bytes: [UInt8]) -> String {
        "-----BEGIN \(label)-----\n\(Data(bytes).base64EncodedString())\n-----END \(label)-----\n"
    }

    static func body(_ text: String, _ label: String, after head: [UInt8]) -> [UInt8]? {
        guard text.utf8.count <= 4_096 else { return nil }
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count >= 3, lines.first == "-----BEGIN \(label)-----", lines.last == "-----END \(label)-----",
            let data = Data(base64Encoded: lines.dropFirst().dropLast().joined()), data.count == head.count + 32,
            data.starts(with: head)
        else { return nil }
        return Array(data.dropFirst(head.count))
    }
}
