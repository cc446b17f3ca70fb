/// NEM12 and NEM13, the interval and accumulation data of Australia's market (AEMO, Meter Data File Format): records
/// 100 header, 200 channel, 300 a day, 400 quality within the day, 250 an accumulation period, 500/550 notes, 900 end.
///
/// Market time is UTC+10 without clock changes. A record out of place or a day of the wrong length refuses the file,
/// because then it is not known which channel or interval the values belong to. Consumption channels (suffix E) are
/// read; exports (suffix B) only for two-way meters, negative; reactive channels are rejected as another quantity.
struct NEMFormat: DocumentFormat {
    static let layout = "nem"

    private static let marketOffset: Int64 = 10 * 3600

    /// What the last 200 record says.
    private struct Channel {
        var meter: Result<Int, RejectedRow.Reason>
        /// Factor to kWh; negative for exports.
        var scale: Double
        var interval: Int
    }

    /// A 300 record whose quality is not yet complete.
    private struct Day {
        var line: Int
        /// Midnight in market time, UTC seconds.
        var start: Int64
        var values: [[UInt8]]
        /// Intervals that 400 records call null.
        var isNull: [Bool]
        /// `V`: 400 records tell the quality.
        var varies: Bool
    }

    private var version: String?
    private var channel: Channel?
    private var day: Day?
    private var seen: Set<UInt64> = []
    private var anyRecord = false
    private var ended = false

    init() {}

    static func recognise(_ head: DocumentHead) throws(MeterError) -> String? {
        guard let first = head.lines(1).first else { return nil }
        let fields = first.split(separator: ",", omittingEmptySubsequences: false)
        let second = fields.dropFirst().first?.uppercased() ?? ""
        if fields[0] == "100", second == "NEM12" || second == "NEM13" { return "a 100 record of \(second)" }
        // Without its header the file is refused by name, not taken for an unknown table.
        let next = head.lines(2).last ?? ""
        if fields[0] == "200", fields.count >= 9, next.hasPrefix("300,") { return "200 and 300 records" }
        if fields[0] == "250", fields.count >= 20 { return "a 250 record" }
        return nil
    }

