import Crypto
import Foundation

/// Names for accounts that join the records of one installation without saying the account: HMAC-SHA256 under its own key. An
/// unkeyed hash would be no secret: whoever knows a list of wallets could look it up.
package struct Pseudonyms: Sendable {
    private let key: SymmetricKey
    /// Bytes that a key file must have at least.
    package static let leastBytes = 16
    private static let mostBytes = 4_096

    /// - Parameter path: any file of random bytes; white space at its end does not count.
    package init(keyFile path: String) throws(OperationsError) {
        let bytes: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            bytes = try file.read(upToCount: Self.mostBytes + 1) ?? Data()
        } catch {
            throw OperationsError(
                .usage, place: "--pseudonym-key", what: "\(path) cannot be read",
                remedy: "name a file of at least \(Self.leastBytes) random bytes")
        }
        let secret = bytes.reversed().drop { $0 == 0x0A || $0 == 0x0D || $0 == 0x20 }
        guard (Self.leastBytes...Self.mostBytes).contains(secret.count) else {
            throw OperationsError(
                .usage, place: "--pseudonym-key", what: "\(path) holds \(secret.count) bytes",
                remedy: "use from \(Self.leastBytes) to \(Self.mostBytes) random bytes")
        }
        key = SymmetricKey(data: Data(secret.reversed()))
    }

    /// 32 hexadecimal digits: 128 bits of the code.
    package func name(_ account: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Array(account.utf8), using: key).prefix(16)
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
