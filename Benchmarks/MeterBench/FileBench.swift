import Glibc
import LoadCurves
import Meters
import Vocabulary

/// Reads one file as a stream; prints one line of JSON.
enum FileBench {
    static func run(_ path: String, threads: Int, features: Bool) -> Int32 {
        let options = MeterReadOptions(zone: .china, now: Instant(seconds: 2_000_000_000))
        // A sum over all features shows that two runs found the same, bit for bit.
        var mark: UInt64 = 0
        var days = 0
        var made: [DayFeatures] = []
        do {
            let summary = try MeterStream.read(path: path, options: options, threads: threads) { batch, _ in
                days += batch.count
                guard features else { return true }
                made.removeAll(keepingCapacity: true)
                DayFeatures.compute(batch, into: &made)
                for one in made {
                    mark = (mark << 5 | mark >> 59) &+ one.mean.bitPattern &+ one.squares.bitPattern
                    mark ^= one.nightMinimum.bitPattern &+ one.steps.bitPattern &+ one.cosine.bitPattern
                }
                return true
            }
            let report = summary.report
            print(
                "{\"readings\": \(report.readings), \"rows\": \(report.rows.data), \"rejected\": \(report.rows.rejected), "
                    + "\"days\": \(days), \"kwh\": \(report.energyKilowattHours ?? 0), \"mark\": \"\(String(mark, radix: 16))\"}"
            )
            return report.error == nil ? 0 : 1
        } catch {
            print("{\"error\": \"\(error)\"}")
            return 1
        }
    }
}
