import Kernels

/// The natural series to look for change in: the least hourly load between midnight and six, each local day, smoothed
/// by a median of three so that one odd night is no step.
package enum NightMinimum {
    /// One value a day, kW; NaN where fewer than three night hours are present.
    package static func series(_ grid: HourlyGrid, kernels: MeterKernels) -> [Float] {
        let values = grid.values.span
        var raw: [Float] = []
        raw.reserveCapacity(grid.days)
        for day in 0..<grid.days {
            let start = day * 24 + LoadLimits.night.lowerBound
            raw.append(kernels.minimum(values.extracting(start..<(start + LoadLimits.night.count)), least: 3))
        }
        return smoothed(raw)
    }

    static func smoothed(_ raw: [Float]) -> [Float] {
        raw.indices.map { index in
            Order.median(of: [raw[max(0, index - 1)], raw[index], raw[min(raw.count - 1, index + 1)]])
        }
    }
}
