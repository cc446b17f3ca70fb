import Accounts
import Dispatch
import Foundation
import GRDB
import Synchronization
import Testing
import Vocabulary

@Suite("Logging in")
struct LogInTests {
    @Test("10 000 guesses in 15 minutes cost at most 100 hashes, and the owner is in 15 minutes later from anywhere")
    func guessing() throws {
        let scene = try AccountScene()
        let before = scene.verified.count
        var opened = 0
        for guess in 0..<10_000 {
            let now = scene.after(0).adding(seconds: Int64(guess) * 900 / 10_000)
            let answer = try scene.book.logIn(
                person: "wang", password: "guess number \(guess)", address: "203.0.113.5", now: now)
            if answer.isOpened { opened += 1 }
        }
        #expect(opened == 0)
        #expect(scene.verified.count - before <= 100)
        #expect(scene.verified.count - before >= 10)
        #expect(try scene.logIn(from: "198.51.100.7", at: 1800).isOpened)
    }

    @Test("while one address keeps guessing, the owner gets in from a new address within 15 minutes")
    func ownTurn() throws {
        let scene = try AccountScene()
        var opened: Int64?
        for second in Int64(0)..<3600 where opened == nil {
            #expect(try !scene.logIn("wang", "guess \(second)", from: "203.0.113.5", at: second).isOpened)
            if second >= 1200, second % 20 == 0, try scene.logIn(from: "198.51.100.7", at: second).isOpened {
                opened = second
            }
        }
        #expect(try #require(opened) <= 1200 + 900)
    }

    @Test("from an address where the owner was before, others' failures do not count")
    func knownAddress() throws {
        let scene = try AccountScene()
        _ = try scene.cookie()
        for second in Int64(1)..<400 {
            _ = try scene.logIn("wang", "guess \(second)", from: "203.0.113.\(second % 200)", at: second)
        }
        #expect(try scene.logIn(from: "198.51.100.7", at: 400).seconds != nil, "elsewhere the account waits")
        #expect(try scene.logIn(at: 400).isOpened)
        #expect(try scene.logIn(from: "198.51.100.7", at: 400).seconds != nil, "and goes on to")
    }

    @Test("ten thousand guesses from many addresses at one account cost at most 100 hashes in 15 minutes")
    func manyAddresses() throws {
        let scene = try AccountScene()
        let before = scene.verified.count
        for guess in 0..<10_000 {
            _ = try scene.logIn(
                "wang", "guess \(guess)", from: "10.\(guess % 5).\(guess / 5 % 250).1", at: Int64(guess) * 900 / 10_000)
        }
        #expect(scene.verified.count - before <= 100)
    }

    @Test("guesses from one address at many names, or from one IPv6 network, are held back together")
    func oneAddress() throws {
        let scene = try AccountScene()
        let before = scene.verified.count
        for guess in 0..<500 {
            _ = try scene.logIn("name \(guess)", from: "2001:db8:1:2::\(String(guess, radix: 16))", at: 1)
            _ = try scene.logIn("other \(guess)", from: guess % 2 == 0 ? "::ffff:203.0.113.9" : "203.0.113.9", at: 1)
        }
        #expect(scene.verified.count - before == 10)
        #expect(try scene.logIn(from: "2001:db8:1:3::1", at: 1).isOpened)
    }

