import FoundationEssentials
import Glibc

/// The few calls by which files become durable: what was acknowledged is on disk, and so is its name.
enum Files {
    struct Failure: Error, CustomStringConvertible {
        var what: String
        var path: String
        var code: Int32
        init(_ what: String, _ path: String) {
            code = errno
            self.what = what
            self.path = path
        }
        var description: String { "\(what) \(path): \(String(cString: strerror(code)))" }
    }

    static func makeFolder(_ path: String) throws {
        if mkdir(path, 0o755) == 0 {
            try syncFolder(parent(of: path))
        } else if errno != EEXIST {
            throw Failure("mkdir", path)
        }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A name is durable once its folder is.
    static func syncFolder(_ path: String) throws {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("open", path) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure("fsync", path) }
    }

    static func list(_ folder: String) throws -> [String] {
        guard let handle = opendir(folder) else { throw Failure("open", folder) }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                raw.baseAddress.map { Glibc.write(descriptor, $0 + done, raw.count - done) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure("write", path) }
            done += count
        }
    }

    /// Exactly `count` bytes at `offset`, and `slack` zero bytes; nil when the file is shorter.
    static func read(
        _ descriptor: Int32, at offset: UInt64, count: Int, slack: Int = 0, path: String
    ) throws -> [UInt8]? {
        guard offset <= UInt64(Int64.max) - UInt64(count) else { return nil }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count + slack) { out, done in
            done = 0
            while done < count, let base = out.baseAddress {
                let got = pread(descriptor, base + done, count - done, Int(offset) + done)
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                if got <= 0 { break }
                done += got
            }
            guard done == count else { return }
            out[count..<(count + slack)].update(repeating: 0)
            done += slack
        }
        if failed { throw Failure("read", path) }
        return bytes.count == count + slack ? bytes : nil
    }
}

/// An advisory lock that ends with its holder, also with a killed one.
final class FileLock: Sendable {
    private let descriptor: Int32

    enum Way { case shared, exclusive }

    /// Nil when somebody else holds it and `seconds` have passed.
    init?(_ path: String, _ way: Way, seconds: Double) throws {
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Files.Failure("open", path) }
        var waited = 0.0
        while flock(descriptor, (way == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            let again = errno == EWOULDBLOCK || errno == EINTR
            guard again, waited < seconds else {
                let failure = Files.Failure("lock", path)
                Glibc.close(descriptor)
                if again { return nil }
                throw failure
            }
            usleep(10_000)
            waited += 0.01
        }
    }

    deinit { Glibc.close(descriptor) }
}
