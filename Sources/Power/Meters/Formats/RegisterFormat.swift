/// One row a reading of a cumulative register: identifier, time, 示值, and 倍率 where the meter has transformers.
/// The first reading of a meter loads without giving an interval.
struct RegisterFormat: MeterFormat {
    static let layout = "register"

    private let identifier: Int
    private let stamp: Int
    private let timeOfDay: Int?
    private let register: Int
    private let multiplier: Int?
    private let unit: MeterUnit?
    private var book = RegisterBook()

    static func recognise(_ header: [HeaderColumn], _ options: MeterReadOptions) throws(MeterError) -> RegisterFormat? {
        guard let identifier = header.identifier, let register = header.first(.register) else { return nil }
        let values = header.contains { if case .value = $0.role { true } else { false } }
        guard !values || options.layout == layout else { return nil }
        guard header.count(where: { $0.role == .register }) == 1 else {
            throw MeterError(.ambiguousHeader, line: 1, detail: "several register columns")
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
            multiplier: header.first(.multiplier), unit: unit)
    }

    private init(
        identifier: Int, stamp: Int, timeOfDay: Int?, register: Int, multiplier: Int?, unit: MeterUnit?
    ) {
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
        let meter: Int
        switch intake.meter(bytes, table[identifier]) {
        case .success(let number): meter = number
        case .failure(let reason): return intake.reject(table, reason, bytes, table[identifier])
        }
        guard var written = intake.stamps.stamp(bytes, table[stamp]) else {
            return intake.reject(table, .badTime, bytes, table[stamp])
        }
        if let timeOfDay {
            guard let second = intake.stamps.timeOfDay(bytes, table[timeOfDay]) else {
                return intake.reject(table, .badTime, bytes, table[timeOfDay])
            }
            written.localSeconds += second
        }
        let second: Int64
        switch intake.utc(written, meter: meter) {
        case .success(let utc): second = utc
        case .failure(let reason): return intake.reject(table, reason, bytes, table[stamp])
        }
        var factor = 1.0
        // A register shows what passed the meter: the ratio of its transformers is not in it unless that is declared.
        if let multiplier, intake.options.multiplier != .applied {
            guard case .value(let read, _) = intake.numbers.parse(bytes, table[multiplier]), read > 0 else {
                return intake.reject(table, .badMultiplier, bytes, table[multiplier])
            }
            factor = read
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
