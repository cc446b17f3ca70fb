import Archive
import LoadCurves

/// Day features as records of the archive: made while readings come in, merged again into windows.
package enum DayRecords {
    package static let recipe = Archive.FeatureRecipe(
        version: DayFeatures.recordVersion, recordBytes: DayFeatures.recordBytes, make: records)

    private static func records(_ days: StoredDays) -> [UInt8] {
        let (values, step) = steps(days)
        var features: [DayFeatures] = []
        features.reserveCapacity(days.count)
        DayFeatures.compute(
            values: values, days: days.days, slots: days.slotsPerDay, kilowattsPerStep: step, into: &features)
        return DayFeatures.records(features)
    }

    /// Whole numbers and what one of them is worth, kW.
    private static func steps(_ days: StoredDays) -> ([Int32], Double) {
        guard days.quantum.unit == .float32 else {
            return (days.values, days.quantum.kilowattsPerStep(slots: days.slotsPerDay))
        }
        let powers = days.quantum.kilowatts(days.values, slots: days.slotsPerDay)
        let largest = powers.reduce(Float(0)) { $1.isFinite ? max($0, abs($1)) : $0 }
        // As fine as thirty bits allow.
        let step = largest > 0 ? Double(largest) / Double(1 << 30) : 1
        return (powers.map { $0.isFinite ? Int32((Double($0) / step).rounded()) : .min }, step)
    }
}
