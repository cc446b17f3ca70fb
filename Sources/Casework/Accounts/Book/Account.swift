import FoundationEssentials
import GRDB
import Vocabulary

/// One row of the list of accounts.
package struct Account: Hashable, Sendable {
    /// Identifier of a person of the casebook.
    package var person: String
    package var madeAt: Instant
    package var passwordSetAt: Instant
    package var loggedInAt: Instant?
    package var hasSecondFactor: Bool
    package var isDisabled: Bool
}

/// An account as it is stored, secrets and all; it does not leave this room.
struct AccountRow {
    var person: String
    var password: String
    /// When the password was chosen, ns.
    var passwordAt: Int64
    var disabledAt: Int64?
    /// Sealed secret of the confirmed second factor.
    var factor: [UInt8]?
    /// Sealed secret that waits to be confirmed.
    var begun: [UInt8]?
    var begunAt: Instant?

    /// Nil for what cannot be a person: SQLite would read a name with NUL as a shorter one.
    static func fetch(_ db: Database, _ person: String) throws -> AccountRow? {
        guard AccountBook.isPerson(person) else { return nil }
        return try Row.fetchOne(db, sql: "SELECT * FROM account WHERE person = ?", arguments: [person]).map { row in
            AccountRow(
                person: row["person"], password: row["password"], passwordAt: row["password_at"],
                disabledAt: row["disabled_at"],
                factor: (row["factor"] as Data?).map { Array($0) },
                begun: (row["begun"] as Data?).map { Array($0) },
                begunAt: (row["begun_at"] as Int64?).map { Instant(nanoseconds: $0) })
        }
    }

    /// The account of a person who may log in; throws when there is none.
    static func active(_ db: Database, _ person: String) throws -> AccountRow {
        guard let row = try fetch(db, person) else { throw AccountsError.noSuchAccount }
        guard row.disabledAt == nil else { throw AccountsError.isDisabled }
        return row
    }
}

extension AccountBook {
    /// Every account, by person.
    package func accounts() throws(AccountsError) -> [Account] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM account ORDER BY person").map { row in
                Account(
                    person: row["person"], madeAt: Instant(nanoseconds: row["made_at"]),
                    passwordSetAt: Instant(nanoseconds: row["password_at"]),
                    loggedInAt: (row["logged_in_at"] as Int64?).map { Instant(nanoseconds: $0) },
                    hasSecondFactor: row["factor"] as Data? != nil, isDisabled: row["disabled_at"] as Int64? != nil)
            }
        }
    }

    /// Shuts a person out: sessions and open codes end, tokens are revoked. Refused for the last administrator that is
    /// not disabled, and for the last account at all; two administrators who disable each other at the same moment are
    /// two transactions, and the second is refused.
    /// - Parameter administrators: Persons who are administrators now, by the casebook.
    package func disable(
        person: String, by: String, administrators: Set<String>, now: Instant
    ) throws(AccountsError) {
        try transaction { db in
            _ = try AccountRow.active(db, person)
            let others = try String.fetchAll(
                db, sql: "SELECT person FROM account WHERE disabled_at IS NULL AND person <> ?", arguments: [person])
            guard !others.isEmpty, !administrators.contains(person) || others.contains(where: administrators.contains)
            else { throw AccountsError.lastAdministrator }
            try db.execute(
                sql: "UPDATE account SET disabled_at = ?, begun = NULL, begun_at = NULL WHERE person = ?",
                arguments: [now.nanoseconds, person])
            try AccountBook.endEverything(db, of: person, now: now)
            try AccountEvent.append(db, .disabled, at: now, person: person, by: by)
        }
    }

    /// Lets a person in again, with the old password and second factor; sessions and tokens stay ended.
    package func enable(person: String, by: String, now: Instant) throws(AccountsError) {
        try transaction { db in
            guard let row = try AccountRow.fetch(db, person) else { throw AccountsError.noSuchAccount }
            guard row.disabledAt != nil else { return }
            try db.execute(sql: "UPDATE account SET disabled_at = NULL WHERE person = ?", arguments: [person])
            try AccountEvent.append(db, .enabled, at: now, person: person, by: by)
        }
    }

    /// Ends sessions and open codes of a person, and revokes the tokens.
    static func endEverything(_ db: Database, of person: String, now: Instant) throws {
        try db.execute(sql: "DELETE FROM session WHERE person = ?", arguments: [person])
        try db.execute(sql: "DELETE FROM code WHERE person = ?", arguments: [person])
        try db.execute(
            sql: "UPDATE token SET revoked_at = ? WHERE person = ? AND revoked_at IS NULL",
            arguments: [now.nanoseconds, person])
    }

    /// A person's identifier as the casebook has it: 1 ... 128 bytes, nothing that cannot be seen, no space at its
    /// ends.
    static func isPerson(_ text: String) -> Bool {
        guard (1...AccountLimits.personBytes).contains(text.utf8.count), text.first != " ", text.last != " " else {
            return false
        }
        return AccountEvent.isVisible(text)
    }
}
