import Crypto
import FoundationEssentials
import Glibc

/// Reading and writing the files of a package; links, pipes and devices are none of them.
enum EvidenceFiles {
    struct Digest {
        var sha256: String
        var bytes: Int
    }

    private static let chunk = 1 << 20

    /// Digest of a regular file; nil when it is none. `copy`: where its bytes go at the same time.
    static func digest(_ path: String, copyTo copy: String? = nil) throws -> Digest? {
        // Without waiting: a pipe under that name would hold the check for ever.
        let source = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard source >= 0 else { return nil }
        defer { close(source) }
        var about = stat()
        guard fstat(source, &about) == 0, about.st_mode & S_IFMT == S_IFREG else { return nil }
        var target: Int32 = -1
        if let copy {
            target = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
            guard target >= 0 else { throw PackageFault(.unwritable, copy, "give a folder with room and rights") }
        }
        defer { if target >= 0 { close(target) } }
        var hash = SHA256()
        var total = 0
        var buffer = [UInt8](repeating: 0, count: chunk)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw PackageFault(.unreadable, path, "check the disk") }
            if count == 0 { break }
            hash.update(data: buffer[..<count])
            total += count
            if let copy { try write(buffer[..<count], to: target, copy) }
        }
        if let copy, fsync(target) != 0 { throw PackageFault(.unwritable, copy, "give a folder with room and rights") }
        return Digest(sha256: Digests.hex(hash.finalize()), bytes: total)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to target: Int32, _ path: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let done = rest.withUnsafeBytes { Glibc.write(target, $0.baseAddress, $0.count) }
            if done < 0, errno == EINTR { continue }
            guard done > 0 else { throw PackageFault(.unwritable, path, "give a folder with room and rights") }
            rest = rest.dropFirst(done)
        }
    }

    static func save(_ bytes: [UInt8], _ path: String) throws {
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
        guard target >= 0 else { throw PackageFault(.unwritable, path, "give a folder with room and rights") }
        defer { close(target) }
        try write(bytes[...], to: target, path)
        guard fsync(target) == 0 else { throw PackageFault(.unwritable, path, "give a folder with room and rights") }
    }

    /// A whole small file; nil when it is missing, no regular file, or larger than `limit`.
    static func load(_ path: String, limit: Int) -> [UInt8]? {
        let source = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard source >= 0 else { return nil }
        defer { close(source) }
        var about = stat()
        guard fstat(source, &about) == 0, about.st_mode & S_IFMT == S_IFREG, about.st_size <= limit else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        return nil
    }

    static func syncFolder(_ path: String) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}
