import Crypto
import FoundationEssentials
import GRDB
import Glibc

/// The keys of one store's audit chain, in a folder outside the store: whoever can rewrite the database cannot seal
/// rows, and whoever copies it (a backup too) gets no key.
///
/// `audit-hmac.key`: one line a key, `<id> <base64>`, the last one seals; `audit-sign.key`: the Ed25519 key that signs
/// exported heads; `audit-sign.pub`: its public half, to be kept where heads are kept; `keyed-from`: row and seal with
/// which the chain went over to the key.
package struct AuditKeys: Sendable {
    package let folder: String
    /// Name of the key that seals now; follows from the key, tells nothing about it.
    package let id: String
    private let ring: [String: SymmetricKey]
    private let signing: Curve25519.Signing.PrivateKey

    /// Where the keys of a store lie unless its owner says otherwise.
    package static func folder(beside store: String) -> String { store + ".keys" }

    /// The keys of a store where they lie unless its owner says otherwise, made at its first use. Of a store that is
    /// sealed already none are made: its keys are to be put back.
    package static func ready(for store: String) throws(CasebookError) -> AuditKeys {
        let folder = folder(beside: store)
        try CasebookFile.guarded(store) {
            guard KeptFile.mode(folder + "/audit-hmac.key") == nil, try CasebookFile.check(store) else { return }
            let queue = try CasebookFile.readOnly(store)
            defer { try? queue.close() }
            if let id = try queue.read({ try AuditChain.sealedWith($0) }) {
                throw CasebookError.auditKey("\(store) is sealed with \(id); put its keys back into \(folder)")
            }
        }
        return try open(folder)
    }

    /// The keys in `folder`; made when there are none. A key file that others may read is refused.
    package static func open(_ folder: String) throws(CasebookError) -> AuditKeys {
        try CasebookFile.guarded(folder) {
            if mkdir(folder, 0o700) != 0, errno != EEXIST { throw KeptFile.fault(folder) }
            let fresh = SymmetricKey(size: .bits256)
            let line = "\(name(of: fresh)) \(fresh.withUnsafeBytes { Data($0) }.base64EncodedString())\n"
            if KeptFile.mode(folder + "/audit-hmac.key") == nil {
                try KeptFile.make(folder + "/audit-hmac.key", Array(line.utf8), mode: 0o600)
            }
            if KeptFile.mode(folder + "/audit-sign.key") == nil {
                let key = Curve25519.Signing.PrivateKey().rawRepresentation.base64EncodedString() + "\n"
                try KeptFile.make(folder + "/audit-sign.key", Array(key.utf8), mode: 0o600)
            }
            let keys = try AuditKeys(reading: folder)
            if KeptFile.mode(folder + "/audit-sign.pub") == nil {
                try KeptFile.make(folder + "/audit-sign.pub", Array((keys.publicKey + "\n").utf8), mode: 0o644)
            }
            return keys
        }
    }

    /// The keys beside a store, if it has any there.
    static func existing(beside store: String) throws -> AuditKeys? {
        let folder = folder(beside: store)
        return KeptFile.mode(folder + "/audit-hmac.key") == nil ? nil : try AuditKeys(reading: folder)
    }

    /// The keys in `folder`; nil when there are none, and none are made.
    package static func held(in folder: String) throws(CasebookError) -> AuditKeys? {
        try CasebookFile.guarded(folder) {
            KeptFile.mode(folder + "/audit-hmac.key") == nil ? nil : try AuditKeys(reading: folder)
        }
    }

    private init(reading folder: String) throws {
        func lines(_ file: String) throws -> [Substring] {
            let path = folder + "/" + file
            guard let mode = KeptFile.mode(path) else { throw CasebookError.missing(path: path) }
            guard mode & 0o077 == 0 else {
                throw CasebookError.auditKey("\(path) may be read by others; set its mode to 0600")
            }
            let bytes = try Data(contentsOf: URL(filePath: path))
            guard bytes.count <= CasebookLimits.keyFileBytes else {
                throw CasebookError.auditKey("\(path) is too long")
            }
            return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        }
        var ring: [String: SymmetricKey] = [:]
        var last: String?
        for line in try lines("audit-hmac.key") {
            let words = line.split(separator: " ")
            guard words.count == 2, let bytes = Data(base64Encoded: String(words[1])), bytes.count == 32 else {
                throw CasebookError.auditKey("\(folder)/audit-hmac.key is damaged")
            }
            let key = SymmetricKey(data: bytes)
            guard words[0] == AuditKeys.name(of: key) else {
                throw CasebookError.auditKey("\(folder)/audit-hmac.key: key \(words[0]) is damaged")
            }
            ring[String(words[0])] = key
            last = String(words[0])
        }
        guard let last, let seed = try lines("audit-sign.key").first, let raw = Data(base64Encoded: String(seed)),
            let signing = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
        else { throw CasebookError.auditKey("\(folder): no key in it") }
        self.folder = folder
        self.ring = ring
        self.signing = signing
        id = last
    }

    private static func name(of key: SymmetricKey) -> String {
        "k" + Canonical.hex(HMAC<SHA256>.authenticationCode(for: Array("key name".utf8), using: key)).prefix(16)
    }

    func key(_ id: String) -> SymmetricKey? { ring[id] }

    /// Base64 of the Ed25519 public key.
    package var publicKey: String { signing.publicKey.rawRepresentation.base64EncodedString() }

    func sign(_ text: String) throws -> String {
        try signing.signature(for: Data(text.utf8)).base64EncodedString()
    }

    func verifies(_ signature: String, of text: String) -> Bool {
        Data(base64Encoded: signature).map { signing.publicKey.isValidSignature($0, for: Data(text.utf8)) } ?? false
    }

    /// Row and seal with which the chain went over; nil while it has not.
    var keyedFrom: AuditHead? {
        get throws {
            guard KeptFile.mode(folder + "/keyed-from") != nil else { return nil }
            let words = try String(contentsOfFile: folder + "/keyed-from", encoding: .utf8).split(
                whereSeparator: \.isWhitespace)
            guard words.count == 2, let row = Int(words[0]) else {
                throw CasebookError.auditKey("\(folder)/keyed-from is damaged")
            }
            return AuditHead(rows: row, hash: String(words[1]))
        }
    }

    /// Once written it stays: a store that is plain again was rewritten.
    func remember(_ from: AuditHead) throws {
        try KeptFile.make(folder + "/keyed-from", Array("\(from.rows) \(from.hash)\n".utf8), mode: 0o600)
    }
}
