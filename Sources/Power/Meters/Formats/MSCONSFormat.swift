/// MSCONS, the EDIFACT message for metered values (UN/EDIFACT D.04B as used in German market communication): for each
/// location (LOC) and register (PIA with an OBIS code) quantities (QTY) with their period (DTM 163 and 164).
///
/// Separators and the decimal sign come from UNA; without it they are `:`, `+`, `.` and `?`. Numbers have no thousands
/// separators, so a value with another sign than the declared one is rejected. A reject's line is the segment's number.
struct MSCONSFormat: DocumentFormat {
    static let layout = "mscons"

    private struct Signs {
        var component = UInt8(ascii: ":")
        var element = UInt8(ascii: "+")
        var decimal = UInt8(ascii: ".")
        var release = UInt8(ascii: "?")
        var terminator = UInt8(ascii: "'")
    }

    /// A QTY segment whose period still has to come.
    private struct Quantity {
        var segment: Int
        var kind: String
        var value: [UInt8]
        var unit: String
        var from: Int64?
        var until: Int64?
    }

    private var signs = Signs()
    private var segment = 0
    private var location: String?
    private var series: String?
    private var quantity: Quantity?
    private var inMessage = false
    private var isMSCONS = false
    private var ended = false

    init() {}

    static func recognise(_ head: DocumentHead) throws(MeterError) -> String? {
        guard head.begins(with: "UNA") || head.begins(with: "UNB"), let ink = head.firstInk else { return nil }
        let text = head.bytes[ink.place...].prefix(4096)
        guard text.count >= 9, let message = position(of: "UNH", in: text) else { return nil }
        let header = String(decoding: text[message...].prefix(64), as: UTF8.self)
        guard header.contains("MSCONS") else {
            throw MeterError(.unknownLayout, line: 1, detail: "an EDIFACT message that is not MSCONS")
        }
        return "an EDIFACT interchange with a MSCONS message"
    }

    private static func position(of word: String, in bytes: ArraySlice<UInt8>) -> Int? {
        let wanted = Array(word.utf8)
        return bytes.indices.first { bytes[$0...].starts(with: wanted) }
    }

    mutating func read(_ source: inout TextSource, _ intake: inout Intake) throws(MeterError) {
        intake.unit = .kilowattHours
        intake.terms.rowIsReading = true
        intake.terms.stampsAreStarts = true
        try advice(&source)
        while true {
            switch try source.nextSegment(terminator: signs.terminator, release: signs.release) {
            case .end: return
            case .tooLong: throw MeterError(.recordTooLong, line: segment + 1)
            case .found(let range, _, let closed):
                let text = source.buffer[range].drop { $0 <= 0x20 }
                if text.isEmpty { continue }
                segment += 1
                guard closed else {
                    // A segment without its end may have lost digits.
                    if text.starts(with: "QTY".utf8) { reject(.truncatedRow, &intake) }
                    return
                }
                try read(elements(text), &intake)
            }
        }
    }

    mutating func finish(_ intake: inout Intake) {
        flush(&intake)
        if !ended { intake.flags.insert("truncated_file") }
    }

