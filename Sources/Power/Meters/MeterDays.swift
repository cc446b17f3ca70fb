/// A batch of whole local days of readings, as a stream hands them out: `count` days of `slotsPerDay` whole numbers each,
/// one after the other. A day of a meter may come in several batches when a file is not in order; then a reading that is
/// present wins over one that is missing, and the later one over the earlier.
package struct MeterDays: Sendable {
    /// A reading that is missing; no reading has this value.
    package static let missing = Int32.min

    /// What was noticed of one day while it was put together.
    package struct Quality: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// At least one slot is missing.
        package static let gaps = Quality(rawValue: 1)
        /// A slot came twice with the same value; the later delivery stands.
        package static let duplicates = Quality(rawValue: 2)
        /// A slot came twice with different values; the later delivery stands.
        package static let conflicts = Quality(rawValue: 4)
        /// The day was handed out before its meter went on to another, for want of memory or because of a finer quantum.
        package static let partial = Quality(rawValue: 8)
    }

    /// Equal parts of a local day; slot i covers `[midnight + i·86400/slotsPerDay, …)`.
    package let slotsPerDay: Int
    /// True: average kW of the slot. False: kWh of the slot.
    package let isPower: Bool
    /// A value n stands for n · 10^-decimals kW or kWh.
    package let decimals: Int
    /// Number of each day's meter in the stream's `MeterNames`.
    package private(set) var meters: [UInt32] = []
    /// Local day of each, since 1970.
    package private(set) var days: [Int32] = []
    package private(set) var quality: [Quality] = []
    /// `count × slotsPerDay` values.
    package private(set) var values: [Int32] = []

    package init(slotsPerDay: Int, isPower: Bool, decimals: Int) {
        self.slotsPerDay = slotsPerDay
        self.isPower = isPower
        self.decimals = decimals
    }

    package var count: Int { days.count }

    /// Makes room for a batch of the usual size at once.
    mutating func reserve() { values.reserveCapacity(MeterLimits.batchValues + slotsPerDay) }

    /// Average kW for a value of 1: what a value is to be multiplied by.
    package var kilowattsPerStep: Double {
        let steps = StepScale.power(decimals)
        return isPower ? 1 / steps : Double(slotsPerDay) / 24 / steps
    }

    /// Adds a day. `values` must hold `slotsPerDay` of them; nothing is added otherwise.
    package mutating func append(meter: UInt32, day: Int32, quality: Quality, values new: Span<Int32>) {
        guard new.count == slotsPerDay else { return }
        meters.append(meter)
        days.append(day)
        self.quality.append(quality)
        new.withUnsafeBufferPointer { values.append(contentsOf: $0) }
    }
}

/// Powers of ten as Double holds them exactly.
enum StepScale {
    static func power(_ decimals: Int) -> Double { table[min(max(decimals, 0), table.count - 1)] }
    private static let table: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
}

/// The identifiers behind the meters' numbers of one stream. It knows all numbers that were handed out so far.
package struct MeterNames {
    let index: MeterIndex
    let encoding: MeterReadOptions.Encoding

    package var count: Int { index.count }

    /// The identifier of a meter as UTF-8; empty for a number that was never handed out, or when it is no text.
    package func bytes(_ number: UInt32) -> ArraySlice<UInt8> {
        guard Int(number) < index.count else { return [] }
        return encoding == .utf8 ? index.identifier(Int(number)) : ArraySlice(text(number).utf8)
    }

    /// The identifier of a meter; empty for a number that was never handed out.
    package func text(_ number: UInt32) -> String {
        guard Int(number) < index.count else { return "" }
        let name = Array(index.identifier(Int(number)))
        return TextEncoding.text(name.span, 0..<name.count, encoding) ?? ""
    }
}
