import Accounts
import Dashboard
import Foundation
import Operations
import Vocabulary

/// Joins a store with the pages: the one place that knows both.
enum DashboardDoor {
    static func pages(_ door: StoreDoor) throws -> Pages {
        try Pages(snapshot: door.snapshot(), tiles: door.tiles(), version: Installation.version, legal: door.legal())
    }

    /// The store as the server needs it.
    static func office(_ door: StoreDoor, demo: Bool) throws -> Office {
        try Office(
            OfficeSettings(
                store: door.casebookPath, keys: door.configuration.keys.path, province: door.configuration.province,
                demo: demo, matrix: door.matrix(), rules: door.rules(), legal: door.legal(), tiles: door.tiles(),
                version: Installation.version,
                evidence: door.configuration.store.appendingPathComponent("evidence").path,
                decoder: demo ? nil : SentFiles(intake: UploadIntake(configuration: door.configuration))))
    }

    /// Where files arrive while they are sent: beside the store, so that they need not be copied afterwards.
    static func incoming(_ door: StoreDoor) throws -> UploadFolder {
        let path = door.configuration.store.appendingPathComponent("incoming").path
        do {
            return try UploadFolder(path)
        } catch {
            throw OperationsError(.missing, place: path, what: "\(error)", remedy: "check the folder's permissions")
        }
    }

    /// The installation's intake as the pages know it.
    private struct SentFiles: UploadDecoder {
        let intake: UploadIntake

        func take(_ path: String, progress: @escaping @Sendable (Double) -> Void) -> UploadReport {
            let found = intake.take(path, now: .present(), progress: progress)
            return UploadReport(
                kind: found.isCapture ? .capture : .meters, sha256: found.sha256,
                counts: found.counts.map { .init($0.name, $0.count) }, flags: found.flags, error: found.error,
                refused: found.refused, first: found.first, last: found.last, kept: found.kept, known: found.known)
        }
    }

    /// Who may log in. While nobody can, a code is told on the terminal with which the system administrator begins.
    static func accounts(_ door: StoreDoor, tell: (String, String) -> Void) throws -> AccountBook {
        let path = door.configuration.store.appendingPathComponent("accounts.sqlite").path
        do {
            let book = try AccountBook.open(path, key: try AccountKey.ready(in: door.configuration.keys.path))
            if try book.isEmpty {
                tell("first-run code \(try book.makeFirstRunCode(now: .present()))", "")
                tell("open /start with it within an hour, as a system administrator of `countermine user appoint`", "")
            }
            return book
        } catch {
            throw OperationsError(.missing, place: path, what: "\(error)", remedy: "see Docs/Accounts.md")
        }
    }

    /// Writes the static dashboard and answers where it lies.
    /// - Parameter onlyIfChanged: leave a site that is there as it is.
    static func publish(_ door: StoreDoor, to folder: String?, onlyIfChanged: Bool = false) throws -> String {
        guard let place = folder.map({ URL(fileURLWithPath: $0) }) ?? door.configuration.publish else {
            throw OperationsError(
                .usage, place: "publish", what: "no folder to write to",
                remedy: "give --output or set `publish` in the configuration")
        }
        let index = place.appendingPathComponent("index.html")
        if onlyIfChanged, FileManager.default.fileExists(atPath: index.path) { return index.path }
        do {
            try StaticSite.write(pages(door), to: place)
        } catch let error as OperationsError {
            throw error
        } catch {
            throw OperationsError.storage(place.path, error, lead: "the dashboard cannot be written")
        }
        return index.path
    }
}
