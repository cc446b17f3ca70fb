import FoundationEssentials

/// What went wrong with a model on disk.
package struct ModelError: Error, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable { case missing, tooLarge, malformed, outOfRange }

    package var kind: Kind
    /// File or key concerned.
    package var place: String

    package init(kind: Kind, place: String) {
        self.kind = kind
        self.place = place
    }

    package var description: String { "model \(kind.rawValue): \(place)" }
}

/// Parameters of the load detectors: few and smooth, so that they hold on meters that were never seen.
/// The card beside the file tells where they come from.
package struct LoadModel: Sendable, Codable, Equatable {
    /// Weights of the night-minimum step, natural log-odds without a prior.
    package struct Step: Sendable, Codable, Equatable {
        package var intercept: Double
        /// × ln(1 + increment flatness).
        package var flatness: Double
        /// × ln(1 + sharpness).
        package var sharpness: Double
        /// × share of nights after the change that hold it.
        package var heldAfter: Double
        /// × share of nights before the change that lie below.
        package var heldBefore: Double
        /// × how much the premises were empty before: 0 up to `emptyFrom` times the level before, 1 from `emptyTo` on.
        package var commissioning: Double
        package var emptyFrom: Double
        package var emptyTo: Double
        /// Daily swing (highest less lowest hour over the mean) of the load before, from which premises count as lived in,
        /// and from which wholly so.
        package var livedInFrom: Double
        package var livedInTo: Double
        package var least: Double
        package var most: Double
        /// Taken off in a class whose lawful use adds flat load.
        package var oftenFlatDiscount: Double
        /// Least rise that can be a machine, kW; below it the step says nothing.
        package var leastKilowatts: Double
    }

    /// The flat-from-the-start alternative.
    package struct Level: Sendable, Codable, Equatable {
        /// Share of miners that were there before the window began.
        package var alreadyThere: Double
        /// Daily variation above which a level is not steady enough to count.
        package var steadyDailyVariation: Double
        /// Mean below which a premises is empty rather than flat, kW.
        package var leastKilowatts: Double
        package var atMedian: Double
        package var at90: Double
        package var at99: Double
        package var most: Double
    }

    /// Percentiles of `flatness` among lawful customers of a class.
    package struct CustomerClass: Sendable, Codable, Equatable {
        package var id: String
        package var flatness50: Double
        package var flatness90: Double
        package var flatness99: Double
        /// Lawful use is flat: the level says nothing.
        package var oftenFlat: Bool
        /// `measured` or `stated` (engineering knowledge, to be replaced by local percentiles).
        package var basis: String

        /// Place of a flatness among lawful customers of the class, 0 … 1: straight lines through the three
        /// percentiles, 0 at flatness 0 and 1 at flatness 1; NaN for NaN.
        package func place(of flatness: Double) -> Double {
            if flatness.isNaN { return .nan }
            let place: Double
            if flatness <= flatness50 {
                place = 0.5 * flatness / max(flatness50, 1e-6)
            } else if flatness <= flatness90 {
                place = 0.5 + 0.4 * (flatness - flatness50) / max(flatness90 - flatness50, 1e-6)
            } else {
                place = 0.9 + 0.09 * (flatness - flatness90) / max(flatness99 - flatness90, 1e-6)
            }
            return min(1, max(0, place))
        }
    }

    package struct Kilowatts: Sendable, Codable, Equatable {
        /// Half-width of the interval: this × spread across hours, and `relative` × value, added in quadrature.
        package var spread: Double
        package var relative: Double
        package var bigUnit: Double
        package var smallUnit: Double
        /// Below this power machines are counted in small units, kW.
        package var smallBelow: Double
    }

    package struct Quality: Sendable, Codable, Equatable {
        package var leastCoverage: Double
        package var leastFullDays: Int
        package var stuckRepeatShare: Double
        package var coarseValues: Int
        package var vacantKilowatts: Double
    }

    package struct Feeder: Sendable, Codable, Equatable {
        package var intercept: Double
        /// × ln(1 + z).
        package var step: Double
        /// × ln(1 + excess share of the head's mean in per cent).
        package var share: Double
        package var leastDays: Int
        package var leastCoverage: Double
    }

    package var version: String
    package var step: Step
    package var level: Level
    package var kilowatts: Kilowatts
    package var quality: Quality
    package var feeder: Feeder
    /// `*` is the row for a class that is not listed.
    package var classes: [CustomerClass]
    /// The trained judge; nil where none is installed, then the rules above judge alone.
    package var signature: SignatureModel?
    /// What lawful customers look like; nil where none is installed, then findings do not say what else fits.
    package var lookalikes: Lookalikes?

    enum CodingKeys: String, CodingKey { case version, step, level, kilowatts, quality, feeder, classes }

    /// As records name it.
    package var name: String { "load/\(version)" + (signature.map { "+signature/\($0.version)" } ?? "") }

    /// The class's row, or the global one.
    package func row(_ category: String?) -> CustomerClass {
        let wanted = category?.lowercased() ?? "*"
        return classes.first { $0.id == wanted } ?? classes.first { $0.id == "*" }
            ?? CustomerClass(
                id: "*", flatness50: 0.5, flatness90: 0.8, flatness99: 0.95, oftenFlat: false, basis: "stated")
    }
}

