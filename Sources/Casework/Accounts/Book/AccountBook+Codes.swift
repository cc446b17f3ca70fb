import FoundationEssentials
import GRDB
import Vocabulary

extension AccountBook {
    /// A code for the server's own terminal, with which the first account is made; valid for an hour. An older one
    /// ends.
    package func makeFirstRunCode(now: Instant) throws(AccountsError) -> String {
        let code = Secrets.code(random)
        try transaction { db in
            guard try AccountBook.isEmpty(db) else { throw AccountsError.notEmpty }
            try AccountBook.keep(db, code, person: nil, seconds: AccountLimits.firstRunCodeSeconds, now: now)
            try AccountEvent.append(db, .firstRunCode, at: now)
        }
        return code
    }

    /// Makes the first account, as long as there is none. A password that is refused does not use the code up.
    package func redeemFirstRun(
        code: String, person: String, password: String, address: String? = nil, now: Instant
    ) throws(AccountsError) {
        guard AccountBook.isPerson(person) else { throw .badInput("person: 1 to 128 visible characters") }
        let digest = try read { db in
            guard try AccountBook.isEmpty(db) else { throw AccountsError.notEmpty }
            return try AccountBook.holder(db, code, isFirstRun: true, now: now).digest
        }
        let hash = try hashed(password, person: person)
        try transaction { db in
            guard try AccountBook.isEmpty(db) else { throw AccountsError.notEmpty }
            try AccountBook.spend(db, digest)
            // A first run ends every other first-run code.
            try db.execute(sql: "DELETE FROM code WHERE person IS NULL")
            try AccountBook.setPassword(db, hash, of: person, now: now)
            try AccountEvent.append(db, .firstRun, at: now, person: person, address: address)
        }
    }

    /// A code for a named person, valid for 72 hours: a new one chooses a password with it, one who forgot it a new
    /// password. What the person has stays valid until then; an older code of the person ends.
    /// - Parameter by: The administrator, whose right to invite the caller has looked at.
    package func invite(person: String, by: String, now: Instant) throws(AccountsError) -> String {
        guard AccountBook.isPerson(person) else { throw .badInput("person: 1 to 128 visible characters") }
        let code = Secrets.code(random)
        try transaction { db in
            if try AccountRow.fetch(db, person)?.disabledAt != nil { throw AccountsError.isDisabled }
            try AccountBook.keep(db, code, person: person, seconds: AccountLimits.invitationSeconds, now: now)
            try AccountEvent.append(db, .invited, at: now, person: person, by: by)
        }
        return code
    }

    /// Sets a password with a code. Sessions and tokens of the person end; a second factor stays, so that a code in the
    /// wrong hands is not enough.
    /// - Returns: The person.
    @discardableResult
    package func redeem(
        code: String, password: String, address: String? = nil, now: Instant
    ) throws(AccountsError) -> String {
        let (digest, person) = try read { db in try AccountBook.holder(db, code, isFirstRun: false, now: now) }
        let hash = try hashed(password, person: person)
        try transaction { db in
            let account = try AccountRow.fetch(db, person)
            if account?.disabledAt != nil { throw AccountsError.codeNotValid }
            try AccountBook.spend(db, digest)
            try AccountBook.endEverything(db, of: person, now: now)
            try AccountBook.setPassword(db, hash, of: person, now: now)
            try AccountEvent.append(
                db, account == nil ? .redeemed : .passwordReset, at: now, person: person, address: address)
        }
        return person
    }

    static func isEmpty(_ db: Database) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT NOT EXISTS (SELECT 1 FROM account)") ?? false
    }

    /// Writes a hash, for a new account or an old one.
    static func setPassword(_ db: Database, _ hash: String, of person: String, now: Instant) throws {
        try db.execute(
            sql: "INSERT INTO account (person, password, made_at, password_at) VALUES (?, ?, ?, ?) "
                + "ON CONFLICT (person) DO UPDATE SET password = excluded.password, password_at = excluded.password_at",
            arguments: [person, hash, now.nanoseconds, now.nanoseconds])
    }

    /// The hash of a password that obeys the rule.
    func hashed(_ password: String, person: String) throws(AccountsError) -> String {
        let lacks = PasswordRule.lack(password, person: person)
        guard lacks.isEmpty else { throw .weakPassword(lacks) }
        guard takeSeat(isStranger: false) else { throw .wait(seconds: 1) }
        defer { leaveSeat(isStranger: false) }
        guard let hash = hasher.hash(Array(password.utf8)) else { throw .outOfMemory }
        return hash
    }

    private static func keep(
        _ db: Database, _ code: String, person: String?, seconds: Int64, now: Instant
    ) throws {
        guard let digest = Secrets.digest(code: code) else { throw AccountsError.badInput("source of random bytes") }
        try db.execute(
            sql: "DELETE FROM code WHERE person IS ? OR expires_at <= ?", arguments: [person, now.nanoseconds])
        try db.execute(
            sql: "INSERT INTO code (digest, person, expires_at) VALUES (?, ?, ?)",
            arguments: [Data(digest), person, now.adding(seconds: seconds).nanoseconds])
    }

    /// Whose code it is. Found by its digest, so that the time tells nothing of the code.
    private static func holder(
        _ db: Database, _ code: String, isFirstRun: Bool, now: Instant
    ) throws -> (digest: [UInt8], person: String) {
        guard let digest = Secrets.digest(code: code),
            let row = try Row.fetchOne(
                db, sql: "SELECT person FROM code WHERE digest = ? AND expires_at > ? AND (person IS NULL) = ?",
                arguments: [Data(digest), now.nanoseconds, isFirstRun])
        else { throw AccountsError.codeNotValid }
        return (digest, row["person"] as String? ?? "")
    }

    /// Uses a code up; of two who come with it at the same moment one is refused.
    private static func spend(_ db: Database, _ digest: [UInt8]) throws {
        try db.execute(sql: "DELETE FROM code WHERE digest = ?", arguments: [Data(digest)])
        guard db.changesCount == 1 else { throw AccountsError.codeNotValid }
    }
}
