/// One row a reading of a cumulative register: identifier, time, 示值, and 倍率 where the meter has transformers.
/// The first reading of a meter loads without giving an interval.
struct RegisterFormat: MeterFormat {
    static let layout = "register"

    private let identifier: Int
    private let stamp: Int
    private let timeOfDay: Int?
    private let register: Int
    private let multiplier: Int?
    /// Set where a row says that its value is a register.
    private let quantity: Int?
    private let unit: MeterUnit?
    private var book = RegisterBook()

    static func recognise(_ header: [HeaderColumn], _ options: MeterReadOptions) throws(MeterError) -> RegisterFormat? {
        try recognise(header, rows: [], options)
    }

    static func recognise(
        _ header: [HeaderColumn], rows: [[String]], _ options: MeterReadOptions
    ) throws(MeterError) -> RegisterFormat? {
        guard let identifier = header.identifier else { return nil }
        let values = header.indices.filter { if case .value = header[$0].role { true } else { false } }
        let registers = header.indices.filter { header[$0].role == .register }
        var quantity: Int?
        let register: Int
        if let found = registers.first, values.isEmpty || options.layout == layout {
            guard registers.count == 1 else {
                throw MeterError(.ambiguousHeader, line: 1, detail: "several register columns")
            }
            register = found
        } else if let told = header.first(.quantity), values.count == 1, registers.isEmpty {
            // A value of whatever its row says: registers only where no row is of power or energy.
            let texts = rows.compactMap { told < $0.count ? $0[told] : nil }
            guard texts.contains(where: HeaderNames.isRegister), !texts.contains(where: HeaderNames.isInterval) else {
                return nil
            }
            (quantity, register) = (told, values[0])
        } else {
            return nil
        }
        let (date, time) = (header.first(.date), header.first(.timeOfDay))
        guard let stamp = header.first(.stamp) ?? date ?? time else { return nil }
        let unit = options.unit ?? HeaderNames.split(header[register].name).unit
        if unit?.isPower == true {
            throw MeterError(.badOption, line: 1, detail: "a register counts energy, \(unit?.rawValue ?? "") is power")
        }
        return RegisterFormat(
            identifier: identifier, stamp: stamp,
            timeOfDay: header.first(.stamp) == nil && date != nil ? time : nil, register: register,
            multiplier: header.first(.multiplier), quantity: quantity, unit: unit)
    }

    private init(
        identifier: Int, stamp: Int, timeOfDay: Int?, register: Int, multiplier: Int?, quantity: Int?,
        unit: MeterUnit?
    ) {
        self.quantity = quantity
        self.identifier = identifier
        self.stamp = stamp
        self.timeOfDay = timeOfDay
        self.register = register
        self.multiplier = multiplier
        self.unit = unit
    }

    func prepare(_ intake: inout Intake) {
        intake.unit = unit ?? .kilowattHours
        if unit == nil { intake.flags.insert("unit_assumed") }
    }

    mutating func read(_ bytes: Span<UInt8>, _ table: borrowing FieldTable, _ intake: inout Intake) {
        guard let meter = intake.meter(orReject: table, bytes, identifier) else { return }
        if let quantity,
            !HeaderNames.isRegister(TextEncoding.text(bytes, table[quantity], intake.encoding) ?? "")
        {
            return intake.reject(table, .otherQuantity, bytes, table[quantity])
        }
        guard let second = intake.second(orReject: table, bytes, stamp, timeOfDay, meter: meter) else { return }
        var factor = 1.0
        // A register shows what passed the meter: the ratio of its transformers is not in it unless that is declared.
        if let multiplier, intake.options.multiplier != .applied {
            guard let ratio = intake.ratio(orReject: table, bytes, multiplier) else { return }
            factor = ratio
        }
        switch intake.numbers.parse(bytes, table[register]) {
        case .value(let value, _):
            if let reason = book.add(meter: meter, second: second, value: value, factor: factor, &intake) {
                return intake.reject(table, reason, bytes, table[register])
            }
            intake.rows.loaded += 1
        case .missing: intake.reject(table, .missingValue, bytes, table[register])
        case .bad(let reason): intake.reject(table, reason, bytes, table[register])
        }
    }

    mutating func finish(_ intake: inout Intake) { book.settle(&intake, countsRows: true) }
}