    @Test("the delay is 1, 2, 4, … seconds after the fifth failure, and ends on the second")
    func growth() throws {
        let scene = try AccountScene()
        var second: Int64 = 0
        for _ in 0..<5 { #expect(try scene.logIn("wang", "no", at: second) == .wrong) }
        for delay in [Int64(1), 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            // Another account, so that only the address counts: its delay is the longer one.
            #expect(try scene.logIn("li", "no", at: second) == .wait(seconds: Int(delay)))
            #expect(try scene.logIn("li", "no", at: second + delay - 1) == .wait(seconds: 1))
            second += delay
            #expect(try scene.logIn("li", "no", at: second) == .wrong)
        }
    }

    @Test("failures are forgotten after six quiet hours, and an account's after a success")
    func forgotten() throws {
        let scene = try AccountScene()
        for _ in 0..<5 { _ = try scene.logIn("wang", "no") }
        #expect(try scene.logIn().seconds != nil)
        for _ in 0..<5 { #expect(try scene.logIn("wang", "no", at: 6 * 3600) == .wrong) }
        #expect(try scene.logIn(from: "198.51.100.7", at: 6 * 3600 + 1).isOpened)
        #expect(try scene.logIn("wang", "no", from: "198.51.100.8", at: 6 * 3600 + 1) == .wrong)
        #expect(try scene.logIn(from: "198.51.100.9", at: 6 * 3600 + 1).isOpened)
    }

    @Test("an own account does not pay for guesses at others")
    func ownAccountPaysNothing() throws {
        let scene = try AccountScene(["wang", "eve"])
        let before = scene.verified.count
        for guess in 0..<50 {
            _ = try scene.logIn("wang", "guess \(guess)", from: "203.0.113.5")
            _ = try scene.logIn("eve", from: "203.0.113.5")
        }
        let guesses = scene.verified.count - before
        // Eve is known there after her first log-in, and only her own failures hold her back.
        #expect(guesses == 50 + 5)
    }

    @Test("a log-in that succeeds prolongs nobody's wait at the same address")
    func neighbours() throws {
        let scene = try AccountScene(["wang", "li"])
        _ = try scene.cookie()
        for second in [Int64(0), 0, 0, 0, 0, 1, 3, 7] { #expect(try scene.logIn("nobody", "no", at: second) == .wrong) }
        #expect(try scene.logIn("wang", at: 14).isOpened)
        #expect(try scene.logIn("li", at: 14) == .wait(seconds: 1))
        #expect(try scene.logIn("li", at: 15).isOpened)
    }

    @Test("an unknown person, a disabled account and a wrong password cost one hash each and answer alike")
    func sameAnswer() throws {
        let scene = try AccountScene(["wang", "li"])
        try scene.book.disable(person: "li", by: "wang", administrators: ["wang"], now: scene.after(0))
        for (place, person) in ["wang", "li", "nobody", "l\u{0}i"].enumerated() {
            var answers: [LoginAnswer] = []
            let before = scene.verified.count
            for second in Int64(0)..<8 {
                let password = person == "wang" ? "wrong one here" : AccountScene.password
                answers.append(try scene.logIn(person, password, from: "198.51.100.\(place)", at: second / 8))
            }
            #expect(
                answers == [
                    .wrong, .wrong, .wrong, .wrong, .wrong, .wait(seconds: 1), .wait(seconds: 1), .wait(seconds: 1),
                ])
            #expect(scene.verified.count - before == 5)
        }
    }

    @Test("a text too long for a password is wrong without a hash, and counts as a failure")
    func tooLong() throws {
        let scene = try AccountScene()
        let before = scene.verified.count
        for length in [1025, 5_000_000] {
            #expect(try scene.logIn("wang", String(repeating: "a", count: length)) == .wrong)
        }
        #expect(try scene.logIn(String(repeating: "a", count: 5_000_000)) == .wrong)
        #expect(try scene.logIn("wang", "") == .wrong)
        #expect(scene.verified.count - before == 1, "only the long name was looked up with a hash")
        #expect(try scene.logIn("wang", String(repeating: "a", count: 1024)) == .wrong)
        #expect(try scene.logIn().seconds != nil)
    }

    @Test("a password with NUL and other odd characters is taken whole")
    func oddPassword() throws {
        let scene = try AccountScene([])
        let password = "one\u{0}two\u{7f}\r\n三四五 🔋"
        let code = try scene.book.invite(person: "wang", by: "terminal", now: scene.after(0))
        try scene.book.redeem(code: code, password: password, now: scene.after(0))
        #expect(try scene.logIn("wang", "one\u{0}two") == .wrong)
        #expect(try scene.logIn("wang", password + " ") == .wrong)
        #expect(try scene.logIn("wang", password).isOpened)
    }

    @Test("of a thousand guesses at one moment five are looked at")
    func parallelGuesses() throws {
        let scene = try AccountScene()
        let before = scene.verified.count
        let answers = Mutex<[LoginAnswer]>([])
        DispatchQueue.concurrentPerform(iterations: 1000) { guess in
            guard let answer = try? scene.logIn("wang", "guess \(guess)", from: "203.0.113.5") else { return }
            answers.withLock { $0.append(answer) }
        }
        #expect(answers.withLock { $0.count } == 1000)
        #expect(scene.verified.count - before <= 5)
    }

    @Test("a flood of strangers leaves a seat to a person at a known address, and at most four hashes run at a time")
    func seats() throws {
        let scene = try AccountScene()
        _ = try scene.cookie()
        let inside = DispatchSemaphore(value: 0)
        let release = DispatchSemaphore(value: 0)
        let fast = scene.verified.hasher
        let book = try AccountBook.open(
            scene.path, key: AccountScene.key,
            hasher: PasswordHasher(
                hash: fast.hash,
                verify: { hash, password in
                    if password.starts(with: Array("block".utf8)) {
                        inside.signal()
                        release.wait()
                    }
                    return fast.verify(hash, password)
                }))
        @Sendable func logIn(_ person: String, _ password: String, _ address: String) -> LoginAnswer? {
            try? book.logIn(person: person, password: password, address: address, now: scene.after(1))
        }
        let group = DispatchGroup()
        for place in 0..<3 {
            Thread.detachNewThread { _ = logIn("name \(place)", "block \(place)", "203.0.113.\(place)") }
            inside.wait()
        }
        #expect(logIn("wang", AccountScene.password, "203.0.113.9") == .wait(seconds: 1))
        #expect(logIn("wang", AccountScene.password, AccountScene.office)?.isOpened == true)
        group.enter()
        Thread.detachNewThread {
            _ = logIn("wang", "block too", AccountScene.office)
            group.leave()
        }
        inside.wait()
        #expect(logIn("wang", AccountScene.password, AccountScene.office) == .wait(seconds: 1))
        for _ in 0..<4 { release.signal() }
        group.wait()
        #expect(logIn("wang", AccountScene.password, AccountScene.office)?.isOpened == true)
    }

    @Test("a hash made at another cost is made anew at the next log-in, and the session opens")
    func rehashing() throws {
        let scene = try AccountScene()
        let fast = scene.verified.hasher
        let book = try AccountBook.open(
            scene.path, key: AccountScene.key,
            hasher: PasswordHasher(
                hash: { fast.hash($0).map { "new " + $0 } },
                verify: { fast.verify(String($0.trimmingPrefix("new ")), $1) }, isOutdated: { !$0.hasPrefix("new ") }))
        func stored() throws -> String? {
            try DatabaseQueue(path: scene.path).read { try String.fetchOne($0, sql: "SELECT password FROM account") }
        }
        @Sendable func logIn(_ password: String) throws -> LoginAnswer {
            try book.logIn(person: "wang", password: password, address: AccountScene.office, now: scene.after(1))
        }
        #expect(try logIn("not this one") == .wrong)
        #expect(try stored()?.hasPrefix("fast$") == true)
        let opened = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
            if (try? logIn(AccountScene.password))?.isOpened == true { opened.withLock { $0 += 1 } }
        }
        #expect(opened.withLock { $0 } == 2)
        #expect(try stored()?.hasPrefix("new fast$") == true)
        #expect(try logIn(AccountScene.password).isOpened)
    }

    @Test("two log-ins at one moment give two sessions that end apart")
    func parallelLogIns() throws {
        let scene = try AccountScene()
        let cookies = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
            guard let cookie = try? scene.cookie() else { return }
            cookies.withLock { $0.append(cookie) }
        }
        let both = cookies.withLock { $0 }
        try #require(both.count == 2)
        #expect(both[0] != both[1])
        try scene.book.logOut(cookie: both[0], now: scene.after(1))
        #expect(try scene.book.session(for: both[0], now: scene.after(2)) == nil)
        #expect(try scene.book.session(for: both[1], now: scene.after(2)) != nil)
    }

