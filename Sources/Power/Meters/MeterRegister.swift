/// What a register (`--sites FILE`) knows of one meter. Unknown is nil.
package struct MeterInfo: Hashable, Sendable {
    package var meter: String
    package var intervalMinutes: Int?
    package var category: String?
    package var unit: MeterUnit?
    package var feeder: String?
    /// Two digits, GB/T 2260.
    package var provinceCode: String?

    package init(
        meter: String, intervalMinutes: Int? = nil, category: String? = nil, unit: MeterUnit? = nil,
        feeder: String? = nil,
        provinceCode: String? = nil
    ) {
        self.meter = meter
        self.intervalMinutes = intervalMinutes
        self.category = category
        self.unit = unit
        self.feeder = feeder
        self.provinceCode = provinceCode
    }
}

/// Reads a CSV of meters: `site_id` (or `meter_id`), and any of `interval_min`, `category`, `unit`, `feeder_id`,
/// `province_code`, in any order; further columns are passed over. A row without identifier or of another width is dropped
/// and counted; of a meter that comes twice the later row holds.
package struct MeterRegister: Sendable {
    package private(set) var meters: [MeterInfo] = []
    /// Lines of rows that were dropped; at most `MeterLimits.rejectsKept` of them.
    package private(set) var droppedLines: [Int] = []
    private var places: [String: Int] = [:]

    package subscript(meter: String) -> MeterInfo? { places[meter].map { meters[$0] } }

    /// For `MeterReadOptions.intervalMinutesByMeter`.
    package var intervalMinutes: [String: Int] {
        var table: [String: Int] = [:]
        for info in meters { table[info.meter] = info.intervalMinutes }
        return table
    }

    package static func read(path: String) throws(MeterError) -> MeterRegister {
        try read(feed: MeterReader.feed(path: path))
    }

    package static func read(bytes: [UInt8]) throws(MeterError) -> MeterRegister {
        try read(feed: MeterReader.feed(bytes: bytes))
    }

    private static func read(feed: @escaping ByteFeed) throws(MeterError) -> MeterRegister {
        var scanner = RecordScanner(feed: feed)
        let encoding = try scanner.start(declared: nil)
        let names = try scanner.header(encoding)
        func column(_ wanted: String...) -> Int? {
            names.firstIndex { wanted.contains($0.lowercased().filter { $0 != "_" && $0 != " " && $0 != "-" }) }
        }
        let identifier = column("siteid", "meterid", "meter", "site") ?? names.map(HeaderNames.column).identifier
        guard let identifier else { throw MeterError(.unknownLayout, line: 1, detail: "no site_id or meter_id") }
        let interval = column("intervalmin", "intervalminutes", "interval")
        let category = column("category", "用电类别", "行业分类")
        let unit = column("unit", "单位")
        let feeder = column("feederid", "feeder", "馈线编号", "台区编号")
        let province = column("provincecode", "province")
        var register = MeterRegister()
        while true {
            switch try scanner.next() {
            case .end: return register
            case .tooLong: register.drop(scanner.table.line)
            case .unterminatedQuote: throw MeterError(.unterminatedQuote, line: scanner.table.line)
            case .record:
                let table = scanner.table
                let bytes = scanner.buffer.span
                func text(_ index: Int?) -> String? {
                    guard let index, let text = TextEncoding.text(bytes, table[index], encoding), !text.isEmpty
                    else { return nil }
                    return text
                }
                guard table.count == names.count, !table.hasNUL, !table.badQuote, let meter = text(identifier),
                    register.meters.count < MeterLimits.registerRows
                else {
                    register.drop(table.line)
                    continue
                }
                let minutes = text(interval).flatMap { Int($0) }.flatMap { (1...1440).contains($0) ? $0 : nil }
                register.add(
                    MeterInfo(
                        meter: meter, intervalMinutes: minutes, category: text(category),
                        unit: text(unit).flatMap { MeterUnit(name: $0) }, feeder: text(feeder),
                        provinceCode: text(province)))
            }
        }
    }

    private mutating func add(_ info: MeterInfo) {
        if let place = places[info.meter] {
            meters[place] = info
        } else {
            places[info.meter] = meters.count
            meters.append(info)
        }
    }

    private mutating func drop(_ line: Int) {
        if droppedLines.count < MeterLimits.rejectsKept { droppedLines.append(line) }
    }
}
