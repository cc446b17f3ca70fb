/// First column a time, every further column a meter. A blank cell is missing; a bad cell is missing and reported.
struct WideByTimeFormat: MeterFormat {
    static let layout = "wide-by-time"

    private let names: [String]
    private var meters: [Int?] = []

    static func recognise(_ header: [HeaderColumn], _ options: MeterReadOptions) throws(MeterError) -> WideByTimeFormat?
    {
        guard header.count >= 2, header.identifier == nil else { return nil }
        switch header[0].role {
        case .stamp, .date, .timeOfDay: break
        default: return nil
        }
        let names = header.dropFirst().map(\.name)
        guard !names.contains(""),
            !header.dropFirst().contains(where: { [.stamp, .date, .timeOfDay].contains($0.role) })
        else { return nil }
        guard Set(names).count == names.count else {
            throw MeterError(.ambiguousHeader, line: 1, detail: "a meter's column comes twice")
        }
        return WideByTimeFormat(names: Array(names))
    }

    private init(names: [String]) { self.names = names }

    func prepare(_ intake: inout Intake) {
        // `P (kW)` in every column, or nothing said.
        let units = Set(names.map { HeaderNames.split($0).unit })
        if let unit = intake.options.unit ?? (units.count == 1 ? units.first ?? nil : nil) {
            intake.unit = unit
        } else {
            intake.flags.insert("unit_assumed")
        }
    }

    mutating func read(_ bytes: Span<UInt8>, _ table: borrowing FieldTable, _ intake: inout Intake) {
        if meters.isEmpty {
            for name in names {
                let raw = Array(name.utf8)
                meters.append(try? intake.meter(raw.span, 0..<raw.count).get())
            }
        }
        guard let written = intake.stamps.stamp(bytes, table[0]) else {
            return intake.reject(table, .badTime, bytes, table[0])
        }
        let second: Int64
        switch intake.utc(written, meter: meters.first ?? nil) {
        case .success(let utc): second = utc
        case .failure(let reason): return intake.reject(table, reason, bytes, table[0])
        }
        var (good, bad) = (0, 0)
        for column in names.indices {
            let field = table[column + 1]
            switch intake.numbers.parse(bytes, field) {
            case .value(let number, _):
                var reason: RejectedRow.Reason? = .damagedIdentifier
                if let meter = meters[column] { reason = intake.add(meter: meter, second: second, value: number) }
                if let reason {
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
            intake.count(second: second)
        }
    }

    /// Once the columns have their numbers, and when every one of them names a sound meter.
    func fastPlan(_ intake: borrowing Intake) -> FastPlan.Shape? {
        guard !meters.isEmpty else { return nil }
        var numbers: [Int] = []
        for meter in meters {
            guard let meter else { return nil }
            numbers.append(meter)
        }
        return .wideByTime(meters: numbers)
    }
}
