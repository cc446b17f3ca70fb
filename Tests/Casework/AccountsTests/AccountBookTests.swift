import Accounts
import Dispatch
import Foundation
import GRDB
import Support
import Synchronization
import Testing
import Vocabulary

@Suite("Book of accounts")
struct AccountBookTests {
    @Test("the last administrator is not disabled, nor the last account of all")
    func lastAdministrator() throws {
        let scene = try AccountScene(["wang", "li", "zhao"])
        let administrators: Set = ["wang", "li", "gone"]
        try scene.book.disable(person: "wang", by: "li", administrators: administrators, now: scene.after(0))
        #expect(throws: AccountsError.lastAdministrator) {
            try scene.book.disable(person: "li", by: "li", administrators: administrators, now: scene.after(1))
        }
        #expect(throws: AccountsError.isDisabled) {
            try scene.book.disable(person: "wang", by: "li", administrators: administrators, now: scene.after(1))
        }
        #expect(throws: AccountsError.noSuchAccount) {
            try scene.book.disable(person: "gone", by: "li", administrators: administrators, now: scene.after(1))
        }
        try scene.book.disable(person: "zhao", by: "li", administrators: administrators, now: scene.after(2))
        #expect(throws: AccountsError.lastAdministrator) {
            try scene.book.disable(person: "li", by: "li", administrators: [], now: scene.after(3))
        }
        #expect(try scene.book.accounts().map(\.isDisabled) == [false, true, true])
    }

    @Test("of two administrators who disable each other at one moment one stays")
    func eachOther() throws {
        for _ in 0..<20 {
            let scene = try AccountScene(["wang", "li"])
            let refused = Mutex(0)
            DispatchQueue.concurrentPerform(iterations: 2) { turn in
                do {
                    try scene.book.disable(
                        person: turn == 0 ? "wang" : "li", by: turn == 0 ? "li" : "wang",
                        administrators: ["wang", "li"],
                        now: scene.after(0))
                } catch AccountsError.lastAdministrator {
                    refused.withLock { $0 += 1 }
                } catch {
                    Issue.record(error)
                }
            }
            #expect(refused.withLock { $0 } == 1)
            #expect(try scene.book.accounts().filter { !$0.isDisabled }.count == 1)
        }
    }

    @Test("a disabled person is out at once, cannot be invited, and gets in again once enabled")
    func disabling() throws {
        let scene = try AccountScene(["wang", "li"])
        let secret = try scene.secondFactor()
        let cookie = try scene.cookie(code: scene.code(secret, at: 30), at: 30)
        let code = try scene.book.invite(person: "wang", by: "li", now: scene.after(0))
        try scene.book.disable(person: "wang", by: "li", administrators: ["li"], now: scene.after(1))
        #expect(try scene.book.session(for: cookie, now: scene.after(1)) == nil)
        #expect(try scene.logIn(at: 1) == .wrong, "not even the question for the second factor")
        #expect(throws: AccountsError.codeNotValid) {
            try scene.book.redeem(code: code, password: AccountScene.password, now: scene.after(1))
        }
        #expect(throws: AccountsError.isDisabled) {
            try scene.book.invite(person: "wang", by: "li", now: scene.after(1))
        }
        try scene.book.enable(person: "wang", by: "li", now: scene.after(2))
        #expect(try scene.book.session(for: cookie, now: scene.after(2)) == nil)
        #expect(try scene.logIn(at: 3) == .secondFactorNeeded)
        #expect(try scene.logIn(code: scene.code(secret, at: 60), at: 60).isOpened)
    }

    @Test("passwords, cookies, tokens, codes and second factors do not occur in the files")
    func secretsOnDisk() throws {
        let scene = try AccountScene([])
        let password = "planted password 7731"
        var planted = [password]
        let first = try scene.book.makeFirstRunCode(now: scene.after(0))
        try scene.book.redeemFirstRun(code: first, person: "wang", password: password, now: scene.after(0))
        let invitation = try scene.book.invite(person: "li", by: "wang", now: scene.after(0))
        let setup = try scene.book.beginSecondFactor(person: "wang", now: scene.after(0))
        let secret = try #require(Base32.decode(setup.secret))
        try scene.book.confirmSecondFactor(person: "wang", code: scene.code(secret, at: 0), now: scene.after(0))
        let answer = try scene.logIn("wang", password, code: scene.code(secret, at: 60), at: 60)
        guard case .opened(let session, let cookie) = answer else { throw Unexpected(answer: "\(answer)") }
        let token = try scene.book.issueToken(
            person: "wang", name: "scan", scope: ["read"], expires: scene.after(900), now: scene.after(61))
        // People type passwords into the field for the name.
        _ = try scene.logIn("typed into the wrong field", "wrong password typed")
        planted += [
            first, invitation, first.filter { $0 != "-" }, invitation.filter { $0 != "-" }, setup.secret, cookie, token,
            String(token.dropFirst(3)), session.csrfToken, "typed into the wrong field", "wrong password typed",
        ]
        let bytes = Data(try scene.bytesOnDisk())
        #expect(bytes.range(of: Data("wang".utf8)) != nil, "the search finds what is there")
        for text in planted { #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text)") }
        for raw in [secret, AccountScene.key] { #expect(bytes.range(of: Data(raw)) == nil) }
    }

    @Test("the log keeps what happened in order, without line ends, and takes no change")
    func log() throws {
        let scene = try AccountScene(["wang\\x"])
        _ = try scene.logIn("wang\\x", "no", from: "203.0.113.5\r\n2026 logged-in root \u{1b}[2J")
        _ = try scene.logIn("root\r\nroot", "no", from: String(repeating: "a", count: 1 << 20))
        _ = try scene.cookie("wang\\x")
        let events = try scene.book.events(limit: 100)
        #expect(events.map(\.kind) == [.loggedIn, .logInFailed, .logInFailed, .redeemed, .invited])
        #expect(events.map(\.sequence) == [5, 4, 3, 2, 1])
        #expect(events[0].person == "wang\\\\x")
        #expect(events[1].person == nil)
        #expect(events[1].address?.utf8.count == 64)
        #expect(events[2].address?.hasPrefix("203.0.113.5\u{fffd}\u{fffd}2026") == true)
        for event in events {
            let texts = [event.person, event.by, event.address, event.detail].compactMap(\.self)
            #expect(texts.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } })
        }
        #expect(try scene.book.events(limit: 2).map(\.sequence) == [5, 4])
        #expect(try scene.book.events(limit: -1).isEmpty)
        let direct = try DatabaseQueue(path: scene.path)
        for sql in ["DELETE FROM account_event", "UPDATE account_event SET at = 0"] {
            #expect(throws: DatabaseError.self) { try direct.write { try $0.execute(sql: sql) } }
        }
    }

    @Test("a flood of failures is counted in the log, not written one by one")
    func flood() throws {
        let scene = try AccountScene()
        // Three tries each from addresses and for names that are all different.
        for guess in 0..<1500 {
            _ = try scene.logIn("name \(guess)", from: "10.0.\(guess / 250).\(guess % 250)", at: 10)
        }
        #expect(try scene.book.events(limit: 10_000).filter { $0.kind == .logInFailed }.count == 600)
        // A request from before the turn of the hour that comes late changes nothing.
        _ = try scene.logIn("wang", "no", at: 10 - 3600)
        _ = try scene.logIn("wang", "no", at: 3700)
        let events = try scene.book.events(limit: 2)
        #expect(events.map(\.kind) == [.logInFailed, .logInFailedMore])
        #expect(events.last?.detail == "901")
    }

    @Test("the files are their owner's alone")
    func mode() throws {
        let scene = try AccountScene()
        for name in try FileManager.default.contentsOfDirectory(atPath: scene.folder.path) {
            let path = scene.folder.appendingPathComponent(name).path
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: scene.path)
        _ = try scene.reopened()
        #expect(try FileManager.default.attributesOfItem(atPath: scene.path)[.posixPermissions] as? Int == 0o600)
    }

    @Test("another key, or one of another length, is refused by name and changes nothing")
    func wrongKey() throws {
        let scene = try AccountScene()
        let cookie = try scene.cookie()
        #expect(throws: AccountsError.wrongKey(path: scene.path)) {
            try scene.reopened(key: [UInt8](repeating: 8, count: 32))
        }
        for count in [0, 31, 33] {
            #expect(throws: AccountsError.badKey(bytes: count)) {
                try scene.reopened(key: [UInt8](repeating: 7, count: count))
            }
        }
        #expect(try scene.reopened().session(for: cookie, now: scene.after(1)) != nil)
    }

    @Test("a file that is no book, a link, a folder, and a newer book are refused untouched")
    func otherFiles() throws {
        let scene = try AccountScene()
        let place = scene.folder.appendingPathComponent("other").path
        func open() throws -> AccountBook { try AccountBook.open(place, key: AccountScene.key) }

        let text = Data("not a database, but long enough for a header of one hundred bytes.".utf8)
        try (text + text).write(to: URL(fileURLWithPath: place))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: place)
        #expect(throws: AccountsError.notAnAccountBook(path: place)) { try open() }
        #expect(FileManager.default.contents(atPath: place) == text + text)
        #expect(try FileManager.default.attributesOfItem(atPath: place)[.posixPermissions] as? Int == 0o644)

        try FileManager.default.removeItem(atPath: place)
        try DatabaseQueue(path: place).write { try $0.execute(sql: "CREATE TABLE t (x)") }
        #expect(throws: AccountsError.notAnAccountBook(path: place)) { try open() }

        try FileManager.default.removeItem(atPath: place)
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: scene.path)
        #expect(throws: AccountsError.notAnAccountBook(path: place)) { try open() }

        try FileManager.default.removeItem(atPath: place)
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        #expect(throws: AccountsError.notAnAccountBook(path: place)) { try open() }

        try DatabaseQueue(path: scene.path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('2031-01-01 later')")
        }
        #expect(throws: AccountsError.newerVersion(path: scene.path, step: "2031-01-01 later")) {
            try scene.reopened()
        }
    }

    @Test("a name with NUL is nobody's, and never that of the shorter name")
    func nulName() throws {
        let scene = try AccountScene(["wang", "li"])
        let name = "wang\u{0}x"
        let now = scene.after(1)
        let cookie = try scene.cookie()
        _ = try scene.book.issueToken(person: "wang", name: "a", scope: ["read"], expires: scene.after(60), now: now)
        let acts: [() throws -> Void] = [
            { try scene.book.disable(person: name, by: "li", administrators: [], now: now) },
            { try scene.book.enable(person: name, by: "li", now: now) },
            { try scene.book.endAll(of: name, now: now) },
            { try scene.book.removeSecondFactor(person: name, by: "li", now: now) },
            { _ = try scene.book.beginSecondFactor(person: name, now: now) },
            { _ = try scene.book.issueToken(person: name, name: "a", scope: ["a"], expires: scene.after(9), now: now) },
            {
                try scene.book.confirmPassword(
                    person: name, password: AccountScene.password, address: AccountScene.office, now: now)
            },
        ]
        for act in acts { #expect(throws: AccountsError.noSuchAccount) { try act() } }
        #expect(try scene.book.tokens(of: name).isEmpty)
        #expect(try !scene.book.revokeToken(id: 1, person: name, now: now))
        #expect(try scene.logIn(name) == .wrong)
        #expect(try scene.book.session(for: cookie, now: now) != nil)
    }

    @Test("a book whose writer was killed opens with everything it had acknowledged")
    func killed() throws {
        let scene = try AccountScene()
        let cookie = try scene.cookie()
        let place = scene.folder.appendingPathComponent("copy")
        for endings in [["", "-wal"], ["", "-wal", "-shm"]] {
            for ending in endings {
                try FileManager.default.copyItem(atPath: scene.path + ending, toPath: place.path + ending)
            }
            let copy = try AccountBook.open(place.path, key: AccountScene.key, hasher: scene.verified.hasher)
            #expect(try copy.session(for: cookie, now: scene.after(1))?.person == "wang")
            #expect(try copy.events(limit: 1).map(\.kind) == [.loggedIn])
            try copy.close()
            for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: place.path + ending) }
        }
    }

    @Test("a book that was killed while it was made is made anew")
    func killedInTheMaking() throws {
        let scene = try AccountScene([])
        let place = scene.folder.appendingPathComponent("half").path
        try HalfWritten.leave(at: place) { path, copy in
            try DatabaseQueue(path: path).write { db in
                try db.execute(sql: "PRAGMA cache_size = 2; CREATE TABLE grdb_migrations (identifier TEXT PRIMARY KEY)")
                for row in 0..<2000 {
                    try db.execute(sql: "INSERT INTO grdb_migrations VALUES (?)", arguments: ["\(row) is not finished"])
                }
                try copy()
            }
        }
        #expect(try AccountBook.open(place, key: AccountScene.key).isEmpty)
    }

    @Test("a sealed second factor moved to another account opens nothing there")
    func movedFactor() throws {
        let scene = try AccountScene(["wang", "eve"])
        let secret = try scene.secondFactor(of: "eve", at: 0)
        try DatabaseQueue(path: scene.path).write {
            try $0.execute(
                sql: "UPDATE account SET factor = (SELECT factor FROM account WHERE person = 'eve') "
                    + "WHERE person = 'wang'")
        }
        #expect(try scene.logIn(code: scene.code(secret, at: 60), at: 60) == .wrong)
    }
}
