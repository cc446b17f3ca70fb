import Archive
import Glibc
import Meters
import Operations
import Vocabulary

/// Reads one file into an archive that is not there yet; prints one line of JSON.
enum StoreBench {
    static func run(_ path: String, into folder: String, threads: Int) -> Int32 {
        let options = MeterReadOptions(zone: .china, now: Instant(seconds: 2_000_000_000))
        do {
            let archive = try Archive.open(folder + "/archive.sqlite")
            let opening = try archive.begin(
                input: path, now: Instant(seconds: 2_000_000_000), recipe: DayRecords.recipe)
            guard case .open(let delivery) = opening else {
                print("{\"error\": \"\(folder) has it already\"}")
                return 1
            }
            var fault: ArchiveError?
            let summary = try MeterStream.read(path: path, options: options, threads: threads) { days, names in
                do throws(ArchiveError) {
                    try delivery.append(days, names: names)
                    return true
                } catch {
                    fault = error
                    return false
                }
            }
            if let fault { throw fault }
            let stored = try delivery.commit().summary
            let size = try archive.statistics()
            try archive.close()
            print(
                "{\"readings\": \(summary.report.readings), \"added\": \(stored.added), \"records\": \(size.records), "
                    + "\"bytes_per_reading\": \(size.bytesPerReading ?? 0)}")
            return summary.report.error == nil ? 0 : 1
        } catch {
            print("{\"error\": \"\(error)\"}")
            return 1
        }
    }
}
