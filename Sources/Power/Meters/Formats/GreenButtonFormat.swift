/// Green Button (NAESB REQ.21, ESPI): an Atom feed whose entries are usage points, meter readings, reading types and
/// blocks of interval readings, tied together by links in any order. So readings are held until the feed ends.
///
/// Starts are seconds since 1970 in UTC. Value × 10^powerOfTenMultiplier is in the unit that `uom` says: 72 Wh, 38 W.
/// Only electricity is read; gas and water are rejected and flagged. Flow direction 19 is what the customer feeds in.
struct GreenButtonFormat: DocumentFormat {
    static let layout = "green-button"

    private struct ReadingType {
        var accumulation = 4
        var commodity: Int?
        var flow = 1
        var interval = 0
        var power = 0
        var unit = 72
    }

    private struct Reading {
        var line: Int32
        /// Number of its block's entry.
        var entry: Int32
        var start: Int64
        var seconds: Int64?
        var value: Double
    }

    private struct Entry {
        var selfLink = ""
        var upLink = ""
        var related: [String] = []
        var kind = ""
        var service: Int?
        /// The first of its interval blocks.
        var firstBlock: Int
    }

    private var entry: Entry?
    private var blocks: [String] = []
    private var meterReadings: [String: [String]] = [:]
    private var types: [String: ReadingType] = [:]
    /// Usage point to ServiceCategory: 0 electricity, 1 gas, 2 water …
    private var services: [String: Int] = [:]
    private var held: [Reading] = []
    private var reading: Reading?
    private var type: ReadingType?
    private var path: [String] = []

    init() {}

    static func recognise(_ head: DocumentHead) throws(MeterError) -> String? {
        let names = try head.elementNames(64)
        let own = ["UsagePoint", "MeterReading", "IntervalBlock", "ReadingType", "LocalTimeParameters"]
        guard let root = names.first, ["feed", "entry", "IntervalBlock", "UsagePoint"].contains(root),
            let found = names.first(where: { own.contains($0) })
        else { return nil }
        return "XML <\(root)> with ESPI's <\(found)>"
    }

    mutating func read(_ source: inout TextSource, _ intake: inout Intake) throws(MeterError) {
        intake.unit = .kilowattHours
        intake.terms.rowIsReading = true
        intake.terms.stampsAreStarts = true
        var xml = XMLPullReader(source)
        while true {
            switch try xml.next() {
            case .done: return
            case .start(let name):
                path.append(name)
                try start(name, xml, &intake)
            case .end(let name):
                try end(name, xml.trimmedText, xml.line, &intake)
                path.removeLast()
            }
        }
    }

    private mutating func start(
        _ name: String, _ xml: borrowing XMLPullReader, _ intake: inout Intake
    ) throws(MeterError) {
        switch name {
        case "entry": entry = Entry(firstBlock: blocks.count)
        case "link" where entry != nil:
            let target = Self.key(xml.attributes["href"] ?? "")
            switch xml.attributes["rel"] {
            case "self": entry?.selfLink = target
            case "up": entry?.upLink = target
            case "related" where (entry?.related.count ?? 0) < 64: entry?.related.append(target)
            default: break
            }
        case "UsagePoint", "MeterReading", "ReadingType", "IntervalBlock":
            entry?.kind = name
            if name == "ReadingType" { type = ReadingType() }
            // Its links may still come: the name is filled in when the entry closes.
            if name == "IntervalBlock", blocks.count < MeterLimits.heldEntries { blocks.append("") }
        case "IntervalReading":
            reading = Reading(
                line: Int32(truncatingIfNeeded: xml.line), entry: Int32(blocks.count - 1), start: .min, seconds: nil,
                value: .nan)
        default: break
        }
    }

