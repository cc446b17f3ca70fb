import Archive
import Casebook
import Foundation
import Vocabulary

/// `countermine store`: copies of a store made while it works, checked, put back; new steps of its shape; purging.
package struct BackupDoor: Sendable {
    private let configuration: Configuration

    package init(configuration: Configuration) { self.configuration = configuration }

    private static let casebook = "casebook.sqlite"
    private static let archive = "archive.sqlite"
    private static let observations = "observations"

    private func stored(_ name: String) -> String { configuration.store.appendingPathComponent(name).path }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func keys() throws(OperationsError) -> AuditKeys? {
        do {
            return try AuditKeys.held(in: configuration.keys.path)
        } catch {
            throw OperationsError.storage(configuration.keys.path, error)
        }
    }

    // MARK: Copies

    /// Copies casebook, archive and observations into a folder that is not there yet. The keys stay where they are.
    package func make(at folder: String, now: Instant) throws(OperationsError) -> [ListRow] {
        guard !Self.exists(folder) else {
            throw OperationsError(
                .usage, place: folder, what: "is there already and is not overwritten", remedy: "name another folder")
        }
        let draft = URL(fileURLWithPath: folder + ".part-\(getpid())")
        do {
            try FileManager.default.createDirectory(
                at: draft, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            var lines: [ListRow] = []
            let book = try StoreBackup.make(
                of: stored(Self.casebook), at: draft.appendingPathComponent(Self.casebook).path, keys: try keys(),
                now: now)
            lines.append(Self.told(book))
            if Self.exists(stored(Self.archive)) {
                let archive = try Archive.open(stored(Self.archive))
                let found = try archive.backup(to: draft.appendingPathComponent(Self.archive).path)
                try archive.close()
                lines.append(try Self.told(found, folder))
            }
            if Self.exists(stored(Self.observations)) {
                try FileManager.default.copyItem(
                    at: URL(fileURLWithPath: stored(Self.observations)),
                    to: draft.appendingPathComponent(Self.observations))
            }
            try FileManager.default.moveItem(at: draft, to: URL(fileURLWithPath: folder))
            return lines
        } catch {
            try? FileManager.default.removeItem(at: draft)
            if let error = error as? OperationsError { throw error }
            throw OperationsError.storage(folder, error)
        }
    }

    /// Checks every byte of a copy.
    package func verify(_ folder: String) throws(OperationsError) -> [ListRow] {
        let place = URL(fileURLWithPath: folder)
        do {
            let book = try StoreBackup.verify(place.appendingPathComponent(Self.casebook).path, keys: try keys())
            var lines = [Self.told(book)]
            let path = place.appendingPathComponent(Self.archive).path
            if Self.exists(path) {
                let archive = try Archive.open(path)
                let found = archive.verify()
                try archive.close()
                lines.append(try Self.told(found, folder))
            }
            return lines
        } catch let error as OperationsError {
            throw error
        } catch {
            throw OperationsError.storage(folder, error)
        }
    }

    /// Puts a checked copy where no store is.
    package func restore(_ folder: String) throws(OperationsError) -> [ListRow] {
        let lines = try verify(folder)
        let store = configuration.store
        for name in [Self.casebook, Self.archive] where Self.exists(stored(name)) {
            throw OperationsError(
                .usage, place: stored(name), what: "is there already and is not overwritten",
                remedy: "move the store away first")
        }
        let from = URL(fileURLWithPath: folder)
        do {
            try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
            // The casebook comes last: a restoring that is cut short is no store yet.
            if Self.exists(from.appendingPathComponent(Self.archive).path) {
                let archive = try Archive.open(from.appendingPathComponent(Self.archive).path)
                let found = try archive.backup(to: stored(Self.archive))
                try archive.close()
                _ = try Self.told(found, store.path)
            }
            let seen = from.appendingPathComponent(Self.observations)
            if Self.exists(seen.path), !Self.exists(stored(Self.observations)) {
                try FileManager.default.copyItem(at: seen, to: store.appendingPathComponent(Self.observations))
            }
            _ = try StoreBackup.restore(
                from.appendingPathComponent(Self.casebook).path, to: stored(Self.casebook), keys: try keys())
            return lines
        } catch let error as OperationsError {
            throw error
        } catch {
            throw OperationsError.storage(store.path, error)
        }
    }

    private static func told(_ backup: StoreBackup) -> ListRow {
        var record = Record(kind: "backup")
        record.field("of", "casebook")
        record.field("province", backup.province)
        record.field("made_at", backup.madeAt.rfc3339(digits: 0))
        record.field("holds_until", backup.holdsUntil?.rfc3339(digits: 0))
        record.field("last_event", backup.lastEvent?.rfc3339(digits: 0))
        record.field("cases", backup.counts["case_record"])
        record.field("audit_rows", backup.head.rows)
        record.field("audit_head", backup.head.hash)
        record.field("sha256", backup.digest.sha256)
        record.field("sm3", backup.digest.sm3)
        record.field("bytes", backup.digest.bytes)
        record.field("signed", backup.signature == nil ? "no" : "yes")
        return ListRow(
            record: record.line(),
            cells: [
                "casebook", backup.holdsUntil?.beijing ?? "–", "\(backup.counts["case_record"] ?? 0)",
                "\(backup.digest.bytes)", backup.digest.sha256,
            ])
    }

    private static func told(_ found: Archive.Verification, _ place: String) throws(OperationsError) -> ListRow {
        if let damage = found.damage { throw OperationsError.storage(place, damage) }
        var record = Record(kind: "backup")
        record.field("of", "archive")
        record.field("segments", found.segments)
        record.field("meter_days", found.rows)
        return ListRow(record: record.line(), cells: ["archive", "–", "\(found.rows)", "–", "–"])
    }

    // MARK: Shape and retention

    /// Steps that were taken; a copy of the casebook as it was is made first.
    package func migrate(now: Instant) throws(OperationsError) -> (steps: [String], backup: String?) {
        let store = stored(Self.casebook)
        let copy = store + ".before-\(now.seconds)"
        do {
            let steps = try StoreBackup.pending(store)
            let kept = try StoreBackup.migrate(
                store, backup: copy, keys: try AuditKeys.open(configuration.keys.path), now: now)
            return (steps, kept == nil ? nil : copy)
        } catch {
            throw OperationsError.storage(store, error)
        }
    }

    /// Takes out what was kept of people who turned out to be no miners, `days` after the exclusion.
    package func purge(afterDays days: Int, now: Instant) throws(OperationsError) -> PurgeSummary {
        try CasebookAccess(configuration).writing { (writer) throws(CasebookError) in
            try writer.purgeExcluded(before: now.adding(seconds: -Int64(days) * 86_400), now: now)
        }
    }
}
