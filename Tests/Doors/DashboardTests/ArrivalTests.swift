import Accounts
import Casebook
import Dashboard
import Foundation
import Synchronization
import Testing
import Vocabulary

/// What people bring: words, papers, files; and what they had typed when something went wrong.
@Suite struct ArrivalTests {
    /// Says what it was told to say, and remembers what it was given.
    private final class Taker: UploadDecoder {
        let seen = Mutex<[String]>([])

        func take(_ path: String, progress: @escaping @Sendable (Double) -> Void) -> UploadReport {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            seen.withLock { $0.append(text) }
            progress(0.5)
            return UploadReport(
                kind: .meters, sha256: "00", counts: [.init("data", 3), .init("loaded", 3)],
                error: text.isEmpty ? "empty" : nil, refused: text.contains("bad"),
                kept: text.contains("bad") ? nil : "uploads/00.csv")
        }
    }

    private static func file(_ world: OfficeWorld, _ bytes: [UInt8], named: String = "photo.jpg") throws -> UploadedFile
    {
        let path = world.folder.appendingPathComponent(UUID().uuidString).path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return UploadedFile(field: "file", path: path, name: named, bytes: bytes.count)
    }

    private static func send(
        _ world: OfficeWorld, _ path: String, _ fields: [String: String] = [:], _ file: UploadedFile?, as cookie: String
    ) throws -> OfficeReply {
        var call = OfficeCall(
            isPost: true, path: path, session: cookie, address: "127.0.0.1", origin: "http://here", host: "here")
        call.fields = fields
        call.fields?["token"] = try #require(try world.accounts.session(for: cookie, now: OfficeWorld.now)).csrfToken
        call.file = file
        return world.desk.reply(to: call)
    }

    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + Array("not a picture, but it begins like one".utf8)

