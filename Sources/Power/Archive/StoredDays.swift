import Vocabulary

/// What one step of a stored integer is worth.
package struct Quantum: Hashable, Sendable {
    package enum Unit: UInt8, Sendable {
        /// Energy of the interval.
        case kilowattHours = 0
        /// Average power of the interval.
        case kilowatts = 1
        /// The integer is the bit pattern of a Float32 in kW: for values that no power of ten holds exactly.
        case float32 = 2
    }
    package var unit: Unit
    /// Power of ten, -12 ... 6; 0 for `float32`.
    package var exponent: Int

    package init?(_ unit: Unit, exponent: Int) {
        guard exponent >= -12, exponent <= 6, unit != .float32 || exponent == 0 else { return nil }
        self.unit = unit
        self.exponent = exponent
    }

    private init(unchecked unit: Unit) {
        self.unit = unit
        exponent = 0
    }

    package static let float32 = Quantum(unchecked: .float32)

    package var code: UInt8 { unit.rawValue << 6 | UInt8(exponent + 32) }

    package init?(code: UInt8) {
        guard let unit = Unit(rawValue: code >> 6) else { return nil }
        self.init(unit, exponent: Int(code & 63) - 32)
    }

    private static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12]

    /// kW = value × `numerator` / `denominator`; both are exact, so a conversion rounds once.
    func scale(slots: Int) -> (numerator: Double, denominator: Double) {
        let power = Quantum.powers[abs(exponent)]
        let energy = unit == .kilowattHours
        let up = (energy ? Double(slots) : 1) * (exponent > 0 ? power : 1)
        return (up, (energy ? 24 : 1) * (exponent < 0 ? power : 1))
    }

    /// Average power that a step of 1 stands for; 0 for `float32`, whose integers are no steps.
    package func kilowattsPerStep(slots: Int) -> Double {
        guard unit != .float32 else { return 0 }
        let scale = scale(slots: slots)
        return scale.numerator / scale.denominator
    }

    /// Average power, kW; NaN where missing.
    package func kilowatts(_ value: Int32, slots: Int) -> Float {
        if value == .min { return .nan }
        if unit == .float32 { return Float(bitPattern: UInt32(bitPattern: value)) }
        let scale = scale(slots: slots)
        return Float(Double(value) * scale.numerator / scale.denominator)
    }

    package func kilowatts(_ values: some Collection<Int32>, slots: Int) -> [Float] {
        if unit == .float32 { return values.map { kilowatts($0, slots: slots) } }
        let scale = scale(slots: slots)
        return values.map { $0 == .min ? .nan : Float(Double($0) * scale.numerator / scale.denominator) }
    }
}

/// Days of readings, many meters at a time. Row r is meter `meters[r]` on `days[r]`; its slots are
/// `values[r × slotsPerDay ..< (r + 1) × slotsPerDay]`.
package struct StoredDays: Sendable, Equatable {
    /// When handed in: index into the identifier table beside it. When read: the archive's series number.
    package var meters: [UInt32]
    /// Local days since 1970-01-01.
    package var days: [Int32]
    /// Slots of a day; divides 86 400.
    package var slotsPerDay: Int
    package var quantum: Quantum
    /// Steps of the quantum; `Int32.min` = missing.
    package var values: [Int32]
    /// One bit a slot, lowest first, ⌈slotsPerDay/8⌉ bytes a row: set = the source marks the reading as estimated or
    /// doubtful. Empty = nothing is marked.
    package var quality: [UInt8]

    package init(
        meters: [UInt32] = [], days: [Int32] = [], slotsPerDay: Int, quantum: Quantum, values: [Int32] = [],
        quality: [UInt8] = []
    ) {
        self.meters = meters
        self.days = days
        self.slotsPerDay = slotsPerDay
        self.quantum = quantum
        self.values = values
        self.quality = quality
    }

    package var count: Int { meters.count }
    package var qualityBytes: Int { (slotsPerDay + 7) / 8 }
}

/// One meter on one local day; `meter` is the archive's series number.
package struct MeterDay: Hashable, Comparable, Sendable {
    package var meter: UInt32
    package var day: Int32

    package init(meter: UInt32, day: Int32) {
        self.meter = meter
        self.day = day
    }

    package static func < (left: MeterDay, right: MeterDay) -> Bool {
        (left.meter, left.day) < (right.meter, right.day)
    }
}
