import Accounts
import Testing
import Vocabulary

@Suite("First run and invitations")
struct FirstRunTests {
    @Test("a new book has no account, and nothing opens it but the first-run code")
    func noDefault() throws {
        let scene = try AccountScene([])
        #expect(try scene.book.isEmpty)
        for (person, password) in [("admin", "admin"), ("root", ""), ("admin", "password")] {
            #expect(try scene.logIn(person, password) == .wrong)
        }
        let code = try scene.book.makeFirstRunCode(now: scene.after(10))
        try scene.book.redeemFirstRun(
            code: code, person: "li", password: AccountScene.password, now: scene.after(3609))
        #expect(try !scene.book.isEmpty)
        #expect(try scene.logIn("li", at: 3700).isOpened)
    }

    @Test("a first-run code ends after an hour, after its use, and when another is made")
    func firstRunCodeEnds() throws {
        let scene = try AccountScene([])
        let old = try scene.book.makeFirstRunCode(now: scene.after(0))
        let late = try scene.book.makeFirstRunCode(now: scene.after(1))
        for (code, seconds) in [
            (old, Int64(2)), (late, 3601), ("", 2), ("\0\0", 2), (String(repeating: "A", count: 9999), 2),
        ] {
            #expect(throws: AccountsError.codeNotValid) {
                try scene.book.redeemFirstRun(
                    code: code, person: "li", password: AccountScene.password, now: scene.after(seconds))
            }
        }
        try scene.book.redeemFirstRun(code: late, person: "li", password: AccountScene.password, now: scene.after(5))
        #expect(throws: AccountsError.notEmpty) {
            try scene.book.redeemFirstRun(
                code: late, person: "eve", password: AccountScene.password, now: scene.after(6))
        }
        #expect(throws: AccountsError.notEmpty) { try scene.book.makeFirstRunCode(now: scene.after(7)) }
    }

    @Test("a code may be typed in lower case, with spaces, and with O for zero")
    func typedCodes() throws {
        let scene = try AccountScene([])
        let code = try scene.book.makeFirstRunCode(now: scene.after(0))
        #expect(code.utf8.count == 27)
        let typed = code.lowercased().map { $0 == "-" ? " " : $0 == "0" ? "o" : $0 == "1" ? "l" : String($0) }.joined()
        try scene.book.redeemFirstRun(code: typed, person: "li", password: AccountScene.password, now: scene.after(1))
    }

    @Test("a weak password is refused with its lacks and leaves the code valid")
    func weakPassword() throws {
        let scene = try AccountScene([])
        let code = try scene.book.invite(person: "zhang", by: "terminal", now: scene.after(0))
        #expect(throws: AccountsError.weakPassword([.tooShort])) {
            try scene.book.redeem(code: code, password: "short one", now: scene.after(1))
        }
        #expect(try scene.book.redeem(code: code, password: AccountScene.password, now: scene.after(2)) == "zhang")
        #expect(throws: AccountsError.codeNotValid) {
            try scene.book.redeem(code: code, password: AccountScene.password, now: scene.after(3))
        }
    }

    @Test("an invitation ends after 72 hours and when a newer one is made")
    func invitationEnds() throws {
        let scene = try AccountScene()
        let first = try scene.book.invite(person: "zhao", by: "wang", now: scene.after(0))
        let second = try scene.book.invite(person: "zhao", by: "wang", now: scene.after(1))
        for (code, seconds) in [(first, Int64(2)), (second, 1 + 72 * 3600)] {
            #expect(throws: AccountsError.codeNotValid) {
                try scene.book.redeem(code: code, password: AccountScene.password, now: scene.after(seconds))
            }
        }
        try scene.book.redeem(code: second, password: AccountScene.password, now: scene.after(72 * 3600))
    }

    @Test("an invitation is no first-run code, and a first-run code no invitation")
    func kindsOfCodes() throws {
        let scene = try AccountScene([])
        let invitation = try scene.book.invite(person: "zhao", by: "terminal", now: scene.after(0))
        let firstRun = try scene.book.makeFirstRunCode(now: scene.after(0))
        #expect(throws: AccountsError.codeNotValid) {
            try scene.book.redeemFirstRun(
                code: invitation, person: "zhao", password: AccountScene.password, now: scene.after(1))
        }
        #expect(throws: AccountsError.codeNotValid) {
            try scene.book.redeem(code: firstRun, password: AccountScene.password, now: scene.after(1))
        }
    }

    @Test("a reset ends sessions and tokens of that person, keeps the second factor, and touches nobody else")
    func reset() throws {
        let scene = try AccountScene(["wang", "li"])
        let secret = try scene.secondFactor()
        let cookie = try scene.cookie(code: scene.code(secret, at: 60), at: 60)
        let other = try scene.cookie("li", at: 60)
        let token = try scene.book.issueToken(
            person: "wang", name: "scan", scope: ["read"], expires: scene.after(9000), now: scene.after(60))
        let code = try scene.book.invite(person: "wang", by: "li", now: scene.after(61))
        #expect(try scene.book.session(for: cookie, now: scene.after(62)) != nil, "until it is used, all goes on")
        try scene.book.redeem(code: code, password: "seven white cranes", now: scene.after(63))
        #expect(try scene.book.session(for: cookie, now: scene.after(64)) == nil)
        #expect(try scene.book.token(for: token, now: scene.after(64)) == nil)
        #expect(try scene.book.session(for: other, now: scene.after(64)) != nil)
        #expect(try scene.logIn(at: 65) == .wrong)
        #expect(try scene.logIn("wang", "seven white cranes", at: 66) == .secondFactorNeeded)
    }

    @Test(
        "a person's identifier that cannot be seen whole is refused",
        arguments: ["", " li", "li ", "l\u{0}i", "li\r\nroot", "l\u{202e}i", String(repeating: "a", count: 129)])
    func badPerson(person: String) throws {
        let scene = try AccountScene([])
        #expect(throws: AccountsError.badInput("person: 1 to 128 visible characters")) {
            try scene.book.invite(person: person, by: "terminal", now: scene.after(0))
        }
        let code = try scene.book.makeFirstRunCode(now: scene.after(0))
        #expect(throws: AccountsError.badInput("person: 1 to 128 visible characters")) {
            try scene.book.redeemFirstRun(
                code: code, person: person, password: AccountScene.password, now: scene.after(1))
        }
        #expect(try scene.logIn(person) == .wrong)
    }
}
