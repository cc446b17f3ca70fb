import Crypto
import Foundation
import Glibc

/// A file that was found, with the identity by which it is known: the SHA-256 of its content.
package struct InputFile: Sendable {
    package var url: URL
    /// As shown to people: relative to the configuration's folder where it lies inside it.
    package var name: String
    package var sha256: String
    package var bytes: Int
}

package enum InputCollector {
    /// Endings that are taken from a folder. A file that is named outright is taken whatever its ending.
    package static let captureEndings = [
        "pcap", "pcapng", "cap", "pcap.gz", "pcapng.gz", "cap.gz", "pcap.zst", "pcapng.zst",
    ]
    package static let meterEndings = ["csv", "txt", "tsv", "xml", "json", "jsonl", "edi", "mscons", "nem12", "nem13"]
        .flatMap { [$0, $0 + ".gz", $0 + ".zst"] }

    /// Files under `path` in byte order of their paths. Hidden files and symbolic links inside folders are passed over.
    package static func files(under path: URL, endings: [String]) throws(OperationsError) -> [URL] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path.path, isDirectory: &isFolder) else {
            throw OperationsError(.missing, place: path.path, what: "no such file or folder")
        }
        guard isFolder.boolValue else { return [path] }
        guard
            let walker = FileManager.default.enumerator(
                at: path, includingPropertiesForKeys: [.isRegularFileKey, .isSymbolicLinkKey],
                options: [.skipsHiddenFiles])
        else { throw OperationsError(.missing, place: path.path, what: "the folder cannot be read") }
        var found: [URL] = []
        for case let file as URL in walker {
            let values = try? file.resourceValues(forKeys: [.isRegularFileKey, .isSymbolicLinkKey])
            guard values?.isRegularFile == true, values?.isSymbolicLink != true else { continue }
            let name = file.lastPathComponent.lowercased()
            if endings.contains(where: { name.hasSuffix("." + $0) }) { found.append(file) }
        }
        return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// SHA-256 of a file in hex and its size, read in blocks.
    package static func digest(of file: URL) throws(OperationsError) -> (sha256: String, bytes: Int) {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw OperationsError(.missing, place: file.path, what: "cannot be opened", remedy: "check its permissions")
        }
        defer { close(descriptor) }
        var hash = SHA256()
        var count = 0
        // One buffer for the whole file, small enough to stay in the second-level cache between reading and hashing.
        var block = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let got = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw OperationsError(
                    .missing, place: file.path, what: "cannot be read: \(String(cString: strerror(errno)))")
            }
            if got == 0 { break }
            block.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<got])) }
            count += got
        }
        return (hex(hash.finalize()), count)
    }

    /// The path as people see it.
    package static func name(of file: URL, in folder: URL) -> String {
        let base = folder.standardizedFileURL.path + "/"
        let path = file.standardizedFileURL.path
        return path.hasPrefix(base) ? String(path.dropFirst(base.count)) : path
    }
}

package func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
