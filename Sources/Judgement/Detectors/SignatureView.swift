import LoadCurves
import Meters
import Vocabulary

/// One window as the trained judge sees it: its facts, its verdict, and the change that goes with them.
struct SignatureView {
    let facts: SignatureFacts
    let verdict: SignatureModel.Verdict
    /// The change at the day the facts found; nil when that day cannot be described.
    let change: ChangeFeatures?
    let interval: (low: Double, high: Double)?
    /// The judge was taught which classes are lawfully flat.
    let knowsClasses: Bool
    /// Mean of the window, kW.
    private let mean: Double

    /// A part of the ratio smaller than this is not worth a line, natural log-odds.
    private static let spoken = 0.3
    /// Days by which two searches may differ about one change.
    private static let same = 3

    /// Nil when the window is too short or thin for the judge: then the rules are asked.
    init?(
        _ series: MeterSeries, _ features: LoadFeatures, _ category: String?, _ timezoneOffset: Int,
        _ model: LoadModel, _ signature: SignatureModel
    ) {
        guard features.days >= LoadLimits.minimumDays,
            let grid = HourlyGrid(series, timezoneOffset: timezoneOffset),
            let facts = SignatureFacts.compute(grid), let split = facts.splitDay
        else { return nil }
        self.facts = model.classed(facts, category)
        verdict = signature.weigh(self.facts)
        mean = features.level.mean
        knowsClasses = signature.reads.contains(.classOftenFlat)
        if let change = features.change, abs(change.day - split) <= Self.same {
            self.change = change
        } else {
            change = features.change(in: grid, at: split)
        }
        interval = signature.interval(kilowatts: facts.kilowatts, spread: facts.riseSpread)
    }

    /// A rise under this part of the mean is not what a meter is suspected for.
    private static let leastRise = 0.03

    /// Does a beginning within the window carry the result, rather than a level that was there all along?
    var beganWithin: Bool {
        let standing: Set<SignatureFeature.Group> = [.level, .customerClass]
        var began = 0.0
        var level = 0.0
        for (group, part) in verdict.groups {
            if standing.contains(group) { level += part } else { began += part }
        }
        return facts.kilowatts >= Self.leastRise * mean && (began > 0 || began > level)
    }

    /// The detectors' grounds with the judge's weights, and a ground of its own for each part that no detector named.
    /// A detector's ground that the judge's part contradicts stays, unweighed.
    func grounds(_ reasons: [Reason], _ against: [Reason]) -> ([Reason], [Reason]) {
        var left = verdict.groups
        func weighed(_ reason: Reason, _ wanted: (Double) -> Bool) -> Reason {
            var reason = reason
            reason.logOdds = nil
            if let group = Self.groups[reason.id], let part = left[group], wanted(part) {
                reason.logOdds = part
                left[group] = nil
            }
            return reason
        }
        var speaking = reasons.map { weighed($0) { $0 > 0 } }
        var contrary = against.map { weighed($0) { $0 < 0 } }
        for group in SignatureFeature.Group.allCases {
            guard let part = left[group], abs(part) >= Self.spoken else { continue }
            let feature = Self.shown(group)
            let value = facts[feature]
            let reason = Reason(
                id: "signature-\(group.rawValue)", value: value.isFinite ? value : nil,
                unit: Self.shares.contains(feature) ? "share" : "ratio", logOdds: part)
            if part > 0 { speaking.append(reason) } else { contrary.append(reason) }
        }
        // Strongest first; equal ones in the order they were given.
        let order = { (reasons: [Reason]) in
            reasons.enumerated().sorted {
                let a = abs($0.element.logOdds ?? 0)
                let b = abs($1.element.logOdds ?? 0)
                return a == b ? $0.offset < $1.offset : a > b
            }.map(\.element)
        }
        return (order(speaking), order(contrary))
    }

    /// Which part of the judge weighs a detector's ground.
    private static let groups: [String: SignatureFeature.Group] = [
        "night-minimum-step": .step, "constant-added": .profile, "rise-holds": .held, "sharp-onset": .onset,
        "flatter-than-class": .level, "ordinary-for-class": .level, "slope-not-one": .profile,
        "rise-follows-the-day": .profile, "rise-does-not-hold": .held, "commissioning": .held, "vacancy-end": .held,
        "category-often-flat": .customerClass,
    ]

    private static let shares: Set<SignatureFeature> = [.flatness, .heldAfter, .switchEven, .classPlace]

    /// The fact that stands for a part.
    private static func shown(_ group: SignatureFeature.Group) -> SignatureFeature {
        switch group {
        case .level: .flatness
        case .step: .stepFlatness
        case .weighed: .weighedScore
        case .profile: .longFlatness
        case .held: .heldAfter
        case .onset: .weekSelf
        case .noise: .noiseRatio
        case .block: .blockScore
        case .switching: .switchEven
        case .slow: .slowScore
        case .shunt: .liftScore
        case .customerClass: .classPlace
        }
    }
}

extension LoadModel {
    /// The facts with those of the customer class. Without a class, or with one that the parameters do not list, it is
    /// not known whether the class is often flat, and the place is that among all customers: so the judge was trained.
    package func classed(_ facts: SignatureFacts, _ category: String?) -> SignatureFacts {
        var facts = facts
        facts[.classPlace] = row(nil).place(of: facts[.flatness])
        guard let wanted = category?.lowercased(), wanted != "*",
            let row = classes.first(where: { $0.id == wanted })
        else { return facts }
        facts[.classOftenFlat] = row.oftenFlat ? 1 : 0
        facts[.classPlace] = row.place(of: facts[.flatness])
        return facts
    }
}
