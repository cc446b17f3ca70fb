import Casebook
import Foundation
import GRDB
import Support
import Vocabulary

/// A store with places in two provinces, in Xinjiang and in the Corps inside it, a case at each, and people.
struct KeepingScene {
    static let now = World.now
    static let units = [
        Unit(code: "CN", nameZH: "国家", nameEN: "Nation", level: .national, parent: nil),
        Unit(code: "330000", nameZH: "浙江", nameEN: "Zhejiang", level: .province, parent: "CN"),
        Unit(code: "330100", nameZH: "杭州", nameEN: "Hangzhou", level: .prefecture, parent: "330000"),
        Unit(code: "330110", nameZH: "余杭", nameEN: "Yuhang", level: .county, parent: "330100"),
        Unit(code: "330111", nameZH: "富阳", nameEN: "Fuyang", level: .county, parent: "330100"),
        Unit(code: "340000", nameZH: "安徽", nameEN: "Anhui", level: .province, parent: "CN"),
        Unit(code: "340110", nameZH: "合肥", nameEN: "Hefei", level: .county, parent: "340000"),
        Unit(code: "650000", nameZH: "新疆", nameEN: "Xinjiang", level: .province, parent: "CN"),
        Unit(code: "652301", nameZH: "昌吉", nameEN: "Changji", level: .county, parent: "650000"),
        Unit(code: "XPCC", nameZH: "兵团", nameEN: "The Corps", level: .province, parent: "650000"),
        Unit(code: "XPCC06", nameZH: "六师", nameEN: "Sixth Division", level: .county, parent: "XPCC"),
    ]
    /// Site, unit.
    static let places = [
        ("A1", "340110"), ("C1", "XPCC06"), ("X1", "652301"), ("Z1", "330110"), ("Z2", "330111"),
    ]
    static let cases = [
        "A1": "340000-2026-0001", "C1": "XPCC-2026-0001", "X1": "650000-2026-0001", "Z1": "330000-2026-0001",
        "Z2": "330000-2026-0002",
    ]
    static let matrix: AccessMatrix = {
        do {
            return try AccessMatrix.load(Places.root.appendingPathComponent("Models/roles/2026-11/matrix.json").path)
        } catch {
            fatalError("\(error)")
        }
    }()

    static func address(_ site: String) -> IPAddress {
        IPAddress(ipv4: 0xC000_0200 | UInt32(site.utf8.first ?? 0))
    }

    static func fill(_ path: String, keys: AuditKeys? = nil) throws -> CasebookWriter {
        let writer = try CasebookWriter.open(path, province: "330000", keys: keys)
        let sites = places.map { id, unit in
            Site(
                id: id, name: "王小明 \(id)", address: "文一路 \(id) 号", kind: "residence", unit: unit, residential: true)
        }
        let links = places.flatMap { id, _ in
            [
                SiteLink(site: id, kind: .meter, subject: "M-\(id)", basis: "supply-contract"),
                SiteLink(site: id, kind: .line, subject: "L-\(id)", basis: "field-survey"),
                SiteLink(site: id, kind: .addressRange, subject: "\(address(id))/32", basis: "address-assignment"),
            ]
        }
        try writer.register(sites: sites, links: links, units: units, complete: true, now: now)
        let findings = places.map { id, _ in
            Finding(
                id: "f-\(id)", subject: .address(address(id)), modality: .network,
                from: Instant(seconds: 1_780_000_000), to: Instant(seconds: 1_789_000_000), probability: 0.9,
                logLikelihoodRatio: 6, model: "test/1",
                network: NetworkDetail(
                    tier: .a1, dialect: "stratum", client: Endpoint(ip: address(id), port: 4000),
                    server: Endpoint(ip: IPAddress(ipv4: 1), port: 3333), account: "account-of-\(id)-in-full",
                    capture: "c.pcap", captureSHA256: String(repeating: "a", count: 64)))
        }
        let assessments = places.map { id, _ in
            SiteAssessment(
                site: id, probability: 0.9, priorLogOdds: -3, logOdds: 3, basis: .networkOnly,
                terms: [
                    .init(
                        findingID: "f-\(id)", modality: .network, subject: .address(address(id)), logOdds: 6,
                        link: links.first { $0.site == id && $0.kind == .addressRange } ?? links[0])
                ])
        }
        _ = try writer.publishRun(
            World.run("keeping"), findings: findings, assessments: assessments,
            curves: Dictionary(
                places.map { ($0.0, LoadCurve(start: now, intervalSeconds: 900, kilowatts: [1, 2, 3])) },
                uniquingKeysWith: { first, _ in first }),
            policy: CasePolicy(), now: now)
        try writer.record(
            [
                .handover(
                    id: "H1", caseID: cases["Z1"] ?? "", receiver: "police-330000", sentAt: now,
                    due: CalendarDate(daysSince1970: 21_000)),
                .meterDay(
                    meter: "M-Z1", unit: "330110", day: CalendarDate(daysSince1970: 20_703), expected: 96, present: 96,
                    hours: 24),
                .meterDay(
                    meter: "M-A1", unit: "340110", day: CalendarDate(daysSince1970: 20_703), expected: 96, present: 96,
                    hours: 24),
            ], by: "scan", now: now)
        return writer
    }

