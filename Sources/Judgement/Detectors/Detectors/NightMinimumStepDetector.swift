import FoundationEssentials
import LoadCurves
import Vocabulary

#if canImport(Glibc)
    import Glibc
#endif

/// A load that begins one day, is there every hour, and stays. The rise of the night minimum finds the day; the rise
/// over all hours says whether a constant was added (machines) or the day grew (business).
package struct NightMinimumStepDetector: LoadDetector {
    package let id = "night-minimum-step"

    package init() {}

    /// A rise of more than this many times the level before may also be premises coming back into use.
    private static let vacancy = 6.0

    package func weigh(_ features: LoadFeatures, category: String?, model: LoadModel) -> Voice {
        var voice = Voice(detector: id, logLikelihoodRatio: model.step.least)
        guard let change = features.change else {
            // Nothing to compare with: silence, not innocence.
            voice.logLikelihoodRatio = 0
            voice.against.append(Reason(id: "short-window", value: Double(features.days), unit: "days"))
            return voice
        }
        let row = model.row(category)
        var weight = Self.weight(change, model.step, swing: Self.swing(features.profileBefore))
        if row.oftenFlat, weight > -model.step.oftenFlatDiscount {
            weight -= model.step.oftenFlatDiscount
            if weight > 0 {
                voice.against.append(
                    Reason(id: "category-often-flat", text: category ?? row.id, logOdds: -model.step.oftenFlatDiscount))
            }
        }
        if change.increment < model.step.leastKilowatts && change.nightStep < model.step.leastKilowatts {
            weight = min(weight, 0)
            voice.against.append(
                Reason(id: "rise-too-small", value: change.increment, reference: model.step.leastKilowatts, unit: "kW"))
        }
        voice.logLikelihoodRatio = weight
        if weight > 0 { addReasons(change, weight, into: &voice) }
        addCounterReasons(change, weight, model.step, swing: Self.swing(features.profileBefore), into: &voice)
        return voice
    }

    /// The fitted line, held within the limits of the model. A missing or odd feature counts as its weakest value.
    static func weight(_ change: ChangeFeatures, _ step: LoadModel.Step, swing: Double) -> Double {
        func grow(_ value: Double) -> Double { value.isFinite && value > 0 ? log(1 + value) : 0 }
        func share(_ value: Double) -> Double { value.isFinite ? min(1, max(0, value)) : 0 }
        let sum =
            step.intercept + step.flatness * grow(change.incrementFlatness)
            + step.sharpness * grow(change.sharpness) + step.heldAfter * share(change.heldAfter)
            + step.heldBefore * share(change.heldBefore) + step.commissioning * emptiness(change, step, swing: swing)
        return min(step.most, max(step.least, sum))
    }

    /// 1 where there was next to nothing before: a new connection or the end of a vacancy looks like this too, 0 … 1.
    /// A small load with a day of its own (somebody cooks, somebody sleeps) is no empty connection, however small.
    static func emptiness(_ change: ChangeFeatures, _ step: LoadModel.Step, swing: Double) -> Double {
        guard change.relative.isFinite, change.relative > step.emptyFrom else { return 0 }
        let empty = min(1, log(change.relative / step.emptyFrom) / log(step.emptyTo / step.emptyFrom))
        let lived = min(1, max(0, (swing - step.livedInFrom) / (step.livedInTo - step.livedInFrom)))
        return empty * (1 - lived)
    }

    /// Highest less lowest hour of the mean day over its mean; 0 where there is no day.
    static func swing(_ profile: [Float]) -> Double {
        let present = profile.filter(\.isFinite)
        guard let most = present.max(), let least = present.min(), !present.isEmpty else { return 0 }
        let mean = present.reduce(0, +) / Float(present.count)
        return mean > 0 ? Double((most - least) / mean) : 0
    }

    private func addReasons(_ change: ChangeFeatures, _ weight: Double, into voice: inout Voice) {
        voice.reasons.append(
            Reason(
                id: "night-minimum-step", value: change.nightStep, reference: change.nightBefore, unit: "kW",
                logOdds: weight))
        voice.reasons.append(
            Reason(id: "constant-added", value: change.increment, reference: change.incrementSpread, unit: "kW"))
        if change.heldAfter >= 0.9 {
            voice.reasons.append(
                Reason(
                    id: "rise-holds", value: change.heldAfter, reference: 0.9, unit: "share",
                    count: change.daysAfter))
        }
        if change.sharpness >= 3 {
            voice.reasons.append(Reason(id: "sharp-onset", value: change.sharpness, reference: 3, unit: "ratio"))
        }
    }

    private func addCounterReasons(
        _ change: ChangeFeatures, _ weight: Double, _ step: LoadModel.Step, swing: Double, into voice: inout Voice
    ) {
        guard weight > -1 else { return }
        if abs(change.slope - 1) > 0.5 {
            voice.against.append(Reason(id: "slope-not-one", value: change.slope, reference: 1, unit: "ratio"))
        }
        if change.daysAfter < LoadLimits.scanSideDays {
            voice.against.append(
                Reason(
                    id: "short-after-window", value: Double(change.daysAfter),
                    reference: Double(LoadLimits.scanSideDays), unit: "days"))
        }
        if change.daysBefore < LoadLimits.scanSideDays {
            voice.against.append(
                Reason(
                    id: "short-before-window", value: Double(change.daysBefore),
                    reference: Double(LoadLimits.scanSideDays), unit: "days"))
        }
        let empty = Self.emptiness(change, step, swing: swing)
        if empty > 0 {
            voice.against.append(
                Reason(id: "commissioning", value: change.levelBefore, unit: "kW", logOdds: step.commissioning * empty))
        } else if change.relative > Self.vacancy {
            voice.against.append(Reason(id: "vacancy-end", value: change.levelBefore, unit: "kW"))
        }
        if change.heldAfter < 0.8 {
            voice.against.append(
                Reason(id: "rise-does-not-hold", value: change.heldAfter, reference: 0.8, unit: "share"))
        }
        if change.incrementFlatness < 2 {
            voice.against.append(
                Reason(id: "rise-follows-the-day", value: change.incrementFlatness, reference: 2, unit: "ratio"))
        }
    }
}
