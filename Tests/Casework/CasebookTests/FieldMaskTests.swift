import Casebook
import Foundation
import GRDB
import Testing
import Vocabulary

struct FieldMaskTests {
    private static let province = Identity(
        person: "sheng", name: "Sheng Wei", roles: [HeldRole(role: "province_officer", unit: "330000")])
    private static let second = Identity(
        person: "fu", name: "Fu He", roles: [HeldRole(role: "province_officer", unit: "330000")])

    private func reader(_ path: String, _ role: String, _ unit: String, cases: Set<String> = []) throws -> ScopedReader
    {
        try ScopedReader(
            try CasebookReader.open(path),
            as: Identity(person: "p", name: "P", roles: [HeldRole(role: role, unit: unit)], cases: cases),
            matrix: KeepingScene.matrix)
    }

    @Test func `a home is masked for who may not read personal fields, and plain on one's own case`() throws {
        try World.with { path in
            try KeepingScene.fill(path).close()
            try KeepingScene.dispatch(path)
            let caseID = try #require(KeepingScene.cases["Z1"])
            for (role, unit, cases, plain, curve) in [
                ("province_officer", "330000", [], false, false), ("analyst", "330000", [], false, true),
                ("dispatcher", "330000", [], false, false), ("county_officer", "330110", [caseID], true, true),
                ("county_officer", "330110", [], false, false), ("inspector", "330110", [caseID], true, true),
                ("enforcement_officer", "330000", [caseID], true, true), ("auditor", "330000", [], false, false),
            ] as [(String, String, Set<String>, Bool, Bool)] {
                let scoped = try reader(path, role, unit, cases: cases)
                let shown = try scoped.dossier(site: "Z1")
                let text = "\(shown.dossier)"
                #expect(text.contains("王小明") == plain && text.contains("文一路") == plain, "\(role)")
                #expect(text.contains("192.0.2.90") == plain && shown.masked.contains("site.name") != plain)
                #expect((shown.dossier.curve != nil) == curve, "\(role)")
                // Accounts stay masked for everybody.
                #expect(!text.contains("in-full") || !text.contains("account-of-Z1-in-full"))
                #expect(shown.masked.contains("network.account"))
                let listed = try #require(try scoped.siteList().sites.first { $0.id == "Z1" })
                #expect((listed.name == "王小明 Z1") == plain && (listed.address == "***") != plain)
                #expect(shown.dossier.assessment?.terms.count == 1 && shown.dossier.findings.count == 1)
            }
        }
    }

    @Test func `unmasking takes the right and a reason, and is in the audit log before it is shown`() throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            let reader = try CasebookReader.open(path)
            let scoped = try ScopedReader(reader, as: FieldMaskTests.province, matrix: KeepingScene.matrix)
            func unmask(
                _ scoped: ScopedReader, _ field: String, _ site: String, _ reason: String, _ by: Identity? = nil
            )
                throws -> [String]
            {
                try scoped.unmask(field, site: site, reason: reason, approver: by, through: writer, now: World.now)
            }
            #expect(throws: CasebookError.self) { try unmask(scoped, "site.name", "Z1", "  ") }
            #expect(try unmask(scoped, "site.name", "Z1", "visit on Tuesday") == ["王小明 Z1"])
            #expect(try unmask(scoped, "link.address-range", "Z1", "visit") == ["192.0.2.90/32"])
            let row = try #require(try scoped.auditRows(limit: 2).last)
            #expect(row.actor == "sheng" && row.action == "unmask" && row.object == "site:Z1")
            #expect(row.detail.contains("visit on Tuesday") && row.detail.contains("site.name"))
            #expect(throws: CasebookError.noSuchObject("site:A1")) { try unmask(scoped, "site.name", "A1", "why") }
            #expect(throws: CasebookError.noSuchObject("site:Z1")) { try unmask(scoped, "site.none", "Z1", "why") }
            // An account takes a second person with the same right.
            let stranger = Identity(
                person: "wai", name: "Wai Sheng", roles: [HeldRole(role: "province_officer", unit: "340000")])
            let analyst = Identity(
                person: "fen", name: "Fen Xi", roles: [HeldRole(role: "analyst", unit: "330000")])
            for approver in [nil, FieldMaskTests.province, stranger, analyst] {
                #expect(throws: CasebookError.self) { try unmask(scoped, "network.account", "Z1", "why", approver) }
            }
            #expect(
                try unmask(scoped, "network.account", "Z1", "why", FieldMaskTests.second) == ["account-of-Z1-in-full"])
            let before = try scoped.auditRows().count
            for (role, unit) in [("analyst", "330000"), ("dispatcher", "330000"), ("auditor", "330000")] {
                let other = try self.reader(path, role, unit)
                #expect(throws: CasebookError.noSuchObject("site:Z1"), "\(role)") {
                    try unmask(other, "site.name", "Z1", "why")
                }
            }
            #expect(try scoped.auditRows().count == before)
            guard case .intact = try reader.auditVerify() else {
                Issue.record("the chain does not hold")
                return
            }
            try writer.close()
            // A store that cannot take the row shows nothing.
            #expect(throws: CasebookError.self) { try unmask(scoped, "site.name", "Z1", "why") }
        }
    }

    @Test func `opening a payload takes a reason and an export is logged`() throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            let id = try #require(KeepingScene.cases["Z1"])
            let analyst = try reader(path, "analyst", "330000")
            #expect(throws: CasebookError.self) {
                try analyst.act(.rawPackets, on: .case(id), through: writer, now: World.now)
            }
            try analyst.act(.rawPackets, on: .case(id), reason: "frame 12", through: writer, now: World.now)
            try analyst.act(.export, on: .case(id), through: writer, now: World.now)
            let officer = try reader(path, "prefecture_officer", "330100")
            #expect(throws: CasebookError.noSuchObject("case:\(id)")) {
                try officer.act(.rawPackets, on: .case(id), reason: "x", through: writer, now: World.now)
            }
            let log = try reader(path, "audit_admin", "330000").auditRows(limit: 3)
            #expect(log.map(\.action) == ["export", "raw_packets", "figures"])
            try writer.close()
        }
    }
}
