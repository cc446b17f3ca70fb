import LoadCurves
import Meters
import Vocabulary

/// The load result of one meter: the contract's `load` record.
package struct LoadAnalysis: Sendable {
    package var meter: String
    /// Calibrated at `prior`; nil when there was too little data to say.
    package var probability: Double?
    package var prior: Double
    /// Natural log likelihood ratio without any prior.
    package var logLikelihoodRatio: Double
    /// Nil exactly when the probability is.
    package var band: Band?
    package var signature: String
    package var onset: CalendarDate?
    package var end: CalendarDate?
    package var miningKW: Estimate?
    package var machinesLow: Int?
    package var machinesHigh: Int?
    package var machineUnitKW: Double?
    package var coverage: Double
    package var from: Instant
    package var to: Instant
    package var category: String?
    package var reasons: [Reason]
    package var against: [Reason]
    package var flags: [String]
    package var features: [String: Double]
    package var model: String

    /// As a finding of the grid side.
    package var finding: Finding {
        let detail = GridDetail(
            signature: signature, onset: onset, end: end, category: category, machinesLow: machinesLow,
            machinesHigh: machinesHigh, machineUnitKilowatts: machineUnitKW, features: features)
        return Finding(
            id: FindingID.make(
                modality: .grid, subject: .meter(meter), parts: ["\(from.nanoseconds)", "\(to.nanoseconds)", model]),
            subject: .meter(meter), modality: .grid, from: from, to: to, probability: probability,
            logLikelihoodRatio: logLikelihoodRatio, coverage: coverage, kilowatts: miningKW, reasons: reasons,
            against: against, flags: flags, model: model, grid: detail)
    }
}

/// Identifiers that depend on what they name and on nothing else.
package enum FindingID {
    /// `g-` or `n-` and sixteen hexadecimal digits: FNV-1a over the parts, each closed by a separator.
    package static func make(modality: Modality, subject: Subject, parts: [String]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for part in [modality.rawValue, subject.key] + parts {
            for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0x1f) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return (modality == .grid ? "g-" : "n-") + String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    }
}
