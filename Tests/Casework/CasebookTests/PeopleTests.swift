import Casebook
import Foundation
import Support
import Testing
import Vocabulary

struct PeopleTests {
    private let system = Identity(
        person: "sys", name: "Xi Guan", roles: [HeldRole(role: "system_admin", unit: "330000")])
    private let security = Identity(
        person: "sec", name: "An Guan", roles: [HeldRole(role: "security_admin", unit: "330000")])

    private func codes(_ writer: CasebookWriter, _ grant: Grant, to person: String, by actor: Identity) throws
        -> [String]
    {
        try CaseScene.codes {
            try writer.grant(
                grant, to: person, by: actor, reason: "desk", matrix: KeepingScene.matrix, now: World.now)
        }
    }

    @Test func `three different people administer, none sees a case, and one creates whom another grants`() throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            #expect(
                try CaseScene.codes {
                    try writer.appointAdministrators(
                        system: ("a", "A"), security: ("A", "B"), audit: ("c", "C"), now: World.now)
                } == ["separate-duties"])
            try KeepingScene.appoint(writer)
            #expect(
                try CaseScene.codes {
                    try writer.appointAdministrators(
                        system: ("a", "A"), security: ("b", "B"), audit: ("c", "C"), now: World.now)
                } == ["already-appointed"])
            let reader = try CasebookReader.open(path)
            for id in ["sys", "sec", "aud"] {
                let scoped = try ScopedReader(
                    reader, as: try reader.identity(person: id), matrix: KeepingScene.matrix)
                #expect(try scoped.caseList(CaseListQuery(), on: CalendarDate(daysSince1970: 20_720)).total == 0)
                #expect(try scoped.siteList().total == 0 && scoped.caseCounts().isEmpty)
                #expect((try? scoped.people())?.count == (id == "aud" ? nil : 6))
            }
            #expect(throws: CasebookError.noSuchObject("users")) {
                try writer.addPerson(id: "x", name: "X", by: security, matrix: KeepingScene.matrix, now: World.now)
            }
            #expect(throws: CasebookError.noSuchObject("users")) {
                try codes(writer, .capability("reviewer"), to: "sheng", by: system)
            }
            let officer = try reader.identity(person: "sheng")
            #expect(officer.roles == [HeldRole(role: "province_officer", unit: "330000")])
            #expect(officer.capabilities == ["reviewer"])
            #expect(throws: CasebookError.noSuchObject("users")) {
                try codes(writer, .role("analyst", unit: "330000"), to: "sheng", by: officer)
            }
            try writer.close()
        }
    }

    @Test func `nobody grants himself a role, and duties that must be apart stay apart`() throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            try KeepingScene.appoint(writer)
            #expect(
                try codes(writer, .role("analyst", unit: "330000"), to: "sec", by: security).contains("not-oneself"))
            for role in ["auditor", "system_admin", "security_admin", "audit_admin"] {
                #expect(
                    try codes(writer, .role(role, unit: "330000"), to: "sheng", by: security) == ["separate-duties"])
            }
            for grant in [Grant.role("analyst", unit: "330000"), .capability("reviewer"), .assignedCase("x")] {
                for person in ["sys", "aud", "shen"] {
                    #expect(try codes(writer, grant, to: person, by: security) == ["separate-duties"], "\(person)")
                }
            }
            // No two of the three in one hand, whichever came first, nor by a way around the store.
            let administrators = [("sys", "system_admin"), ("sec", "security_admin"), ("aud", "audit_admin")]
            let other = Identity(
                person: "sec2", name: "An Er", roles: [HeldRole(role: "security_admin", unit: "330000")])
            for (person, own) in administrators {
                for (_, role) in administrators where role != own {
                    #expect(
                        try codes(writer, .role(role, unit: "330000"), to: person, by: other) == ["separate-duties"])
                    let both = Identity(
                        person: "x", name: "X",
                        roles: [HeldRole(role: own, unit: "330000"), HeldRole(role: role, unit: "330000")])
                    let scoped = try ScopedReader(
                        try CasebookReader.open(path), as: both, matrix: KeepingScene.matrix)
                    for action in AccessAction.allCases {
                        #expect(throws: CasebookError.self) { try scoped.permit(action) }
                    }
                }
            }
            #expect(try codes(writer, .role("king", unit: "330000"), to: "sheng", by: security) == ["unknown-role"])
            #expect(try codes(writer, .role("analyst", unit: "999999"), to: "sheng", by: security) == ["unknown-unit"])
            #expect(
                try codes(writer, .role("county_officer", unit: "330000"), to: "sheng", by: security) == ["wrong-level"]
            )
            #expect(try codes(writer, .capability("all"), to: "sheng", by: security) == ["unknown-capability"])
            for (id, name) in [("scan", "S"), ("x y", "X"), ("SHENG", "Z"), ("z", " sheng  WEI")] {
                #expect(throws: CasebookError.self) {
                    try writer.addPerson(id: id, name: name, by: system, matrix: KeepingScene.matrix, now: World.now)
                }
            }
            try writer.close()
        }
    }

    @Test func `a role that was taken back is gone at the next asking, and the log keeps both`() throws {
        try World.with { path in
            let writer = try KeepingScene.fill(path)
            try KeepingScene.appoint(writer)
            let reader = try CasebookReader.open(path)
            let grant = Grant.role("inspector", unit: "330110")
            for given in [false, true, false] {
                try writer.grant(
                    grant, to: "jian", given: given, by: security, reason: "moved", matrix: KeepingScene.matrix,
                    now: World.now)
                #expect(try reader.identity(person: "jian").roles.isEmpty != given)
            }
            #expect(throws: CasebookError.noSuchObject("person nobody")) { try reader.identity(person: "nobody") }
            guard case .intact = try reader.auditVerify() else {
                Issue.record("the chain does not hold")
                return
            }
            try writer.close()
        }
    }

    @Test(arguments: [
        (#""auditor": "own masked"#, #""auditor": "own masked", "system_admin": "own"#, "no case content"),
        (#""cells": {"analyst": "own"}"#, #""cells": {"analyst": "own", "auditor": "own"}"#, "writes nothing"),
        (#""system_admin": "all create""#, #""analyst": "all create""#, "only administrators"),
        (#""all create""#, #""all create grant""#, "does not grant"),
        (#""own down""#, #""own sideways""#, "own sideways"), (#""id": "lead""#, #""id": "leads""#, "no such action"),
        (#""format": 1"#, #""format": 2"#, "this program reads 1"),
    ])
    func `a matrix that breaks a rule of the house or has an unknown word is refused with its place`(
        _ old: String, _ new: String, _ why: String
    ) throws {
        let path = Places.root.appendingPathComponent("Models/roles/2026-11/matrix.json").path
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var changed = text
        if let range = text.range(of: old) { changed.replaceSubrange(range, with: new) }
        if old.contains("own masked") { changed = text.replacingOccurrences(of: old + "\"", with: new + "\"") }
        #expect(changed != text)
        do {
            _ = try AccessMatrix.read(Data(changed.utf8), name: "matrix")
            Issue.record("was read: \(new)")
        } catch {
            #expect("\(error)".contains(why), "\(error)")
        }
    }
}
