import Foundation

/// The pages as files, for a folder that is opened without a server.
package enum StaticSite {
    /// Writes every page beside `directory` first and then renames, so that nobody sees half a site. What stood at
    /// `directory` before is replaced. Throws when writing or renaming fails; the old folder is then still there.
    package static func write(_ pages: Pages, to directory: URL) throws {
        let files = FileManager.default
        let parent = directory.deletingLastPathComponent()
        let name = directory.lastPathComponent
        try files.createDirectory(at: parent, withIntermediateDirectories: true)
        let fresh = parent.appendingPathComponent(".\(name).new-\(UUID().uuidString)", isDirectory: true)
        let old = parent.appendingPathComponent(".\(name).old-\(UUID().uuidString)", isDirectory: true)
        do {
            for path in pages.paths {
                guard let page = pages.render(path: path) else { continue }
                let place = fresh.appendingPathComponent(path)
                try files.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(page.bytes).write(to: place)
            }
            let replaces = files.fileExists(atPath: directory.path)
            if replaces { try files.moveItem(at: directory, to: old) }
            do {
                try files.moveItem(at: fresh, to: directory)
            } catch {
                if replaces { try files.moveItem(at: old, to: directory) }
                throw error
            }
            if replaces { try files.removeItem(at: old) }
        } catch {
            try? files.removeItem(at: fresh)
            throw error
        }
    }
}
