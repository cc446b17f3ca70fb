/// JSON lines: an object a line, with the names of columns in Chinese or English (`HeaderNames`). A line is one
/// reading, or a meter with an array of readings:
///
/// - `{"meter":…, "ts":…, "kwh":…}`
/// - `{"meter":…, "readings":[{"ts":…, "kwh":…}, …]}`
/// - `{"meter":…, "ts":[…], "kwh":[…]}`
/// - `{"meter":…, "date":…, "P1":…, "P2":…, …}`
/// - `{"meter":…, "date":… (or "start":…, "interval_min":…), "kwh":[…]}`; without an interval the values divide a day
///
/// A bad line is rejected and reading goes on at the next one. Null in an array is missing.
struct JSONLinesFormat: DocumentFormat {
    static let layout = "json-lines"

    private var book = RegisterBook()
    private var sawArray = false
    private var sawReading = false
    private var unitIsFixed = false
    private var names = Names()

    init() {}

    /// What member names and quantities mean, each looked up once: they repeat in every line.
    private struct Names {
        private var members: [String: (role: ColumnRole, base: String, unit: MeterUnit?)] = [:]
        private var lastText: [UInt8] = []
        private var last = Quantity()

        struct Quantity {
            var isRegister = false
            var isKnown = true
            var unit: MeterUnit?
        }

        mutating func member(_ key: String) -> (role: ColumnRole, base: String, unit: MeterUnit?) {
            if let known = members[key] { return known }
            let (base, unit) = HeaderNames.split(key)
            let found = (role: HeaderNames.column(key).role, base: base, unit: unit)
            if members.count < MeterLimits.columns { members[key] = found }
            return found
        }

        mutating func quantity(_ value: JSONValue?) -> Quantity {
            guard let bytes = value?.scalar, !bytes.isEmpty else { return Quantity() }
            if bytes == lastText { return last }
            let text = String(decoding: bytes, as: UTF8.self)
            let isRegister = HeaderNames.isRegister(text)
            last = Quantity(
                isRegister: isRegister, isKnown: isRegister || HeaderNames.isInterval(text),
                unit: HeaderNames.split(text).unit)
            lastText = bytes
            return last
        }
    }

    static func recognise(_ head: DocumentHead) throws(MeterError) -> String? {
        guard let ink = head.firstInk, ink.byte == UInt8(ascii: "{"),
            head.bytes[(ink.place + 1)...].first(where: { !isBlank($0) }) == UInt8(ascii: "\"")
        else { return nil }
        return "a line that opens an object"
    }

    mutating func read(_ source: inout TextSource, _ intake: inout Intake) throws(MeterError) {
        // Lines are turned as they come, so identifiers are UTF-8 whatever the file is.
        let turns = intake.encoding == .gb18030
        intake.encoding = .utf8
        while true {
            switch try source.nextLine() {
            case .end: return
            case .tooLong(let line):
                intake.rows.data += 1
                intake.reject(line: line, .recordTooLong)
            case .found(let range, let line, let closed):
                var text = Array(source.buffer[range])
                if turns, let decoded = decodeGB18030(text) { text = Array(decoded.utf8) }
                guard text.contains(where: { !isBlank($0) }) else { continue }
                intake.rows.data += 1
                guard case .object(let members) = JSONValue(text.span) else {
                    if !closed { intake.flags.insert("truncated_file") }
                    intake.reject(
                        line: line, closed ? .badJSON : .truncatedRow, String(decoding: text.prefix(80), as: UTF8.self))
                    continue
                }
                object(Fields(members, &names), line, &intake)
            }
        }
    }

    mutating func finish(_ intake: inout Intake) {
        intake.terms.rowIsReading = sawReading && !sawArray
        book.settle(&intake, countsRows: intake.terms.rowIsReading)
    }

    /// The members of an object by their role; the first of each counts.
    private struct Fields {
        var meter: JSONValue?
        var stamp: JSONValue?
        var date: JSONValue?
        var time: JSONValue?
        var value: JSONValue?
        var unit: MeterUnit?
        var isRegister = false
        var multiplier: JSONValue?
        var quantity: JSONValue?
        var seconds: Int?
        var readings: [JSONValue]?

