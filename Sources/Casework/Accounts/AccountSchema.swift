import GRDB

/// The steps by which a book of accounts came to its present shape. Append, never edit.
///
/// Sessions, one-time codes and delays are not evidence: they go when their time is over. Events are only appended.
enum AccountSchema {
    /// `CMAC`.
    static let applicationID: Int32 = 0x434D_4143

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("2026-11-23 accounts") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: people + passing + log)
        }
        migrator.registerMigration("2026-11-24 views") { db in try db.execute(sql: views) }
        return migrator
    }

    /// What a person keeps for convenience: it is nobody's evidence, and goes when the person takes it away.
    private static let views = """
        CREATE TABLE saved_view (
            id INTEGER PRIMARY KEY, person TEXT NOT NULL REFERENCES account(person), name TEXT NOT NULL,
            address TEXT NOT NULL, made_at INTEGER NOT NULL, UNIQUE (person, name));
        CREATE TABLE notice_mark (
            person TEXT PRIMARY KEY REFERENCES account(person), seen_at INTEGER NOT NULL) WITHOUT ROWID;

        """

    private static let people = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE account (
            person TEXT PRIMARY KEY, password TEXT NOT NULL, made_at INTEGER NOT NULL, password_at INTEGER NOT NULL,
            disabled_at INTEGER, logged_in_at INTEGER, factor BLOB, factor_step INTEGER, begun BLOB, begun_at INTEGER)
            WITHOUT ROWID;
        CREATE TABLE token (
            id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, person TEXT NOT NULL REFERENCES account(person),
            name TEXT NOT NULL, scope TEXT NOT NULL, issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
            revoked_at INTEGER);
        CREATE INDEX token_person ON token (person);

        """

    private static let passing = """
        CREATE TABLE code (
            digest BLOB PRIMARY KEY, person TEXT, expires_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE session (
            digest BLOB PRIMARY KEY, person TEXT NOT NULL REFERENCES account(person), opened_at INTEGER NOT NULL,
            used_at INTEGER NOT NULL, second_factor INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX session_person ON session (person);
        CREATE TABLE known_address (
            person TEXT NOT NULL REFERENCES account(person), address TEXT NOT NULL, last_at INTEGER NOT NULL,
            PRIMARY KEY (person, address)) WITHOUT ROWID;
        CREATE TABLE delay (slot INTEGER PRIMARY KEY, failures INTEGER NOT NULL, last_at INTEGER NOT NULL);

        """

    private static let log = """
        CREATE TABLE account_event (
            seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, person TEXT, by TEXT, address TEXT,
            detail TEXT);
        CREATE TRIGGER account_event_fixed BEFORE UPDATE ON account_event
            BEGIN SELECT RAISE(ABORT, 'append only'); END;
        CREATE TRIGGER account_event_kept BEFORE DELETE ON account_event
            BEGIN SELECT RAISE(ABORT, 'append only'); END;

        """
}
