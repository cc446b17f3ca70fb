import Dashboard
import Foundation
import Operations

/// Joins a store with the pages: the one place that knows both.
enum DashboardDoor {
    static func pages(_ door: StoreDoor) throws -> Pages {
        try Pages(snapshot: door.snapshot(), tiles: door.tiles(), version: Installation.version, legal: door.legal())
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
