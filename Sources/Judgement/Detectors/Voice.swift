import LoadCurves
import Vocabulary

/// What one detector says about one meter.
package struct Voice: Sendable {
    package var detector: String
    /// Natural log likelihood ratio, no prior.
    package var logLikelihoodRatio: Double
    package var reasons: [Reason] = []
    package var against: [Reason] = []
    package var flags: [String] = []
    /// The readings cannot carry a judgement at all.
    package var unusable = false
    /// The readings may be looked at, but must not raise suspicion.
    package var silenced = false

    package init(detector: String, logLikelihoodRatio: Double = 0) {
        self.detector = detector
        self.logLikelihoodRatio = logLikelihoodRatio
    }
}

/// A detector over load features. It knows no file, no store, no clock.
package protocol LoadDetector: Sendable {
    /// Lower-case-with-hyphens name, the same in registry, documents and records.
    var id: String { get }
    func weigh(_ features: LoadFeatures, category: String?, model: LoadModel) -> Voice
}

/// The detectors in use, cheapest first. A new one is one file and one line here.
package enum DetectorRegistry {
    package static let load: [any LoadDetector] = [QualityGate(), ClassLevelDetector(), NightMinimumStepDetector()]
    package static let others = ["feeder-balance", "session"]
}
