import FoundationEssentials
import LoadCurves

#if canImport(Glibc)
    import Glibc
#endif

/// The trained judge of a window: trees over `SignatureFacts`, their calibration, and the width of its power interval.
package struct SignatureModel: Sendable, Equatable {
    /// What the model says of one window.
    package struct Verdict: Sendable {
        /// Natural log likelihood ratio, no prior.
        package var logLikelihoodRatio: Double
        /// The part every meter has, before anything is seen of it.
        package var ground: Double
        /// Parts of the ratio (before it is held within its limits) by what they answer.
        package var groups: [SignatureFeature.Group: Double]
    }

    package let version: String
    package let trees: BoostedTrees
    /// Features the model reads; the rest of a row it does not look at.
    package let reads: Set<SignatureFeature>
    let calibration: Calibration
    let kilowatts: Kilowatts

    /// ratio = slope × score + offset, held within least … most.
    struct Calibration: Codable, Equatable {
        var slope: Double
        var offset: Double
        var least: Double
        var most: Double
    }

    /// Interval: value × exp(± quantile × (scale_floor + spread / value)).
    struct Kilowatts: Codable, Equatable {
        var scaleFloor: Double
        var quantile: Double

        enum CodingKeys: String, CodingKey {
            case scaleFloor = "scale_floor"
            case quantile
        }
    }

    private struct File: Codable {
        var version: String
        var features: [String]
        var calibration: Calibration
        var kilowatts: Kilowatts
        var trees: [BoostedTrees.Tree]
    }

    /// A model of 800 small trees is 0.5 MB; this leaves room for ten times that.
    package static let maximumBytes = 8 << 20
    /// Exponent beyond which an interval says nothing any more; keeps it finite.
    private static let widest = 20.0

    /// Loads a model file. Throws `ModelError` when it is missing, broken or out of range.
    package static func load(from path: String) throws(ModelError) -> SignatureModel {
        guard let handle = fopen(path, "rb") else { throw ModelError(kind: .missing, place: path) }
        defer { fclose(handle) }
        var data = Data()
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = fread(&piece, 1, piece.count, handle)
            if got == 0 { break }
            data.append(contentsOf: piece[..<got])
            guard data.count <= maximumBytes else { throw ModelError(kind: .tooLarge, place: path) }
        }
        return try decode(data, place: path)
    }

    package static func decode(_ data: Data, place: String) throws(ModelError) -> SignatureModel {
        guard let file = try? JSONDecoder().decode(File.self, from: data) else {
            throw ModelError(kind: .malformed, place: place)
        }
        return try SignatureModel(file, place)
    }

    private init(_ file: File, _ place: String) throws(ModelError) {
        var columns: [SignatureFeature] = []
        for name in file.features {
            guard let feature = SignatureFeature.named(name), !columns.contains(feature) else {
                throw ModelError(kind: .malformed, place: "\(place): features.\(name.prefix(40))")
            }
            columns.append(feature)
        }
        let calibration = file.calibration
        guard calibration.slope > 0, calibration.slope <= 20, abs(calibration.offset) <= 20,
            calibration.least >= -20, calibration.most <= 20, calibration.least < calibration.most
        else {
            throw ModelError(kind: .outOfRange, place: "\(place): calibration")
        }
        guard (0...10).contains(file.kilowatts.scaleFloor), (0...100).contains(file.kilowatts.quantile) else {
            throw ModelError(kind: .outOfRange, place: "\(place): kilowatts")
        }
        guard !file.version.isEmpty, file.version.utf8.count <= 40 else {
            throw ModelError(kind: .malformed, place: "\(place): version")
        }
        // Trees name columns of the file; rows are in the order of the catalogue.
        var trees = file.trees
        for tree in trees.indices {
            for node in trees[tree].feature.indices {
                let column = trees[tree].feature[node]
                if column == -1 { continue }
                guard columns.indices.contains(column) else {
                    throw ModelError(kind: .outOfRange, place: "\(place): trees.\(tree).feature.\(node)")
                }
                trees[tree].feature[node] = columns[column].rawValue
            }
        }
        self.trees = try BoostedTrees(trees, featureCount: SignatureFeature.allCases.count, place: place)
        self.version = file.version
        self.calibration = calibration
        self.kilowatts = file.kilowatts
        self.reads = Set(columns)
    }

    /// Ratio that a score stands for.
    package func logLikelihoodRatio(score: Double) -> Double {
        min(calibration.most, max(calibration.least, calibration.slope * score + calibration.offset))
    }

    package func weigh(_ facts: SignatureFacts) -> Verdict {
        var groups: [SignatureFeature.Group: Double] = [:]
        let parts = trees.contributions(facts.row)
        for feature in SignatureFeature.allCases where reads.contains(feature) {
            groups[feature.group, default: 0] += calibration.slope * parts[feature.rawValue]
        }
        return Verdict(
            logLikelihoodRatio: logLikelihoodRatio(score: trees.score(facts.row)),
            ground: calibration.slope * trees.mean + calibration.offset, groups: groups)
    }

    /// 90 % interval of a power, kW; nil unless it is above zero.
    package func interval(kilowatts value: Double, spread: Double) -> (low: Double, high: Double)? {
        guard value > 0, value.isFinite, spread.isFinite else { return nil }
        let wide = kilowatts.quantile * (kilowatts.scaleFloor + spread / max(value, 1e-6))
        let factor = exp(min(Self.widest, max(0, wide)))
        return (value / factor, value * factor)
    }
}