    mutating func read(_ source: inout TextSource, _ intake: inout Intake) throws(MeterError) {
        intake.unit = .kilowattHours
        intake.terms.stampsAreStarts = true
        intake.terms.zoneOffset = Int(Self.marketOffset)
        while true {
            switch try source.nextLine() {
            case .end: return
            case .tooLong(let line): throw MeterError(.recordTooLong, line: line)
            case .found(let range, let line, let closed):
                var fields: [[UInt8]] = []
                for part in source.buffer[range].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                    fields.append(trimmed(part))
                }
                guard !range.isEmpty, fields.contains(where: { !$0.isEmpty }) else { continue }
                try record(fields, line, cut: !closed, &intake)
            }
        }
    }

    mutating func finish(_ intake: inout Intake) {
        flush(&intake)
        if !ended { intake.flags.insert("truncated_file") }
    }

    private mutating func record(
        _ fields: [[UInt8]], _ line: Int, cut: Bool, _ intake: inout Intake
    ) throws(MeterError) {
        let kind = String(decoding: fields[0], as: UTF8.self)
        if kind != "400" { flush(&intake) }
        guard kind == "100" || version != nil else {
            throw MeterError(.badStructure, line: line, detail: "a \(shown(kind)) record before the 100 header")
        }
        switch kind {
        case "100": try header(fields, line)
        case "200": try channelRecord(fields, line, &intake)
        case "250": try accumulation(fields, line, cut, &intake)
        case "300": try dayRecord(fields, line, cut, &intake)
        case "400": try quality(fields, line, cut)
        case "500", "550": break
        case "900":
            guard anyRecord else {
                throw MeterError(.badStructure, line: line, detail: "900 ends a file without a 200 or 250 record")
            }
            ended = true
            version = nil
            channel = nil
        default:
            if cut {
                intake.rows.data += 1
                return intake.reject(line: line, .truncatedRow, kind)
            }
            throw MeterError(.badStructure, line: line, detail: "record \(shown(kind)) is not one of the format")
        }
    }

    private mutating func header(_ fields: [[UInt8]], _ line: Int) throws(MeterError) {
        let name = fields.count > 1 ? String(decoding: fields[1], as: UTF8.self).uppercased() : ""
        guard version == nil, name == "NEM12" || name == "NEM13" else {
            throw MeterError(.badStructure, line: line, detail: "a 100 record that opens neither NEM12 nor NEM13")
        }
        version = name
        channel = nil
        ended = false
    }

    /// 200, NMI, configuration, register, suffix, data stream, serial, unit, interval, next read.
    private mutating func channelRecord(_ fields: [[UInt8]], _ line: Int, _ intake: inout Intake) throws(MeterError) {
        anyRecord = true
        guard fields.count >= 9, !fields[1].isEmpty, !fields[4].isEmpty || !fields[5].isEmpty else {
            throw MeterError(.badStructure, line: line, detail: "a 200 record without NMI, suffix or interval")
        }
        guard let minutes = Int(String(decoding: fields[8], as: UTF8.self)), (1...1440).contains(minutes),
            SeriesBuilder.divides(minutes * 60)
        else { throw MeterError(.badStructure, line: line, detail: "an interval that does not divide a day") }
        let suffix = fields[4].isEmpty ? fields[5] : fields[4]
        let (meter, scale) = identify(fields[1], suffix, fields[7], &intake)
        channel = Channel(meter: meter, scale: scale, interval: minutes * 60)
        if case .success(let number) = meter {
            if let known = intake.terms.intervals[number], known != minutes * 60 {
                channel?.meter = .failure(.otherInterval)
            } else {
                intake.terms.intervals[number] = minutes * 60
            }
        }
    }

    /// The meter is the NMI; a second consumption channel or an export has its suffix behind it.
    private func identify(
        _ nmi: [UInt8], _ suffix: [UInt8], _ unit: [UInt8], _ intake: inout Intake
    ) -> (Result<Int, RejectedRow.Reason>, Double) {
        let direction = suffix[0] & 0xdf
        guard direction == UInt8(ascii: "E") || direction == UInt8(ascii: "B"),
            let known = MeterUnit(name: String(decoding: unit, as: UTF8.self)), !known.isPower
        else {
            intake.flags.insert("other_quantity")
            return (.failure(.otherQuantity), 0)
        }
        let exports = direction == UInt8(ascii: "B")
        guard !exports || intake.options.bidirectional else {
            intake.flags.insert("export_skipped")
            return (.failure(.exported), 0)
        }
        let text = String(decoding: suffix, as: UTF8.self).uppercased()
        let name = String(decoding: nmi, as: UTF8.self) + (text == "E1" || text == "E" ? "" : "-" + text)
        return (intake.meter(name), exports ? -known.scale : known.scale)
    }

    /// 300, day, 1440/interval values, quality and method, reason, description, update, load.
    private mutating func dayRecord(
        _ fields: [[UInt8]], _ line: Int, _ cut: Bool, _ intake: inout Intake
    ) throws(MeterError) {
        guard let channel else { throw MeterError(.badStructure, line: line, detail: "a 300 record before any 200") }
        let count = 86_400 / channel.interval
        let quality = fields.count > count + 2 ? fields[count + 2].first ?? 0 : 0
        guard fields.count > count + 2, fields.count <= count + 7, Self.qualities.contains(quality) else {
            if cut {
                intake.rows.data += 1
                return intake.reject(line: line, .truncatedRow, shown(String(decoding: fields[0], as: UTF8.self)))
            }
            let found = fields.dropFirst(2).prefix { !Self.isQuality($0) }.count
            throw MeterError(
                .badStructure, line: line,
                detail: "a 300 record of \(found) values; \(channel.interval / 60) minutes need \(count)")
        }
        intake.rows.data += 1
        let date = fields[1]
        guard date.count == 8, let written = intake.stamps.day(date.span, 0..<date.count) else {
            return intake.reject(line: line, .badTime, String(decoding: fields[1], as: UTF8.self))
        }
        let start: Int64
        switch intake.utc(WrittenStamp(localSeconds: written * 86_400, offset: Self.marketOffset), meter: nil) {
        case .success(let utc): start = utc
        case .failure(let reason): return intake.reject(line: line, reason, String(decoding: fields[1], as: UTF8.self))
        }
        note(quality, &intake)
        day = Day(
            line: line, start: start, values: Array(fields[2..<(count + 2)]),
            isNull: [Bool](repeating: quality == UInt8(ascii: "N"), count: count),
            varies: quality == UInt8(ascii: "V"))
    }

    /// 400, first interval, last interval, quality and method, reason, description.
    private mutating func quality(_ fields: [[UInt8]], _ line: Int, _ cut: Bool) throws(MeterError) {
        guard day?.varies == true, let count = day?.values.count else {
            throw MeterError(.badStructure, line: line, detail: "a 400 record that follows no 300 of varying quality")
        }
        guard fields.count >= 4, let first = Int(String(decoding: fields[1], as: UTF8.self)),
            let last = Int(String(decoding: fields[2], as: UTF8.self)), first >= 1, first <= last, last <= count,
            Self.isQuality(fields[3])
        else {
            if cut { return }
            throw MeterError(.badStructure, line: line, detail: "a 400 record outside 1 to \(count) or without quality")
        }
        qualities.insert(fields[3][0])
        if fields[3][0] == UInt8(ascii: "N") {
            for place in (first - 1)..<last { day?.isNull[place] = true }
        }
    }

    /// Qualities that 400 records of the held day named.
    private var qualities: Set<UInt8> = []

    private mutating func flush(_ intake: inout Intake) {
        guard let held = day, let channel else { return }
        day = nil
        for quality in qualities { note(quality, &intake) }
        qualities = []
        let meter: Int
        switch channel.meter {
        case .success(let number): meter = number
        case .failure(let reason): return intake.reject(line: held.line, reason)
        }
        var (good, bad) = (0, 0)
        for (place, raw) in held.values.enumerated() {
            if held.isNull[place] || raw.isEmpty {
                intake.missing += 1
                continue
            }
            let second = held.start + Int64(place * channel.interval)
            var reason: RejectedRow.Reason? = .badNumber
            if let value = intake.number(raw) {
                reason = value < 0 ? .negative : intake.add(meter: meter, second: second, value: value * channel.scale)
            }
            if let reason {
                bad += 1
                intake.rejectCell(line: held.line, reason, String(decoding: raw, as: UTF8.self))
            } else {
                good += 1
            }
        }
        let key = UInt64(meter) << 32 | UInt64(UInt32(truncatingIfNeeded: held.start / 3600))
        if good == 0, bad > 0 {
            intake.reject(line: held.line, .badNumber)
        } else if seen.insert(key).inserted {
            intake.rows.loaded += 1
        } else {
            intake.rows.duplicate += 1
        }
    }

    /// 250, NMI, configuration, register, suffix, data stream, serial, direction, previous register, its time, quality,
    /// reason, description, current register, its time, quality, reason, description, quantity, unit, next read, …
    private mutating func accumulation(
        _ fields: [[UInt8]], _ line: Int, _ cut: Bool, _ intake: inout Intake
    ) throws(MeterError) {
        anyRecord = true
        guard fields.count >= 20, !fields[1].isEmpty else {
            if cut {
                intake.rows.data += 1
                return intake.reject(line: line, .truncatedRow)
            }
            throw MeterError(
                .badStructure, line: line, detail: "a 250 record of \(fields.count) fields; it has at least 20")
        }
        intake.rows.data += 1
        // The direction stands in its own field here; the suffix is a register's number.
        let (meter, scale) = identify(fields[1], fields[7].isEmpty ? [0] : fields[7], fields[19], &intake)
        let number: Int
        switch meter {
        case .success(let found): number = found
        case .failure(let reason): return intake.reject(line: line, reason)
        }
        guard let from = moment(fields[9], &intake), let until = moment(fields[14], &intake) else {
            return intake.reject(line: line, .badTime)
        }
        guard let quantity = intake.number(fields[18]), quantity >= 0 else {
            return intake.reject(line: line, .badNumber, String(decoding: fields[18], as: UTF8.self))
        }
        note(fields[15].first ?? 0, &intake)
        if let reason = intake.take(
            meter: number, from: from, seconds: until &- from, kilowattHours: quantity * scale)
        {
            return intake.reject(line: line, reason)
        }
        intake.rows.loaded += 1
    }

    private func moment(_ field: [UInt8], _ intake: inout Intake) -> Int64? {
        guard field.count == 14 || field.count == 8,
            let written = intake.stamps.stamp(field.span, 0..<field.count)
        else { return nil }
        return written.localSeconds &- Self.marketOffset
    }

    private static let qualities = Set("AEFNSV".utf8)

    private static func isQuality(_ field: [UInt8]) -> Bool {
        guard let first = field.first, qualities.contains(first) else { return false }
        return field.count <= 3 && field.dropFirst().allSatisfy { $0 &- 0x30 <= 9 }
    }

    private func note(_ quality: UInt8, _ intake: inout Intake) {
        switch quality {
        case UInt8(ascii: "S"), UInt8(ascii: "F"): intake.flags.insert("substituted")
        case UInt8(ascii: "E"): intake.flags.insert("estimated")
        default: break
        }
    }

    private func trimmed(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var field = field.drop { isBlank($0) }
        while let last = field.last, isBlank(last) { field.removeLast() }
        return Array(field)
    }

    private func shown(_ kind: String) -> String {
        let raw = Array(kind.utf8)
        return "'" + visible(raw.span, 0..<min(raw.count, 12)) + "'"
    }
}
