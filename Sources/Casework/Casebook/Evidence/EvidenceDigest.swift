import Crypto
import FoundationEssentials

/// Size and both digests of some bytes. Two unlike digests: what breaks one does not break the other, and SM3 is what
/// the national rules ask for.
package struct EvidenceDigest: Hashable, Sendable, Codable {
    package var bytes: Int
    /// Hex.
    package var sha256: String
    /// Hex; GB/T 32905.
    package var sm3: String

    package init(bytes: Int, sha256: String, sm3: String) {
        self.bytes = bytes
        self.sha256 = sha256
        self.sm3 = sm3
    }

    /// Reads a file once, in pieces, whatever its size.
    package static func of(file path: String) throws(CasebookError) -> EvidenceDigest {
        try CasebookFile.guarded(path) {
            guard let file = FileDescriptorReader(path) else { throw CasebookError.missing(path: path) }
            var work = try Work(path)
            while let piece = try file.next() { try work.add(piece) }
            return try work.finish()
        }
    }

    package static func of(_ bytes: [UInt8]) throws(CasebookError) -> EvidenceDigest {
        try CasebookFile.guarded("evidence") {
            var work = try Work("evidence")
            try bytes.withUnsafeBytes { try work.add($0) }
            return try work.finish()
        }
    }

    private struct Work: ~Copyable {
        private var count = 0
        private var sha256 = SHA256()
        private var sm3: SM3
        private let name: String

        init(_ name: String) throws {
            guard let sm3 = SM3() else { throw CasebookError.storage(path: name, what: "libcrypto has no SM3") }
            self.sm3 = sm3
            self.name = name
        }

        mutating func add(_ piece: UnsafeRawBufferPointer) throws {
            count += piece.count
            sha256.update(bufferPointer: piece)
            guard sm3.update(piece) else { throw CasebookError.storage(path: name, what: "SM3 failed") }
        }

        consuming func finish() throws -> EvidenceDigest {
            let (bytes, first, path) = (count, Canonical.hex(sha256.finalize()), name)
            guard let second = sm3.finish() else { throw CasebookError.storage(path: path, what: "SM3 failed") }
            return EvidenceDigest(bytes: bytes, sha256: first, sm3: Canonical.hex(second))
        }
    }
}
