/// What can go wrong with the archive, with the place it went wrong at.
package enum ArchiveError: Error, Equatable, CustomStringConvertible {
    /// The store was written by a newer program; it was not touched. Carries the first step this program does not know.
    case newerVersion(path: String, step: String)
    /// The file is not an archive (another database, or no database at all).
    case notAnArchive(path: String)
    /// The file could not be opened, read or written; the text is SQLite's.
    case storage(path: String, what: String)
    /// A series that cannot be kept: identifier, interval or extent out of bounds. Nothing of its input was stored.
    case badSeries(meter: String, what: String)
    /// A stored day that cannot be read back.
    case corruptDay(meter: String, day: Int)
    /// A stored file that is missing, or whose bytes are not those that were written.
    case damaged(file: String, offset: UInt64, what: String)
    /// Another process is writing and did not end in time.
    case busy(path: String)
    /// A batch that cannot be kept; the delivery it belongs to must be abandoned.
    case badBatch(what: String)
    /// The window asked for is longer than one series may be.
    case windowTooLong(meter: String, readings: Int)

    package var description: String {
        switch self {
        case .newerVersion(let path, let step):
            "\(path): written by a newer version (step \(step)); update the program, the store was not touched"
        case .notAnArchive(let path): "\(path): not a reading archive"
        case .storage(let path, let what): "\(path): \(what)"
        case .badSeries(let meter, let what): "meter \(meter): \(what)"
        case .corruptDay(let meter, let day): "meter \(meter), day \(day): the stored readings are damaged"
        case .damaged(let file, let offset, let what): "\(file), byte \(offset): \(what)"
        case .busy(let path): "\(path): another process is writing to the archive"
        case .badBatch(let what): "batch refused: \(what)"
        case .windowTooLong(let meter, let readings):
            "meter \(meter): \(readings) readings are more than one series may hold"
        }
    }
}
