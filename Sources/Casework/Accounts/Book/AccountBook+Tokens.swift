import FoundationEssentials
import GRDB
import Vocabulary

/// Whose program asks, and what it may ask for.
package struct TokenIdentity: Hashable, Sendable {
    package var id: Int64
    package var person: String
    package var scope: Set<String>
}

/// One row of a person's list of tokens; the token itself is not kept.
package struct APIToken: Hashable, Sendable {
    package var id: Int64
    package var name: String
    package var scope: Set<String>
    package var issuedAt: Instant
    package var expiresAt: Instant
    package var revokedAt: Instant?
}

extension AccountBook {
    /// Makes a token for a program of a person: `cm_` and 43 letters and digits, shown once.
    /// - Parameters:
    ///   - scope: What it may be used for; the words are the caller's (`read`, `act`, `scan`), of a-z, 0-9 and `-_.:`.
    ///   - expires: At most 366 days ahead.
    package func issueToken(
        person: String, name: String, scope: Set<String>, expires: Instant, now: Instant
    ) throws(AccountsError) -> String {
        guard (1...AccountLimits.tokenNameBytes).contains(name.utf8.count), AccountEvent.isVisible(name) else {
            throw .badInput("name of a token: 1 to \(AccountLimits.tokenNameBytes) bytes, visible characters")
        }
        guard (1...AccountLimits.scopes).contains(scope.count), scope.allSatisfy(AccountBook.isScope) else {
            throw .badInput("scope of a token: 1 to \(AccountLimits.scopes) words of a-z, 0-9 and -_.:")
        }
        guard expires > now, expires <= now.adding(seconds: AccountLimits.tokenSeconds) else {
            throw .badInput("end of a token: within \(AccountLimits.tokenSeconds / 86_400) days")
        }
        let text = Secrets.long(random)
        guard let digest = Secrets.digest(long: text) else { throw .badInput("source of random bytes") }
        try transaction { db in
            _ = try AccountRow.active(db, person)
            let live = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM token WHERE person = ? AND revoked_at IS NULL AND expires_at > ?",
                arguments: [person, now.nanoseconds])
            guard live ?? 0 < AccountLimits.tokensPerPerson else {
                throw AccountsError.tooMany("tokens; revoke one of \(AccountLimits.tokensPerPerson)")
            }
            try db.execute(
                sql: "INSERT INTO token (digest, person, name, scope, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    Data(digest), person, name, scope.sorted().joined(separator: " "), now.nanoseconds,
                    expires.nanoseconds,
                ])
            let id = db.lastInsertedRowID
            try AccountEvent.append(db, .tokenIssued, at: now, person: person, detail: "\(id) \(name)")
        }
        return Secrets.tokenPrefix + text
    }

    /// Whose token this is; nil when it is unknown, revoked or past its end, or the account is disabled.
    package func token(for text: String, now: Instant) throws(AccountsError) -> TokenIdentity? {
        guard text.utf8.count <= AccountLimits.secretBytes, text.hasPrefix(Secrets.tokenPrefix),
            let digest = Secrets.digest(long: text.dropFirst(Secrets.tokenPrefix.count))
        else { return nil }
        return try read { db in
            try Row.fetchOne(
                db,
                sql: "SELECT t.id, t.person, t.scope FROM token t JOIN account a ON a.person = t.person "
                    + "WHERE t.digest = ? AND t.revoked_at IS NULL AND t.expires_at > ? AND t.issued_at <= ? "
                    + "AND a.disabled_at IS NULL",
                arguments: [
                    Data(digest), now.nanoseconds, now.adding(seconds: AccountLimits.clockSlackSeconds).nanoseconds,
                ]
            ).map { TokenIdentity(id: $0["id"], person: $0["person"], scope: AccountBook.scope($0["scope"])) }
        }
    }

    /// Ends a token.
    /// - Parameters:
    ///   - person: Whose it is; another person's token is not found.
    ///   - by: Who did it, when it was somebody else.
    /// - Returns: False when there is none to end.
    @discardableResult
    package func revokeToken(
        id: Int64, person: String, by: String? = nil, now: Instant
    ) throws(AccountsError) -> Bool {
        try transaction { db in
            guard try AccountRow.fetch(db, person) != nil else { return false }
            try db.execute(
                sql: "UPDATE token SET revoked_at = ? WHERE id = ? AND person = ? AND revoked_at IS NULL",
                arguments: [now.nanoseconds, id, person])
            guard db.changesCount == 1 else { return false }
            try AccountEvent.append(db, .tokenRevoked, at: now, person: person, by: by, detail: "\(id)")
            return true
        }
    }

    /// The tokens of a person, newest first, ended ones too.
    package func tokens(of person: String) throws(AccountsError) -> [APIToken] {
        try read { db in
            guard try AccountRow.fetch(db, person) != nil else { return [] }
            return try Row.fetchAll(
                db, sql: "SELECT * FROM token WHERE person = ? ORDER BY id DESC LIMIT ?",
                arguments: [person, AccountLimits.events]
            ).map { row in
                APIToken(
                    id: row["id"], name: row["name"], scope: AccountBook.scope(row["scope"]),
                    issuedAt: Instant(nanoseconds: row["issued_at"]),
                    expiresAt: Instant(nanoseconds: row["expires_at"]),
                    revokedAt: (row["revoked_at"] as Int64?).map { Instant(nanoseconds: $0) })
            }
        }
    }

    private static func scope(_ text: String) -> Set<String> { Set(text.split(separator: " ").map { String($0) }) }

    private static func isScope(_ word: String) -> Bool {
        (1...AccountLimits.scopeBytes).contains(word.utf8.count)
            && word.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7a, 0x30...0x39, 0x2d, 0x5f, 0x2e, 0x3a: true
                default: false
                }
            }
    }
}
