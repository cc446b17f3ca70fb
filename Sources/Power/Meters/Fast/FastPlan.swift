internal import CMachine

/// What the fast path must know of a layout. A format gives it as soon as every row that fits it exactly would be read
/// by the format itself without a look at anything but these columns.
struct FastPlan: Sendable {
    enum Shape: Sendable {
        /// Columns of the identifier, the stamp (or date) and, when it stands apart, the time of day, and the value.
        case long(identifier: Int, stamp: Int, timeOfDay: Int?, value: Int)
        /// One meter and day a row, `points` are the columns of its readings. A row whose quantity is not `accepted`, byte for
        /// byte, is not ours.
        case wideByDay(identifier: Int, date: Int, points: [Int], quantity: Int?, accepted: [UInt8])
        /// First column a stamp, every further one a meter.
        case wideByTime(meters: [Int])
    }

    var shape: Shape
    /// Fields of a row.
    var width: Int
    var separator: UInt8 = UInt8(ascii: ",")
    /// Values are whole numbers of 10^-decimals.
    var decimals = 3
    /// Largest value in that unit, so that `MeterLimits.largestReading` holds.
    var largest: Int64 = 0
    var numbers = NumberParser()
    /// Seconds east of UTC of stamps that carry no zone; nil when a table of clock changes decides.
    var offset: Int64?
    /// Latest second that is no future one.
    var latest: Int64 = 0
    var keepsNegative = false

    /// Columns whose bytes are compared with known ones, -1 for none.
    var comparedColumns: (Int, Int) {
        switch shape {
        case .long(let identifier, _, _, _): (identifier, -1)
        case .wideByDay(let identifier, _, _, let quantity, _): (identifier, quantity ?? -1)
        case .wideByTime: (-1, -1)
        }
    }

    /// The same for the kernels.
    var fixed: cmachine_fixed {
        cmachine_fixed(
            decimals: UInt32(decimals), point: numbers.decimalComma ? UInt8(ascii: ",") : UInt8(ascii: "."),
            largest: Int32(truncatingIfNeeded: largest), missing: MeterDays.missing)
    }

    /// More decimals would not leave a meter's readings room in 32 bits.
    static let mostDecimals = 6
}

extension MeterFormat {
    /// By default a layout has no fast path and is read row by row.
    func fastPlan(_ intake: borrowing Intake) -> FastPlan.Shape? { nil }
}

/// What one piece of a file gave, in order: stretches of whole rows that fit. What lies between them is read row by row.
struct FastRun {
    /// First byte, and the byte after the last line end.
    var start: UInt32
    var end: UInt32
    /// Rows, which are as many lines.
    var rows: UInt32
    /// First of the run's values; in the long layout also of its seconds.
    var first: UInt32
    /// Number of the meter, -1 when its identifier was not known when the piece was read.
    var meter: Int32
    /// The identifier of the first row.
    var nameStart: UInt32
    var nameEnd: UInt32
    /// Day since 1970 (wide by day) or UTC second (wide by time).
    var place: Int64
}
