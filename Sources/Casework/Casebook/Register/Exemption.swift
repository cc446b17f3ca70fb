import Vocabulary

/// A registered lawful high load: for whom, up to how much, until when, and who approved it.
package struct Exemption: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case dataCentre = "data-centre"
        case continuousIndustry = "continuous-industry"
        case coldStore = "cold-store"
        case agriculture, charging, laboratory, telecom
        case securityTest = "security-test"
        case other
    }

    package var id: String
    /// The place; nil where it is for one meter or line alone.
    package var site: String?
    /// `meter:…` or `line:…`; nil = the whole site.
    package var subject: String?
    package var kind: Kind
    package var licence: String
    package var ceilingKilowatts: Double
    package var applicant: String
    package var approver: String
    package var from: CalendarDate
    /// Last day.
    package var to: CalendarDate

    package init(
        id: String, site: String?, subject: String?, kind: Kind, licence: String, ceilingKilowatts: Double,
        applicant: String, approver: String, from: CalendarDate, to: CalendarDate
    ) {
        self.id = id
        self.site = site
        self.subject = subject
        self.kind = kind
        self.licence = licence
        self.ceilingKilowatts = ceilingKilowatts
        self.applicant = applicant
        self.approver = approver
        self.from = from
        self.to = to
    }

    /// What a step of a case is told about it; nil when it is for no site.
    package func terms(loadKilowatts: Double?) -> ExemptionTerms? {
        site.map {
            ExemptionTerms(
                id: id, licence: licence, site: $0, ceilingKilowatts: ceilingKilowatts, loadKilowatts: loadKilowatts,
                applicant: applicant, from: from, to: to)
        }
    }
}

/// Whether an exemption covers what was measured on a day. It says; a person acts.
package struct ExemptionCheck: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        /// In force, and all of the measured interval is within the ceiling.
        case covers
        case notYet = "not-yet"
        case expired
        /// All of the measured interval is above the ceiling.
        case exceeded
        /// The ceiling lies within the interval.
        case mayExceed = "may-exceed"
        /// Nothing was measured, or too little to say: unknown is not within.
        case notMeasured = "not-measured"
    }

    package var exemption: String
    package var day: CalendarDate
    /// `covers` stands alone; an exemption may be both expired and exceeded.
    package var outcomes: [Outcome]
    package var ceilingKilowatts: Double
    package var measured: Estimate?
    package var lastDay: CalendarDate

    package init(_ exemption: Exemption, on day: CalendarDate, measured: Estimate?) {
        self.exemption = exemption.id
        self.day = day
        self.measured = measured
        ceilingKilowatts = exemption.ceilingKilowatts
        lastDay = exemption.to
        var found: [Outcome] = []
        if day < exemption.from { found.append(.notYet) }
        if exemption.to < day { found.append(.expired) }
        let ceiling = exemption.ceilingKilowatts
        if let load = measured, load.low.isFinite, load.high.isFinite, load.low <= load.high, ceiling.isFinite {
            if load.low > ceiling {
                found.append(.exceeded)
            } else if load.high > ceiling {
                found.append(.mayExceed)
            }
        } else {
            found.append(.notMeasured)
        }
        outcomes = found.isEmpty ? [.covers] : found
    }

    package var isInForce: Bool { !outcomes.contains(.expired) && !outcomes.contains(.notYet) }

    /// The case that rests on it has lost its ground.
    package var hasEnded: Bool { outcomes.contains(.expired) || outcomes.contains(.exceeded) }
}

/// Load of a site as an interval to hold against a ceiling, from its curve.
package enum MeasuredLoad {
    /// Value: the load that one reading in twenty exceeds; interval: the one in ten, and the highest reading. So the
    /// whole interval is above a ceiling only when a tenth of the readings are. Nil when fewer than 80 % are present.
    package static func of(_ curve: LoadCurve) -> Estimate? {
        let readings = curve.kilowatts.filter(\.isFinite).sorted()
        guard let highest = readings.last,
            Double(readings.count) >= CasebookLimits.readingShare * Double(curve.kilowatts.count)
        else { return nil }
        func exceeded(by share: Double) -> Double {
            Double(readings[min(readings.count - 1, Int(Double(readings.count) * (1 - share)))])
        }
        return Estimate(
            value: exceeded(by: 0.05), low: min(exceeded(by: 0.1), Double(highest)), high: Double(highest),
            basis: "readings-exceeding-10-5-0-percent")
    }
}

