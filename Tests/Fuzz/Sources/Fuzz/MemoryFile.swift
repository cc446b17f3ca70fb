import Bytes
import Glibc

/// A nameless file that each input is written into, since captures are opened by path or descriptor.
enum MemoryFile {
    private static let descriptor: Int32 = {
        guard let file = tmpfile() else { fatalError("no temporary file") }
        return fileno(file)
    }()

    static func source(_ bytes: [UInt8]) throws(InputError) -> ByteSource {
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count,
            lseek(descriptor, 0, SEEK_SET) == 0
        else { fatalError("the temporary file cannot be written") }
        return try ByteSource(descriptor: descriptor, owned: false)
    }
}
