import Foundation
import Glibc

/// What was read from each capture, one file a capture, named by the capture's SHA-256. Written whole or not at all, so a
/// scan that is killed leaves either the observation or nothing.
struct ObservationStore {
    let folder: URL

    init(store: URL) throws(OperationsError) {
        folder = store.appendingPathComponent("observations")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw OperationsError(.missing, place: folder.path, what: "cannot be made: \(error.localizedDescription)")
        }
    }

    func read(_ sha256: String) -> DecodedCapture? {
        guard let data = try? Data(contentsOf: place(sha256)) else { return nil }
        return try? JSONDecoder().decode(DecodedCapture.self, from: data)
    }

    func write(_ capture: DecodedCapture, sha256: String) throws(OperationsError) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try DurableFile.write(Array(encoder.encode(capture)), to: place(sha256))
        } catch {
            throw OperationsError.storage(place(sha256).path, error, lead: "cannot be written")
        }
    }

    private func place(_ sha256: String) -> URL { folder.appendingPathComponent(sha256 + ".json") }
}

/// A file that is either the old one or the new one, whenever the power goes.
package enum DurableFile {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Writes to a temporary name beside the place, syncs, renames, and syncs the folder.
    package static func write(_ bytes: [UInt8], to place: URL) throws {
        let temporary = place.deletingLastPathComponent().appendingPathComponent(
            ".\(place.lastPathComponent).\(getpid())")
        let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure(description: String(cString: strerror(errno))) }
        var offset = 0
        var fault: Int32 = 0
        while offset < bytes.count, fault == 0 {
            let written = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, bytes.count - offset)
            }
            if written > 0 { offset += written } else if errno != EINTR { fault = errno }
        }
        if fault == 0, fsync(descriptor) != 0 { fault = errno }
        close(descriptor)
        if fault == 0, rename(temporary.path, place.path) != 0 { fault = errno }
        guard fault == 0 else {
            unlink(temporary.path)
            throw Failure(description: String(cString: strerror(fault)))
        }
        let folder = open(place.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }
}

/// Digests of files that were seen before and have not changed since, so that a scan reads only what is new. A cache: without
/// it everything is digested again.
struct DigestCache {
    private struct Entry: Codable {
        var bytes: Int
        /// Nanoseconds since 1970 at which the content, and the file's entry, last changed.
        var modified: Int64
        var changed: Int64
        var inode: UInt64
        var sha256: String
    }

    private let place: URL
    private var entries: [String: Entry]
    private var used: [String: Entry] = [:]

    init(store: URL) {
        place = store.appendingPathComponent("digests.json")
        entries =
            (try? Data(contentsOf: place)).flatMap { try? JSONDecoder().decode([String: Entry].self, from: $0) } ?? [:]
    }

    mutating func digest(of file: URL) throws(OperationsError) -> (sha256: String, bytes: Int) {
        var status = stat()
        guard stat(file.path, &status) == 0 else {
            throw OperationsError(.missing, place: file.path, what: String(cString: strerror(errno)))
        }
        let modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        let changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
        if let known = entries[file.path], known.bytes == Int(status.st_size), known.modified == modified,
            known.changed == changed, known.inode == UInt64(status.st_ino)
        {
            used[file.path] = known
            return (known.sha256, known.bytes)
        }
        let fresh = try InputCollector.digest(of: file)
        used[file.path] = Entry(
            bytes: fresh.bytes, modified: modified, changed: changed, inode: UInt64(status.st_ino), sha256: fresh.sha256
        )
        return fresh
    }

    func save() {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        if let data = try? encoder.encode(used) { try? DurableFile.write(Array(data), to: place) }
    }
}
