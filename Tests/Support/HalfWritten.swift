import Foundation

/// What a process leaves that was killed in the middle of its first transaction on a database in rollback mode.
package enum HalfWritten {
    /// Copies a database and its journal to `path` while `write` has an open transaction on it.
    /// - Parameter write: opens the file at the path given to it, writes more than fits SQLite's cache, and calls the closure
    ///   before the transaction ends.
    package static func leave(at path: String, _ write: (String, () throws -> Void) throws -> Void) throws {
        let source = path + "-source"
        try write(source) {
            for ending in ["", "-journal"] {
                try FileManager.default.copyItem(atPath: source + ending, toPath: path + ending)
            }
        }
    }
}