    @Test("a paper is hashed on arrival, given out as it was, and its custody tells to whom")
    func papers() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let officer = try world.session(OfficeWorld.person("county_officer", 0))
        let id = world.cases[0]
        let taken = try Self.send(
            world, "/case/\(id)/attach", ["note": "door"], try Self.file(world, Self.jpeg, named: "../<b>door</b>.jpg"),
            as: officer)
        #expect(taken.status == 303)
        let reader = try world.office(OfficeWorld.person("county_officer", 0))
        let item = try #require(try reader.evidence(case: id).first)
        let digest = try EvidenceDigest.of(Self.jpeg)
        #expect(item.digest == digest && item.source == "b>.jpg" && item.note == "door")
        #expect(FileManager.default.fileExists(atPath: world.folder.path + "/evidence/" + digest.sha256))
        let page = world.get("/case/\(id)", as: officer)
        #expect(page.text.contains(digest.sm3) && page.text.contains("/case/\(id)/evidence/\(item.id)"))
        let copy = world.get("/case/\(id)/evidence/\(item.id)", as: officer)
        #expect(copy.status == 200 && copy.page.bytes == Self.jpeg)
        #expect(copy.header("Content-Disposition") == "attachment; filename=\"\(item.id).jpg\"")
        #expect(copy.header("Content-Type") == "application/octet-stream")
        #expect(try reader.evidence(case: id).first?.custody.map(\.act) == [.collected, .copied])
        // Another county's officer has neither the case nor the paper.
        let other = try world.session(OfficeWorld.person("county_officer", 1))
        #expect(world.get("/case/\(id)/evidence/\(item.id)", as: other).status == 404)
        #expect(
            try Self.send(world, "/case/\(id)/attach", [:], try Self.file(world, Self.jpeg), as: other).status == 404)
        // Bytes that are no longer those that were brought are not given out, and the seal is broken for good.
        try Data([1]).write(to: URL(fileURLWithPath: world.folder.path + "/evidence/" + digest.sha256))
        #expect(world.get("/case/\(id)/evidence/\(item.id)", as: officer).status == 409)
        #expect(try reader.evidence(case: id).first?.seal == .broken)
    }

    @Test("a kind of file that is none of those taken is refused, and what was typed stays")
    func kinds() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let officer = try world.session(OfficeWorld.person("county_officer", 0))
        let path = "/case/\(world.cases[0])/attach"
        for bytes in [[0x4D, 0x5A, 0x90, 0x00], [0x7F, 0x45, 0x4C, 0x46], [0x50, 0x4B, 3, 4]] as [[UInt8]] {
            let reply = try Self.send(world, path, ["note": "typed note"], try Self.file(world, bytes), as: officer)
            #expect(reply.status == 409 && reply.text.contains("typed note"))
        }
        #expect(try Self.send(world, path, [:], nil, as: officer).status == 409)
        #expect(try world.office(OfficeWorld.person("county_officer", 0)).evidence(case: world.cases[0]).isEmpty)
    }

    @Test("who works on a case writes beside it, others read or do not see it; the words are sealed")
    func comments() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let id = world.cases[0]
        var wrote = 0
        for role in world.matrix.roles where role.kind != .administrator {
            let person = OfficeWorld.person(role.id, 0)
            let cookie = try world.session(person)
            let reply = world.post("/case/\(id)/comment", ["text": "words of <i>\(role.id)</i>"], as: cookie)
            let actions: [AccessAction] = [.triage, .dispatch, .inspect, .confirm, .order, .closure, .exemption]
            let works =
                actions.contains { world.matrix.cell($0, role.id).reach != .no }
                && world.matrix.cell(.caseRead, role.id).reach != .counts
            if reply.status == 303 { wrote += 1 }
            #expect(reply.status == 303 || reply.status == 404, "\(role.id)")
            if !works { #expect(reply.status == 404, "\(role.id)") }
        }
        #expect(wrote >= 5)
        let officer = try world.session(OfficeWorld.person("county_officer", 0))
        let page = world.get("/case/\(id)", as: officer).text
        #expect(page.contains("words of &lt;i&gt;") && !page.contains("<i>"))
        #expect(world.post("/case/\(id)/comment", ["text": " "], as: officer).status == 409)
        let reader = try CasebookReader.open(world.folder.path + "/casebook.sqlite")
        guard case .intact = try reader.auditVerify(keys: AuditKeys.open(world.folder.path + "/keys")) else {
            Issue.record("the chain does not hold")
            return
        }
    }

    @Test("a file that was sent is looked at, told of to its sender alone, and written down")
    func uploads() async throws {
        let taker = Taker()
        let world = try OfficeWorld(decoder: taker)
        defer { world.close() }
        let analyst = try world.session(OfficeWorld.person("analyst", 0))
        let good = try Self.send(
            world, "/upload", [:], try Self.file(world, Array("rows".utf8), named: "m.csv"), as: analyst)
        #expect(good.status == 303 && good.header("Location") == "/uploads/1")
        _ = try Self.send(world, "/upload", [:], try Self.file(world, Array("bad".utf8)), as: analyst)
        for _ in 0..<200 where !world.get("/uploads/2", as: analyst).text.contains("未通过") {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(taker.seen.withLock { $0 } == ["rows", "bad"])
        #expect(world.get("/uploads/1", as: analyst).text.contains("uploads/00.csv"))
        let events = world.get("/uploads/1/events", as: analyst)
        #expect(events.header("Content-Type") == "text/event-stream")
        let last = try #require(events.events?())
        #expect(last.isDone && last.text.contains("\"state\":\"kept\""))
        // Another analyst has none; a county officer may send none.
        let other = try world.session(OfficeWorld.person("analyst", 1))
        #expect(world.get("/uploads/1", as: other).status == 404)
        let officer = try world.session(OfficeWorld.person("county_officer", 0))
        #expect(try Self.send(world, "/upload", [:], try Self.file(world, [1]), as: officer).status == 404)
        var call = OfficeCall(isPost: true, path: "/upload", session: officer, address: "127.0.0.1")
        call.fields = ["token": try #require(try world.accounts.session(for: officer, now: OfficeWorld.now)).csrfToken]
        #expect(world.desk.fileLimit(call) == 0)
        call.session = analyst
        #expect(world.desk.fileLimit(call) == 0)
        call.fields = ["token": try #require(try world.accounts.session(for: analyst, now: OfficeWorld.now)).csrfToken]
        #expect(world.desk.fileLimit(call) > 1 << 30)
        let log = try world.office("log").auditRows(limit: 50)
        #expect(log.contains { $0.action == "upload" } && log.contains { $0.action == "upload-refused" })
    }

    @Test("a session that ended in the middle of a form keeps what was typed, passwords not, and leads back")
    func drafts() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let person = OfficeWorld.person("county_officer", 0)
        let cookie = try world.session(person)
        let path = "/case/\(world.cases[0])/comment"
        try world.accounts.logOut(cookie: cookie, now: OfficeWorld.now)
        let fields = ["text": "a long thought <b>", "second_password": "hunter2hunter2"]
        let ended = world.post(path, fields, as: cookie, signed: false)
        #expect(ended.status == 401 && ended.text.contains("a long thought &lt;b&gt;"))
        #expect(!ended.text.contains("hunter2"))
        let key = try #require(ended.text.firstMatch(of: /login\?draft=([0-9a-z]+)/)).1
        #expect(world.get("/login", "draft=\(key)", as: nil).text.contains("value=\"\(key)\""))
        let login = world.post(
            "/login", ["person": person, "password": OfficeWorld.password, "draft": String(key)], as: nil)
        #expect(login.header("Location") == "/case/\(world.cases[0])?draft=\(key)")
        let again = try #require(
            login.header("Set-Cookie").flatMap { $0.firstMatch(of: /countermine=([^;]+)/) }
        ).1
        let page = world.get("/case/\(world.cases[0])", "draft=\(key)", as: String(again))
        #expect(page.text.contains(">a long thought &lt;b&gt;</textarea>"))
        // With another form's token nothing is taken either, and nothing is lost.
        let stale = world.post(path, ["token": "x", "text": "second thought"], as: String(again), signed: false)
        #expect(stale.status == 403 && stale.text.contains("second thought"))
        #expect(world.get("/login", "draft=none", as: nil).status == 200)
    }

    @Test("a view is the person's own, leads to this server, and notices begin where the person had looked")
    func views() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let officer = try world.session(OfficeWorld.person("province_officer", 0))
        let saved = world.post("/account/view", ["name": "late", "address": "/cases?open=yes"], as: officer)
        #expect(saved.header("Location") == "/cases?open=yes")
        #expect(world.get("/", as: officer).text.contains("href=\"/cases?open=yes\">late</a>"))
        for bad in ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/a b", ""] {
            _ = world.post("/account/view", ["name": "bad", "address": bad], as: officer)
        }
        #expect(
            try world.accounts.savedViews(person: OfficeWorld.person("province_officer", 0)).map(\.name) == ["late"])
        let other = try world.session(OfficeWorld.person("province_officer", 1))
        #expect(!world.get("/", as: other).text.contains(">late</a>"))
        _ = world.post("/account/unview", ["id": "1"], as: other)
        #expect(try world.accounts.savedViews(person: OfficeWorld.person("province_officer", 0)).count == 1)
        let news = world.get("/notices", as: officer).text
        #expect(news.contains("Dis") && news.contains(world.cases[0]))
        #expect(world.post("/notices/seen", [:], as: officer).status == 303)
        #expect(!world.get("/notices", as: officer).text.contains(">Dis<"))
    }

    @Test("published figures leave small numbers out, and the wall has no forms")
    func publicFigures() throws {
        let world = try OfficeWorld()
        defer { world.close() }
        let officer = try world.session(OfficeWorld.person("province_officer", 0))
        let page = world.get("/public", as: officer).text
        // Two suspected places: every row of the table is below the threshold.
        #expect(page.contains("少于 10") && page.contains("不显示"))
        for name in ["示例场所", "S-1", "县0", "330110"] { #expect(!page.contains(name), "\(name)") }
        let wall = world.get("/wall", as: officer).text
        #expect(wall.contains("http-equiv=\"refresh\"") && wall.contains("class=\"wall\""))
    }
}
