import Accounts
import Dispatch
import Foundation
import Synchronization
import Testing
import Vocabulary

@Suite("Second factor")
struct SecondFactorTests {
    @Test(
        "the vectors of RFC 6238, appendix B (SHA-1)",
        arguments: [
            (Int64(59), "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"), (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ])
    func vectors(seconds: Int64, expected: String) {
        let secret = Array("12345678901234567890".utf8)
        #expect(TimeCode.code(secret: secret, step: seconds / 30, digits: 8) == expected)
        #expect(TimeCode.code(secret: secret, step: seconds / 30) == String(expected.suffix(6)))
    }

    @Test("the vectors of RFC 4226, appendix D")
    func counterVectors() {
        let secret = Array("12345678901234567890".utf8)
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        for (step, code) in codes.enumerated() { #expect(TimeCode.code(secret: secret, step: Int64(step)) == code) }
    }

    @Test("the vectors of RFC 4648 for base 32, and texts that are none")
    func base32() {
        let vectors = [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ]
        for (plain, text) in vectors {
            #expect(Base32.encode(Array(plain.utf8)) == text)
            #expect(Base32.decode(text.lowercased()) == Array(plain.utf8))
        }
        let long = String(repeating: "A", count: 1 << 20)
        for text in ["M", "MZX", "MZXW6Y", "MZ", "MY======", "M1", "M\0", "ÄÄ", long] {
            #expect(Base32.decode(text) == nil, "\(text.prefix(20))")
        }
    }

    @Test("an app is set up with a URL it reads, also for a name with odd characters")
    func setup() throws {
        let scene = try AccountScene(["王 a&b?c#d%"])
        let setup = try scene.book.beginSecondFactor(person: "王 a&b?c#d%", issuer: "省 & co", now: scene.after(0))
        #expect(
            setup.url == "otpauth://totp/%E7%9C%81%20%26%20co:%E7%8E%8B%20a%26b%3Fc%23d%25?secret=\(setup.secret)"
                + "&issuer=%E7%9C%81%20%26%20co&algorithm=SHA1&digits=6&period=30")
        #expect(Base32.decode(setup.secret)?.count == 20)
        #expect(URLComponents(string: setup.url)?.path == "/省 & co:王 a&b?c#d%")
    }

    @Test("a second factor counts once a code confirmed it within 15 minutes")
    func confirming() throws {
        let scene = try AccountScene()
        let first = try scene.book.beginSecondFactor(person: "wang", now: scene.after(0))
        let setup = try scene.book.beginSecondFactor(person: "wang", now: scene.after(0))
        let secret = try #require(Base32.decode(setup.secret))
        let old = try #require(Base32.decode(first.secret))
        #expect(try scene.logIn().isOpened, "not in force yet")
        for (code, seconds) in [
            (scene.code(old, at: 0), Int64(0)), ("000000000000", 0), ("", 0), ("١٢٣٤٥٦", 0), ("12345\0", 0),
            (scene.code(secret, at: 900), 900),
        ] {
            #expect(throws: AccountsError.wrongSecondFactor) {
                try scene.book.confirmSecondFactor(person: "wang", code: code, now: scene.after(seconds))
            }
        }
        #expect(try !scene.book.hasSecondFactor(person: "wang"))
        try scene.book.confirmSecondFactor(person: "wang", code: scene.code(secret, at: 899), now: scene.after(899))
        #expect(try scene.book.hasSecondFactor(person: "wang"))
        #expect(throws: AccountsError.secondFactorExists) {
            try scene.book.beginSecondFactor(person: "wang", now: scene.after(900))
        }
        #expect(throws: AccountsError.wrongSecondFactor) {
            try scene.book.confirmSecondFactor(person: "wang", code: scene.code(secret, at: 990), now: scene.after(990))
        }
    }

    @Test("confirming lifts the session it is done in and ends the others")
    func lifting() throws {
        let scene = try AccountScene()
        let here = try scene.cookie()
        let elsewhere = try scene.cookie()
        let setup = try scene.book.beginSecondFactor(person: "wang", now: scene.after(0))
        let secret = try #require(Base32.decode(setup.secret))
        try scene.book.confirmSecondFactor(
            person: "wang", code: scene.code(secret, at: 0), keeping: here, now: scene.after(0))
        #expect(try #require(try scene.book.session(for: here, now: scene.after(1))).isSecondFactorDone)
        #expect(try scene.book.session(for: elsewhere, now: scene.after(1)) == nil)
    }

    @Test("with a second factor a password alone opens nothing, and one step before and after are taken")
    func window() throws {
        let scene = try AccountScene()
        // The start lies on the border of a step.
        let secret = try scene.secondFactor(at: 5)
        #expect(try scene.logIn(at: 600) == .secondFactorNeeded)
        #expect(try scene.logIn(code: "", at: 600) == .secondFactorNeeded)
        #expect(try scene.logIn(code: scene.code(secret, at: 600 - 60), at: 600) == .wrong)
        #expect(try scene.logIn(code: scene.code(secret, at: 600 + 60), at: 600) == .wrong)
        #expect(try scene.book.events(limit: 1).map(\.kind) == [.secondFactorFailed])
        #expect(try scene.logIn("wang", "not the password", code: scene.code(secret, at: 600), at: 600) == .wrong)
        for shift in [Int64(-30), 0, 30] {
            let answer = try scene.logIn(code: scene.code(secret, at: 600 + shift), at: 600)
            guard case .opened(let session, _) = answer else { throw Unexpected(answer: "\(shift): \(answer)") }
            #expect(session.isSecondFactorDone)
        }
        let spaced = scene.code(secret, at: 700)
        #expect(try scene.logIn(code: spaced.prefix(3) + " " + spaced.suffix(3), at: 700).isOpened)
    }

    @Test("each code opens once: not again, not the one before it, not the one that confirmed, not after a restart")
    func once() throws {
        let scene = try AccountScene()
        let secret = try scene.secondFactor(at: 0)
        #expect(try scene.logIn(code: scene.code(secret, at: 0), at: 1) == .wrong)
        #expect(try scene.logIn(code: scene.code(secret, at: 60), at: 60).isOpened)
        #expect(try scene.logIn(code: scene.code(secret, at: 60), at: 61) == .wrong)
        #expect(try scene.logIn(code: scene.code(secret, at: 30), at: 61) == .wrong)
        let again = try scene.reopened()
        #expect(
            try again.logIn(
                person: "wang", password: AccountScene.password, oneTimeCode: scene.code(secret, at: 60),
                address: "198.51.100.7", now: scene.after(62)) == .wrong)
        #expect(try scene.logIn(code: scene.code(secret, at: 90), at: 90).isOpened)
    }

    @Test("of two log-ins with one code at one moment one is opened")
    func parallel() throws {
        let scene = try AccountScene()
        let secret = try scene.secondFactor(at: 0)
        let fast = scene.verified.hasher
        let arrived = Mutex(0)
        let book = try AccountBook.open(
            scene.path, key: AccountScene.key,
            hasher: PasswordHasher(
                hash: fast.hash,
                verify: { hash, password in
                    // Both have read the account before either goes on; five seconds at most.
                    arrived.withLock { $0 += 1 }
                    for _ in 0..<5000 where arrived.withLock({ $0 < 2 }) { usleep(1000) }
                    return fast.verify(hash, password)
                }))
        let answers = Mutex<[LoginAnswer]>([])
        DispatchQueue.concurrentPerform(iterations: 2) { place in
            let answer = try? book.logIn(
                person: "wang", password: AccountScene.password, oneTimeCode: scene.code(secret, at: 60),
                address: "198.51.100.\(place)", now: scene.after(60))
            if let answer { answers.withLock { $0.append(answer) } }
        }
        #expect(arrived.withLock { $0 } == 2)
        #expect(answers.withLock { $0.count { $0.isOpened } } == 1)
        #expect(answers.withLock { $0.count { $0 == .wrong } } == 1)
        #expect(try book.events(limit: 2).map(\.kind) == [.secondFactorFailed, .loggedIn])
    }

    @Test("guessing six digits with the right password is held back like guessing passwords")
    func guessing() throws {
        let scene = try AccountScene()
        let secret = try scene.secondFactor(at: 0)
        let before = scene.verified.count
        for guess in 0..<10_000 {
            let second = 60 + Int64(guess) * 900 / 10_000
            // Asking without a code in between clears nothing.
            if guess % 100 == 50 { _ = try scene.logIn(from: "203.0.113.5", at: second) }
            let right = scene.code(secret, at: second)
            _ = try scene.logIn(code: right == "123456" ? "654321" : "123456", from: "203.0.113.5", at: second)
        }
        #expect(scene.verified.count - before <= 100)
    }

    @Test("an administrator removes a lost second factor; sessions end and the password is enough to set up another")
    func removing() throws {
        let scene = try AccountScene()
        let secret = try scene.secondFactor(at: 0)
        let cookie = try scene.cookie(code: scene.code(secret, at: 60), at: 60)
        try scene.book.removeSecondFactor(person: "wang", by: "li", now: scene.after(61))
        #expect(try scene.book.session(for: cookie, now: scene.after(62)) == nil)
        #expect(try scene.logIn(at: 62).isOpened)
        _ = try scene.secondFactor(at: 90)
    }
}
