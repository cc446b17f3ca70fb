import LoadCurves
import Vocabulary

/// All there is without history: is this load flatter than lawful customers of its class are? In classes that are
/// lawfully flat the answer carries no weight.
package struct ClassLevelDetector: LoadDetector {
    package let id = "class-level"

    package init() {}

    package func weigh(_ features: LoadFeatures, category: String?, model: LoadModel) -> Voice {
        var voice = Voice(detector: id)
        let row = model.row(category)
        let rules = model.level
        let level = features.level
        guard level.flatness.isFinite, level.mean >= rules.leastKilowatts else { return voice }
        if row.oftenFlat {
            voice.against.append(
                Reason(
                    id: "category-often-flat", value: level.flatness, unit: "share", text: category ?? row.id,
                    logOdds: 0))
            return voice
        }
        var weight = Self.weight(level.flatness, row, rules)
        let steady = level.dailyVariation.isFinite && level.dailyVariation <= rules.steadyDailyVariation
        if !steady, weight > rules.at90 {
            weight = rules.at90
            // With a day or two nothing is known of how days differ: less weight, and no ground that says they do.
            if level.dailyVariation.isFinite {
                voice.against.append(
                    Reason(
                        id: "energy-varies-by-day", value: level.dailyVariation, reference: rules.steadyDailyVariation,
                        unit: "share"))
            }
        }
        voice.logLikelihoodRatio = weight
        if weight > rules.at90 {
            voice.reasons.append(
                Reason(
                    id: "flatter-than-class", value: level.flatness, reference: row.flatness99, unit: "share",
                    text: row.id, logOdds: weight))
            voice.reasons.append(
                Reason(
                    id: "steady-daily-energy", value: level.dailyVariation, reference: rules.steadyDailyVariation,
                    unit: "share"))
        } else if weight < 0 {
            voice.against.append(
                Reason(
                    id: "ordinary-for-class", value: level.flatness, reference: row.flatness90, unit: "share",
                    text: row.id, logOdds: weight))
        }
        return voice
    }

    /// Straight lines through the class's median, 90th and 99th percentile; capped.
    static func weight(_ flatness: Double, _ row: LoadModel.CustomerClass, _ rules: LoadModel.Level) -> Double {
        if flatness <= row.flatness50 { return rules.atMedian }
        if flatness <= row.flatness90 {
            let place = (flatness - row.flatness50) / (row.flatness90 - row.flatness50)
            return rules.atMedian + place * (rules.at90 - rules.atMedian)
        }
        let place = (flatness - row.flatness90) / (row.flatness99 - row.flatness90)
        return min(rules.most, rules.at90 + place * (rules.at99 - rules.at90))
    }
}
