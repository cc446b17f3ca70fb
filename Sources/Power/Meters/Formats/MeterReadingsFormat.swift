/// MeterReadings of IEC 61968-9: interval blocks (or single readings) of a meter, each with a reading type of 18
/// numbers that tell interval, accumulation, flow direction, commodity, kind, power of ten and unit.
///
/// The interval is the reading type's measuring period, or else the meter's most common step. Stamps mark starts unless
/// the end is declared, as in every layout. Cumulative readings are differenced.
struct MeterReadingsFormat: DocumentFormat {
    static let layout = "iec61968-9"

    private struct Reading {
        var line: Int
        var second: Int64
        var value: Double
        var failure: RejectedRow.Reason?
    }

    private var names: [String: String] = [:]
    private var path: [String] = []
    private var reading: Reading?
    private var stampText: [UInt8] = []
    private var valueText: [UInt8] = []
    /// Readings of the open block, whose type may follow them.
    private var block: [Reading] = []
    /// Readings of the open meter reading: the meter's name may follow them.
    private var held: [(reading: Reading, type: String?)] = []
    private var blockType: String?
    private var readingType: String?
    private var book = RegisterBook()
    /// Reading type that the meter's values have; a second one measures the same energy again.
    private var chosen: [Int: String] = [:]
    private var plans: [String: Plan] = [:]

    init() {}

    static func recognise(_ head: DocumentHead) throws(MeterError) -> String? {
        let names = try head.elementNames(64)
        guard names.contains("MeterReadings"), let root = names.first else { return nil }
        return "XML <\(root)> with IEC 61968-9's <MeterReadings>"
    }

    mutating func read(_ source: inout TextSource, _ intake: inout Intake) throws(MeterError) {
        intake.unit = .kilowattHours
        intake.terms.rowIsReading = true
        var xml = XMLPullReader(source)
        while true {
            switch try xml.next() {
            case .done: return
            case .start(let name):
                path.append(name)
                start(name, xml.attributes, xml.line, &intake)
            case .end(let name):
                end(name, xml.trimmedText, &intake)
                path.removeLast()
            }
        }
    }

    mutating func finish(_ intake: inout Intake) {
        closeBlock()
        closeMeter(&intake)
        book.settle(&intake, countsRows: true)
    }

    private mutating func start(
        _ name: String, _ attributes: [String: String], _ line: Int, _ intake: inout Intake
    ) {
        switch name {
        case "MeterReading": names = [:]
        case "IntervalBlocks": (block, blockType) = ([], nil)
        case "IntervalReadings", "Readings":
            reading = Reading(line: line, second: 0, value: 0)
            (stampText, valueText, readingType) = ([], [], nil)
        case "ReadingType":
            let reference = attributes["ref"]
            if reading != nil { readingType = reference } else { blockType = reference }
        case "ReadingQualityType": quality(attributes["ref"] ?? "", &intake)
        default: break
        }
    }

    private mutating func end(_ name: String, _ text: [UInt8], _ intake: inout Intake) {
        let parent = path.count > 1 ? path[path.count - 2] : ""
        let above = path.count > 2 ? path[path.count - 3] : ""
        switch (parent, name) {
        case (_, "mRID") where Self.owners.contains(parent): names[parent] = String(decoding: text, as: UTF8.self)
        case ("Names", "name") where Self.owners.contains(above):
            if names[above] == nil { names[above] = String(decoding: text, as: UTF8.self) }
        case (_, "timeStamp") where reading != nil: stampText = text
        case (_, "value") where reading != nil: valueText = text
        case ("ReadingType", "mRID"):
            let type = String(decoding: text, as: UTF8.self)
            if reading != nil { readingType = type } else { blockType = type }
        default: break
        }
        switch name {
        case "IntervalReadings", "Readings": closeReading(inBlock: name == "IntervalReadings", &intake)
        case "IntervalBlocks": closeBlock()
        case "MeterReading": closeMeter(&intake)
        default: break
        }
    }

    private mutating func closeReading(inBlock: Bool, _ intake: inout Intake) {
        guard var found = reading else { return }
        reading = nil
        intake.rows.data += 1
        guard held.count + block.count < MeterLimits.heldReadings else {
            return intake.reject(line: found.line, .tooManyReadings)
        }
        switch intake.second(stampText, meter: nil) {
        case .success(let second): found.second = second
        case .failure(let reason): found.failure = reason
        }
        if let value = intake.number(valueText) {
            found.value = value
        } else {
            found.failure = found.failure ?? (valueText.isEmpty ? .missingValue : .badNumber)
        }
        if inBlock, readingType == nil {
            block.append(found)
        } else {
            held.append((found, readingType))
        }
    }

