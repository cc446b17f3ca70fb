import FoundationEssentials
import Glibc

/// The key of the accounts, in a file of the installation's key folder: not in the store, so that whoever copies the
/// store has no key.
package enum AccountKey {
    static let name = "accounts.key"

    /// Reads the key of a folder, or makes one that only its owner can read.
    package static func ready(in folder: String) throws(AccountsError) -> [UInt8] {
        let path = folder + "/" + name
        do {
            if !FileManager.default.fileExists(atPath: path) {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                try make(path)
            }
            let bytes = Array(try Data(contentsOf: URL(filePath: path)))
            guard bytes.count == AccountLimits.keyBytes else { throw AccountsError.badKey(bytes: bytes.count) }
            return bytes
        } catch let error as AccountsError {
            throw error
        } catch {
            throw .storage(path: path, what: "\(error)")
        }
    }

    /// Whole or not at all, and never over one that is there: without the old key its book is lost.
    private static func make(_ path: String) throws {
        let fresh = path + ".new"
        let file = open(fresh, O_CREAT | O_EXCL | O_WRONLY, 0o600)
        guard file >= 0 else { throw AccountsError.storage(path: fresh, what: String(cString: strerror(errno))) }
        let key = Secrets.system(AccountLimits.keyBytes)
        let written = key.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        let kept = written == key.count && fsync(file) == 0
        close(file)
        guard kept, link(fresh, path) == 0 else {
            unlink(fresh)
            throw AccountsError.storage(path: path, what: String(cString: strerror(errno)))
        }
        unlink(fresh)
    }
}
