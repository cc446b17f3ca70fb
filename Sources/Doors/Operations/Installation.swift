import Casebook
import Foundation

/// What this program is and where its data lie.
package enum Installation {
    package static let version = "0.1.0"
    package static let modelsVersion = "2026-11"
    package static let storeSchema = 1

    /// The folder with `Models/`: `COUNTERMINE_HOME`, or the first folder above the program that has one, or the system's.
    package static func home() throws(OperationsError) -> URL {
        if let named = ProcessInfo.processInfo.environment["COUNTERMINE_HOME"], !named.isEmpty {
            let place = URL(fileURLWithPath: named)
            guard hasModels(place) else {
                throw OperationsError(
                    .missing, place: named, what: "COUNTERMINE_HOME has no Models folder",
                    remedy: "point it at the installed data")
            }
            return place
        }
        var place = URL(fileURLWithPath: executable()).resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<8 {
            if hasModels(place) { return place }
            place = place.deletingLastPathComponent()
        }
        let system = URL(fileURLWithPath: "/usr/share/countermine")
        if hasModels(system) { return system }
        throw OperationsError(
            .missing, place: executable(), what: "the Models folder was not found",
            remedy: "set COUNTERMINE_HOME to the folder that holds it")
    }

    /// The demo's configuration, `Samples/countermine.yaml` of this checkout.
    package static func demoConfiguration() throws(OperationsError) -> String {
        let place = try home().appendingPathComponent("Samples/countermine.yaml").path
        guard FileManager.default.fileExists(atPath: place) else {
            throw OperationsError(
                .missing, place: place, what: "the samples are not here", remedy: "run from a checkout")
        }
        return place
    }

    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Path of the running program.
    package static func executable() -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    /// Who may do what.
    static func matrix(_ home: URL) throws(OperationsError) -> AccessMatrix {
        try model(home, "roles", "matrix.json") { (path) throws(AccessMatrix.Failure) in try AccessMatrix.load(path) }
    }

    /// The lifecycle, and the rules beside it.
    static func rules(_ home: URL) throws(OperationsError) -> CaseRules {
        try model(home, "lifecycle", "lifecycle.json") { (path) throws(Lifecycle.Failure) in
            CaseRules(lifecycle: try Lifecycle.load(path))
        }
    }

    /// Reads a file of this version's models; what is wrong with it is an installation's fault.
    static func model<Value, Failure: Error>(
        _ home: URL, _ name: String, _ file: String, read: (String) throws(Failure) -> Value
    ) throws(OperationsError) -> Value {
        let path = home.appendingPathComponent("Models/\(name)/\(modelsVersion)/\(file)").path
        do {
            return try read(path)
        } catch {
            throw OperationsError(
                .missing, place: path, what: "\(error)", remedy: "reinstall the Models folder of this version")
        }
    }

    private static func hasModels(_ place: URL) -> Bool {
        FileManager.default.fileExists(atPath: place.appendingPathComponent("Models/load").path)
    }
}

/// Language of people's text.
package enum Language: String, Sendable, CaseIterable {
    case zh, en

    /// `LC_ALL`, `LC_MESSAGES`, `LANG`; Chinese unless they say English.
    package static func fromEnvironment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Language {
        for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            if let value = environment[name], !value.isEmpty { return value.hasPrefix("en") ? .en : .zh }
        }
        return .zh
    }
}
