import Casebook
import Foundation
import Vocabulary

/// `countermine audit`: whether the log is as it was written, and heads of it for elsewhere.
package struct AuditDoor: Sendable {
    private let configuration: Configuration
    private let access: CasebookAccess

    package init(configuration: Configuration) throws(OperationsError) {
        self.configuration = configuration
        access = try CasebookAccess(configuration)
    }

    package struct Verdict: Sendable {
        package var intact: Bool
        package var text: String
    }

    /// Where the signed heads of each day are kept: beside the keys, not in the store.
    private var headsFile: URL { configuration.keys.appendingPathComponent("audit-heads.jsonl") }

    /// Holds the chain against itself, the keys and every head that was exported.
    /// - Parameter file: heads kept elsewhere; nil = those beside the keys.
    package func verify(heads file: String?) throws(OperationsError) -> Verdict {
        let keys = try access.keys()
        let heads = try readHeads(file, keys)
        let verdict = try access.reading { (reader) throws(CasebookError) in
            try reader.auditVerify(heads: heads, keys: keys)
        }
        return switch verdict {
        case .intact(let head, let rows):
            Verdict(intact: true, text: "intact: \(rows) rows, head \(head), \(heads.count) signed heads agree")
        case .broken(let row, let why): Verdict(intact: false, text: "broken: first bad row \(row): \(why)")
        }
    }

    private func readHeads(_ file: String?, _ keys: AuditKeys?) throws(OperationsError) -> [AuditHead] {
        let path = file ?? headsFile.path
        guard let data = FileManager.default.contents(atPath: path) else {
            guard file == nil else { throw OperationsError(.missing, place: path, what: "cannot be read") }
            return []
        }
        guard let keys else {
            throw OperationsError(
                .missing, place: configuration.keys.path, what: "the keys that signed the heads are not there",
                remedy: "put the folder of keys back, or set `keys` in the configuration")
        }
        do {
            return try SignedAuditHead.read(
                String(decoding: data, as: UTF8.self), publicKey: keys.publicKey, name: path
            ).map(\.head)
        } catch {
            throw OperationsError.storage(path, error)
        }
    }

    /// One signed line; nil with the verdict when the chain is broken, for a broken chain is not signed.
    package func head(now: Instant) throws(OperationsError) -> (line: String?, verdict: Verdict) {
        do {
            let keys = try AuditKeys.open(configuration.keys.path)
            let (signed, verdict) = try access.reading { (reader) throws(CasebookError) in
                try reader.auditHead(keys: keys, now: now)
            }
            if case .broken(let row, let why) = verdict {
                return (nil, Verdict(intact: false, text: "broken: first bad row \(row): \(why)"))
            }
            return (try signed?.line, Verdict(intact: true, text: "intact"))
        } catch let error as OperationsError {
            throw error
        } catch {
            throw OperationsError.storage(configuration.keys.path, error)
        }
    }

    /// Appends today's head if today has none yet. A broken chain is an error: whoever scans must hear of it.
    func keepToday(now: Instant) throws(OperationsError) {
        let told =
            FileManager.default.contents(atPath: headsFile.path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let today = now.date(offset: beijingOffset)
        if let last = told.split(separator: "\n").last,
            let at = (try? JSONDecoder().decode(SignedAuditHead.self, from: Data(last.utf8)))?.at,
            Instant(rfc3339: at)?.date(offset: beijingOffset) == today
        {
            return
        }
        let (line, verdict) = try head(now: now)
        guard let line else {
            throw OperationsError(
                .missing, place: access.path, what: "the audit log is \(verdict.text)",
                remedy: "compare it with a backup (`countermine store verify`)")
        }
        do {
            try DurableFile.write(Array((told + line + "\n").utf8), to: headsFile)
        } catch {
            throw OperationsError.storage(headsFile.path, error)
        }
    }
}