        init(_ members: [(key: String, value: JSONValue)], _ names: inout Names) {
            var rank = 9
            var points: [(number: Int, value: JSONValue)] = []
            for (key, member) in members {
                let (role, base, written) = names.member(key)
                switch role {
                case .meter: (meter, rank) = rank > 0 ? (member, 0) : (meter, rank)
                case .site: (meter, rank) = rank > 1 ? (member, 1) : (meter, rank)
                case .customer: (meter, rank) = rank > 2 ? (member, 2) : (meter, rank)
                case .feeder: (meter, rank) = rank > 3 ? (member, 3) : (meter, rank)
                case .stamp: stamp = stamp ?? member
                case .date: date = date ?? member
                case .timeOfDay: time = time ?? member
                case .multiplier: multiplier = multiplier ?? member
                case .quantity: quantity = quantity ?? member
                case .register where value == nil: (value, isRegister, unit) = (member, true, written ?? unit)
                case .value(let found) where value == nil || isRegister || (unit == nil && found != nil):
                    if case .array(let items) = member, case .object = items.first {
                        readings = items
                    } else {
                        (value, isRegister, unit) = (member, false, found ?? unit)
                    }
                case .point(let number): points.append((number, member))
                default: other(base, member)
                }
            }
            if value == nil, points.count >= 2 {
                value = .array(points.sorted { $0.number < $1.number }.map(\.value))
            }
        }

        private mutating func other(_ base: String, _ member: JSONValue) {
            let number = member.scalar.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            switch (base, member) {
            case ("readings", .array(let items)), ("values", .array(let items)), ("data", .array(let items)),
                ("points", .array(let items)), ("数据", .array(let items)), ("曲线", .array(let items)):
                if case .object = items.first { readings = items } else { value = value ?? member }
            case ("start", _), ("begin", _), ("from", _): stamp = stamp ?? member
            case ("interval", _), ("intervalmin", _), ("intervalminutes", _), ("间隔", _), ("采集间隔", _):
                seconds = number.map { $0 &* 60 }
            case ("intervals", _), ("intervalseconds", _): seconds = number
            case ("unit", .string(let text)), ("uom", .string(let text)), ("单位", .string(let text)):
                unit = HeaderNames.split(String(decoding: text, as: UTF8.self)).unit ?? unit
            default: break
            }
        }
    }

    private mutating func object(_ fields: Fields, _ line: Int, _ intake: inout Intake) {
        guard let raw = fields.meter?.scalar else { return intake.reject(line: line, .missingIdentifier) }
        let meter: Int
        switch intake.meter(raw.span, 0..<raw.count) {
        case .success(let number): meter = number
        case .failure(let reason): return intake.reject(line: line, reason, String(decoding: raw, as: UTF8.self))
        }
        guard names.quantity(fields.quantity).isKnown else {
            return intake.reject(
                line: line, .otherQuantity, String(decoding: fields.quantity?.scalar ?? [], as: UTF8.self))
        }
        if let readings = fields.readings {
            sawArray = true
            return list(readings, fields, meter, line, &intake)
        }
        guard case .array(let values) = fields.value else {
            sawReading = true
            if let reason = one(fields, fields, meter, &intake) { return intake.reject(line: line, reason) }
            intake.rows.loaded += 1
            return
        }
        sawArray = true
        array(values, fields, meter, line, &intake)
    }

    /// One reading; what it lacks comes from the object around it.
    private mutating func one(
        _ own: Fields, _ outer: Fields, _ meter: Int, _ intake: inout Intake
    ) -> RejectedRow.Reason? {
        let second: Int64
        switch moment(own.stamp ?? outer.stamp, own.date ?? outer.date, own.time, meter, &intake) {
        case .success(let utc): second = utc
        case .failure(let reason): return reason
        }
        guard let value = own.value, value != .null else { return .missingValue }
        var fields = own
        fields.unit = own.unit ?? outer.unit
        fields.multiplier = own.multiplier ?? outer.multiplier
        fields.quantity = own.quantity ?? outer.quantity
        return put(value, fields, meter, second, assumed: .kilowattHours, &intake)
    }

    private mutating func list(
        _ readings: [JSONValue], _ outer: Fields, _ meter: Int, _ line: Int, _ intake: inout Intake
    ) {
        tally(readings.count, line, &intake) { place, format, intake in
            guard case .object(let members) = readings[place] else { return .badRecord }
            let own = Fields(members, &format.names)
            if own.value == .null { return .missingValue }
            return format.one(own, outer, meter, &intake)
        }
    }

