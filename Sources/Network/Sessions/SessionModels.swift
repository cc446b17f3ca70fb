import Glibc
import Vocabulary

/// What Sessions reads from `Models/`: pools by name, and how much power a hash takes.
package struct SessionModels: Sendable {
    package struct Failure: Error, CustomStringConvertible, Sendable {
        package var description: String
    }

    struct Efficiency: Sendable {
        /// The first year it holds for.
        var year: Int
        /// Joules a hash (or solution): 5 %, middle, 95 % of what is in use.
        var low: Double
        var value: Double
        var high: Double
    }

    private var pools: [String: String] = [:]
    /// A bit for the hash of each listed name: almost every name is ruled out by it without a string.
    private var listed = [UInt64](repeating: 0, count: 1 << (SessionModels.listedBits - 6))
    private static let listedBits = 16
    /// By algorithm, the years rising.
    private var efficiency: [String: [Efficiency]] = [:]
    private var agents: [(match: String, device: DeviceHint)] = []
    private var tags: [(tag: String, pool: String)] = []
    private var words = NameWords()

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
        let hardware = "\(directory)/hardware/\(version)"
        for row in try rows("\(hardware)/efficiency.csv", columns: 6) {
            guard let year = Int(row[1]), let low = Double(row[2]), let value = Double(row[3]),
                let high = Double(row[4]), low > 0, low <= value, value <= high
            else { throw Failure(description: "\(hardware)/efficiency.csv: a bad row for \(row[0])") }
            models.efficiency[row[0], default: []].append(Efficiency(year: year, low: low, value: value, high: high))
        }
        for name in models.efficiency.keys { models.efficiency[name]?.sort { $0.year < $1.year } }
        for row in try rows("\(hardware)/agents.csv", columns: 6) {
            let joules = [Double(row[2]), Double(row[3])].compactMap { $0 }
            guard row[0] != "", joules.isEmpty || joules.count == 2 && joules[0] > 0 && joules[0] <= joules[1] else {
                throw Failure(description: "\(hardware)/agents.csv: a bad row for \(row[0])")
            }
            let device = DeviceHint(
                name: row[1], joulesLow: joules.first, joulesHigh: joules.last,
                algorithm: row[4] == "" ? nil : row[4])
            models.agents.append((row[0].lowercased(), device))
        }
        for row in try rows("\(directory)/pools/\(version)/coinbase-tags.csv", columns: 3) {
            models.tags.append((row[0].lowercased(), row[1]))
        }
        for row in try rows("\(directory)/pools/\(version)/name-words.csv", columns: 2) {
            guard let kind = NameWords.Kind(rawValue: row[1]) else {
                throw Failure(description: "\(directory)/pools/\(version)/name-words.csv: a bad row for \(row[0])")
            }
            models.words.add(row[0], kind)
        }
        return models
    }

    /// What a program's name says of the machine; the first row whose text is in it.
    package func device(agent: String?) -> DeviceHint? {
        guard let agent = agent.map({ String($0.prefix(200)).lowercased() }) else { return nil }
        return agents.first { agent.contains($0.match) }?.device
    }

    /// The pool that writes this text into its coinbases.
    package func pool(tag: String?) -> String? {
        guard let tag = tag?.lowercased() else { return nil }
        return tags.first { tag.contains($0.tag) }?.pool
    }

    /// Whether the words of an unlisted name (lower case) are a pool's.
    package func looksLikePool(_ name: [UInt8]) -> Bool { words.isPoolLike(name) }

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

    /// The calendar year, by whose machines a capture is judged.
    package static func year(of time: Instant) -> Int { time.date().components.year }

    /// Watts for a hash rate: both intervals' ends multiplied. Nil when the algorithm is not known.
    /// - Parameters:
    ///   - device: its joules, where its name gives them away, instead of those of all machines in use.
    ///   - year: of the capture; nil takes the machines of the newest year.
    package func watts(_ hashrate: Estimate, algorithm: String?, device: DeviceHint? = nil, year: Int?) -> Estimate? {
        guard let algorithm else { return nil }
        if let device, device.algorithm == algorithm, let low = device.joulesLow, let high = device.joulesHigh {
            return Estimate(
                value: hashrate.value * (low * high).squareRoot(), low: hashrate.low * low, high: hashrate.high * high,
                basis: "hash rate x joules a hash of the machine that the program's name gives away")
        }
        let family = algorithm.hasPrefix("cn/") ? "cryptonight" : algorithm
        guard let rows = efficiency[family], let newest = rows.last else { return nil }
        let one = year.flatMap { year in rows.last { $0.year <= year } } ?? (year == nil ? newest : rows[0])
        return Estimate(
            value: hashrate.value * one.value, low: hashrate.low * one.low, high: hashrate.high * one.high,
            basis: "hash rate x joules a hash of machines in use from \(one.year) (\(algorithm))")
    }
}

/// A machine as far as the program's own name gives it away (`stratum.md` 1.22). The operator can write any name: a hint.
package struct DeviceHint: Hashable, Sendable {
    package var name: String
    /// Joules a hash; nil where the name does not go so far.
    package var joulesLow: Double?
    package var joulesHigh: Double?
    package var algorithm: String?
}