    /// The desk of the case at Z1 is the county's, as after a dispatch.
    static func dispatch(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            for (site, county) in [("Z1", "330110"), ("Z2", "330111"), ("A1", "340110")] {
                let id = cases[site] ?? ""
                try db.execute(sql: "UPDATE case_record SET holder = ? WHERE id = ?", arguments: [county, id])
                try db.execute(sql: "UPDATE case_fact SET holder = ? WHERE case_id = ?", arguments: [county, id])
            }
        }
        try queue.close()
    }

    /// Three administrators, a province officer and an inspector.
    static func appoint(_ writer: CasebookWriter) throws {
        try writer.appointAdministrators(
            system: ("sys", "Xi Guan"), security: ("sec", "An Guan"), audit: ("aud", "Shen Guan"), now: now)
        let system = Identity(person: "sys", name: "Xi Guan", roles: [HeldRole(role: "system_admin", unit: "330000")])
        let security = Identity(
            person: "sec", name: "An Guan", roles: [HeldRole(role: "security_admin", unit: "330000")])
        for (id, name) in [("sheng", "Sheng Wei"), ("jian", "Jian Cha"), ("shen", "Shen Ji")] {
            try writer.addPerson(id: id, name: name, by: system, matrix: matrix, now: now)
        }
        let grants: [(Grant, String)] = [
            (.role("province_officer", unit: "330000"), "sheng"), (.capability("reviewer"), "sheng"),
            (.role("inspector", unit: "330110"), "jian"), (.assignedCase(cases["Z1"] ?? ""), "jian"),
            (.role("auditor", unit: "330000"), "shen"),
        ]
        for (grant, person) in grants {
            try writer.grant(grant, to: person, by: security, reason: "desk", matrix: matrix, now: now)
        }
    }

    static func evidence(_ writer: CasebookWriter, case id: String = cases["Z1"] ?? "") throws -> EvidenceItem {
        try writer.addEvidence(
            case: id, digest: try EvidenceDigest.of(Array("bytes of \(id)".utf8)), source: "c.pcap",
            origin: .packets(captureSHA256: String(repeating: "a", count: 64), first: 10, last: 40),
            collectedBy: "An Lin", collectedAt: now, now: now)
    }

    /// A row of nobody's in each of these tables.
    static func stranger(_ path: String, in tables: Set<String>) throws {
        let queue = try DatabaseQueue(path: path)
        let rows = try queue.read { db in
            try tables.sorted().map { table in
                let values = try db.columns(in: table).map { $0.type == "TEXT" ? "'{}'" : "987654" }
                return "INSERT INTO \(table) VALUES (\(values.joined(separator: ", ")));"
            }
        }
        try queue.close()
        try attack(path, rows.joined())
    }

    static func attack(_ path: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            for name in try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'trigger'") {
                try db.execute(sql: "DROP TRIGGER \(name)")
            }
            try db.execute(sql: sql)
        }
        try queue.close()
    }
}
