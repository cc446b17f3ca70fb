import Vocabulary

/// What shows that the machines stand still: the load and the lines over a fortnight, or a visit. "No data" never does.
package struct StopProof: Hashable, Sendable, Codable {
    package enum Basis: String, Hashable, Sendable, Codable { case measured, nameplate, estimate }

    /// Bounds of the rule; default values of the provincial model, section 4.
    package struct Rule: Hashable, Sendable {
        package var largestRest = 0.3
        package var days = 14
        package var baselineDays = 28
        package var coverage = 0.8
        package init() {}
    }

    /// Median load before (over `baselineDays`) and after (over `afterDays`), kW.
    package var baselineKilowatts: Double?
    package var afterKilowatts: Double?
    package var baselineDays: Int
    package var afterDays: Int
    /// Share of readings there are after the stop, 0 ... 1.
    package var readingCoverage: Double?
    /// The meter also feeds something else.
    package var sharedMeter: Bool
    /// Estimated part of the mining in the baseline, kW.
    package var miningKilowatts: Double?
    /// Mining sessions on the linked lines after the stop; nil when no line is linked or none was captured.
    package var sessions: Int?
    package var captureDays: Int
    package var captureCoverage: Double?
    /// Number or SHA-256 of a visit record.
    package var visit: String?
    /// What the power shut rests on, and its range in kW.
    package var basis: Basis
    package var lowKilowatts: Double?
    package var highKilowatts: Double?

    package init(
        baselineKilowatts: Double? = nil, afterKilowatts: Double? = nil, baselineDays: Int = 0, afterDays: Int = 0,
        readingCoverage: Double? = nil, sharedMeter: Bool = false, miningKilowatts: Double? = nil, sessions: Int? = nil,
        captureDays: Int = 0, captureCoverage: Double? = nil, visit: String? = nil, basis: Basis = .measured,
        lowKilowatts: Double? = nil, highKilowatts: Double? = nil
    ) {
        self.baselineKilowatts = baselineKilowatts
        self.afterKilowatts = afterKilowatts
        self.baselineDays = baselineDays
        self.afterDays = afterDays
        self.readingCoverage = readingCoverage
        self.sharedMeter = sharedMeter
        self.miningKilowatts = miningKilowatts
        self.sessions = sessions
        self.captureDays = captureDays
        self.captureCoverage = captureCoverage
        self.visit = visit
        self.basis = basis
        self.lowKilowatts = lowKilowatts
        self.highKilowatts = highKilowatts
    }

    /// Every number that is there, for the check that they are numbers.
    var numbers: [Double] {
        [
            baselineKilowatts, afterKilowatts, readingCoverage, miningKilowatts, captureCoverage, lowKilowatts,
            highKilowatts,
        ].compactMap { $0 }
    }

    /// Nil when the stop is proven; else what is missing, by name.
    package func lack(_ rule: Rule = Rule()) -> String? {
        if let visit, !visit.isEmpty { return nil }
        guard let before = baselineKilowatts, let after = afterKilowatts, before > 0, before.isFinite, after >= 0,
            baselineDays >= rule.baselineDays, afterDays >= rule.days
        else { return "load-not-known" }
        guard let present = readingCoverage, present >= rule.coverage, present <= 1 else { return "readings-missing" }
        if sharedMeter {
            guard let mining = miningKilowatts, mining > 0, mining <= before else { return "mining-part-not-known" }
            guard after - (before - mining) <= rule.largestRest * mining else { return "load-still-there" }
        } else {
            guard after <= rule.largestRest * before else { return "load-still-there" }
        }
        guard let sessions else { return "lines-not-watched" }
        guard sessions == 0 else { return "sessions-still-there" }
        guard captureDays >= rule.days, let seen = captureCoverage, seen >= rule.coverage, seen <= 1 else {
            return "capture-missing"
        }
        return nil
    }
}
