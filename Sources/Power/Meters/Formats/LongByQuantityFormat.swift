/// One row a reading, and a column that says of what (数据类型, 数据项): active power or active energy is read, everything
/// else is rejected as another quantity. The first row that is read fixes whether the file is one of power or of
/// energy.
struct LongByQuantityFormat: MeterFormat {
    static let layout = "long-by-quantity"

    private let identifier: Int
    private let stamp: Int
    private let timeOfDay: Int?
    private let quantity: Int
    private let value: Int
    private let multiplier: Int?
    private let unit: MeterUnit?
    private var unitIsFixed = false
    private var lastQuantity: [UInt8] = []
    /// Factor from the last quantity's unit to the intake's; nil when it is not read.
    private var lastFactor: Double?

    static func recognise(
        _ header: [HeaderColumn], _ options: MeterReadOptions
    ) throws(MeterError) -> LongByQuantityFormat? {
        try recognise(header, rows: [], options)
    }

    static func recognise(
        _ header: [HeaderColumn], rows: [[String]], _ options: MeterReadOptions
    ) throws(MeterError) -> LongByQuantityFormat? {
        let values = header.indices.filter { if case .value = header[$0].role { true } else { false } }
        let (date, time) = (header.first(.date), header.first(.timeOfDay))
        guard let identifier = header.identifier, let quantity = header.first(.quantity), values.count == 1,
            case .value(let unit) = header[values[0]].role, let stamp = header.first(.stamp) ?? date ?? time
        else { return nil }
        // A channel's number says nothing of its quantity: such a table is a plain one.
        let told = rows.contains { quantity < $0.count && HeaderNames.isInterval($0[quantity]) }
        guard told || options.layout == layout else { return nil }
        return LongByQuantityFormat(
            identifier: identifier, stamp: stamp,
            timeOfDay: header.first(.stamp) == nil && date != nil ? time : nil, quantity: quantity, value: values[0],
            multiplier: header.first(.multiplier), unit: unit)
    }

    private init(
        identifier: Int, stamp: Int, timeOfDay: Int?, quantity: Int, value: Int, multiplier: Int?, unit: MeterUnit?
    ) {
        self.identifier = identifier
        self.stamp = stamp
        self.timeOfDay = timeOfDay
        self.quantity = quantity
        self.value = value
        self.multiplier = multiplier
        self.unit = unit
    }

    func prepare(_ intake: inout Intake) { intake.terms.rowIsReading = true }

    mutating func read(_ bytes: Span<UInt8>, _ table: borrowing FieldTable, _ intake: inout Intake) {
        guard let meter = intake.meter(orReject: table, bytes, identifier) else { return }
        guard var factor = factor(bytes, table[quantity], &intake) else {
            return intake.reject(table, .otherQuantity, bytes, table[quantity])
        }
        guard let second = intake.second(orReject: table, bytes, stamp, timeOfDay, meter: meter) else { return }
        if let multiplier, intake.options.multiplier == .pending {
            guard let ratio = intake.ratio(orReject: table, bytes, multiplier) else { return }
            factor *= ratio
        }
        switch intake.numbers.parse(bytes, table[value]) {
        case .value(let number, _):
            if let reason = intake.add(meter: meter, second: second, value: number * factor) {
                return intake.reject(table, reason, bytes, table[value])
            }
            intake.rows.loaded += 1
        case .missing: intake.reject(table, .missingValue, bytes, table[value])
        case .bad(let reason): intake.reject(table, reason, bytes, table[value])
        }
    }

    private mutating func factor(_ bytes: Span<UInt8>, _ field: Range<Int>, _ intake: inout Intake) -> Double? {
        if lastQuantity.count == field.count, !lastQuantity.isEmpty {
            var same = true
            for offset in lastQuantity.indices where lastQuantity[offset] != bytes[field.lowerBound + offset] {
                same = false
                break
            }
            if same { return lastFactor }
        }
        lastQuantity = field.map { bytes[$0] }
        lastFactor = judge(TextEncoding.text(bytes, field, intake.encoding) ?? "", &intake)
        return lastFactor
    }

    private mutating func judge(_ text: String, _ intake: inout Intake) -> Double? {
        guard HeaderNames.isInterval(text) else { return nil }
        let (base, written) = HeaderNames.split(text)
        let guessed: MeterUnit = base.contains("电量") || base.contains("energy") ? .kilowattHours : .kilowatts
        let named = written ?? unit
        // A declared unit also says which of power and energy is wanted.
        let found = named ?? (intake.options.unit?.isPower == guessed.isPower ? intake.options.unit : nil) ?? guessed
        if !unitIsFixed {
            if let declared = intake.options.unit, declared.isPower != found.isPower { return nil }
            if named == nil, intake.options.unit == nil { intake.flags.insert("unit_assumed") }
            intake.unit = found
            unitIsFixed = true
        }
        return found.isPower == intake.unit.isPower ? found.scale / intake.unit.scale : nil
    }
}
