/// One row a reading: identifier, time (or date and time of day), value; further columns are passed over.
struct LongFormat: MeterFormat {
    static let layout = "long"

    private let identifier: Int
    private let stamp: Int
    /// Set when `stamp` is a date and the time of day has its own column.
    private let timeOfDay: Int?
    private let value: Int
    private let unit: MeterUnit?

    static func recognise(_ header: [HeaderColumn], _ options: MeterReadOptions) throws(MeterError) -> LongFormat? {
        guard let identifier = header.identifier else { return nil }
        let time = header.first(.timeOfDay)
        let date = header.first(.date)
        guard let stamp = header.first(.stamp) ?? date ?? time else { return nil }
        let split = header.first(.stamp) == nil && date != nil ? time : nil
        let values = header.indices.filter {
            if case .value = header[$0].role { return true }
            return false
        }
        // A declared unit picks its column where several values stand side by side.
        let wanted = values.filter { header[$0].role == .value(options.unit) }
        let named = values.filter { header[$0].role != .value(nil) }
        let choice = wanted.count == 1 ? wanted : named.count == 1 ? named : values
        guard choice.count == 1, let value = choice.first else {
            if choice.count > 1 { throw MeterError(.ambiguousHeader, line: 1, detail: "several value columns") }
            return nil
        }
        guard case .value(let unit) = header[value].role else { return nil }
        return LongFormat(identifier: identifier, stamp: stamp, timeOfDay: split, value: value, unit: unit)
    }

    func prepare(_ intake: inout Intake) {
        if let unit = intake.options.unit ?? unit {
            intake.unit = unit
        } else {
            intake.flags.insert("unit_assumed")
        }
    }

    mutating func read(_ bytes: Span<UInt8>, _ table: borrowing FieldTable, _ intake: inout Intake) {
        guard let meter = intake.meter(orReject: table, bytes, identifier) else { return }
        guard let second = intake.second(orReject: table, bytes, stamp, timeOfDay, meter: meter) else { return }
        switch intake.numbers.parse(bytes, table[value]) {
        case .value(let number, _):
            if let reason = intake.add(meter: meter, second: second, value: number) {
                return intake.reject(table, reason, bytes, table[value])
            }
            intake.rows.loaded += 1
        case .missing: intake.reject(table, .missingValue, bytes, table[value])
        case .bad(let reason): intake.reject(table, reason, bytes, table[value])
        }
    }

    func fastPlan(_ intake: borrowing Intake) -> FastPlan.Shape? {
        .long(identifier: identifier, stamp: stamp, timeOfDay: timeOfDay, value: value)
    }
}