    @Test("a restart forgets no delay, and a clock set back makes no endless one")
    func restart() throws {
        let scene = try AccountScene()
        for second in [Int64(0), 0, 0, 0, 0, 1, 3, 7, 15, 31, 63] {
            #expect(try scene.logIn("wang", "no", at: 1_000_000 + second) == .wrong)
        }
        let again = try scene.reopened()
        func answer(_ seconds: Int64) throws -> LoginAnswer {
            try again.logIn(
                person: "wang", password: AccountScene.password, address: AccountScene.office, now: scene.after(seconds)
            )
        }
        #expect(try answer(1_000_064) == .wait(seconds: 63))
        #expect(try answer(0) == .wait(seconds: 64))
        #expect(try answer(64).isOpened)
    }

    @Test("a password is changed with the old one; other sessions end, this one and the tokens stay")
    func change() throws {
        let scene = try AccountScene()
        let here = try scene.cookie()
        let elsewhere = try scene.cookie()
        let token = try scene.book.issueToken(
            person: "wang", name: "scan", scope: ["read"], expires: scene.after(9000), now: scene.after(0))
        func change(_ old: String, _ new: String, _ seconds: Int64) throws {
            try scene.book.changePassword(
                person: "wang", old: old, new: new, keeping: here, address: AccountScene.office,
                now: scene.after(seconds))
        }
        #expect(throws: AccountsError.wrongPassword) { try change("not this one", "seven white cranes", 1) }
        #expect(throws: AccountsError.weakPassword([.tooShort])) { try change(AccountScene.password, "short", 1) }
        #expect(throws: AccountsError.weakPassword([.containsPerson])) {
            try change(AccountScene.password, "seven white WANG cranes", 1)
        }
        func confirm(_ password: String) throws {
            try scene.book.confirmPassword(
                person: "wang", password: password, address: AccountScene.office, now: scene.after(1))
        }
        #expect(throws: AccountsError.wrongPassword) { try confirm("not this one") }
        try confirm(AccountScene.password)
        try change(AccountScene.password, "seven white cranes", 1)
        #expect(try scene.book.session(for: here, now: scene.after(2)) != nil)
        #expect(try scene.book.session(for: elsewhere, now: scene.after(2)) == nil)
        #expect(try scene.book.token(for: token, now: scene.after(2)) != nil)
        #expect(try scene.logIn(at: 2) == .wrong)
        #expect(try scene.logIn("wang", "seven white cranes", at: 2).isOpened)
    }

    @Test("guessing the old password with a stolen session is held back too")
    func stolenSession() throws {
        let scene = try AccountScene()
        var waits = 0
        for guess in 0..<20 {
            do {
                try scene.book.changePassword(
                    person: "wang", old: "guess \(guess)", new: "seven white cranes", keeping: nil,
                    address: "203.0.113.5", now: scene.after(0))
            } catch .wait {
                waits += 1
            } catch {
                #expect(error == .wrongPassword)
            }
        }
        #expect(waits == 15)
    }
}
