import Glibc
import Vocabulary

/// What Sessions reads from `Models/`: pools by name, and how much power a hash takes.
package struct SessionModels: Sendable {
    package struct Failure: Error, CustomStringConvertible, Sendable {
        package var description: String
    }

    struct Efficiency: Sendable {
        /// Joules a hash (or solution): 5 %, middle, 95 % of what is in use.
        var low: Double
        var value: Double
        var high: Double
    }

    private var pools: [String: String] = [:]
    /// A bit for the hash of each listed name: almost every name is ruled out by it without a string.
    private var listed = [UInt64](repeating: 0, count: 1 << (SessionModels.listedBits - 6))
    private static let listedBits = 16
    private var efficiency: [String: Efficiency] = [:]

    package init() {}

    /// - Parameter directory: the `Models` folder.
    package static func load(from directory: String, version: String) throws(Failure) -> SessionModels {
        var models = SessionModels()
        for row in try rows("\(directory)/pools/\(version)/pools.csv", columns: 4) {
            let name = row[0].lowercased()
            models.pools[name] = row[1]
            var hash = UInt64(0)
            for byte in name.utf8.reversed() { hash = step(hash, byte) }
            let bit = bit(hash)
            models.listed[bit >> 6] |= 1 << UInt64(bit & 63)
        }
        for row in try rows("\(directory)/hardware/\(version)/efficiency.csv", columns: 5) {
            guard let low = Double(row[1]), let value = Double(row[2]), let high = Double(row[3]), low > 0,
                low <= value, value <= high
            else {
                throw Failure(description: "\(directory)/hardware/\(version)/efficiency.csv: a bad row for \(row[0])")
            }
            models.efficiency[row[0]] = Efficiency(low: low, value: value, high: high)
        }
        return models
    }

    private static func rows(_ path: String, columns: Int) throws(Failure) -> [[String]] {
        guard let file = fopen(path, "re") else { throw Failure(description: "\(path) cannot be read") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < 16 << 20 {
            let count = fread(&block, 1, block.count, file)
            if count <= 0 { break }
            bytes.append(contentsOf: block[0..<count])
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst()
        var result: [[String]] = []
        for line in lines where !line.hasPrefix("#") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard fields.count >= columns else { throw Failure(description: "\(path): too few fields in `\(line)`") }
            result.append(fields)
        }
        return result
    }

    /// From a name's end to its beginning, so that each label passed gives the hash of what lies right of it.
    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte) &+ 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
    }

    private static func bit(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> UInt64(64 - listedBits)) }

    /// False when no listed pool has this name (lower case) or ends it; true when `pool(for:)` is to be asked.
    package func mayList(_ name: [UInt8]) -> Bool {
        var hash = UInt64(0)
        for place in name.indices.reversed() {
            hash = SessionModels.step(hash, name[place])
            guard place == 0 || name[place - 1] == UInt8(ascii: ".") else { continue }
            let bit = SessionModels.bit(hash)
            if listed[bit >> 6] >> UInt64(bit & 63) & 1 != 0 { return true }
        }
        return false
    }

    /// The listed pool a name belongs to: whole labels from the right, never a part of a label.
    package func pool(for name: String) -> String? {
        var rest = Substring(name.lowercased())
        while true {
            if let pool = pools[String(rest)] { return pool }
            guard let dot = rest.firstIndex(of: ".") else { return nil }
            rest = rest[rest.index(after: dot)...]
        }
    }

    /// Watts for a hash rate: both intervals' ends multiplied. Nil when the algorithm is not known.
    package func watts(_ hashrate: Estimate, algorithm: String?) -> Estimate? {
        guard let algorithm, let one = efficiency[algorithm] else { return nil }
        return Estimate(
            value: hashrate.value * one.value, low: hashrate.low * one.low, high: hashrate.high * one.high,
            basis: "hash rate x joules a hash of machines in use (\(algorithm))")
    }
}
