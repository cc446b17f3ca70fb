/// One row a meter and day of register readings, `P1 … Pn`: P1 is the register at 00:00; with one point more than
/// divides a day the last is at 24:00. Told from a load curve by what the rows say of their quantity (正向有功总示值), because
/// both have the same header.
struct RegisterByDayFormat: MeterFormat {
    static let layout = "register-by-day"

    private let identifier: Int
    private let date: Int
    private let multiplier: Int?
    private let quantity: Int?
    private let points: [Int]
    private let step: Int64
    private var seen: Set<UInt64> = []
    private var book = RegisterBook()

    static func recognise(
        _ header: [HeaderColumn], _ options: MeterReadOptions
    ) throws(MeterError) -> RegisterByDayFormat? {
        guard options.layout == layout else { return nil }
        return try make(header)
    }

    static func recognise(
        _ header: [HeaderColumn], rows: [[String]], _ options: MeterReadOptions
    ) throws(MeterError) -> RegisterByDayFormat? {
        if options.layout == layout { return try make(header) }
        guard let quantity = header.first(.quantity) else { return nil }
        let texts = rows.compactMap { quantity < $0.count ? $0[quantity] : nil }
        // Rows of power or energy beside registers: they are the better measure, and the registers are passed over.
        let registers = texts.filter { HeaderNames.isRegister($0) }.count
        guard registers > 0, !texts.contains(where: { HeaderNames.isInterval($0) }) else { return nil }
        return try make(header)
    }

    private static func make(_ header: [HeaderColumn]) throws(MeterError) -> RegisterByDayFormat? {
        guard let identifier = header.identifier, let date = header.first(.date) ?? header.first(.stamp) else {
            return nil
        }
        guard let points = try header.points() else { return nil }
        // 97 points are those of a day and the midnight after it.
        let fits = [points.count, points.count - 1].first { 1440 % $0 == 0 }
        guard let count = fits else {
            throw MeterError(.unknownLayout, line: 1, detail: "\(points.count) points do not divide a day")
        }
        let step = 86_400 / count
        return RegisterByDayFormat(
            identifier: identifier, date: date, multiplier: header.first(.multiplier),
            quantity: header.first(.quantity), points: points, step: Int64(step))
    }

    private init(identifier: Int, date: Int, multiplier: Int?, quantity: Int?, points: [Int], step: Int64) {
        self.identifier = identifier
        self.date = date
        self.multiplier = multiplier
        self.quantity = quantity
        self.points = points
        self.step = step
    }

    func prepare(_ intake: inout Intake) {
        intake.layoutInterval = Int(step)
        intake.unit = intake.options.unit ?? .kilowattHours
        if intake.options.unit == nil { intake.flags.insert("unit_assumed") }
    }

    mutating func read(_ bytes: Span<UInt8>, _ table: borrowing FieldTable, _ intake: inout Intake) {
        guard let meter = intake.meter(orReject: table, bytes, identifier) else { return }
        guard let day = intake.stamps.day(bytes, table[date]) else {
            return intake.reject(table, .badTime, bytes, table[date])
        }
        if let quantity {
            let text = TextEncoding.text(bytes, table[quantity], intake.encoding) ?? ""
            guard HeaderNames.isRegister(text) else {
                return intake.reject(table, .otherQuantity, bytes, table[quantity])
            }
        }
        var factor = 1.0
        if let multiplier, intake.options.multiplier != .applied {
            guard let ratio = intake.ratio(orReject: table, bytes, multiplier) else { return }
            factor = ratio
        }
        guard let midnight = intake.midnight(orReject: table, bytes, date, day: day) else { return }
        var (good, bad) = (0, 0)
        for place in points.indices {
            let field = table[points[place]]
            switch intake.numbers.parse(bytes, field) {
            case .value(let value, _):
                let second = midnight + Int64(place) * step
                if let reason = book.add(meter: meter, second: second, value: value, factor: factor, &intake) {
                    bad += 1
                    intake.rejectCell(table, reason, bytes, field)
                } else {
                    good += 1
                }
            // The gap is counted where the neighbours are known.
            case .missing: continue
            case .bad(let reason):
                bad += 1
                intake.rejectCell(table, reason, bytes, field)
            }
        }
        if good == 0, bad > 0 {
            intake.reject(table, .badNumber, bytes, table.record)
        } else if seen.insert(UInt64(meter) << 32 | UInt64(UInt32(truncatingIfNeeded: day))).inserted {
            intake.rows.loaded += 1
        } else {
            intake.rows.duplicate += 1
        }
    }

    mutating func finish(_ intake: inout Intake) { book.settle(&intake, countsRows: false) }
}
