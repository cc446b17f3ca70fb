import FoundationEssentials
import GRDB
import Synchronization
import Vocabulary

/// Who is logged in, as one request sees it.
package struct Session: Hashable, Sendable, CustomStringConvertible {
    package var person: String
    package var openedAt: Instant
    /// False for a session that was opened with a password alone: let it set up a second factor, and nothing that needs
    /// one.
    package var isSecondFactorDone: Bool
    /// What every form of this session carries; compare with `accepts(csrf:)`.
    package var csrfToken: String

    /// True for the token of this session; the time tells nothing of it.
    package func accepts(csrf token: String) -> Bool {
        token.utf8.count <= AccountLimits.secretBytes && Secrets.isSame(Array(token.utf8), Array(csrfToken.utf8))
    }

    /// Without the token: this may stand in a log.
    package var description: String { "session of \(person) since \(openedAt.rfc3339())" }
}

extension AccountBook {
    /// The session of a cookie, and the note that it was used now. Nil after 30 idle minutes, after 12 hours, after a
    /// logout, or when it never was. Writes at most once a minute.
    package func session(for cookie: String, now: Instant) throws(AccountsError) -> Session? {
        guard let digest = Secrets.digest(long: cookie) else { return nil }
        let row = try read { db in
            // Asked with every request, hence kept ready.
            try Row.fetchOne(
                try db.cachedStatement(
                    sql: "SELECT s.person, s.opened_at, s.used_at, s.second_factor FROM session s "
                        + "JOIN account a ON a.person = s.person WHERE s.digest = ? AND a.disabled_at IS NULL"),
                arguments: [Data(digest)])
        }
        guard let row else { return nil }
        let opened = Instant(nanoseconds: row["opened_at"])
        let written = Instant(nanoseconds: row["used_at"])
        let used = max(written, passing.withLock { $0.used[digest] } ?? written)
        guard now < used.adding(seconds: AccountLimits.idleSeconds),
            now < opened.adding(seconds: AccountLimits.absoluteSeconds),
            now.adding(seconds: AccountLimits.clockSlackSeconds) >= opened
        else { return nil }
        try touch(digest, written: written, now: now)
        return Session(
            person: row["person"], openedAt: opened, isSecondFactorDone: row["second_factor"],
            csrfToken: keys.forgeryToken(cookie: cookie))
    }

    /// Ends a session on the server; the cookie is worth nothing from now on.
    package func logOut(cookie: String, now: Instant) throws(AccountsError) {
        guard let digest = Secrets.digest(long: cookie) else { return }
        passing.withLock { $0.used[digest] = nil }
        try transaction { db in
            let person = try String.fetchOne(
                db, sql: "DELETE FROM session WHERE digest = ? RETURNING person", arguments: [Data(digest)])
            guard let person else { return }
            try AccountEvent.append(db, .loggedOut, at: now, person: person)
        }
    }

    /// Ends every session of a person.
    /// - Parameter by: Who did it, when it was somebody else.
    package func endAll(of person: String, by: String? = nil, now: Instant) throws(AccountsError) {
        try transaction { db in
            guard let account = try AccountRow.fetch(db, person) else { throw AccountsError.noSuchAccount }
            try AccountBook.endSessions(db, of: account.person, keeping: nil)
            guard db.changesCount > 0 else { return }
            try AccountEvent.append(db, .sessionsEnded, at: now, person: person, by: by)
        }
    }

    static func endSessions(_ db: Database, of person: String, keeping cookie: String?) throws {
        let kept = cookie.flatMap { Secrets.digest(long: $0) } ?? []
        try db.execute(
            sql: "DELETE FROM session WHERE person = ? AND digest <> ?", arguments: [person, Data(kept)])
    }

    /// Stores a new session. Those that ran out go, and of more than 64 the one that was used longest ago.
    static func openSession(
        _ db: Database, cookie: String, person: String, isSecondFactorDone: Bool, now: Instant
    ) throws {
        guard let digest = Secrets.digest(long: cookie) else {
            throw AccountsError.badInput("source of random bytes")
        }
        try db.execute(
            sql: "DELETE FROM session WHERE used_at <= ? OR opened_at <= ?",
            arguments: [
                // What is written may be a minute old.
                now.adding(seconds: -AccountLimits.idleSeconds - AccountLimits.touchSeconds).nanoseconds,
                now.adding(seconds: -AccountLimits.absoluteSeconds).nanoseconds,
            ])
        try db.execute(
            sql: "INSERT INTO session (digest, person, opened_at, used_at, second_factor) VALUES (?, ?, ?, ?, ?)",
            arguments: [Data(digest), person, now.nanoseconds, now.nanoseconds, isSecondFactorDone])
        try db.execute(
            sql: "DELETE FROM session WHERE person = ? AND digest NOT IN (SELECT digest FROM session "
                + "WHERE person = ? ORDER BY used_at DESC, digest = ? DESC LIMIT ?)",
            arguments: [person, person, Data(digest), AccountLimits.sessionsPerPerson])
    }

    /// Between two writes the last use stays in memory; after a kill a session ends up to a minute early.
    private func touch(_ digest: [UInt8], written: Instant, now: Instant) throws(AccountsError) {
        guard now >= written.adding(seconds: AccountLimits.touchSeconds) else {
            if now > written {
                passing.withLock { passing in
                    // Sessions that ended leave their mark behind; forgetting all marks costs each a minute at most.
                    if passing.used.count >= AccountLimits.usesInMemory { passing.used = [:] }
                    passing.used[digest] = max(now, passing.used[digest] ?? now)
                }
            }
            return
        }
        try transaction { db in
            try db.execute(
                sql: "UPDATE session SET used_at = ? WHERE digest = ? AND used_at < ?",
                arguments: [now.nanoseconds, Data(digest), now.nanoseconds])
        }
        passing.withLock { $0.used[digest] = nil }
    }
}
