import Crypto
import FoundationEssentials
import Vocabulary

/// A head of the audit chain, signed to be kept elsewhere: one line of JSON. It proves what the chain was when it was
/// signed to whoever has the public key, without the store and without its secrets.
package struct SignedAuditHead: Hashable, Sendable, Codable {
    /// Shape of the line.
    package var format: Int
    package var province: String
    package var head: AuditHead
    /// When it was exported, RFC 3339.
    package var at: String
    /// Base64 of the Ed25519 public key.
    package var key: String
    /// Base64; over the line without it.
    package var signature: String

    init(_ head: AuditHead, province: String, at: Instant, keys: AuditKeys) throws {
        format = 1
        self.province = province
        self.head = head
        self.at = at.rfc3339()
        key = keys.publicKey
        signature = ""
        signature = try keys.sign(try signed)
    }

    private var signed: String {
        get throws {
            var bare = self
            bare.signature = ""
            return "countermine audit head\n" + (try Canonical.text(bare))
        }
    }

    package var line: String {
        get throws(CasebookError) { try CasebookFile.guarded("audit head") { try Canonical.text(self) } }
    }

    /// Reads lines, one head each; empty lines are passed over. A line that is no head, or that `publicKey` did not
    /// sign, is an error with its number: a head that may be forged proves nothing.
    ///
    /// - Parameters:
    ///   - publicKey: Text of `audit-sign.pub`.
    ///   - name: Of the file, for the error.
    package static func read(
        _ text: String, publicKey: String, name: String = "heads"
    ) throws(CasebookError) -> [SignedAuditHead] {
        guard text.utf8.count <= CasebookLimits.headFileBytes else {
            throw .auditKey("\(name): more than \(CasebookLimits.headFileBytes) bytes")
        }
        var heads: [SignedAuditHead] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            guard let head = try? JSONDecoder().decode(SignedAuditHead.self, from: Data(line.utf8)), head.format == 1
            else { throw .auditKey("\(name): line \(index + 1) is not an exported head") }
            guard head.isSigned(by: publicKey) else {
                throw .auditKey("\(name): line \(index + 1) was not signed with the key of this store")
            }
            heads.append(head)
        }
        return heads
    }

    func isSigned(by publicKey: String) -> Bool {
        let words = publicKey.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, key == words[0], let raw = Data(base64Encoded: key),
            let proof = Data(base64Encoded: signature),
            let verifying = try? Curve25519.Signing.PublicKey(rawRepresentation: raw), let text = try? signed
        else { return false }
        return verifying.isValidSignature(proof, for: Data(text.utf8))
    }
}

extension SignedAuditHead {
    /// All heads in a folder of them, by rows; none where there is no such folder.
    package static func heads(in folder: String, publicKey: String) throws(CasebookError) -> [SignedAuditHead] {
        guard KeptFile.mode(folder) != nil else { return [] }
        return try CasebookFile.guarded(folder) {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
                $0.hasPrefix(prefix) && $0.hasSuffix(".json")
            }
            guard names.count <= CasebookLimits.headFiles else {
                throw CasebookError.auditKey("\(folder): more than \(CasebookLimits.headFiles) heads")
            }
            return try names.sorted().flatMap { name in
                let path = folder + "/" + name
                guard let size = KeptFile.size(path), size <= CasebookLimits.keyFileBytes else {
                    throw CasebookError.auditKey("\(path) is no exported head")
                }
                let heads = try read(
                    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self), publicKey: publicKey,
                    name: path)
                guard heads.count == 1 else { throw CasebookError.auditKey("\(path): not one head") }
                return heads
            }.sorted { $0.head.rows < $1.head.rows }
        }
    }

    private static let prefix = "audit-head-"

    static func path(_ folder: String, _ day: CalendarDate) -> String { "\(folder)/\(prefix)\(day).json" }
}

extension CasebookReader {
    /// The day's head into `folder`, one file a day that is never written again; to be called daily and, when a day was
    /// left out, on the next. The chain is held against all heads that are there before a new one is signed.
    ///
    /// - Parameter offset: Seconds east of UTC by which a day begins.
    /// - Returns: The head of this day, which may have been exported before; nil when the chain does not hold.
    package func exportHead(
        into folder: String, keys: AuditKeys, now: Instant, offset: Int = 28_800
    ) throws(CasebookError) -> (signed: SignedAuditHead?, verdict: AuditVerdict) {
        let heads = try SignedAuditHead.heads(in: folder, publicKey: keys.publicKey)
        let verdict = try auditVerify(heads: heads.map(\.head), keys: keys)
        guard case .intact(let hash, let rows) = verdict else { return (nil, verdict) }
        let province = try province()
        let signed = try CasebookFile.guarded(folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let path = SignedAuditHead.path(folder, now.date(offset: offset))
            let fresh = try SignedAuditHead(
                AuditHead(rows: rows, hash: hash), province: province, at: now, keys: keys)
            if try KeptFile.make(path, Array((try fresh.line + "\n").utf8), mode: 0o644) { return fresh }
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            guard let there = try SignedAuditHead.read(text, publicKey: keys.publicKey, name: path).first else {
                throw CasebookError.auditKey("\(path): no head in it")
            }
            return there
        }
        return (signed, verdict)
    }

    /// The head of a chain that holds, signed. A broken chain is not signed: the verdict is handed back instead.
    package func auditHead(keys: AuditKeys, now: Instant) throws(CasebookError) -> (
        signed: SignedAuditHead?, verdict: AuditVerdict
    ) {
        let verdict = try auditVerify(keys: keys)
        guard case .intact(let hash, let rows) = verdict else { return (nil, verdict) }
        let province = try province()
        let signed = try CasebookFile.guarded(path) {
            try SignedAuditHead(AuditHead(rows: rows, hash: hash), province: province, at: now, keys: keys)
        }
        return (signed, verdict)
    }
}
