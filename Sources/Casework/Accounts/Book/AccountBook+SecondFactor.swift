import FoundationEssentials
import GRDB
import Vocabulary

/// What an authenticator app is set up with, shown once.
package struct SecondFactorSetup: Hashable, Sendable, CustomStringConvertible {
    /// For a QR picture (`otpauth://totp/…`).
    package var url: String
    /// For typing: base 32.
    package var secret: String

    package var description: String { "set-up of a second factor" }
}

extension AccountBook {
    /// Makes a secret for a person's authenticator app; it counts once `confirmSecondFactor` has seen a code of it,
    /// within 15 minutes. An older one that was not confirmed ends.
    /// - Parameter issuer: Name under which the app shows it.
    package func beginSecondFactor(
        person: String, issuer: String = "Countermine", now: Instant
    ) throws(AccountsError) -> SecondFactorSetup {
        let secret = random(TimeCode.secretBytes)
        try transaction { db in
            guard try AccountRow.active(db, person).factor == nil else { throw AccountsError.secondFactorExists }
            try db.execute(
                sql: "UPDATE account SET begun = ?, begun_at = ? WHERE person = ?",
                arguments: [
                    Data(try keys.seal(secret, place: AccountBook.factorPlace(person))), now.nanoseconds, person,
                ])
            try AccountEvent.append(db, .secondFactorBegun, at: now, person: person)
        }
        let text = Base32.encode(secret)
        let label = AccountBook.percentEncoded(issuer) + ":" + AccountBook.percentEncoded(person)
        return SecondFactorSetup(
            url: "otpauth://totp/\(label)?secret=\(text)&issuer=\(AccountBook.percentEncoded(issuer))"
                + "&algorithm=SHA1&digits=\(TimeCode.digits)&period=\(TimeCode.stepSeconds)",
            secret: text)
    }

    /// Puts the begun second factor in force. From now on every log-in needs a code, and this one is used up. Other
    /// sessions of the person end.
    /// - Parameter keeping: Cookie of the session in which it is confirmed; it counts as opened with both.
    package func confirmSecondFactor(
        person: String, code: String, keeping cookie: String? = nil, now: Instant
    ) throws(AccountsError) {
        try transaction { db in
            let account = try AccountRow.active(db, person)
            guard let begun = account.begun, let begunAt = account.begunAt,
                now < begunAt.adding(seconds: AccountLimits.secondFactorSetupSeconds),
                let secret = keys.open(begun, place: AccountBook.factorPlace(person)),
                let step = TimeCode.match(code, secret: secret, now: now)
            else { throw AccountsError.wrongSecondFactor }
            try db.execute(
                sql: "UPDATE account SET factor = begun, factor_step = ?, begun = NULL, begun_at = NULL "
                    + "WHERE person = ?", arguments: [step, person])
            try AccountBook.endSessions(db, of: person, keeping: cookie)
            try db.execute(sql: "UPDATE session SET second_factor = 1 WHERE person = ?", arguments: [person])
            try AccountEvent.append(db, .secondFactorConfirmed, at: now, person: person)
        }
    }

    /// True once a second factor is in force.
    package func hasSecondFactor(person: String) throws(AccountsError) -> Bool {
        try read { db in try AccountRow.fetch(db, person)?.factor != nil }
    }

    /// Takes a lost telephone's second factor away; the person's sessions end.
    package func removeSecondFactor(person: String, by: String, now: Instant) throws(AccountsError) {
        try transaction { db in
            guard let account = try AccountRow.fetch(db, person) else { throw AccountsError.noSuchAccount }
            guard account.factor != nil || account.begun != nil else { return }
            try db.execute(
                sql: "UPDATE account SET factor = NULL, factor_step = NULL, begun = NULL, begun_at = NULL "
                    + "WHERE person = ?", arguments: [person])
            try AccountBook.endSessions(db, of: person, keeping: nil)
            try AccountEvent.append(db, .secondFactorRemoved, at: now, person: person, by: by)
        }
    }

    /// Binds a sealed secret to its person.
    static func factorPlace(_ person: String) -> String { "factor \(person)" }

    /// RFC 3986 section 2.1: everything but letters, digits and -._~.
    static func percentEncoded(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: bytes.append(byte)
            default: bytes += [0x25, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
