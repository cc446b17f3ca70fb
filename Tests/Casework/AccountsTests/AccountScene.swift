import Accounts
import Crypto
import Foundation
import Support
import Synchronization
import Vocabulary

/// A book in a folder of its own, with a hasher that costs nothing and counts.
final class AccountScene: Sendable {
    static let key = [UInt8](repeating: 7, count: 32)
    static let start = Instant(seconds: 1_790_000_000)
    static let password = "eleven blue herons"
    static let office = "192.0.2.10"

    let folder: URL
    let book: AccountBook
    let verified: VerifyCounter

    var path: String { folder.appendingPathComponent("accounts.db").path }

    /// - Parameter people: Persons who have an account with `password` from the start.
    init(_ people: [String] = ["wang"]) throws {
        folder = try Places.scratch("accounts")
        verified = VerifyCounter()
        book = try AccountBook.open(
            folder.appendingPathComponent("accounts.db").path, key: AccountScene.key, hasher: verified.hasher)
        for person in people {
            let code = try book.invite(person: person, by: "terminal", now: AccountScene.start)
            try book.redeem(code: code, password: AccountScene.password, now: AccountScene.start)
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The same file, as another process would open it.
    func reopened(key: [UInt8] = AccountScene.key) throws -> AccountBook {
        try AccountBook.open(path, key: key, hasher: verified.hasher)
    }

    func logIn(
        _ person: String = "wang", _ password: String = AccountScene.password, code: String? = nil,
        from address: String = AccountScene.office, at seconds: Int64 = 0
    ) throws -> LoginAnswer {
        try book.logIn(
            person: person, password: password, oneTimeCode: code, address: address, now: after(seconds))
    }

    /// Cookie of a log-in that has to succeed.
    func cookie(
        _ person: String = "wang", code: String? = nil, from address: String = AccountScene.office,
        at seconds: Int64 = 0
    ) throws -> String {
        let answer = try logIn(person, code: code, from: address, at: seconds)
        guard case .opened(_, let cookie) = answer else { throw Unexpected(answer: "\(answer)") }
        return cookie
    }

    /// Puts a second factor in force and returns its secret.
    func secondFactor(of person: String = "wang", at seconds: Int64 = 0) throws -> [UInt8] {
        let setup = try book.beginSecondFactor(person: person, now: after(seconds))
        guard let secret = Base32.decode(setup.secret) else { throw Unexpected(answer: setup.secret) }
        try book.confirmSecondFactor(person: person, code: code(secret, at: seconds), now: after(seconds))
        return secret
    }

    func code(_ secret: [UInt8], at seconds: Int64) -> String {
        TimeCode.code(secret: secret, step: after(seconds).seconds / TimeCode.stepSeconds)
    }

    func after(_ seconds: Int64) -> Instant { AccountScene.start.adding(seconds: seconds) }

    /// Everything the book left on the disk.
    func bytesOnDisk() throws -> [UInt8] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).reduce(into: []) { bytes, name in
            bytes += try Data(contentsOf: folder.appendingPathComponent(name))
        }
    }
}

struct Unexpected: Error {
    var answer: String
}

/// Verifies by comparing digests, and counts how often it was asked.
final class VerifyCounter: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    var hasher: PasswordHasher {
        PasswordHasher(
            hash: { VerifyCounter.digest($0) },
            verify: { hash, password in
                self.state.withLock { $0 += 1 }
                return hash == VerifyCounter.digest(password)
            })
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        "fast$" + SHA256.hash(data: bytes).map { String($0, radix: 16) }.joined(separator: "-")
    }
}

extension LoginAnswer {
    var isOpened: Bool {
        if case .opened = self { return true }
        return false
    }

    var seconds: Int? {
        if case .wait(let seconds) = self { return seconds }
        return nil
    }
}