/// Reads `Models/load/<version>` and, where they are there, `load-signature/<version>` and `lookalikes/<version>`
/// beside it.
package enum LoadModels {
    /// A parameters file is a page of numbers; anything larger is not ours.
    package static let maximumBytes = 1 << 20

    /// Loads `parameters.json` from the directory, and the trained judge and the look-alikes of the same version when
    /// there are any. Throws `ModelError` when the parameters are missing, or a file is broken or not finite.
    package static func load(from directory: String) throws(ModelError) -> LoadModel {
        let path = directory.hasSuffix("/") ? directory + "parameters.json" : directory + "/parameters.json"
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw ModelError(kind: .missing, place: path)
        }
        guard data.count <= maximumBytes else { throw ModelError(kind: .tooLarge, place: path) }
        var model = try decode(data, place: path)
        do {
            model.signature = try SignatureModel.load(from: beside(directory, "load-signature") + "/model.json")
        } catch {
            // None installed: the rules judge. One that is there but broken is an error.
            guard error.kind == .missing else { throw error }
        }
        do {
            model.lookalikes = try Lookalikes.load(from: beside(directory, "lookalikes"))
        } catch {
            guard error.kind == .missing else { throw error }
        }
        return model
    }

    /// `…/load/<version>` → `…/<model>/<version>`.
    private static func beside(_ directory: String, _ model: String) -> String {
        let own = URL(filePath: directory, directoryHint: .isDirectory)
        return own.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: model).appending(path: own.lastPathComponent).path
    }

    static func decode(_ data: Data, place: String) throws(ModelError) -> LoadModel {
        guard let model = try? JSONDecoder().decode(LoadModel.self, from: data) else {
            throw ModelError(kind: .malformed, place: place)
        }
        try check(model, place)
        return model
    }

    private static func check(_ model: LoadModel, _ place: String) throws(ModelError) {
        for row in model.classes {
            let ordered = row.flatness50 < row.flatness90 && row.flatness90 < row.flatness99
            guard ordered, row.flatness50 >= 0, row.flatness99 <= 1.5 else {
                throw ModelError(kind: .outOfRange, place: "\(place): classes.\(row.id)")
            }
        }
        guard model.classes.contains(where: { $0.id == "*" }) else {
            throw ModelError(kind: .malformed, place: "\(place): classes.*")
        }
        guard model.level.alreadyThere > 0, model.level.alreadyThere < 1 else {
            throw ModelError(kind: .outOfRange, place: "\(place): level.alreadyThere")
        }
        guard model.kilowatts.bigUnit > 0, model.kilowatts.smallUnit > 0 else {
            throw ModelError(kind: .outOfRange, place: "\(place): kilowatts")
        }
        let step = model.step
        guard step.least < step.most, step.most <= 20, step.emptyFrom > 0, step.emptyFrom < step.emptyTo,
            step.livedInFrom < step.livedInTo
        else {
            throw ModelError(kind: .outOfRange, place: "\(place): step")
        }
    }
}
