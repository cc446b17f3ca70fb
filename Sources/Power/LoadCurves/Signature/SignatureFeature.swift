/// One fact of a window that the signature model reads. The order is that of the stored row; names are those of the
/// model file. Formulas: `Docs/Features.md`.
package enum SignatureFeature: Int, CaseIterable, Sendable {
    case logMean, flatness, loadFactor, variation, baseShare, weekendWeekday, dailyWave, plateauShare, roughness
    case stillShare, lag24, zeroShare, stepFlatness, stepNightSharpness, stepLeastHour, stepSecond, stepFall
    case stepRank, stepLogScore, longFlatness, longIntercept, longSlope, swingRatio, afternoonRise, relativeRise
    case heldAfter, heldBefore, novelty, noiseRatio, emptyBefore, jump, lineGap, lineScore, blockScore
    case blockHeight, blockEdges, blockSelf, roughRatio, switchEven, switchRate, switchSize, slowScore, liftScore
    case liftSlope, afterBack, waveShare, roughShare, nightSpread, weighedScore, weighedRise, weighedChi
    case weighedNoise, weighedSecond, weighedFall, weighedHeld, weekFlatness, weekNoise, weekSelf, dayCut
    case levelSteady, classOftenFlat, classPlace

    /// Facts that answer one question, summed when a finding says what spoke for and against.
    package enum Group: String, CaseIterable, Sendable {
        case level
        case step
        case weighed
        case profile
        case held
        case onset
        case noise
        case block
        case switching
        case slow
        case shunt
        case customerClass = "customer-class"
    }

    /// Facts of the readings alone; those after them need the customer class.
    static let readingCount = SignatureFeature.classOftenFlat.rawValue

    package static func named(_ name: String) -> SignatureFeature? { places[name] }

    package var name: String { Self.rows[rawValue].0 }
    package var group: Group { Self.rows[rawValue].1 }

    private static let places = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

    private static let rows: [(String, Group)] = [
        ("log_mean", .level),
        ("flatness", .level),
        ("load_factor", .level),
        ("variation", .level),
        ("base_share", .level),
        ("weekend_weekday", .level),
        ("daily_wave", .level),
        ("plateau_share", .level),
        ("roughness", .level),
        ("still_share", .level),
        ("lag24", .level),
        ("zero_share", .level),
        ("step_flatness", .step),
        ("step_night_sharpness", .step),
        ("step_least_hour", .step),
        ("step_second", .step),
        ("step_fall", .step),
        ("step_rank", .step),
        ("step_log_score", .step),
        ("long_flatness", .profile),
        ("long_intercept", .profile),
        ("long_slope", .profile),
        ("swing_ratio", .profile),
        ("afternoon_rise", .profile),
        ("relative_rise", .profile),
        ("held_after", .held),
        ("held_before", .held),
        ("novelty", .held),
        ("noise_ratio", .noise),
        ("empty_before", .held),
        ("jump", .onset),
        ("line_gap", .onset),
        ("line_score", .onset),
        ("block_score", .block),
        ("block_height", .block),
        ("block_edges", .block),
        ("block_self", .block),
        ("rough_ratio", .switching),
        ("switch_even", .switching),
        ("switch_rate", .switching),
        ("switch_size", .switching),
        ("slow_score", .slow),
        ("lift_score", .shunt),
        ("lift_slope", .shunt),
        ("after_back", .held),
        ("wave_share", .level),
        ("rough_share", .level),
        ("night_spread", .level),
        ("weighed_score", .weighed),
        ("weighed_rise", .weighed),
        ("weighed_chi", .weighed),
        ("weighed_noise", .weighed),
        ("weighed_second", .weighed),
        ("weighed_fall", .weighed),
        ("weighed_held", .weighed),
        ("week_flatness", .onset),
        ("week_noise", .onset),
        ("week_self", .onset),
        ("day_cut", .onset),
        ("level_steady", .noise),
        ("class_often_flat", .customerClass),
        ("class_place", .customerClass),
    ]
}