    private mutating func end(
        _ name: String, _ text: [UInt8], _ line: Int, _ intake: inout Intake
    ) throws(MeterError) {
        let parent = path.count > 1 ? path[path.count - 2] : ""
        switch (parent, name) {
        case ("timePeriod", "start"): reading?.start = Self.integer(text) ?? .min
        case ("timePeriod", "duration"): reading?.seconds = text.isEmpty ? nil : Self.integer(text) ?? 0
        case ("IntervalReading", "value"): reading?.value = intake.number(text) ?? .nan
        case ("ReadingQuality", "quality"): quality(Self.integer(text) ?? -1, &intake)
        case ("ServiceCategory", "kind"):
            entry?.service = Self.integer(text).map { Int(clamping: $0) }
        case ("LocalTimeParameters", "tzOffset"):
            if let offset = Self.integer(text), abs(offset) < 86_400 { intake.terms.zoneOffset = Int(offset) }
        case ("ReadingType", _): typeField(name, Self.integer(text).map { Int(clamping: $0) })
        default: break
        }
        if name == "IntervalReading" { hold(&intake) }
        if name == "entry" { closeEntry() }
    }

    private mutating func hold(_ intake: inout Intake) {
        guard let found = reading else { return }
        reading = nil
        intake.rows.data += 1
        guard held.count < MeterLimits.heldReadings else {
            return intake.reject(line: Int(found.line), .tooManyReadings)
        }
        guard found.entry >= 0 else { return intake.reject(line: Int(found.line), .badRecord) }
        guard !found.value.isNaN else { return intake.reject(line: Int(found.line), .badNumber) }
        guard found.start != .min else { return intake.reject(line: Int(found.line), .badTime) }
        held.append(found)
    }

    private mutating func typeField(_ name: String, _ value: Int?) {
        guard let value else { return }
        switch name {
        case "accumulationBehaviour": type?.accumulation = value
        case "commodity": type?.commodity = value
        case "flowDirection": type?.flow = value
        case "intervalLength": type?.interval = value
        case "powerOfTenMultiplier": type?.power = value
        case "uom": type?.unit = value
        default: break
        }
    }

    private mutating func closeEntry() {
        guard let closed = entry else { return }
        entry = nil
        for block in closed.firstBlock..<blocks.count { blocks[block] = Self.reading(of: closed) }
        if let service = closed.service, services.count < MeterLimits.heldEntries {
            services[closed.selfLink] = service
        }
        switch closed.kind {
        case "MeterReading" where meterReadings.count < MeterLimits.heldEntries:
            meterReadings[closed.selfLink] = closed.related
        case "ReadingType" where types.count < MeterLimits.heldEntries: types[closed.selfLink] = type
        default: break
        }
        type = nil
    }

    /// ESPI's QualityOfReading: what is not a plain measured value.
    private func quality(_ code: Int64, _ intake: inout Intake) {
        switch code {
        case 7: intake.flags.insert("substituted")
        case 8, 9, 12: intake.flags.insert("estimated")
        case 10: intake.flags.insert("questionable")
        default: break
        }
    }

    /// A link without scheme, host and outer slashes, so that absolute and relative ones meet.
    private static func key(_ link: String) -> String {
        var path = link[...]
        if let scheme = path.firstRange(of: "://") {
            path = path[scheme.upperBound...].drop { $0 != "/" }
        }
        // Servers put their own root before the resource.
        for name in ["/Subscription/", "/RetailCustomer/", "/ReadingType/", "/LocalTimeParameters/"] {
            if let place = path.firstRange(of: name) { path = path[place.lowerBound...] }
        }
        return path.split(separator: "/").joined(separator: "/")
    }

    /// The meter reading that an interval block belongs to: its link up, or its own without what follows.
    private static func reading(of entry: Entry) -> String {
        for link in [entry.upLink, entry.selfLink] {
            let parts = link.split(separator: "/")
            if let place = parts.firstIndex(of: "IntervalBlock") { return parts[..<place].joined(separator: "/") }
            if parts.count >= 2, parts[parts.count - 2] == "MeterReading" { return link }
        }
        return entry.upLink
    }

    private static func integer(_ text: [UInt8]) -> Int64? { Int64(String(decoding: text, as: UTF8.self)) }

