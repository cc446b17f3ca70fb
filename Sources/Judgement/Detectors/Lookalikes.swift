import FoundationEssentials
import LoadCurves
import Vocabulary

#if canImport(Glibc)
    import Glibc
#endif

/// The lawful customers that look like machines at the meter, and how well a window's stored features fit each of them.
/// It explains a finding and weighs nothing: no probability is changed by it. `Models/lookalikes/<version>/card.md`.
package struct Lookalikes: Sendable, Equatable {
    /// What the window is read as: a meter that is wholly of a class, or a class's load that joined another's meter.
    package enum Kind: String, Sendable, CaseIterable { case standing, added }

    package let version: String
    /// Lawful classes, `cold-store` …; mining is none of them.
    package let classes: [String]
    private let readings: [Kind: Table]

    /// Bins of each feature with a score for each class, the last one mining.
    private struct Table: Sendable, Equatable {
        /// Features beyond a class's usual range with which a window may still be of it.
        var strays: Int
        var features: [Feature]
    }

    private struct Feature: Codable, Equatable {
        var name: String
        /// Lower ends of all bins but the first, ascending.
        var edges: [Double]
        /// Bins × classes, natural log.
        var scores: [[Double]]
        /// Outer ends of what is usual, by class.
        var ranges: [[Double]]
    }

    private struct File: Codable {
        struct Reading: Codable {
            var strays: Int
            var features: [Feature]
        }

        var version: String
        var classes: [String]
        var readings: [String: Reading]
    }

    /// The file is some hundred kilobytes.
    package static let maximumBytes = 4 << 20
    private static let maximumClasses = 100
    private static let maximumFeatures = 100
    private static let maximumBins = 1000
    /// With fewer known features nothing is said.
    package static let leastFeatures = 6

    /// Reads `model.json` of a folder. Throws `ModelError` when it is missing, broken or out of range.
    package static func load(from directory: String) throws(ModelError) -> Lookalikes {
        let path = directory.hasSuffix("/") ? directory + "model.json" : directory + "/model.json"
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw ModelError(kind: .missing, place: path)
        }
        return try decode(data, place: path)
    }

    package static func decode(_ data: Data, place: String) throws(ModelError) -> Lookalikes {
        guard data.count <= maximumBytes else { throw ModelError(kind: .tooLarge, place: place) }
        guard let file = try? JSONDecoder().decode(File.self, from: data) else {
            throw ModelError(kind: .malformed, place: place)
        }
        return try Lookalikes(file, place)
    }

    private init(_ file: File, _ place: String) throws(ModelError) {
        guard !file.version.isEmpty, file.version.utf8.count <= 40,
            (2...Self.maximumClasses).contains(file.classes.count),
            Set(file.classes).count == file.classes.count, file.classes.allSatisfy(Self.isName)
        else { throw ModelError(kind: .malformed, place: "\(place): classes") }
        let known = Set(FeatureCatalogue.rows.map(\.name))
        var readings: [Kind: Table] = [:]
        for kind in Kind.allCases {
            let own = "\(place): readings.\(kind.rawValue)"
            guard let reading = file.readings[kind.rawValue], reading.features.count <= Self.maximumFeatures,
                Set(reading.features.map(\.name)).count == reading.features.count
            else { throw ModelError(kind: .malformed, place: own) }
            guard (0...reading.features.count).contains(reading.strays) else {
                throw ModelError(kind: .outOfRange, place: own + ".strays")
            }
            for feature in reading.features {
                guard known.contains(feature.name) else {
                    throw ModelError(kind: .malformed, place: own + ".\(feature.name.prefix(40))")
                }
                guard Self.isSound(feature, columns: file.classes.count + 1) else {
                    throw ModelError(kind: .outOfRange, place: own + ".\(feature.name)")
                }
            }
            readings[kind] = Table(strays: reading.strays, features: reading.features)
        }
        version = file.version
        classes = file.classes
        self.readings = readings
    }

    /// Names go into identifiers of sentences: lower-case letters, digits and hyphens.
    private static func isName(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    private static func isSound(_ feature: Feature, columns: Int) -> Bool {
        feature.edges.count < maximumBins && feature.edges.allSatisfy(\.isFinite)
            && zip(feature.edges, feature.edges.dropFirst()).allSatisfy { $0 < $1 }
            && feature.scores.count == feature.edges.count + 1
            && feature.scores.allSatisfy { $0.count == columns && $0.allSatisfy { abs($0) <= 50 } }
            && feature.ranges.count == columns
            && feature.ranges.allSatisfy { $0.count == 2 && $0[0].isFinite && $0[1].isFinite && $0[0] <= $0[1] }
    }

    /// Reads features by catalogue name, as a finding keeps them: the same numbers give the same answer, bit for bit. A
    /// feature that is absent or not finite is not counted; with fewer than `leastFeatures` nothing is said (nil).
    package func read(_ features: [String: Double], as kind: Kind) -> LawfulReading? {
        guard let table = readings[kind] else { return nil }
        let columns = classes.count + 1
        var scores = [Double](repeating: 0, count: columns)
        var strays = [Int](repeating: 0, count: columns)
        var known = 0
        for feature in table.features {
            guard let value = features[feature.name], value.isFinite else { continue }
            known += 1
            let bin = Self.place(value, feature.edges)
            for column in 0..<columns {
                scores[column] += feature.scores[bin][column]
                if value < feature.ranges[column][0] || value > feature.ranges[column][1] { strays[column] += 1 }
            }
        }
        guard known >= Self.leastFeatures else { return nil }
        let mining = scores[columns - 1]
        let lawful = scores[..<(columns - 1)]
        let top = lawful.max() ?? 0
        let whole = lawful.reduce(0) { $0 + exp($1 - top) }
        let fits = classes.indices.map { index in
            LawfulReading.Fit(
                name: classes[index], posterior: exp(scores[index] - top) / whole, margin: scores[index] - mining,
                strays: strays[index], isUsual: strays[index] <= table.strays)
        }
        // Equal ones in the order of the file, so that the same features give the same order.
        let order = fits.enumerated().sorted {
            $0.element.posterior == $1.element.posterior
                ? $0.offset < $1.offset : $0.element.posterior > $1.element.posterior
        }
        return LawfulReading(kind: kind, known: known, fits: order.map(\.element))
    }

    /// The reading of a stored finding of a meter: what joined where it has an onset, else the meter as it stands.
    package func read(_ finding: Finding) -> LawfulReading? {
        guard finding.modality == .grid, finding.probability != nil, let grid = finding.grid else { return nil }
        return read(grid.features, as: grid.onset == nil ? .standing : .added)
    }

    /// Index of the bin: how many edges are not above the value.
    private static func place(_ value: Double, _ edges: [Double]) -> Int {
        var low = 0
        var high = edges.count
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
