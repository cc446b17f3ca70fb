import Accounts
import Casebook
import Dashboard
import Foundation
import Support
import Testing
import Vocabulary

/// What people do on the pages.
@Suite struct OfficeTests {
    private static func step(_ world: OfficeWorld, _ fields: [String: String], as cookie: String?) -> OfficeReply {
        world.post("/case/\(world.cases[0])/step", fields, as: cookie)
    }

    private static let accept = ["step": "T05", "version": "3", "role": "county_officer@330110", "reason": "ours"]

    @Test("a step that the form fills is taken, and the case says who took it")
    func taken() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let cookie = try world.session(OfficeWorld.person("county_officer", 0))
        let before = world.get("/case/\(world.cases[0])", as: cookie).text
        #expect(before.contains("T05 → 已签收") && before.contains("T07") == false)
        let reply = Self.step(world, Self.accept, as: cookie)
        #expect(reply.status == 303, "\(reply.text)")
        let page = world.get("/case/\(world.cases[0])", as: cookie).text
        #expect(page.contains("已签收") && page.contains("Name county_officer-1") && page.contains("T07 → 核查中"))
        #expect(world.get("/en/case/\(world.cases[0])", as: cookie).text.contains("accepted"))
        // Taken back as a new event; what was there before is still there.
        let back = world.post(
            "/case/\(world.cases[0])/undo",
            ["version": "4", "role": "county_officer@330110", "reason": "by mistake"], as: cookie)
        #expect(back.status == 303, "\(back.text)")
        #expect(world.get("/case/\(world.cases[0])", as: cookie).text.contains("已撤回"))
    }

    @Test("what is missing is told, and what was typed stays")
    func refused() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let cookie = try world.session(OfficeWorld.person("county_officer", 0))
        var fields = Self.accept
        fields["step"] = "T06"
        fields["reason"] = "my own words <b>"
        let reply = Self.step(world, fields, as: cookie)
        #expect(reply.status == 409 && reply.text.contains("须选择退回原因"))
        #expect(reply.text.contains("my own words &lt;b&gt;"))
        fields["step"] = "T07"
        #expect(Self.step(world, fields, as: cookie).text.contains("不在此环节"))
        fields["version"] = "x"
        #expect(Self.step(world, fields, as: cookie).status == 409)
    }

    @Test("two officers on one case: the slower one is told who was faster, and nothing is lost")
    func stale() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let cookie = try world.session(OfficeWorld.person("county_officer", 0))
        #expect(Self.step(world, Self.accept, as: cookie).status == 303)
        let reply = Self.step(world, Self.accept, as: cookie)
        #expect(reply.status == 409 && reply.text.contains("Name county_officer-1"))
    }

    @Test("nobody wears another's hat, signs for another, or sends a form without the session's token")
    func forged() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let path = "/case/\(world.cases[0])/step"
        let inspector = try world.session(OfficeWorld.person("inspector", 0))
        #expect(Self.step(world, Self.accept, as: inspector).status == 409)
        let cookie = try world.session(OfficeWorld.person("county_officer", 0))
        #expect(world.post(path, Self.accept, as: cookie, signed: false).status == 403)
        var call = OfficeCall(
            isPost: true, path: path, body: OfficeWorld.encoded(Self.accept), session: cookie,
            origin: "http://elsewhere.example", host: "here")
        #expect(world.desk.reply(to: call).status == 403)
        call.origin = nil
        #expect(world.desk.reply(to: call).status == 403)
        let province = try world.session(OfficeWorld.person("province_officer", 0))
        let reply = Self.step(
            world,
            [
                "step": "T27", "version": "3", "role": "province_officer@330000", "code": "duplicate", "reason": "r",
                "second_person": OfficeWorld.person("prefecture_officer", 0), "second_password": "not that one's",
            ], as: province)
        #expect(reply.status == 409)
        #expect(world.get("/case/\(world.cases[0])", as: cookie).text.contains("v3"))
    }

    @Test("a session ends with the log-out, and a token reads but takes no step")
    func sessions() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let person = OfficeWorld.person("county_officer", 0)
        let cookie = try world.session(person)
        #expect(world.get("/cases", as: cookie).status == 200)
        #expect(world.post("/logout", [:], as: cookie).header("Set-Cookie")?.contains("Max-Age=0") == true)
        #expect(world.get("/cases", as: cookie).status == 303)
        let token = try world.accounts.issueToken(
            person: person, name: "t", scope: ["read"], expires: OfficeWorld.now.adding(seconds: 1000),
            now: OfficeWorld.now)
        func ask(_ path: String, post: Bool = false, _ text: String = "{}") -> OfficeReply {
            world.desk.reply(to: OfficeCall(isPost: post, path: path, body: text, bearer: token))
        }
        #expect(ask("/api/v1/cases").status == 200 && ask("/api/v1/cases").text.contains(world.cases[0]))
        #expect(!ask("/api/v1/cases").text.contains(world.cases[1]))
        #expect(ask("/cases").status == 404)
        #expect(ask("/api/v1/cases/\(world.cases[0])/steps", post: true).status == 404)
        let acting = try world.accounts.issueToken(
            person: person, name: "a", scope: ["read", "act"], expires: OfficeWorld.now.adding(seconds: 1000),
            now: OfficeWorld.now)
        let body = """
            {"step":"T06","version":3,"role":"county_officer","unit":"330110","reason":"r","fields":{"code":"duplicate"}}
            """
        let reply = world.desk.reply(
            to: OfficeCall(isPost: true, path: "/api/v1/cases/\(world.cases[0])/steps", body: body, bearer: acting))
        #expect(reply.status == 200 && reply.text.contains("\"state\":\"triaged\""), "\(reply.text)")
    }

    @Test("the first run makes the system administrator's account and no other")
    func firstRun() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let code = try world.accounts.makeFirstRunCode(now: OfficeWorld.now)
        #expect(world.get("/login", as: nil).header("Location") == "/start")
        var fields = ["code": code, "person": OfficeWorld.person("analyst", 0), "password": OfficeWorld.password]
        #expect(world.post("/start", fields, as: nil).status == 400)
        fields["person"] = "root"
        fields["password"] = "short"
        #expect(world.post("/start", fields, as: nil).text.contains("至少 12 个字符"))
        fields["password"] = OfficeWorld.password
        #expect(world.post("/start", fields, as: nil).header("Location") == "/login")
        #expect(world.get("/start", as: nil).header("Location") == "/login")
        #expect(world.post("/login", ["person": "root", "password": "wrong"], as: nil).status == 401)
        let opened = world.post("/login", ["person": "root", "password": OfficeWorld.password], as: nil)
        let cookie = opened.header("Set-Cookie") ?? ""
        #expect(opened.status == 303 && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
    }

    @Test("hostile names are text on every page, in every table and in the address")
    func hostile() throws {
        let hostile = "<img src=x onerror=alert(1)>\"'`{{x}}"
        let world = try OfficeWorld(name: hostile)
        defer { world.close() }
        let cookie = try world.session(OfficeWorld.person("province_officer", 0))
        for route in RouteList.all where !route.isPost && route.prefix == "/" {
            let object = route.path.contains("case") ? world.cases[0] : "S-1"
            let path = "/" + route.path.replacing(":id", with: route.path.hasPrefix("unit") ? "330110" : object)
            for language in ["", "/en"] {
                let reply = world.get(language + path, as: cookie)
                #expect(!reply.text.contains("<img src=x"), "\(path)")
                #expect(!reply.text.contains("onerror=alert(1)>\""), "\(path)")
            }
        }
        let typed = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
        for path in ["/sites", "/cases", "/", "/audit"] {
            for name in ["text", "state", "unit", "band", "asof", "offset", "csv", "holder", "done"] {
                let reply = world.get(path, "\(name)=\(typed)", as: cookie)
                #expect(reply.status == 200 || reply.status == 400, "\(path) \(name)")
                #expect(!reply.text.contains("<script>alert"), "\(path) \(name)")
            }
        }
    }

    @Test("a table as a file has the rows of the page, and nothing a spreadsheet would run")
    func files() throws {
        let world = try OfficeWorld(name: "=1+1|x")
        defer { world.close() }
        let cookie = try world.session(OfficeWorld.person("province_officer", 0))
        let page = world.get("/sites", "text=S-1", as: cookie).text
        let link = try #require(page.firstMatch(of: /href="\/sites\?([^"]*csv=[^"]*)"/)).1
        let file = world.get("/sites", String(link).replacing("&amp;", with: "&"), as: cookie)
        #expect(file.header("Content-Type") == "text/csv; charset=utf-8")
        #expect(file.text.hasPrefix("\u{FEFF}") && file.text.contains("'=1+1|x1") && !file.text.contains("S-2"))
    }

    @Test("the interface lists the routes that there are")
    func interface() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let cookie = try world.session(OfficeWorld.person("analyst", 0))
        let reply = world.get("/api/v1/openapi.json", as: cookie)
        let object = try JSONSerialization.jsonObject(with: Data(reply.page.bytes))
        let body = try #require(object as? [String: Any])
        #expect(body["openapi"] as? String == "3.1.0")
        let paths = try #require(body["paths"] as? [String: [String: Any]])
        for route in RouteList.all where route.prefix.contains("api") {
            let path = route.prefix + route.path.replacing(":id", with: "{id}")
            #expect(paths[path]?[route.isPost ? "post" : "get"] != nil, "\(path)")
        }
        #expect(paths.values.reduce(0) { $0 + $1.count } == RouteList.all.filter { $0.prefix.contains("api") }.count)
        #expect(world.get("/metrics", as: cookie).text.contains("countermine_requests_total{route=\"openapi\""))
    }

    @Test("the curve's pieces hold the least and the most, whatever window is asked for")
    func curve() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let cookie = try world.session(OfficeWorld.person("analyst", 0))
        let whole = world.get("/api/v1/sites/S-1/curve", "pieces=100", as: cookie)
        let object = try JSONSerialization.jsonObject(with: Data(whole.page.bytes))
        let body = try #require(object as? [String: Any])
        let most = try #require(body["most"] as? [Double])
        #expect(most.count <= 100 && most.allSatisfy { $0 == 60 })
        for query in ["from=9223372036854775807", "to=-9223372036854775808", "from=x", "pieces=999999", "pieces=0"] {
            #expect([200, 400].contains(world.get("/api/v1/sites/S-1/curve", query, as: cookie).status), "\(query)")
        }
    }
}
