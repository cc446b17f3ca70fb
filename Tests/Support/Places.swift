import Foundation

/// Where the tests find what lies outside their own folder.
package enum Places {
    /// Root of the checkout.
    package static let root: URL = {
        var place = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { place.deleteLastPathComponent() }
        return place
    }()

    /// `../shared` beside the checkout; nil when it is absent (then corpus tests say so and end).
    package static let shared: URL? = {
        let place = root.deletingLastPathComponent().appendingPathComponent("shared")
        return FileManager.default.fileExists(atPath: place.path) ? place : nil
    }()

    package struct MissingFolder: Error, CustomStringConvertible {
        package let description: String
    }

    /// A corpus folder. Nil, with a line on standard output, when `../shared` is absent; an error when `../shared` is there
    /// but the folder is not: a corpus that vanished must not pass for one that was read.
    package static func corpus(_ name: String) throws -> URL? {
        guard let shared else {
            print("no ../shared beside the checkout: corpus \(name) not read")
            return nil
        }
        let place = shared.appendingPathComponent("corpus").appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: place.path) else {
            throw MissingFolder(description: "\(place.path) is missing although ../shared exists")
        }
        return place
    }

    /// A fresh empty folder, removed by the caller.
    package static func scratch(_ name: String) throws -> URL {
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("countermine-\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return place
    }
}
