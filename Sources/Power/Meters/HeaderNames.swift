/// What a column of a meter file is, from its header in Chinese or English. One table for all layouts.
enum ColumnRole: Hashable, Sendable {
    case meter, site, customer, feeder
    case stamp, date, timeOfDay
    case value(MeterUnit?)
    /// A cumulative register: the difference of neighbours is the energy.
    case register
    case multiplier, quantity
    /// The n-th reading of a day, from 1.
    case point(Int)
    case other
}

struct HeaderColumn: Hashable, Sendable {
    var name: String
    var role: ColumnRole
}

enum HeaderNames {
    /// Header words without blanks, underscores and hyphens, in lower case.
    private static let roles: [String: ColumnRole] = {
        var table: [String: ColumnRole] = [:]
        func add(_ role: ColumnRole, _ names: String) {
            for name in names.split(separator: " ") { table[String(name)] = role }
        }
        add(
            .meter,
            "meter meterid meterno meternumber meterserial meterserialnumber device deviceid serial nmi mpan lclid")
        add(.meter, "电表编号 电表号 电表 表号 表计编号 电能表资产号 电能表资产编号 电能表编号 电能表 资产编号 资产号 表资产号 计量点编号")
        add(.site, "site siteid sitename location locationid 站点 站点编号 台站编号")
        add(.customer, "customer customerid user userid account accountid consumer consumerid 用户编号 用户号 户号 客户编号 用户标识")
        add(.feeder, "feeder feederid 馈线 馈线编号 线路编号 台区编号 配变编号")
        add(
            .stamp,
            "timestamp ts datetime stamp readtime readingtime starttime intervalstart periodstart datatime utc utctime")
        add(.stamp, "采集时间 数据时间 抄表时间 采样时间 冻结时间 日期时间 起始时间 时标")
        add(.date, "date day readingdate readdate 日期 数据日期 采集日期 抄表日期")
        add(.timeOfDay, "time clock 时间 时刻")
        add(.value(nil), "value reading energy power consumption usage load demand readingvalue intervalvalue")
        add(.value(nil), "电量 有功电量 正向有功电量 用电量 功率 有功功率 负荷 读数 数值 区间电量")
        add(.register, "register registerreading registervalue cumulative cumulativeenergy total index meterreading")
        add(.register, "正向有功总示值 正向有功示值 正向有功电能示值 正向有功总电能示值 有功总示值 电能示值 总电能示值 示值 示数 表码 总示值 表底 止码 止度 抄见示数 当前示值")
        add(.multiplier, "multiplier ratio ctpt 综合倍率 倍率")
        add(.quantity, "quantity datatype channel 数据类型 数据项 数据项名称")
        return table
    }()

    private static let units: [String: MeterUnit] = [
        "kwh": .kilowattHours, "wh": .wattHours, "mwh": .megawattHours, "kw": .kilowatts, "w": .watts, "mw": .megawatts,
        "千瓦时": .kilowattHours, "度": .kilowattHours, "千瓦": .kilowatts, "瓦": .watts, "兆瓦": .megawatts,
        "兆瓦时": .megawattHours,
    ]

    static func column(_ name: String) -> HeaderColumn {
        if let point = dayPoint(name) { return HeaderColumn(name: name, role: .point(point)) }
        let (base, unit) = split(name)
        if base.isEmpty, let unit { return HeaderColumn(name: name, role: .value(unit)) }
        switch roles[base] {
        case .value: return HeaderColumn(name: name, role: .value(unit))
        case .register: return HeaderColumn(name: name, role: .register)
        case .some(let role): return HeaderColumn(name: name, role: role)
        case nil:
            if base.hasPrefix("localtime") || base.hasPrefix("timestamp") {
                return HeaderColumn(name: name, role: .stamp)
            }
            return HeaderColumn(name: name, role: .other)
        }
    }

    /// The unit that a quantity's text names (`有功功率(kW)`, `energy [kWh]`), and its base word.
    static func split(_ name: String) -> (base: String, unit: MeterUnit?) {
        var words: [String] = [""]
        for character in name.lowercased() {
            switch character {
            case "(", ")", "[", "]", "（", "）", "_", "-", " ", "/", ".": words.append("")
            default: words[words.count - 1].append(character)
            }
        }
        words.removeAll { $0.isEmpty }
        var unit: MeterUnit?
        // Only the last word is a unit: `kw_total` is none.
        if let last = words.last, let found = units[last] {
            unit = found
            words.removeLast()
        }
        return (words.joined(), unit)
    }

    /// Words for a register's face in a row's quantity.
    private static let registerWords = ["示值", "示数", "表码", "表底", "止码", "止度", "register", "cumulative"]

    /// Any register, of whatever energy and tariff.
    static func isAnyRegister(_ text: String) -> Bool {
        let base = split(text).base
        return registerWords.contains { base.contains($0) }
    }

    /// Words for energy that is not active energy taken from the grid.
    private static let otherDirections = ["反向", "无功", "reverse", "export", "reactive", "apparent", "视在"]

    /// One tariff of several (尖峰平谷): a part of the total. 平均 and 最大 are no tariffs.
    private static func isTariff(_ base: String) -> Bool {
        ["尖", "峰", "谷"].contains { base.contains($0) } || base.contains("平") && !base.contains("平均")
    }

    /// A quantity that is a register of active energy taken from the grid, all tariffs together.
    static func isRegister(_ text: String) -> Bool {
        let (base, unit) = split(text)
        guard registerWords.contains(where: { base.contains($0) }), unit?.isPower != true else { return false }
        return !isTariff(base) && !otherDirections.contains { base.contains($0) }
    }

    /// A quantity that is active power, or active energy of an interval, all tariffs together.
    static func isInterval(_ text: String) -> Bool {
        let base = split(text).base
        guard !registerWords.contains(where: { base.contains($0) }), !base.contains("需量"), !base.contains("factor"),
            !base.contains("因数")
        else { return false }
        let names = ["功率", "电量", "负荷", "power", "energy", "load", "consumption"]
        return names.contains { base.contains($0) } && !isTariff(base)
            && !otherDirections.contains { base.contains($0) }
    }

    /// `P1`, `p01`, `V96`, `H24`, `0:15`, `00:15`, `7`: a reading's place in its day. Clock headers are told by order.
    private static func dayPoint(_ name: String) -> Int? {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, bytes.count <= 5 else { return nil }
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            let parts = name.split(separator: ":").compactMap { UInt16($0) }
            guard colon > 0, parts.count == 2, parts[0] <= 24, parts[1] < 60 else { return nil }
            return Int(parts[0]) * 60 + Int(parts[1]) + 1
        }
        let letter = first | 0x20
        let digits = ["p", "v", "h", "t"].map { UInt8(ascii: $0) }.contains(letter) ? bytes.dropFirst() : bytes[...]
        guard !digits.isEmpty, let number = Int(String(decoding: digits, as: UTF8.self)), (1...1440).contains(number),
            digits.allSatisfy({ $0 &- 0x30 <= 9 })
        else { return nil }
        return number
    }
}