/// Work that an exemption makes: it runs out, or the case it closed must be looked at again.
package struct ExemptionWork: Hashable, Sendable, Codable {
    package var exemption: Exemption
    package var check: ExemptionCheck
    /// Days until the last one; negative = days since.
    package var daysLeft: Int
    /// It ended, and another one for the same site and subject took over.
    package var isRenewed: Bool
    /// The case at the site that rests in `exempt`, and the step by which a person may take it back to triage.
    package var caseID: String?
    package var caseVersion: Int?
    package var step: String?

    package var hasEnded: Bool { check.hasEnded && !isRenewed }
}

/// The register of exemptions.
package struct ExemptionImport: Sendable {
    package private(set) var exemptions: [Exemption] = []
    package private(set) var report: RegisterReport

    private static let columns = [
        RegisterColumn("exemption", "exemption_id", "id", "豁免编号", "备案编号", needed: true),
        RegisterColumn("site", "场所", "场所编号"), RegisterColumn("subject", "对象", "监测对象"),
        RegisterColumn("kind", "类型", "类别", needed: true),
        RegisterColumn("licence", "licence_no", "license", "许可证号", "批文号", "备案文号", needed: true),
        RegisterColumn("ceiling_kw", "ceiling", "负荷上限", "负荷上限kW", needed: true),
        RegisterColumn("applicant", "申请人", "申请单位", needed: true),
        RegisterColumn("approver", "审批人", "批准人", needed: true),
        RegisterColumn("from", "起", "生效日期", "开始日期", needed: true),
        RegisterColumn("to", "止", "失效日期", "截止日期", "到期日期", needed: true),
    ]
    private static let kinds: [String: Exemption.Kind] = [
        "数据中心": .dataCentre, "连续生产工业": .continuousIndustry, "冷库": .coldStore, "农业": .agriculture,
        "充电站": .charging, "实验室": .laboratory, "通信": .telecom, "安全测试": .securityTest, "其他": .other,
    ]

    package init(_ file: RegisterFile, known: KnownRegister) {
        var reader = RegisterRows(file, ExemptionImport.columns)
        var places: [String: Int] = [:]
        while var row = reader.next() {
            let read = ExemptionImport.read(&row, known: known)
            if let read, let place = places[read.id], exemptions[place] != read {
                row.fail(
                    "exemption", "\(read.id.prefix(40)) is there already with other terms", "remove one of the rows")
            }
            var repeated = false
            if let read, row.problem == nil {
                repeated = places[read.id] != nil
                if !repeated {
                    places[read.id] = exemptions.count
                    exemptions.append(read)
                }
            }
            reader.settle(row, repeated: repeated)
        }
        report = reader.report
    }

    private static func read(_ row: inout RegisterRow, known: KnownRegister) -> Exemption? {
        let id = row.needed("exemption")
        let site = row.site(of: known)
        let subject = row.some("subject")
        if let subject, !["meter:", "line:"].contains(where: { subject.hasPrefix($0) && subject != $0 }) {
            row.fail("subject", "\"\(subject.prefix(40))\" is no subject", "write meter:… or line:…, or nothing")
        }
        if site == nil, subject == nil { row.fail("site", "is empty", "fill in the site or the subject") }
        let kind = row.word("kind", Exemption.Kind.self, called: kinds)
        let licence = row.needed("licence")
        _ = row.needed("ceiling_kw")
        let ceiling = row.number("ceiling_kw", upTo: CasebookLimits.kilowatts)
        if ceiling == 0 { row.fail("ceiling_kw", "is zero", "write the load that is allowed, kW") }
        let applicant = row.needed("applicant")
        let approver = row.needed("approver")
        if CaseActor.key(applicant) == CaseActor.key(approver) {
            row.fail("approver", "is the applicant", "another person must approve")
        }
        for column in ["from", "to"] { _ = row.needed(column) }
        let (from, to) = row.dates()
        guard row.problem == nil, let kind, let ceiling, let from, let to else { return nil }
        return Exemption(
            id: id, site: site, subject: subject, kind: kind, licence: licence, ceilingKilowatts: ceiling,
            applicant: applicant, approver: approver, from: from, to: to)
    }
}
