import LoadCurves
import Vocabulary

/// Most false alarms start in the readings. A meter that is stuck, coarse, empty or hardly there is marked here and
/// never accused.
package struct QualityGate: LoadDetector {
    package let id = "quality-gate"

    package init() {}

    package func weigh(_ features: LoadFeatures, category: String?, model: LoadModel) -> Voice {
        var voice = Voice(detector: id)
        let rules = model.quality
        if features.fullDays < rules.leastFullDays || features.coverage < rules.leastCoverage {
            voice.unusable = true
            voice.flags.append("too-little-data")
            voice.against.append(
                Reason(
                    id: "too-little-data", value: Double(features.fullDays), reference: Double(rules.leastFullDays),
                    unit: "days"))
            return voice
        }
        if features.coverage < 0.9 {
            voice.flags.append("gaps")
            voice.against.append(Reason(id: "gaps", value: features.coverage, reference: 0.9, unit: "share"))
        }
        if features.rejected > 0 { voice.flags.append("out-of-range") }
        if features.negativeShare > 0 {
            voice.flags.append("feed-in")
            voice.against.append(Reason(id: "feed-in", value: features.negativeShare, unit: "share"))
        }
        if let copied = features.copied {
            voice.flags.append("copied-window")
            voice.against.append(
                Reason(
                    id: "copied-window", value: Double(copied.days), reference: Double(copied.lag), unit: "days",
                    text: features.date(copied.first).description))
        }
        addRegister(features, rules, into: &voice)
        return voice
    }

    private func addRegister(_ features: LoadFeatures, _ rules: LoadModel.Quality, into voice: inout Voice) {
        let level = features.level
        let top = max(level.mean, features.change?.nightAfter ?? 0)
        if !(top >= rules.vacantKilowatts) {
            voice.silenced = true
            voice.flags.append("vacant")
            voice.against.append(
                Reason(id: "vacant", value: level.mean, reference: rules.vacantKilowatts, unit: "kW"))
        } else if level.distinctValues <= 2 && level.repeatShare >= rules.stuckRepeatShare
            || level.repeatShare >= 0.98
        {
            // One value, or a single jump between two: no appliance does that, a register does.
            voice.silenced = true
            voice.flags.append("stuck")
            voice.against.append(Reason(id: "stuck", value: level.repeatShare, unit: "share"))
        } else if level.distinctValues <= rules.coarseValues {
            voice.flags.append("coarse-register")
            voice.against.append(Reason(id: "coarse-register", count: level.distinctValues))
        }
    }
}