    /// `UNA` and its six signs, when the file begins with it.
    private mutating func advice(_ source: inout TextSource) throws(MeterError) {
        while source.position < source.buffer.count, source.buffer[source.position] <= 0x20 { _ = try source.next() }
        guard source.buffer[source.position...].starts(with: "UNA".utf8) else { return }
        var read: [UInt8] = []
        while read.count < 9, let byte = try source.next() { read.append(byte) }
        guard read.count == 9 else { throw MeterError(.truncated, line: 1, detail: "ends inside UNA") }
        signs = Signs(component: read[3], element: read[4], decimal: read[5], release: read[6], terminator: read[8])
        let separators = [signs.component, signs.element, signs.terminator]
        guard Set(separators).count == 3, !separators.contains(signs.release),
            signs.decimal == UInt8(ascii: ".") || signs.decimal == UInt8(ascii: ","),
            !separators.contains(signs.decimal),
            separators.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !isLetterOrDigit($0) })
        else { throw MeterError(.badStructure, line: 1, detail: "UNA declares separators that cannot be told apart") }
    }

    private func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 <= 9 || (byte | 0x20) &- 0x61 < 26
    }

    /// Elements of components, release characters taken away.
    private func elements(_ text: ArraySlice<UInt8>) -> [[[UInt8]]] {
        var elements: [[[UInt8]]] = [[[]]]
        var released = false
        for byte in text {
            if released {
                released = false
            } else if byte == signs.release, signs.release != 0x20 {
                released = true
                continue
            } else if byte == signs.element {
                elements.append([[]])
                continue
            } else if byte == signs.component {
                elements[elements.count - 1].append([])
                continue
            }
            elements[elements.count - 1][elements[elements.count - 1].count - 1].append(byte)
        }
        return elements
    }

    private func text(_ elements: [[[UInt8]]], _ element: Int, _ component: Int = 0) -> String {
        guard element < elements.count, component < elements[element].count else { return "" }
        return String(decoding: elements[element][component], as: UTF8.self)
    }

    private mutating func read(_ elements: [[[UInt8]]], _ intake: inout Intake) throws(MeterError) {
        let tag = text(elements, 0)
        if tag != "DTM" && tag != "STS" { flush(&intake) }
        switch tag {
        case "UNH":
            inMessage = true
            isMSCONS = text(elements, 2) == "MSCONS"
            (location, series) = (nil, nil)
            if !isMSCONS { intake.flags.insert("other_quantity") }
        case "UNT": inMessage = false
        case "UNZ":
            guard !inMessage else {
                throw MeterError(.badStructure, line: segment, detail: "UNZ inside a message: UNT is missing")
            }
            ended = true
        // 172 metering point; 237 and others are balance groups and areas, which have series of their own too.
        case "LOC": (location, series) = (text(elements, 2), nil)
        case "LIN": series = nil
        case "PIA": series = text(elements, 2)
        case "DTM": period(elements, &intake)
        case "QTY" where isMSCONS && inMessage:
            intake.rows.data += 1
            quantity = Quantity(
                segment: segment, kind: text(elements, 1),
                value: elements.count > 1 && elements[1].count > 1
                    ? elements[1][1] : [], unit: text(elements, 1, 2).uppercased())
        case "QTY": reject(.badRecord, &intake)
        default: break
        }
    }

    private mutating func period(_ elements: [[[UInt8]]], _ intake: inout Intake) {
        let kind = text(elements, 1)
        guard quantity != nil, kind == "163" || kind == "164", elements[1].count > 2 else { return }
        let moment = moment(elements[1][1], text(elements, 1, 2), &intake)
        if kind == "163" { quantity?.from = moment } else { quantity?.until = moment }
    }

    /// UTC seconds of a date by its format: 102 day, 203 minute, 204 second, 303 and 304 the same with hours from UTC.
    private func moment(_ written: [UInt8], _ format: String, _ intake: inout Intake) -> Int64? {
        let digits: Int
        switch format {
        case "102": digits = 8
        case "203", "303": digits = 12
        case "204", "304": digits = 14
        default: return nil
        }
        let zoned = format.hasPrefix("3")
        guard written.count == digits + (zoned ? 3 : 0), written.prefix(digits).allSatisfy({ $0 &- 0x30 <= 9 }),
            let stamp = intake.stamps.stamp(written.span, 0..<digits)
        else { return nil }
        guard zoned else { return intake.options.zone.utc(local: stamp.localSeconds, after: nil) }
        guard let hours = Int64(String(decoding: written.suffix(3), as: UTF8.self)), abs(hours) <= 14 else {
            return nil
        }
        return stamp.localSeconds - hours * 3600
    }

    private mutating func flush(_ intake: inout Intake) {
        guard let held = quantity else { return }
        quantity = nil
        let shown = String(decoding: held.value, as: UTF8.self)
        func reject(_ reason: RejectedRow.Reason) { intake.reject(line: held.segment, reason, shown) }
        switch held.kind {
        // Measured; substituted, proposed and provisional values.
        case "220", "Z18": break
        case "67", "201", "Z30", "Z31": intake.flags.insert("substituted")
        case "20":
            intake.missing += 1
            return reject(.missingValue)
        default:
            intake.flags.insert("other_quantity")
            return reject(.otherQuantity)
        }
        guard let location, !location.isEmpty else { return reject(.missingIdentifier) }
        let (factor, reason) = measure(held.unit, &intake)
        if let reason { return reject(reason) }
        guard let number = number(held.value, intake) else { return reject(.badNumber) }
        guard let from = held.from, let until = held.until else { return reject(.badTime) }
        let meter: Int
        switch intake.meter(location) {
        case .success(let found): meter = found
        case .failure(let reason): return reject(reason)
        }
        let seconds = until &- from
        let energy = factor.isPower ? number * Double(seconds) / 3600 : number
        if let reason = intake.take(
            meter: meter, from: from, seconds: seconds, kilowattHours: energy * factor.scale)
        {
            return reject(reason)
        }
        intake.rows.loaded += 1
    }

    /// The unit as a signed factor, or why the series is not consumption of active energy.
    private func measure(
        _ written: String, _ intake: inout Intake
    ) -> (unit: (scale: Double, isPower: Bool), reason: RejectedRow.Reason?) {
        let none = (scale: 0.0, isPower: false)
        let unit: MeterUnit
        switch written {
        case "KWH": unit = .kilowattHours
        case "MWH": unit = .megawattHours
        case "WHR": unit = .wattHours
        case "KWT": unit = .kilowatts
        case "MAW": unit = .megawatts
        case "WTT": unit = .watts
        case "":
            unit = intake.options.unit ?? .kilowattHours
            if intake.options.unit == nil { intake.flags.insert("unit_assumed") }
        default:
            intake.flags.insert("other_quantity")
            return (none, .otherQuantity)
        }
        guard let obis = OBIS(series ?? "") else { return ((unit.scale, unit.isPower), nil) }
        guard obis.medium == 1 else {
            intake.flags.insert("other_commodity")
            return (none, .otherQuantity)
        }
        switch obis.quantity {
        case 1: return ((unit.scale, unit.isPower), nil)
        case 2 where intake.options.bidirectional: return ((-unit.scale, unit.isPower), nil)
        case 2:
            intake.flags.insert("export_skipped")
            return (none, .exported)
        default:
            intake.flags.insert("other_quantity")
            return (none, .otherQuantity)
        }
    }

    /// Digits with the interchange's decimal sign and nothing else.
    private func number(_ written: [UInt8], _ intake: Intake) -> Double? {
        let digits = written.drop { $0 == UInt8(ascii: "-") }
        guard written.count - digits.count <= 1, digits.allSatisfy({ $0 &- 0x30 <= 9 || $0 == signs.decimal }) else {
            return nil
        }
        return intake.number(written.map { $0 == signs.decimal ? UInt8(ascii: ".") : $0 })
    }

    private mutating func reject(_ reason: RejectedRow.Reason, _ intake: inout Intake) {
        intake.rows.data += 1
        intake.reject(line: segment, reason)
    }
}

/// `A-B:C.D.E` of IEC 62056-61: A the medium (1 electricity), C the quantity (1 active import, 2 active export).
struct OBIS {
    let medium: Int
    let quantity: Int

    init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let dash = parts[0].firstIndex(of: "-"), let medium = Int(parts[0][..<dash]),
            let quantity = Int(parts[1].prefix { $0 != "." }), parts[1].contains(".")
        else { return nil }
        self.medium = medium
        self.quantity = quantity
    }
}
