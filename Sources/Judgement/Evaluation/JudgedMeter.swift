import Vocabulary

/// What is known of one labelled meter, and what the program said of it.
package struct JudgedMeter: Hashable, Sendable {
    /// What the label file says. Never an input of a judgement.
    package struct Truth: Hashable, Sendable {
        package var isMining: Bool
        /// A lawful load that was added: counted apart.
        package var isConfounder: Bool
        package var scenario: String
        /// The real meter that the window was cut from: windows of one meter stand or fall together.
        package var host: String
        package var category: String?
        /// Mean mining kW after the onset over the mean of the load without it.
        package var blendRatio: Double
        /// Share of the mining that the meter registers, 0 ... 1; 0 = all of it goes past.
        package var recordedFraction: Double
        package var isNaturallyFlat: Bool
        package var onset: CalendarDate?
        /// Mean kW of the mining while it runs.
        package var miningKilowatts: Double?
        package var feeder: String?

        package init(
            isMining: Bool, isConfounder: Bool, scenario: String, host: String, category: String? = nil,
            blendRatio: Double = 0, recordedFraction: Double = 1, isNaturallyFlat: Bool = false,
            onset: CalendarDate? = nil, miningKilowatts: Double? = nil, feeder: String? = nil
        ) {
            self.isMining = isMining
            self.isConfounder = isConfounder
            self.scenario = scenario
            self.host = host
            self.category = category
            self.blendRatio = blendRatio
            self.recordedFraction = recordedFraction
            self.isNaturallyFlat = isNaturallyFlat
            self.onset = onset
            self.miningKilowatts = miningKilowatts
            self.feeder = feeder
        }

        /// Of the headline: no added lawful load, and no mining that leaves nothing at the meter.
        var isCore: Bool { !isConfounder && (!isMining || recordedFraction > 0) }
        /// Mining that the meter sees, as a multiple of the other load.
        var visibleRatio: Double { blendRatio * recordedFraction }
    }

    package var meter: String
    package var truth: Truth
    /// Nil: too little data to say; ranks last.
    package var probability: Double?
    package var onset: CalendarDate?
    package var kilowatts: Estimate?

    package init(
        meter: String, truth: Truth, probability: Double?, onset: CalendarDate? = nil, kilowatts: Estimate? = nil
    ) {
        self.meter = meter
        self.truth = truth
        self.probability = probability
        self.onset = onset
        self.kilowatts = kilowatts
    }

    /// Where it stands in the ranking.
    var score: Double { probability.map { $0.isNaN ? 0 : $0 } ?? 0 }
}

/// What was said of one feeder, and whether mining goes past a meter below it.
package struct JudgedFeeder: Hashable, Sendable {
    package var feeder: String
    package var isBypassed: Bool
    package var probability: Double?

    package init(feeder: String, isBypassed: Bool, probability: Double?) {
        self.feeder = feeder
        self.isBypassed = isBypassed
        self.probability = probability
    }
}
