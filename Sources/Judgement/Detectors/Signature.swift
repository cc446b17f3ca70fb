import LoadCurves
import Vocabulary

/// Puts a shape, a date, a power and a number of machines to a result that leans towards mining.
enum Signature {
    /// Shares and ratios that tell the shapes apart (`Docs/Features.md`).
    private enum Limits {
        /// Below this part of the hours a rise is a schedule, not a base.
        static let scheduled = 0.75
        /// So much of the running hours in the night: the valley tariff.
        static let valleyNight = 0.7
        /// So little of the whole rise in the first week: machines were added one by one.
        static let staircaseFirstWeek = 0.6
        /// So many hours off while it should run.
        static let dutyOff = 0.2
        /// Afternoon rise over night rise that speaks of cooling.
        static let heat = 1.12...1.8
    }

    static func describe(
        _ features: LoadFeatures, ratio: Double, level: Double, step: Double, model: LoadModel,
        into result: inout LoadAnalysis
    ) {
        guard ratio > 0 else { return }
        let share = model.level.alreadyThere
        // Which side of the mixture carries the result?
        guard let change = features.change, step + 2.5 >= level || share <= 0 else {
            result.signature = "sustained-flat"
            let mean = features.level.mean
            // Without history the whole load is the upper bound and the steady part the best guess.
            let base = min(mean, max(0, features.level.baseShare * mean))
            fill(Estimate(value: base, low: 0, high: mean, basis: "steady part of the load"), model, into: &result)
            return
        }
        result.signature = name(change)
        result.onset = features.date(change.onsetDay)
        if let end = change.endDay { result.end = features.date(end) }
        let running = change.runningShare < Limits.scheduled ? change.runningIncrement : change.increment
        let value = max(running, 0)
        guard value > 0 else { return }
        let wide = model.kilowatts.spread * change.incrementSpread
        let half = (wide * wide + model.kilowatts.relative * model.kilowatts.relative * value * value).squareRoot()
        fill(
            Estimate(
                value: value, low: max(0, value - half), high: value + half, basis: "rise over the hours of the day"),
            model, into: &result)
    }

    /// The same from what the trained judge saw: its day, its hour, its power.
    static func describe(
        _ features: LoadFeatures, _ seen: SignatureView, ratio: Double, model: LoadModel,
        into result: inout LoadAnalysis
    ) {
        guard ratio > 0 else { return }
        guard let onset = seen.facts.onsetHour, seen.beganWithin else {
            result.signature = "sustained-flat"
            let mean = features.level.mean
            let base = min(mean, max(0, features.level.baseShare * mean))
            fill(Estimate(value: base, low: 0, high: mean, basis: "steady part of the load"), model, into: &result)
            return
        }
        result.onset = features.date(onset / 24)
        if let hours = seen.facts.onsetHours {
            let hour = onset % 24
            result.reasons.append(
                Reason(
                    id: "onset-hour", value: Double(hours.upperBound - hours.lowerBound + 1), unit: "h",
                    text: "\(features.date(onset / 24)) \(hour < 10 ? "0" : "")\(hour):00"))
        }
        result.signature = seen.change.map(name) ?? "base-step"
        if let end = seen.change?.endDay, end > onset / 24 { result.end = features.date(end) }
        let value = seen.facts.kilowatts
        guard let interval = seen.interval else { return }
        fill(
            Estimate(
                value: value, low: interval.low, high: interval.high, basis: "rise where it runs, 90 % of found ones"),
            model, into: &result)
    }

    private static func name(_ change: ChangeFeatures) -> String {
        if change.runningShare < Limits.scheduled {
            return change.nightShare >= Limits.valleyNight ? "valley-scheduled" : "peak-curtailed"
        }
        if change.endDay != nil { return "seasonal" }
        if change.firstWeekShare < Limits.staircaseFirstWeek { return "staircase" }
        if change.offShare > Limits.dutyOff { return "duty-cycled" }
        if Limits.heat.contains(change.afternoonRatio) { return "heat-coupled" }
        return "base-step"
    }

    private static func fill(_ kilowatts: Estimate, _ model: LoadModel, into result: inout LoadAnalysis) {
        let unit = kilowatts.value < model.kilowatts.smallBelow ? model.kilowatts.smallUnit : model.kilowatts.bigUnit
        result.miningKW = kilowatts
        result.machineUnitKW = unit
        result.machinesLow = Int(min(1e9, max(0, (kilowatts.low / unit).rounded(.down))))
        result.machinesHigh = Int(min(1e9, max(1, (kilowatts.high / unit).rounded(.up))))
    }
}