    private mutating func closeBlock() {
        for found in block { held.append((found, blockType)) }
        (block, blockType) = ([], nil)
    }

    private mutating func closeMeter(_ intake: inout Intake) {
        for (found, type) in held { put(found, type, &intake) }
        (held, names) = ([], [:])
    }

    private mutating func put(_ found: Reading, _ type: String?, _ intake: inout Intake) {
        if let reason = found.failure { return intake.reject(line: found.line, reason) }
        guard let type else { return intake.reject(line: found.line, .badRecord, "no reading type") }
        let plan = plan(type, &intake)
        if let reason = plan.reason { return intake.reject(line: found.line, reason, type) }
        let name = Self.owners.first { names[$0] != nil }.flatMap { names[$0] } ?? ""
        let meter: Int
        switch intake.meter(name + (plan.exports ? "-export" : "")) {
        case .success(let number): meter = number
        case .failure(let reason): return intake.reject(line: found.line, reason, name)
        }
        guard chosen[meter, default: type] == type else {
            intake.flags.insert("other_quantity")
            return intake.reject(line: found.line, .otherQuantity, type)
        }
        chosen[meter] = type
        var reason: RejectedRow.Reason?
        if plan.isRegister {
            reason = book.add(meter: meter, second: found.second, value: found.value * plan.scale, factor: 1, &intake)
        } else {
            // Power is an average over the interval, so the interval has to be known.
            guard !plan.isPower || plan.interval != nil else {
                return intake.reject(line: found.line, .badInterval, type)
            }
            if let interval = plan.interval { intake.terms.intervals[meter] = interval }
            let hours = plan.isPower ? Double(plan.interval ?? 0) / 3600 : 1
            reason = intake.add(meter: meter, second: found.second, value: found.value * plan.scale * hours)
        }
        if let reason { intake.reject(line: found.line, reason) } else { intake.rows.loaded += 1 }
    }

    /// What a reading type says of its values.
    private struct Plan {
        var reason: RejectedRow.Reason?
        var scale = 0.0
        var interval: Int?
        var isPower = false
        var isRegister = false
        var exports = false
    }

    private mutating func plan(_ type: String, _ intake: inout Intake) -> Plan {
        if let known = plans[type] { return known }
        let made = make(type, &intake)
        if plans.count < MeterLimits.heldEntries { plans[type] = made }
        return made
    }

    /// Order of the 18 numbers (IEC 61968-9, annex C): 3 measuring period, 4 accumulation, 5 flow direction, 6
    /// commodity, 7 kind, 16 power of ten, 17 unit.
    private func make(_ type: String, _ intake: inout Intake) -> Plan {
        let fields = type.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard fields.count == 18, let period = fields[2], let accumulation = fields[3], let flow = fields[4],
            let commodity = fields[5], let power = fields[15], let unit = fields[16], (-12...12).contains(power)
        else { return Plan(reason: .badRecord) }
        guard (0...2).contains(commodity) else {
            intake.flags.insert("other_commodity")
            return Plan(reason: .otherQuantity)
        }
        guard unit == 72 || unit == 38, [0, 1, 4, 19, 20].contains(flow) else {
            intake.flags.insert("other_quantity")
            return Plan(reason: .otherQuantity)
        }
        let exports = flow == 19
        guard !exports || intake.options.bidirectional else {
            intake.flags.insert("export_skipped")
            return Plan(reason: .exported)
        }
        var scale = exports ? -0.001 : 0.001
        for _ in 0..<abs(power) { scale = power < 0 ? scale / 10 : scale * 10 }
        // Without a measuring period the macro period 11 is a day.
        let interval = Self.periods[period] ?? (fields[0] == 11 ? 86_400 : nil)
        return Plan(
            scale: scale, interval: interval, isPower: unit == 38,
            isRegister: unit == 72 && [1, 2, 3, 9].contains(accumulation), exports: exports)
    }

    /// Elements that name what was metered, both editions of the standard, the narrowest first.
    private static let owners = [
        "Meter", "MeterAsset", "EndDevice", "EndDeviceAsset", "UsagePoint", "ServiceDeliveryPoint",
    ]

    /// Measuring periods by code, seconds.
    private static let periods = [
        1: 600, 2: 900, 3: 60, 4: 86_400, 5: 1800, 6: 300, 7: 3600, 10: 120, 14: 180,
    ]

    /// `system.category.index`: 7 edited, 8 estimated, 5 and 6 failed a check.
    private func quality(_ reference: String, _ intake: inout Intake) {
        switch reference.split(separator: ".").dropFirst().first {
        case "7": intake.flags.insert("substituted")
        case "8": intake.flags.insert("estimated")
        case "5", "6", "10": intake.flags.insert("questionable")
        default: break
        }
    }
}
