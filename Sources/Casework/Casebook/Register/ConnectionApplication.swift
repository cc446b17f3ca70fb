import Vocabulary

/// A request for a new or larger connection (用电报装). What it does not say is nil.
package struct ConnectionApplication: Hashable, Sendable, Codable {
    package enum Supply: String, Hashable, Sendable, Codable, CaseIterable {
        case grid
        /// From a plant, before the public grid: 网前供电.
        case hydropower, wind, solar
        case directLine = "direct-line"
    }

    package var id: String
    package var received: CalendarDate
    package var applicant: String
    /// The applicant as the register of parties knows it.
    package var party: String?
    package var register: MaskedIdentity?
    /// Where it is for a site of the register.
    package var site: String?
    package var siteName: String
    package var address: String
    package var unit: String
    package var siteKind: String
    /// Capacity asked for, kW.
    package var kilowatts: Double
    /// Average over highest load that the applicant promises, 0 … 1.
    package var steadyShare: Double?
    /// It wants to run in the cheap hours only.
    package var valleyOnly: Bool?
    package var supply: Supply?
    package var yuanPerKilowattHour: Double?
    package var purpose: String?
}

/// The connection applications of a grid company.
package struct ApplicationImport: Sendable {
    package private(set) var applications: [ConnectionApplication] = []
    package private(set) var report: RegisterReport

    private static let columns = [
        RegisterColumn("application", "application_no", "id", "申请编号", "报装编号", "工单号", needed: true),
        RegisterColumn("received", "received_on", "date", "受理日期", "申请日期", needed: true),
        RegisterColumn("applicant", "申请人", "用户名称", "申请单位", needed: true),
        RegisterColumn("party", "party_id", "当事人编号", "主体编号"),
        RegisterColumn("register_no", "credit_code", "统一社会信用代码", "证件号", "证件号码"),
        RegisterColumn("site", "场所", "场所编号"), RegisterColumn("site_name", "场所名称", "项目名称"),
        RegisterColumn("address", "用电地址", "地址"), RegisterColumn("unit", "county", "单位代码", "区划代码", needed: true),
        RegisterColumn("site_kind", "场所类型", "用电类别", needed: true),
        RegisterColumn("kw", "capacity_kw", "申请容量", "报装容量", "申请容量kW", needed: true),
        RegisterColumn("steady_share", "load_factor", "负荷率"), RegisterColumn("valley_only", "仅谷段", "谷段用电"),
        RegisterColumn("supply", "供电方式", "电源类型"), RegisterColumn("yuan_per_kwh", "price", "电价"),
        RegisterColumn("purpose", "用途", "用电用途"),
    ]
    private static let supplies: [String: ConnectionApplication.Supply] = [
        "公网": .grid, "电网": .grid, "水电": .hydropower, "小水电": .hydropower, "风电": .wind, "光伏": .solar,
        "专线": .directLine, "直供": .directLine,
    ]
    private static let kinds = [
        "住宅": "residence", "工厂": "factory", "数据中心": "data-centre", "充电站": "charging-station", "养殖场": "farm",
        "农场": "farm", "水电站": "hydropower", "校园": "campus", "机关": "government-office", "网吧": "cafe",
        "冷库": "cold-store", "基站": "base-station", "温室": "greenhouse", "其他": "other",
    ]

    package init(_ file: RegisterFile, known: KnownRegister, key: RegisterKey) {
        var reader = RegisterRows(file, ApplicationImport.columns)
        var places: [String: Int] = [:]
        while var row = reader.next() {
            let read = ApplicationImport.read(&row, known: known, key: key)
            if let read, let place = places[read.id], applications[place] != read {
                row.fail(
                    "application", "\(read.id.prefix(40)) is there already and says something else",
                    "remove one of the rows")
            }
            var repeated = false
            if let read, row.problem == nil {
                repeated = places[read.id] != nil
                if !repeated {
                    places[read.id] = applications.count
                    applications.append(read)
                }
            }
            reader.settle(row, repeated: repeated)
        }
        report = reader.report
    }

    private static func read(_ row: inout RegisterRow, known: KnownRegister, key: RegisterKey) -> ConnectionApplication?
    {
        let id = row.needed("application")
        _ = row.needed("received")
        let received = row.date("received")
        let applicant = row.needed("applicant")
        let site = row.site(of: known)
        let unit = row.unit(of: known)
        let kindText = row.needed("site_kind")
        let kind = kinds[kindText] ?? kindText
        if !RegisterImport.siteKinds.contains(kind) {
            row.fail(
                "site_kind", "\"\(kindText.prefix(40))\" is no kind of site",
                "use one of " + RegisterImport.siteKinds.sorted().joined(separator: ", "))
        }
        _ = row.needed("kw")
        let kilowatts = row.number("kw", upTo: CasebookLimits.kilowatts)
        let steady = row.number("steady_share", upTo: 1)
        let valley = row.flag("valley_only")
        let supply =
            row.some("supply") == nil
            ? nil : row.word("supply", ConnectionApplication.Supply.self, called: supplies)
        let price = row.number("yuan_per_kwh")
        guard row.problem == nil, let received, let kilowatts else { return nil }
        return ConnectionApplication(
            id: id, received: received, applicant: applicant, party: row.some("party"),
            register: row.some("register_no").map { key.hide($0, use: "party") }, site: site,
            siteName: row.text("site_name"), address: row.text("address"), unit: unit, siteKind: kind,
            kilowatts: kilowatts, steadyShare: steady, valleyOnly: valley, supply: supply,
            yuanPerKilowattHour: price, purpose: row.some("purpose"))
    }
}
