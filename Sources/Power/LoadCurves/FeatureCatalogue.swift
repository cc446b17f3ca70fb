/// One row a feature. `Docs/Features.md` is this table for people; a test keeps the two alike.
package enum FeatureCatalogue {
    package struct Row: Sendable {
        package let name: String
        package let unit: String
        package let window: String
        package let kernel: String
        package let meaning: String
        let value: @Sendable (LoadFeatures) -> Double?
    }

    package static let rows: [Row] = level + change

    private static let level: [Row] = [
        Row(
            name: "coverage", unit: "share", window: "whole", kernel: "count",
            meaning: "readings present"
        ) { $0.coverage },
        Row(
            name: "full-days", unit: "days", window: "whole", kernel: "statistics",
            meaning: "days with at least 18 hours present"
        ) { Double($0.fullDays) },
        Row(
            name: "mean", unit: "kW", window: "whole", kernel: "statistics",
            meaning: "mean load"
        ) { $0.level.mean },
        Row(
            name: "load-factor", unit: "share", window: "whole", kernel: "order",
            meaning: "mean over the 0.995 quantile"
        ) { $0.level.loadFactor },
        Row(
            name: "variation", unit: "share", window: "whole", kernel: "statistics",
            meaning: "standard deviation of hours over mean"
        ) { $0.level.variation },
        Row(
            name: "daily-variation", unit: "share", window: "whole", kernel: "statistics",
            meaning: "standard deviation of daily energy over mean"
        ) { $0.level.dailyVariation },
        Row(
            name: "base-share", unit: "share", window: "whole", kernel: "order",
            meaning: "0.05 quantile over mean"
        ) { $0.level.baseShare },
        Row(
            name: "flatness", unit: "share", window: "whole", kernel: "order",
            meaning: "0.05 quantile over 0.95 quantile"
        ) { $0.level.flatness },
        Row(
            name: "night-day", unit: "ratio", window: "whole", kernel: "statistics",
            meaning: "mean of 00-05 h over mean of 09-18 h"
        ) { $0.level.nightDay },
        Row(
            name: "weekend-weekday", unit: "ratio", window: "whole", kernel: "statistics",
            meaning: "weekend over weekday mean"
        ) { $0.level.weekendWeekday },
        Row(
            name: "plateau-share", unit: "share", window: "whole", kernel: "order",
            meaning: "hours within 5 % of the median"
        ) { $0.level.plateauShare },
        Row(
            name: "daily-wave", unit: "share", window: "whole", kernel: "dots",
            meaning: "amplitude of the 24 h wave over mean"
        ) { $0.level.dailyWave },
        Row(
            name: "repeat-share", unit: "share", window: "whole", kernel: "count",
            meaning: "hours equal to the hour before"
        ) { $0.level.repeatShare },
    ]

    private static let change: [Row] = [
        Row(
            name: "night-step", unit: "kW", window: "14 days each side", kernel: "statistics, order",
            meaning: "rise of the median night minimum (00-06 h)"
        ) { $0.change?.nightStep },
        Row(
            name: "sharpness", unit: "ratio", window: "14 days each side", kernel: "order",
            meaning: "night step over spread before and after"
        ) { $0.change?.sharpness },
        Row(
            name: "hour-sharpness", unit: "ratio", window: "14 days each side", kernel: "order",
            meaning: "median over hours of rise over spread"
        ) { $0.change?.hourSharpness },
        Row(
            name: "increment", unit: "kW", window: "28 days each side", kernel: "order",
            meaning: "median rise over hours, weekdays and weekends apart"
        ) { $0.change?.increment },
        Row(
            name: "increment-flatness", unit: "ratio", window: "28 days each side", kernel: "order",
            meaning: "rise over its spread across hours: a constant was added"
        ) { $0.change?.incrementFlatness },
        Row(
            name: "running-increment", unit: "kW", window: "28 days each side", kernel: "order",
            meaning: "rise in the hours that carry it"
        ) { $0.change?.runningIncrement },
        Row(
            name: "running-share", unit: "share", window: "28 days each side", kernel: "order",
            meaning: "hours of the day that carry the rise"
        ) { $0.change?.runningShare },
        Row(
            name: "profile-intercept", unit: "kW", window: "28 days each side", kernel: "regression",
            meaning: "intercept of the new day on the old"
        ) { $0.change?.intercept },
        Row(
            name: "profile-slope", unit: "ratio", window: "28 days each side", kernel: "regression",
            meaning: "slope of the new day on the old"
        ) { $0.change?.slope },
        Row(
            name: "relative-rise", unit: "ratio", window: "28 days each side", kernel: "order",
            meaning: "rise over the level before"
        ) { $0.change?.relative },
        Row(
            name: "held-after", unit: "share", window: "whole", kernel: "count",
            meaning: "nights after the change above the middle"
        ) { $0.change?.heldAfter },
        Row(
            name: "held-before", unit: "share", window: "whole", kernel: "count",
            meaning: "nights before the change below the middle"
        ) { $0.change?.heldBefore },
        Row(
            name: "first-week-share", unit: "share", window: "7 of 28 days", kernel: "order",
            meaning: "part of the rise reached in the first week"
        ) { $0.change?.firstWeekShare },
        Row(
            name: "off-share", unit: "share", window: "28 days after", kernel: "count",
            meaning: "hours after the change under half of the rise"
        ) { $0.change?.offShare },
        Row(
            name: "afternoon-ratio", unit: "ratio", window: "28 days each side", kernel: "order",
            meaning: "afternoon rise over night rise"
        ) { $0.change?.afternoonRatio },
    ]
}
