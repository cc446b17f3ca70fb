import Accounts
import Foundation
import GRDB
import Testing
import Vocabulary

@Suite("Sessions")
struct SessionTests {
    @Test("a session knows its person, and each log-in has an identifier of its own")
    func opened() throws {
        let scene = try AccountScene()
        let first = try scene.cookie(at: 5)
        let second = try scene.cookie(at: 6)
        #expect(first != second)
        #expect(first.utf8.count == 43)
        let session = try #require(try scene.book.session(for: first, now: scene.after(7)))
        #expect(session.person == "wang")
        #expect(session.openedAt == scene.after(5))
        #expect(!session.isSecondFactorDone)
    }

    @Test("a session ends 30 idle minutes after its last use, to the second")
    func idle() throws {
        let scene = try AccountScene()
        let cookie = try scene.cookie()
        #expect(try scene.book.session(for: cookie, now: scene.after(1799)) != nil)
        #expect(try scene.book.session(for: cookie, now: scene.after(1830)) != nil)
        // This use is not written, and counts all the same.
        #expect(try scene.book.session(for: cookie, now: scene.after(1850)) != nil)
        #expect(try scene.book.session(for: cookie, now: scene.after(3649)) != nil)
        #expect(try scene.book.session(for: cookie, now: scene.after(3649 + 1800)) == nil)
    }

    @Test("a session ends 12 hours after the log-in, however busy")
    func absolute() throws {
        let scene = try AccountScene()
        let cookie = try scene.cookie()
        for second in stride(from: Int64(0), to: 12 * 3600, by: 600) {
            #expect(try scene.book.session(for: cookie, now: scene.after(second)) != nil)
        }
        #expect(try scene.book.session(for: cookie, now: scene.after(12 * 3600 - 1)) != nil)
        #expect(try scene.book.session(for: cookie, now: scene.after(12 * 3600)) == nil)
    }

    @Test("a cookie replayed after the logout opens nothing, here and in a reopened book")
    func replay() throws {
        let scene = try AccountScene()
        let cookie = try scene.cookie()
        try scene.book.logOut(cookie: cookie, now: scene.after(1))
        try scene.book.logOut(cookie: cookie, now: scene.after(1))
        #expect(try scene.book.session(for: cookie, now: scene.after(1)) == nil)
        #expect(try scene.reopened().session(for: cookie, now: scene.after(1)) == nil)
    }

    @Test("a reopened book keeps sessions and their tokens against forgery")
    func reopening() throws {
        let scene = try AccountScene()
        let cookie = try scene.cookie()
        let session = try #require(try scene.book.session(for: cookie, now: scene.after(1)))
        #expect(try scene.reopened().session(for: cookie, now: scene.after(2)) == session)
    }

    @Test("ending all sessions of a person leaves the others'")
    func endAll() throws {
        let scene = try AccountScene(["wang", "li"])
        let cookies = try [scene.cookie(), scene.cookie()]
        let other = try scene.cookie("li")
        try scene.book.endAll(of: "wang", by: "li", now: scene.after(1))
        for cookie in cookies { #expect(try scene.book.session(for: cookie, now: scene.after(1)) == nil) }
        #expect(try scene.book.session(for: other, now: scene.after(1)) != nil)
    }

    @Test("the 65th session of a person ends the one that was used longest ago")
    func limit() throws {
        let scene = try AccountScene(["wang", "li"])
        let other = try scene.cookie("li")
        let cookies = try (0..<65).map { try scene.cookie(at: $0 == 64 ? 200 : Int64($0)) }
        #expect(try scene.book.session(for: cookies[0], now: scene.after(201)) == nil)
        for cookie in cookies.dropFirst() + [other] {
            #expect(try scene.book.session(for: cookie, now: scene.after(201)) != nil)
        }
    }

    @Test("requests write at most once a minute")
    func touching() throws {
        let scene = try AccountScene()
        let cookie = try scene.cookie()
        let watcher = try DatabaseQueue(path: scene.path)
        func version() throws -> Int { try watcher.read { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? -1 } }
        var written = 0
        var last = try version()
        for second in Int64(1)...600 {
            #expect(try scene.book.session(for: cookie, now: scene.after(second)) != nil)
            let now = try version()
            if now != last { written += 1 }
            last = now
        }
        #expect((1...10).contains(written))
    }

    @Test("a token against forgery fits its own session alone, and no other text")
    func forgery() throws {
        let scene = try AccountScene()
        let sessions = try (0..<2).map { second in
            try #require(try scene.book.session(for: try scene.cookie(at: second), now: scene.after(second)))
        }
        let token = sessions[0].csrfToken
        #expect(sessions[0].accepts(csrf: token))
        #expect(!sessions[1].accepts(csrf: token))
        for text in [
            "", String(token.dropLast()), token + "0", token.uppercased() + " ", String(repeating: "a", count: 1 << 20),
        ] {
            #expect(!sessions[0].accepts(csrf: text))
        }
    }

    @Test(
        "what is no cookie opens nothing",
        arguments: [
            "", "\0", String(repeating: "A", count: 43), String(repeating: "\0", count: 43),
            String(repeating: "é", count: 1 << 20),
        ])
    func noCookie(text: String) throws {
        let scene = try AccountScene()
        #expect(try scene.book.session(for: text, now: scene.after(0)) == nil)
        try scene.book.logOut(cookie: text, now: scene.after(0))
    }

    @Test("a clock set back by more than a minute ends a session, and times at both ends of the range trap nothing")
    func clocks() throws {
        let scene = try AccountScene()
        let cookie = try scene.cookie()
        #expect(try scene.book.session(for: cookie, now: scene.after(-60)) != nil)
        #expect(try scene.book.session(for: cookie, now: scene.after(-61)) == nil)
        for nanoseconds in [Int64.min, .max] {
            let now = Instant(nanoseconds: nanoseconds)
            #expect(try scene.book.session(for: cookie, now: now) == nil)
            _ = try scene.book.logIn(
                person: "wang", password: "no", oneTimeCode: "000000", address: "203.0.113.1", now: now)
            #expect(throws: AccountsError.self) {
                try scene.book.issueToken(person: "wang", name: "x", scope: ["read"], expires: now, now: now)
            }
        }
    }

    @Test("a printed session or answer shows no secret")
    func printing() throws {
        let scene = try AccountScene()
        let answer = try scene.logIn()
        guard case .opened(let session, let cookie) = answer else { throw Unexpected(answer: "\(answer)") }
        for text in [
            "\(answer)", String(reflecting: answer), "\(session)", String(reflecting: session), "\([session])",
        ] {
            #expect(!text.contains(cookie))
            #expect(!text.contains(session.csrfToken))
        }
    }
}
