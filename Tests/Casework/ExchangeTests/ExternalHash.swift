import Crypto
import Exchange
import Foundation

/// Digest and signature line by the library alone, as another implementation of the format would make them.
enum ExternalHash {
    static func sha256(_ bytes: [UInt8]) -> String { hex(SHA256.hash(data: bytes)) }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func own(_ key: SigningKey) throws -> Curve25519.Signing.PrivateKey {
        let der = Data(base64Encoded: String(key.pem.split(separator: "\n")[1])) ?? Data()
        return try Curve25519.Signing.PrivateKey(rawRepresentation: der.suffix(32))
    }

    static func signature(_ bytes: [UInt8], _ key: SigningKey) throws -> [UInt8] {
        Array(try own(key).signature(for: bytes))
    }

    /// The text with its signature line.
    static func seal(_ text: String, _ key: SigningKey) throws -> [UInt8] {
        let value = hex(try signature(Array(text.utf8), key))
        let print = sha256(Array(try own(key).publicKey.rawRepresentation))
        return Array(
            (text + #"{"algorithm":"ed25519","key":"\#(print)","kind":"signature","value":"\#(value)"}"# + "\n").utf8)
    }
}
