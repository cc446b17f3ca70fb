import GRDB
import Vocabulary

/// An address of the dashboard that a person goes back to.
package struct SavedView: Hashable, Sendable {
    package var id: Int64
    package var name: String
    /// Path and query, from the first slash.
    package var address: String
}

extension AccountBook {
    /// Keeps a view under a name; the same name again means the new address.
    /// - Parameter address: Path and query on this server.
    package func saveView(
        person: String, name: String, address: String, now: Instant
    ) throws(AccountsError) {
        guard (1...AccountLimits.tokenNameBytes).contains(name.utf8.count), AccountEvent.isVisible(name) else {
            throw .badInput("name of a view: 1 to \(AccountLimits.tokenNameBytes) bytes, visible characters")
        }
        // Nothing that leads to another server or out of the text.
        guard address.hasPrefix("/"), !address.hasPrefix("//"), address.utf8.count <= AccountLimits.viewAddressBytes,
            address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C })
        else { throw .badInput("address of a view: a path of this server") }
        try transaction { db in
            _ = try AccountRow.active(db, person)
            let count = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM saved_view WHERE person = ? AND name <> ?", arguments: [person, name])
            guard count ?? 0 < AccountLimits.viewsPerPerson else {
                throw AccountsError.tooMany("views; take one of \(AccountLimits.viewsPerPerson) away")
            }
            try db.execute(
                sql: """
                    INSERT INTO saved_view (person, name, address, made_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT (person, name) DO UPDATE SET address = excluded.address, made_at = excluded.made_at
                    """, arguments: [person, name, address, now.nanoseconds])
        }
    }

    /// By name.
    package func savedViews(person: String) throws(AccountsError) -> [SavedView] {
        try transaction { db in
            try Row.fetchAll(db, sql: "SELECT * FROM saved_view WHERE person = ? ORDER BY name", arguments: [person])
                .map { SavedView(id: $0["id"], name: $0["name"], address: $0["address"]) }
        }
    }

    /// Only the person's own; another's stays.
    package func removeView(person: String, id: Int64) throws(AccountsError) {
        try transaction { db in
            try db.execute(sql: "DELETE FROM saved_view WHERE id = ? AND person = ?", arguments: [id, person])
        }
    }

    /// Up to when the person has seen what is new; nil = never.
    package func noticesSeen(person: String) throws(AccountsError) -> Instant? {
        try transaction { db in
            try Int64.fetchOne(db, sql: "SELECT seen_at FROM notice_mark WHERE person = ?", arguments: [person])
                .map { Instant(nanoseconds: $0) }
        }
    }

    package func markNoticesSeen(person: String, now: Instant) throws(AccountsError) {
        try transaction { db in
            _ = try AccountRow.active(db, person)
            try db.execute(
                sql: "INSERT OR REPLACE INTO notice_mark (person, seen_at) VALUES (?, ?)",
                arguments: [person, now.nanoseconds])
        }
    }
}
