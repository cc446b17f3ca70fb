import FoundationEssentials
import Glibc

/// Small files that must be whole or not there, and big ones read in pieces.
enum KeptFile {
    /// Writes `bytes` under a name that nobody has yet, with `mode`, and to disk with its folder. False when somebody
    /// has the name: what lies there is left as it is.
    @discardableResult
    static func make(_ path: String, _ bytes: [UInt8], mode: mode_t) throws -> Bool {
        let draft = path + ".new-\(getpid())"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw fault(draft) }
        defer {
            close(file)
            unlink(draft)
        }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress?.advanced(by: written), $0.count - written) }
            if count < 0 {
                if errno == EINTR { continue }
                throw fault(draft)
            }
            written += count
        }
        guard fsync(file) == 0 else { throw fault(draft) }
        return try settle(draft, as: path)
    }

    /// Gives a finished file its name, unless somebody has it; a link never overwrites. `draft` stays or goes with its
    /// maker.
    static func settle(_ draft: String, as path: String) throws -> Bool {
        if link(draft, path) != 0 {
            if errno == EEXIST { return false }
            throw fault(path)
        }
        try syncFolder(of: path)
        return true
    }

    static func sync(_ path: String) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw fault(path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw fault(path) }
    }

    static func syncFolder(of path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let place = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard place >= 0 else { throw fault(folder) }
        defer { close(place) }
        guard fsync(place) == 0 || errno == EINVAL else { throw fault(folder) }
    }

    /// The permission bits; nil when there is no such file.
    static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    /// Bytes; nil when there is no such file.
    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    static func fault(_ path: String) -> CasebookError {
        .storage(path: path, what: String(cString: strerror(errno)))
    }
}

/// A file from its start, one piece at a time in one buffer.
final class FileDescriptorReader {
    private let file: Int32
    private let path: String
    private let buffer: UnsafeMutableRawBufferPointer

    /// Nil when it cannot be opened.
    init?(_ path: String) {
        file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        self.path = path
        buffer = .allocate(byteCount: CasebookLimits.pieceBytes, alignment: 16)
    }

    deinit {
        buffer.deallocate()
        close(file)
    }

    /// Valid until the next call; nil at the end.
    func next() throws -> UnsafeRawBufferPointer? {
        while true {
            let count = read(file, buffer.baseAddress, buffer.count)
            if count > 0 { return UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
            if count == 0 { return nil }
            if errno != EINTR { throw KeptFile.fault(path) }
        }
    }
}
