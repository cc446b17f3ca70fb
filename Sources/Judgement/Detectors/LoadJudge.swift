import FoundationEssentials
import LoadCurves
import Meters
import Vocabulary

#if canImport(Glibc)
    import Glibc
#endif

/// Runs the registered detectors over a meter and puts their voices together.
package struct LoadJudge: Sendable {
    package static let defaultPrior = 0.05

    package let model: LoadModel
    /// Share of meters that mine before anything is seen, strictly between 0 and 1.
    package let prior: Double

    package init(model: LoadModel, prior: Double = LoadJudge.defaultPrior) {
        self.model = model
        self.prior = prior.isFinite ? min(0.999_999, max(0.000_001, prior)) : Self.defaultPrior
    }

    /// Judges one meter. `timezoneOffset` is in seconds east of UTC. Never fails: a series that cannot be judged has a
    /// nil probability and says why.
    package func analyse(_ series: MeterSeries, category: String?, timezoneOffset: Int) -> LoadAnalysis {
        var result = blank(series, category)
        guard let features = LoadFeatures.compute(series, timezoneOffset: timezoneOffset) else {
            result.flags = ["too-little-data"]
            result.against = [Reason(id: "too-little-data")]
            return result
        }
        let voices = DetectorRegistry.load.map { $0.weigh(features, category: category, model: model) }
        result.features = features.named
        result.reasons = voices.flatMap(\.reasons).sorted { ($0.logOdds ?? 0) > ($1.logOdds ?? 0) }
        result.against = Self.unique(voices.flatMap(\.against))
        result.flags = voices.flatMap(\.flags)
        if voices.contains(where: \.unusable) {
            result.reasons = []
            return result
        }
        if let signature = model.signature,
            let seen = SignatureView(series, features, category, timezoneOffset, model, signature)
        {
            judge(seen, features, voices, into: &result)
        } else {
            judge(features, voices, into: &result)
        }
        addLookalikes(to: &result)
        return result
    }

    /// What else the load may be, where it leans towards mining. Said after all is weighed: it changes no figure.
    private func addLookalikes(to result: inout LoadAnalysis) {
        guard result.logLikelihoodRatio > 0, let lookalikes = model.lookalikes else { return }
        let reading = lookalikes.read(result.features, as: result.onset == nil ? .standing : .added)
        result.against += reading?.reasons ?? []
    }

    /// The trained judge weighs; the detectors give the grounds their names.
    private func judge(
        _ seen: SignatureView, _ features: LoadFeatures, _ voices: [Voice], into result: inout LoadAnalysis
    ) {
        var ratio = seen.verdict.logLikelihoodRatio
        let small = voices.contains { $0.against.contains { $0.id == "rise-too-small" } }
        if small, features.level.mean < model.level.leastKilowatts { ratio = min(ratio, 0) }
        (result.reasons, result.against) = seen.grounds(result.reasons, result.against)
        // A judge that was not taught the classes: the rules' discount for lawfully flat ones stands.
        let discount = model.step.oftenFlatDiscount
        if !seen.knowsClasses, model.row(result.category).oftenFlat, ratio > -discount {
            ratio -= discount
            result.against.removeAll { $0.id == "category-often-flat" }
            result.against.append(
                Reason(id: "category-often-flat", text: result.category, logOdds: -discount))
        }
        if result.category == nil { result.against.append(Reason(id: "class-unknown")) }
        settle(ratio, voices, into: &result)
        Signature.describe(features, seen, ratio: result.logLikelihoodRatio, model: model, into: &result)
    }

    /// The rules judge.
    private func judge(_ features: LoadFeatures, _ voices: [Voice], into result: inout LoadAnalysis) {
        let level = voices.first { $0.detector == "class-level" }?.logLikelihoodRatio ?? 0
        let step = voices.first { $0.detector == "night-minimum-step" }?.logLikelihoodRatio ?? 0
        settle(Self.mix(level: level, step: step, alreadyThere: model.level.alreadyThere), voices, into: &result)
        Signature.describe(
            features, ratio: result.logLikelihoodRatio, level: level, step: step, model: model, into: &result)
    }

    /// Readings that must not raise suspicion hold the ratio down; the prior makes it a probability.
    private func settle(_ weighed: Double, _ voices: [Voice], into result: inout LoadAnalysis) {
        var ratio = weighed
        if voices.contains(where: \.silenced) {
            ratio = min(ratio, -2)
            result.reasons = []
        }
        let probability = 1 / (1 + exp(-(ratio + log(prior / (1 - prior)))))
        result.logLikelihoodRatio = ratio
        result.probability = probability
        result.band = Band(probability: probability)
    }

    /// Mining is either older than the window (only the level can show it) or began within it (the step shows it):
    /// the ratio of the mixture. In a class where the level says nothing its ratio is 1.
    static func mix(level: Double, step: Double, alreadyThere: Double) -> Double {
        log((1 - alreadyThere) * exp(step) + alreadyThere * exp(level))
    }

    /// The same ground may be given by two detectors; it is said once.
    private static func unique(_ reasons: [Reason]) -> [Reason] {
        var seen: Set<String> = []
        return reasons.filter { seen.insert($0.id).inserted }
    }

    private func blank(_ series: MeterSeries, _ category: String?) -> LoadAnalysis {
        LoadAnalysis(
            meter: series.meter, probability: nil, prior: prior, logLikelihoodRatio: 0, band: nil, signature: "none",
            coverage: series.coverage, from: series.start, to: series.end, category: category, reasons: [],
            against: [], flags: [], features: [:], model: model.name)
    }
}
