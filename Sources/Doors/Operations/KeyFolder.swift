import Casebook
import Exchange
import Foundation

/// The installation's own secrets, made on first use: readable by their owner alone, and never in the store.
struct KeyFolder: Sendable {
    let place: URL
    /// Bytes of a secret.
    private static let length = 32

    /// Under which numbers of persons and devices are compared.
    func registerKey() throws(OperationsError) -> RegisterKey {
        let path = place.appendingPathComponent("register.key").path
        let bytes = try secret(path)
        guard let key = RegisterKey(bytes) else {
            throw OperationsError(
                .missing, place: path, what: "is no key: it holds \(bytes.count) bytes",
                remedy: "restore it from where keys are kept; without it persons and devices cannot be compared")
        }
        return key
    }

    /// With which packages and bundles are signed; its public half lies beside it as PEM.
    func signingKey() throws(OperationsError) -> SigningKey {
        let path = place.appendingPathComponent("exchange-sign.key").path
        guard let key = SigningKey(raw: try secret(path)) else {
            throw OperationsError(
                .missing, place: path, what: "is no key", remedy: "restore it from where keys are kept")
        }
        let shown = place.appendingPathComponent("exchange-sign.pub.pem")
        if !FileManager.default.fileExists(atPath: shown.path) {
            do {
                try DurableFile.write(Array(key.verifying.pem.utf8), to: shown)
            } catch {
                throw OperationsError.storage(shown.path, error)
            }
        }
        return key
    }

    private func secret(_ path: String) throws(OperationsError) -> [UInt8] {
        if let held = FileManager.default.contents(atPath: path) {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
                throw OperationsError(
                    .missing, place: path, what: "may be read by others", remedy: "chmod 600 \(path)")
            }
            return Array(held)
        }
        var generator = SystemRandomNumberGenerator()
        let fresh = (0..<Self.length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        do {
            try FileManager.default.createDirectory(
                at: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw OperationsError.storage(place.path, error, lead: "the folder of keys cannot be made")
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor < 0, errno == EEXIST { return try secret(path) }
        guard descriptor >= 0, fresh.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == fresh.count,
            fsync(descriptor) == 0, close(descriptor) == 0
        else { throw OperationsError(.missing, place: path, what: String(cString: strerror(errno))) }
        return fresh
    }
}
