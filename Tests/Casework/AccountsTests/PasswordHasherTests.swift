import Accounts
import Foundation
import Support
import Testing
import Vocabulary

@Suite("Password hashes")
struct PasswordHasherTests {
    @Test("argon2id at 3 passes and 64 MiB, another salt each time, and the dummy costs the same")
    func argon2id() throws {
        let hasher = PasswordHasher.argon2id
        let password = Array("one\u{0}two three four".utf8)
        let hash = try #require(hasher.hash(password))
        #expect(hash.hasPrefix("$argon2id$v=19$m=65536,t=3,p=1$"))
        #expect(try #require(hasher.hash(password)) != hash)
        #expect(hasher.verify(hash, password))
        #expect(!hasher.verify(hash, Array("one\u{0}two three fous".utf8)))
        #expect(!hasher.verify(hash, Array("one".utf8)), "a password does not end at NUL")
        #expect(!hasher.isOutdated(hash))
        #expect(PasswordHasher.dummy.hasPrefix("$argon2id$v=19$m=65536,t=3,p=1$"))
        #expect(!hasher.isOutdated(PasswordHasher.dummy))
        #expect(PasswordHasher.dummy.utf8.count == hash.utf8.count)
    }

    @Test("texts that are no hash are never the hash of anything, and trap nothing")
    func noHash() {
        for text in [
            "", "$argon2id$", "\0", "$argon2id$v=19$m=65536,t=3,p=1$$", String(repeating: "$", count: 1 << 16),
        ] {
            #expect(!PasswordHasher.argon2id.verify(text, []))
            #expect(!PasswordHasher.argon2id.verify(text, Array("password".utf8)))
        }
    }

    @Test("a log-in with the real hash, from first run to session; an unknown person takes as long")
    func whole() throws {
        let folder = try Places.scratch("accounts-argon")
        defer { try? FileManager.default.removeItem(at: folder) }
        let now = AccountScene.start
        let book = try AccountBook.open(folder.appendingPathComponent("a.db").path, key: AccountScene.key)
        let code = try book.makeFirstRunCode(now: now)
        try book.redeemFirstRun(code: code, person: "wang", password: AccountScene.password, now: now)
        let clock = ContinuousClock()
        var times: [String: Duration] = [:]
        for person in ["wang", "nobody", "wang", "nobody"] {
            var answer: LoginAnswer?
            let took = try clock.measure {
                answer = try book.logIn(person: person, password: "not this one", address: "203.0.113.5", now: now)
            }
            #expect(answer == .wrong)
            times[person] = min(times[person] ?? took, took)
        }
        print("wrong password \(times["wang"] ?? .zero), unknown person \(times["nobody"] ?? .zero)")
        // Wide enough for a machine that does other things; a missing hash would be a thousandth.
        #expect(try #require(times["nobody"]) * 3 > #require(times["wang"]))
        #expect(try #require(times["wang"]) * 3 > #require(times["nobody"]))
        let answer = try book.logIn(
            person: "wang", password: AccountScene.password, address: AccountScene.office, now: now)
        #expect(answer.isOpened)
    }
}
