import Glibc

/// A file that takes its name only when it is whole: written beside, made durable, then renamed. Readable by its owner only,
/// because captures hold other people's traffic.
final class ReplacementFile {
    let path: String
    private let folder: String
    private let temporary: String
    private var descriptor: Int32
    /// The half-written file lies there and has to go.
    private var leftover = false

    init(path: String) throws(CaptureWriteError) {
        self.path = path
        let cut = path.lastIndex(of: "/")
        folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = cut.map { path[path.index(after: $0)...] } ?? path[...]
        var about = stat()
        // What is there may be replaced only if it is a plain file: never a folder, a device or a pipe.
        let taken = stat(path, &about) == 0 && about.st_mode & S_IFMT != S_IFREG
        guard !name.isEmpty, name != ".", name != "..", !path.utf8.contains(0), !taken else {
            throw CaptureWriteError(
                .place, path: path, detail: "not the name of a plain file", remedy: "give a file name in a folder")
        }
        // A short name of its own, so that a long file name still fits; O_EXCL never follows or overwrites what lies there.
        var attempt = 0
        var candidate = ""
        repeat {
            candidate = "\(folder)/.countermine-\(getpid())-\(attempt).part"
            descriptor = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            attempt += 1
        } while descriptor < 0 && errno == EEXIST && attempt < 10_000
        let code = errno
        temporary = candidate
        guard descriptor >= 0 else { throw ReplacementFile.fault(path, "opening in \(folder)", code, .place) }
        leftover = true
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if leftover { unlink(temporary) }
    }

    func write(_ bytes: [UInt8]) throws(CaptureWriteError) {
        var done = 0
        while done < bytes.count {
            let from = done
            let count = bytes.withUnsafeBytes { raw in
                Glibc.write(descriptor, raw.baseAddress.map { $0 + from }, raw.count - from)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ReplacementFile.fault(path, "writing", errno, .unwritable) }
            done += count
        }
    }

    func commit() throws(CaptureWriteError) {
        guard fsync(descriptor) == 0 else { throw ReplacementFile.fault(path, "writing to disk", errno, .unwritable) }
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0 else { throw ReplacementFile.fault(path, "closing", errno, .unwritable) }
        guard rename(temporary, path) == 0 else { throw ReplacementFile.fault(path, "renaming", errno, .place) }
        leftover = false
        // The name itself is durable only with its folder.
        let place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard place >= 0 else { throw ReplacementFile.fault(path, "opening the folder", errno, .unwritable) }
        defer { close(place) }
        // A file system that cannot do this says EINVAL; there is nothing more to ask of it.
        guard fsync(place) == 0 || errno == EINVAL else {
            throw ReplacementFile.fault(path, "writing the folder to disk", errno, .unwritable)
        }
    }

    private static func fault(
        _ path: String, _ doing: String, _ code: Int32, _ kind: CaptureWriteError.Kind
    ) -> CaptureWriteError {
        let remedy: String
        switch code {
        case ENOSPC, EDQUOT: remedy = "free space there or choose another folder"
        case ENOENT, ENOTDIR: remedy = "make the folder first"
        case EACCES, EPERM, EROFS: remedy = "choose a folder that you may write to"
        case ENAMETOOLONG: remedy = "choose a shorter name"
        default: remedy = "choose another folder or check the disk"
        }
        let full = code == ENOSPC || code == EDQUOT
        return CaptureWriteError(
            full ? .full : kind, path: path, detail: "\(doing): \(String(cString: strerror(code)))", remedy: remedy)
    }
}
