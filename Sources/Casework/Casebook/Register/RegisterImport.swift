import Vocabulary

/// A row of a register file that was not taken, said so that whoever keeps the file can mend it.
package struct RegisterProblem: Hashable, Sendable, Codable {
    package var file: String
    /// 1-based line on which the row begins; 0 for the whole file.
    package var line: Int
    /// Name of the column; empty for the whole row.
    package var column: String
    package var what: String
    package var remedy: String
}

/// One register file as it was read.
package struct RegisterFile: Sendable {
    package var name: String
    package var text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

/// The register of an installation: its units, sites and links, from three CSV files. A bad row is refused with its
/// place and a remedy; the rest goes on. Columns are found by name, in any order; more columns may be there.
package struct RegisterImport: Sendable {
    package private(set) var units: [Unit] = []
    package private(set) var sites: [Site] = []
    package private(set) var links: [SiteLink] = []
    package private(set) var problems: [RegisterProblem] = []
    /// Problems there were in all; `problems` is cut off at a limit.
    package private(set) var problemCount = 0

    package static let siteKinds: Set<String> = [
        "residence", "factory", "data-centre", "charging-station", "farm", "hydropower", "campus", "government-office",
        "cafe", "cold-store", "base-station", "greenhouse", "other",
    ]

    private var unitLevels: [String: Unit.Level] = [:]
    private var siteIDs: Set<String> = []
    private var linkKeys: Set<[String]> = []

    /// Reads the three files; `provinces` are known units without being in a file, and are part of `units`.
    package init(units: RegisterFile?, sites: RegisterFile?, links: RegisterFile?, provinces: ProvinceTable) {
        add(Unit(code: "CN", nameZH: "全国", nameEN: "China", level: .national, parent: nil))
        for unit in provinces.units { add(unit) }
        if let units { readUnits(units) }
        if let sites {
            each(sites, needs: ["site", "name", "kind", "unit"]) { $0.readSite(&$1) }
        }
        if let links {
            each(links, needs: ["site", "kind", "subject", "basis"]) { $0.readLink(&$1) }
        }
    }

    static func isSixDigits(_ text: String) -> Bool {
        text.utf8.count == 6 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private mutating func add(_ unit: Unit) {
        guard unitLevels[unit.code] == nil else { return }
        unitLevels[unit.code] = unit.level
        units.append(unit)
    }

    /// Reads one file row by row; what is wrong joins `problems`.
    private mutating func each(
        _ file: RegisterFile, needs: [String], _ read: (inout RegisterImport, inout RegisterRow) -> Void
    ) {
        var rows = RegisterRows(file, needs.map { RegisterColumn($0, needed: true) })
        while var row = rows.next() {
            read(&self, &row)
            rows.settle(row)
        }
        problemCount += rows.report.problemCount
        problems += rows.report.problems.prefix(max(0, CasebookLimits.registerProblems - problems.count))
    }

    // MARK: Units

    private mutating func readUnits(_ file: RegisterFile) {
        each(file, needs: ["code", "name_zh", "name_en", "level", "parent"]) { register, row in
            let code = row.needed("code")
            if !RegisterImport.isSixDigits(code), code != "XPCC", code != "CN" {
                row.fail("code", "\"\(code.prefix(40))\" is no unit code", "write the six digits of GB/T 2260, or XPCC")
            }
            let level = Unit.Level(rawValue: row.text("level"))
            if level == nil { row.fail("level", "is not known", "use national, province, prefecture or county") }
            let parent = row.text("parent")
            if code != "CN", register.unitLevels[parent] == nil {
                row.fail("parent", "\"\(parent.prefix(40))\" is no unit known so far", "put the parent's row above")
            }
            let (from, to) = row.dates("valid_from", "valid_to")
            let repeats = register.units.first { $0.code == code }
            guard row.problem == nil, let level else { return }
            // The first-level divisions are known already; naming them again is no fault.
            if let repeats, repeats.level == level { return }
            guard repeats == nil else {
                return row.fail("code", "\(code) is there already with another level", "remove one of the rows")
            }
            register.add(
                Unit(
                    code: code, nameZH: row.text("name_zh"), nameEN: row.text("name_en"), level: level,
                    parent: parent.isEmpty ? nil : parent, validFrom: from, validTo: to))
        }
    }

    // MARK: Sites

    private mutating func readSite(_ row: inout RegisterRow) {
        let id = row.needed("site")
        let kind = row.needed("kind")
        if !RegisterImport.siteKinds.contains(kind) {
            row.fail(
                "kind", "\"\(kind.prefix(40))\" is no kind of site",
                "use one of " + RegisterImport.siteKinds.sorted().joined(separator: ", "))
        }
        let unit = row.needed("unit")
        switch unitLevels[unit] {
        case .county, .prefecture: break
        case nil:
            row.fail("unit", "county \"\(unit.prefix(40))\" is not known", "add it to the units file, or mend the code")
        default:
            if unit != "XPCC" { row.fail("unit", "\(unit) is not a county", "write the county's six digits") }
        }
        let contracted = row.number("contracted_kw")
        let residential = row.flag("residential")
        if siteIDs.contains(id) { row.fail("site", "\(id.prefix(40)) is there already", "remove one of the rows") }
        guard row.problem == nil else { return }
        siteIDs.insert(id)
        let category = row.text("category")
        sites.append(
            Site(
                id: id, name: row.text("name"), address: row.text("address"), kind: kind, unit: unit,
                category: category.isEmpty ? nil : category, contractedKilowatts: contracted,
                residential: residential ?? false))
    }

    // MARK: Links

    private mutating func readLink(_ row: inout RegisterRow) {
        let site = row.needed("site")
        if !siteIDs.contains(site) {
            row.fail("site", "\"\(site.prefix(40))\" is no site of the sites file", "add the site, or mend the name")
        }
        let kind = SiteLink.Kind(rawValue: row.text("kind"))
        if kind == nil { row.fail("kind", "is not known", "use meter, feeder, line or address-range") }
        var subject = row.needed("subject")
        if kind == .addressRange {
            if let range = AddressRange(subject) {
                let shortest =
                    range.base.isIPv4 ? CasebookLimits.shortestPrefix.four : CasebookLimits.shortestPrefix.six
                if range.prefixLength < shortest {
                    row.fail("subject", "covers too much", "name the site's own addresses")
                }
                subject = range.description
            } else {
                row.fail(
                    "subject", "\"\(subject.prefix(60))\" is no address range", "write 192.0.2.0/24 or one address")
            }
        }
        let (from, to) = row.dates()
        let basis = row.needed("basis")
        let key = [site, row.text("kind"), subject, from?.description ?? ""]
        if linkKeys.contains(key) { row.fail("subject", "the same link is there already", "remove one of the rows") }
        guard row.problem == nil, let kind else { return }
        linkKeys.insert(key)
        links.append(SiteLink(site: site, kind: kind, subject: subject, from: from, to: to, basis: basis))
    }
}