    // MARK: resolving

    mutating func finish(_ intake: inout Intake) {
        closeEntry()
        var book = RegisterBook()
        var plans: [String: Plan] = [:]
        var choices: [String: String] = [:]
        for block in blocks where plans[block] == nil { plans[block] = plan(block, &choices, &intake) }
        for reading in held {
            let line = Int(reading.line)
            guard let plan = plans[blocks[Int(reading.entry)]] else { continue }
            let meter: Int
            switch plan.meter {
            case .success(let number): meter = number
            case .failure(let reason):
                intake.reject(line: line, reason)
                continue
            }
            var energy = reading.value * plan.scale
            // Where a reading has no duration of its own, its type's length holds.
            let seconds = reading.seconds ?? plan.interval
            if plan.isPower { energy *= Double(seconds) / 3600 }
            var reason: RejectedRow.Reason?
            if plan.isRegister {
                switch intake.utc(WrittenStamp(localSeconds: reading.start, offset: 0), meter: nil) {
                case .success(let second):
                    reason = book.add(meter: meter, second: second, value: energy, factor: 1, &intake)
                case .failure(let found): reason = found
                }
            } else {
                reason = intake.take(
                    meter: meter, from: reading.start, seconds: seconds, kilowattHours: energy)
            }
            if let reason { intake.reject(line: line, reason) } else { intake.rows.loaded += 1 }
        }
        book.settle(&intake, countsRows: true)
        held = []
    }

    /// What a meter reading's values are.
    private struct Plan {
        var meter: Result<Int, RejectedRow.Reason>
        /// To kWh, or to kW.
        var scale = 0.0
        var isPower = false
        var isRegister = false
        /// Seconds a reading of the type covers; 0 when it does not say.
        var interval: Int64 = 0
    }

    /// `choices` holds the first kind of reading of each usage point: another kind measures the same energy again.
    private func plan(_ block: String, _ choices: inout [String: String], _ intake: inout Intake) -> Plan {
        let parts = block.split(separator: "/")
        let place = parts.firstIndex(of: "MeterReading") ?? parts.count
        let point = parts[..<place].joined(separator: "/")
        let linked = meterReadings[block]?.lazy.compactMap { types[$0] }.first
        guard let type = linked ?? (types.count == 1 ? types.first?.value : nil) else {
            return Plan(meter: .failure(.badRecord))
        }
        // 1 and 2 are electricity, metered on either side of the transformer; 0 says nothing.
        let electric = type.commodity.map { (0...2).contains($0) } ?? true
        guard electric, services[point].map({ $0 == 0 }) ?? true else {
            intake.flags.insert("other_commodity")
            return Plan(meter: .failure(.otherQuantity))
        }
        guard type.unit == 72 || type.unit == 38, (-12...12).contains(type.power),
            type.flow == 1 || type.flow == 19 || type.flow == 0 || type.flow == 4
        else {
            intake.flags.insert("other_quantity")
            return Plan(meter: .failure(.otherQuantity))
        }
        let exports = type.flow == 19
        guard !exports || intake.options.bidirectional else {
            intake.flags.insert("export_skipped")
            return Plan(meter: .failure(.exported))
        }
        let name = (point.isEmpty ? "usage-point" : point) + (exports ? "-export" : "")
        let kind = "\(type.unit) \(type.interval) \(type.accumulation)"
        guard choices[name, default: kind] == kind else {
            intake.flags.insert("other_quantity")
            return Plan(meter: .failure(.otherInterval))
        }
        choices[name] = kind
        var scale = exports ? -0.001 : 0.001
        for _ in 0..<abs(type.power) { scale = type.power < 0 ? scale / 10 : scale * 10 }
        return Plan(
            meter: intake.meter(name), scale: scale, isPower: type.unit == 38,
            isRegister: type.unit == 72 && [1, 2, 3, 9].contains(type.accumulation),
            interval: Int64(type.interval))
    }
}
