/// One row a meter and day: `P1 … P96`, or any count of points that divides a day. The usual export of collection systems.
struct WideByDayFormat: MeterFormat {
    static let layout = "wide-by-day"

    private let identifier: Int
    private let date: Int
    private let multiplier: Int?
    private let quantity: Int?
    private let points: [Int]
    private let step: Int64
    /// The last quantity text as bytes, and what it was found to be.
    private var lastQuantity: [UInt8] = []
    private var lastAccepted = true
    private var unitIsFixed = false

    static func recognise(_ header: [HeaderColumn], _ options: MeterReadOptions) throws(MeterError) -> WideByDayFormat?
    {
        guard let identifier = header.identifier,
            let date = header.first(.date) ?? header.first(.stamp) ?? header.first(.timeOfDay)
        else { return nil }
        guard let points = try header.points() else { return nil }
        let step = 86_400 / points.count
        guard step * points.count == 86_400, step >= MeterLimits.shortestInterval else {
            throw MeterError(.unknownLayout, line: 1, detail: "\(points.count) points do not divide a day")
        }
        return WideByDayFormat(
            identifier: identifier, date: date, multiplier: header.first(.multiplier),
            quantity: header.first(.quantity),
            points: points, step: Int64(step))
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
        if let unit = intake.options.unit {
            intake.unit = unit
        } else if quantity == nil {
            // Load curves are power unless something says energy.
            intake.unit = .kilowatts
            intake.flags.insert("unit_assumed")
        }
    }

    mutating func read(_ bytes: Span<UInt8>, _ table: borrowing FieldTable, _ intake: inout Intake) {
        guard let meter = intake.meter(orReject: table, bytes, identifier) else { return }
        guard let day = intake.stamps.day(bytes, table[date]) else {
            return intake.reject(table, .badTime, bytes, table[date])
        }
        if let quantity, !accepts(bytes, table[quantity], &intake) {
            return intake.reject(table, .otherQuantity, bytes, table[quantity])
        }
        var factor = 1.0
        if let multiplier, intake.options.multiplier == .pending {
            guard let ratio = intake.ratio(orReject: table, bytes, multiplier) else { return }
            factor = ratio
        }
        guard let midnight = intake.midnight(orReject: table, bytes, date, day: day) else { return }
        var (good, bad) = (0, 0)
        for place in points.indices {
            let field = table[points[place]]
            switch intake.numbers.parse(bytes, field) {
            case .value(let number, _):
                let second = midnight + Int64(place) * step
                if let reason = intake.add(meter: meter, second: second, value: number * factor) {
                    bad += 1
                    intake.rejectCell(table, reason, bytes, field)
                } else {
                    good += 1
                }
            case .missing: intake.missing += 1
            case .bad(let reason):
                bad += 1
                intake.rejectCell(table, reason, bytes, field)
            }
        }
        if good == 0, bad > 0 {
            intake.reject(table, .badNumber, bytes, table.record)
        } else {
            intake.count(meter: meter, day: day)
        }
    }

    /// Once the unit is settled, rows of the quantity that was accepted last.
    func fastPlan(_ intake: borrowing Intake) -> FastPlan.Shape? {
        guard multiplier == nil || intake.options.multiplier != .pending else { return nil }
        guard quantity == nil || (lastAccepted && !lastQuantity.isEmpty) else { return nil }
        guard quantity == nil || unitIsFixed || intake.options.unit != nil else { return nil }
        return .wideByDay(
            identifier: identifier, date: date, points: points, quantity: quantity, accepted: lastQuantity)
    }

    /// Only active power or active energy is read. The first accepted row fixes which, when nothing was declared.
    private mutating func accepts(_ bytes: Span<UInt8>, _ field: Range<Int>, _ intake: inout Intake) -> Bool {
        if lastQuantity.count == field.count, !lastQuantity.isEmpty {
            var same = true
            for offset in 0..<field.count where lastQuantity[offset] != bytes[field.lowerBound + offset] {
                same = false
            }
            if same { return lastAccepted }
        }
        lastQuantity = field.map { bytes[$0] }
        lastAccepted = judge(TextEncoding.text(bytes, field, intake.encoding) ?? "", &intake)
        return lastAccepted
    }

    private mutating func judge(_ text: String, _ intake: inout Intake) -> Bool {
        let (base, written) = HeaderNames.split(text)
        let known =
            base.isEmpty || ["activepower", "activeenergy", "power", "energy"].contains(base)
            || (base.contains("有功") && !base.contains("反向")) || base == "功率" || base == "电量" || base == "负荷"
        // A register's face is a sum since the meter was new: read as power it would be a giant load.
        guard known, !base.contains("无功"), !HeaderNames.isAnyRegister(text) else { return false }
        let guessed: MeterUnit = base.contains("电量") || base.contains("energy") ? .kilowattHours : .kilowatts
        if intake.options.unit != nil || unitIsFixed {
            return (written ?? (intake.options.unit == nil ? guessed : intake.unit)) == intake.unit
        }
        if written == nil { intake.flags.insert("unit_assumed") }
        intake.unit = written ?? guessed
        unitIsFixed = true
        return true
    }
}
