import Meters

extension Archive.Delivery {
    /// Adds days as `MeterStream` hands them out.
    /// - Parameter names: those of the same call; numbers keep their meaning from call to call.
    package func append(_ days: MeterDays, names: MeterNames) throws(ArchiveError) {
        while streamedNumbers.count < names.count {
            let name = names.text(UInt32(streamedNumbers.count))
            streamedNumbers.append(UInt32(streamed.add(name.utf8)))
        }
        guard days.meters.allSatisfy({ Int($0) < streamedNumbers.count }),
            let quantum = Quantum(days.isPower ? .kilowatts : .kilowattHours, exponent: -days.decimals)
        else { throw ArchiveError.badBatch(what: "a meter or a quantum that the stream does not have") }
        try append(
            StoredDays(
                meters: days.meters.map { streamedNumbers[Int($0)] }, days: days.days, slotsPerDay: days.slotsPerDay,
                quantum: quantum, values: days.values), identifiers: streamed)
    }
}
