import Accounts
import Casebook
import Dashboard
import Foundation
import Testing
import Vocabulary

/// Every route as every role, about what is one's own and what is another's.
@Suite struct RouteRolesTests {
    /// What the matrix lets a role see of a place or case of a half, told from the matrix alone.
    private static func sees(_ cell: AccessCell, own: Bool, isProvince: Bool) -> Bool {
        switch cell.reach {
        case .no, .counts, .links, .meters, .handed: false
        case .all: true
        case .own: own || isProvince
        case .assigned: own
        }
    }

    @Test("each role sees on each route what the matrix gives it, and nothing of another unit")
    func walk() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        var seen = 0
        for role in world.matrix.roles where role.kind != .administrator {
            let cookie = try world.session(OfficeWorld.person(role.id, 0))
            // Papers, files that were sent and events have tests of their own: nothing is there at first.
            for route in RouteList.all where !route.isPost && !route.isOfOneThing {
                let needed = route.action
                let cell = needed.map { world.matrix.cell($0, role.id) } ?? AccessCell(reach: .all, terms: [])
                for half in 0..<2 {
                    let object = route.path.contains("case") ? world.cases[half] : OfficeWorld.site(half)
                    let isUnit = route.path.hasPrefix("unit/")
                    let filled = route.path.replacing(":id", with: isUnit ? OfficeWorld.halves[half][2] : object)
                    let reply = world.get(route.prefix + filled, as: cookie)
                    let allowed: Bool
                    if !route.path.contains(":id") {
                        // Lines are told to whose figures go by lines or by units, not by meters.
                        let isLines = ["operator", "lines"].contains(route.path)
                        allowed =
                            cell.reach != .no
                            && (!isLines
                                || [.links, .own, .all].contains(world.matrix.cell(.rollUp, role.id).reach))
                    } else if route.path.hasSuffix("report") {
                        let export = world.matrix.cell(.export, role.id)
                        allowed =
                            Self.sees(cell, own: half == 0, isProvince: role.level == "province")
                            && Self.sees(export, own: half == 0, isProvince: role.level == "province")
                    } else if route.path.hasSuffix("curve") {
                        let read = world.matrix.cell(.caseRead, role.id)
                        allowed =
                            Self.sees(cell, own: half == 0, isProvince: role.level == "province")
                            && Self.sees(read, own: half == 0, isProvince: role.level == "province")
                    } else {
                        allowed = Self.sees(cell, own: half == 0, isProvince: role.level == "province")
                    }
                    seen += 1
                    #expect(
                        reply.status == (allowed ? 200 : 404),
                        "\(role.id) \(route.prefix)\(filled) half \(half): \(reply.status), \(cell.reach)")
                    if half == 1, role.level != "province", cell.reach != .all, !allowed || route.path.contains(":id") {
                        #expect(!reply.text.contains("示例场所2"), "\(role.id) \(filled)")
                    }
                    // A list tells nothing of the other half.
                    if !route.path.contains(":id"), role.level != "province", cell.reach != .all {
                        #expect(!reply.text.contains(world.cases[1]), "\(role.id) \(filled)")
                        #expect(!reply.text.contains(OfficeWorld.site(1)), "\(role.id) \(filled)")
                    }
                }
            }
        }
        #expect(seen > 500)
    }

    @Test("what is another's and what is not there are the same answer")
    func telling() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let cookie = try world.session(OfficeWorld.person("county_officer", 0))
        for (other, none) in [
            ("/case/\(world.cases[1])", "/case/330000-2026-9999"), ("/site/S-2", "/site/S-9"),
            ("/unit/330210", "/unit/330999"), ("/api/v1/cases/\(world.cases[1])", "/api/v1/cases/x"),
            ("/api/v1/sites/S-2", "/api/v1/sites/S-9"), ("/site/S-2/report", "/site/S-9/report"),
        ] {
            let (first, second) = (world.get(other, as: cookie), world.get(none, as: cookie))
            #expect(first.status == 404 && second.status == 404, "\(other)")
            // The address of the other language is the only thing that differs.
            func bare(_ text: String, _ path: String) -> String { text.replacing(String(path.dropFirst()), with: "") }
            #expect(bare(first.text, other) == bare(second.text, none), "\(other)")
        }
        for (path, fields) in [
            ("/case/\(world.cases[1])/step", ["step": "T01", "version": "1", "role": "analyst@330110"]),
            ("/case/\(world.cases[1])/undo", ["version": "1", "role": "county_officer@330110"]),
        ] { #expect(world.post(path, fields, as: cookie).status == 404, "\(path)") }
    }

    @Test("an administrator sees no case, and has no page before the second factor but that one")
    func administrators() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let cookie = try world.session("root")
        for path in ["/users", "/cases", "/case/\(world.cases[0])", "/"] {
            let reply = world.get(path, as: cookie)
            #expect(reply.status == 200 && reply.text.contains("account/factor"), "\(path)")
            #expect(!reply.text.contains("示例场所"), "\(path)")
        }
        #expect(world.post("/users/add", ["id": "new", "name": "New"], as: cookie).text.contains("account/factor"))
        // Nor is there a way round it for programs: by the session, by a new token, by one from before.
        let auditor = try world.session("log")
        for path in ["/api/v1/audit", "/api/v1/openapi.json"] {
            #expect(world.get(path, as: auditor).status == 401, "\(path)")
        }
        let asked = ["name": "t", "scope": "read", "days": "30", "password": OfficeWorld.password]
        #expect(!world.post("/account/token", asked, as: auditor).text.contains("cm_"))
        #expect(try world.accounts.tokens(of: "log").isEmpty)
        let token = try world.accounts.issueToken(
            person: "log", name: "t", scope: ["read"], expires: OfficeWorld.now.adding(seconds: 1000),
            now: OfficeWorld.now)
        #expect(world.desk.reply(to: OfficeCall(path: "/api/v1/audit", bearer: token)).status == 401)
    }

    @Test("without a login there is the login page and nothing else")
    func strangers() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        _ = try world.session(OfficeWorld.person("analyst", 0))
        for route in RouteList.all {
            let path = route.prefix + route.path.replacing(":id", with: "S-1")
            let call = OfficeCall(isPost: route.isPost, path: path, address: "127.0.0.1")
            let reply = world.desk.reply(to: call)
            // Who sent a form is told that the session is over; who asked for a page is led to the login.
            #expect(reply.status == (route.isPost || route.prefix.contains("api") ? 401 : 303), "\(path)")
            #expect(!reply.text.contains("S-1"), "\(path)")
        }
        #expect(world.get("/metrics", as: nil).status == 303)
        #expect(world.get("/healthz", as: nil).status == 200)
        #expect(world.get("/", as: String(repeating: "A", count: 43)).status == 303)
    }
}
