/// First and last day of each series in a delivery: a day between them may have come before. In files that are in order of
/// time, which nearly all are, none does.
struct DayExtents {
    private struct Extent {
        var low = Int32.max
        var high = Int32.min
    }

    /// Series whose extents lie together; a delivery of few meters of many touches few pages.
    private static let page = 4096

    private var pages: [UInt32: [Extent]] = [:]

    /// False when the day may have been added before.
    mutating func add(series: UInt32, day: Int32) -> Bool {
        let page = series / UInt32(DayExtents.page)
        let place = Int(series % UInt32(DayExtents.page))
        return add(&pages[page, default: [Extent](repeating: Extent(), count: DayExtents.page)][place], day)
    }

    private func add(_ extent: inout Extent, _ day: Int32) -> Bool {
        let isNew = day < extent.low || day > extent.high
        extent.low = min(extent.low, day)
        extent.high = max(extent.high, day)
        return isNew
    }
}
