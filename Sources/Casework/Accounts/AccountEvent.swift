import GRDB
import Vocabulary

/// One row of the log: what happened to whose account, and from where. It never holds a secret, nor what somebody typed
/// into the field for the name when nobody has that name: it may be a password.
package struct AccountEvent: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case firstRunCode = "first-run-code"
        case firstRun = "first-run"
        case invited
        case redeemed
        case passwordReset = "password-reset"
        case loggedIn = "logged-in"
        case logInFailed = "log-in-failed"
        /// The password was right: somebody knows it who has not the telephone.
        case secondFactorFailed = "second-factor-failed"
        /// More failures in an hour than are written one by one; `detail` is how many.
        case logInFailedMore = "log-in-failed-more"
        case loggedOut = "logged-out"
        case sessionsEnded = "sessions-ended"
        case passwordChanged = "password-changed"
        case secondFactorBegun = "second-factor-begun"
        case secondFactorConfirmed = "second-factor-confirmed"
        case secondFactorRemoved = "second-factor-removed"
        case tokenIssued = "token-issued"
        case tokenRevoked = "token-revoked"
        case disabled, enabled
    }

    /// 1, 2, 3, … without gaps.
    package var sequence: Int64
    package var at: Instant
    package var kind: Kind
    /// Whose account; nil when there is none.
    package var person: String?
    /// Who did it, when it was somebody else.
    package var by: String?
    package var address: String?
    package var detail: String?
}

extension AccountEvent {
    static func append(
        _ db: Database, _ kind: Kind, at now: Instant, person: String? = nil, by: String? = nil, address: String? = nil,
        detail: String? = nil
    ) throws {
        try db.execute(
            sql: "INSERT INTO account_event (at, kind, person, by, address, detail) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                now.nanoseconds, kind.rawValue, person.map(escaped), by.map(escaped),
                address.map { escaped(AccountBook.network($0)) },
                detail.map(escaped),
            ])
    }

    /// Control and format characters (line ends, NUL, escape, bidirectional marks) as `\u{…}`: a line of a log stays
    /// one line and reads as it was written.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == "\\" {
                result += "\\\\"
            } else if isVisible(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }

    /// True when `escaped` changes nothing but backslashes.
    static func isVisible(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(isVisible) }

    static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
        default: true
        }
    }

    /// Newest first.
    static func fetch(_ db: Database, limit: Int) throws -> [AccountEvent] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM account_event ORDER BY seq DESC LIMIT ?",
            arguments: [min(max(0, limit), AccountLimits.events)]
        ).map { row in
            let word: String = row["kind"]
            guard let kind = Kind(rawValue: word) else {
                throw DatabaseError(message: "account_event \(row["seq"] as Int64): unknown kind")
            }
            return AccountEvent(
                sequence: row["seq"], at: Instant(nanoseconds: row["at"]), kind: kind, person: row["person"],
                by: row["by"], address: row["address"], detail: row["detail"])
        }
    }
}