    private mutating func array(
        _ values: [JSONValue], _ fields: Fields, _ meter: Int, _ line: Int, _ intake: inout Intake
    ) {
        if case .array(let stamps) = fields.stamp {
            guard stamps.count == values.count else { return intake.reject(line: line, .fieldCount) }
            return tally(values.count, line, &intake) { place, format, intake in
                if values[place] == .null { return .missingValue }
                switch format.moment(stamps[place], nil, nil, meter, &intake) {
                case .success(let utc):
                    return format.put(values[place], fields, meter, utc, assumed: .kilowattHours, &intake)
                case .failure(let reason): return reason
                }
            }
        }
        let start: Int64
        switch moment(fields.stamp, fields.date, fields.time, meter, &intake) {
        case .success(let utc): start = utc
        case .failure(let reason): return intake.reject(line: line, reason)
        }
        let declared = intake.options.intervalMinutes.map { $0 * 60 }
        let step = fields.seconds ?? declared ?? (values.count >= 2 ? 86_400 / values.count : 0)
        let dividesDay = fields.seconds != nil || declared != nil || step * values.count == 86_400
        guard dividesDay, SeriesBuilder.divides(step) else { return intake.reject(line: line, .badInterval) }
        guard intake.terms.intervals[meter, default: step] == step else {
            return intake.reject(line: line, .otherInterval)
        }
        intake.terms.intervals[meter] = step
        // As in tables of one row a day: a curve whose unit is not named is power.
        let assumed: MeterUnit = fields.seconds == nil ? .kilowatts : .kilowattHours
        tally(values.count, line, &intake) { place, format, intake in
            if values[place] == .null { return .missingValue }
            let written = WrittenStamp(localSeconds: start &+ Int64(place) &* Int64(step), offset: 0)
            switch intake.utc(written, meter: nil) {
            case .success(let utc): return format.put(values[place], fields, meter, utc, assumed: assumed, &intake)
            case .failure(let reason): return reason
            }
        }
    }

    /// Reads the readings of one line and counts the line once.
    private mutating func tally(
        _ count: Int, _ line: Int, _ intake: inout Intake,
        _ read: (Int, inout JSONLinesFormat, inout Intake) -> RejectedRow.Reason?
    ) {
        var (good, bad) = (0, 0)
        for place in 0..<count {
            switch read(place, &self, &intake) {
            case nil: good += 1
            case .missingValue: intake.missing += 1
            case .some(let reason):
                bad += 1
                intake.rejectCell(line: line, reason, "reading \(place + 1)")
            }
        }
        if good == 0, bad > 0 { return intake.reject(line: line, .badNumber) }
        if good == 0, count == 0 { return intake.reject(line: line, .missingValue) }
        intake.rows.loaded += 1
    }

    private func moment(
        _ stamp: JSONValue?, _ date: JSONValue?, _ time: JSONValue?, _ meter: Int, _ intake: inout Intake
    ) -> Result<Int64, RejectedRow.Reason> {
        guard let text = (stamp ?? date ?? time)?.scalar,
            var written = intake.stamps.stamp(text.span, 0..<text.count)
        else { return .failure(.badTime) }
        if stamp == nil, date != nil, let clock = time?.scalar {
            guard let second = intake.stamps.timeOfDay(clock.span, 0..<clock.count) else { return .failure(.badTime) }
            written.localSeconds += second
        }
        return intake.utc(written, meter: meter)
    }

    private mutating func put(
        _ value: JSONValue, _ fields: Fields, _ meter: Int, _ second: Int64, assumed: MeterUnit, _ intake: inout Intake
    ) -> RejectedRow.Reason? {
        guard let text = value.scalar, let number = intake.number(text) else { return .badNumber }
        let quantity = names.quantity(fields.quantity)
        let isRegister = fields.isRegister || quantity.isRegister
        let named = intake.options.unit ?? fields.unit ?? quantity.unit
        let unit = named ?? (isRegister ? .kilowattHours : assumed)
        if named == nil { intake.flags.insert("unit_assumed") }
        if !unitIsFixed {
            unitIsFixed = true
            intake.unit = unit
        }
        guard unit.isPower == intake.unit.isPower, !(isRegister && unit.isPower) else { return .otherQuantity }
        var factor = unit.scale / intake.unit.scale
        let pending = isRegister ? intake.options.multiplier != .applied : intake.options.multiplier == .pending
        if pending, let multiplier = fields.multiplier {
            guard let read = multiplier.scalar.flatMap({ intake.number($0) }), read > 0 else { return .badMultiplier }
            factor *= read
        }
        guard isRegister else { return intake.add(meter: meter, second: second, value: number * factor) }
        return book.add(
            meter: meter, second: second, value: number, factor: factor, &intake)
    }
}
