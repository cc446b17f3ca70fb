import GRDB

/// The steps by which an archive came to its present shape. Append, never edit (house habit 20).
enum ArchiveSchema {
    /// `CMAR`: tells an archive from another program's database before anything is read from it.
    static let applicationID: Int32 = 0x434D_4152

    /// Where the steps put what they write beside the database, and the clock of a new store.
    struct Place {
        var folder: String
        /// Seconds that local time is ahead of UTC.
        var offset: Int
    }

    static func migrator(_ place: Place) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("2026-11-23 readings by meter and day") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(
                sql: """
                    CREATE TABLE input (
                        id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, series INTEGER NOT NULL,
                        readings INTEGER NOT NULL, added INTEGER NOT NULL, replaced INTEGER NOT NULL,
                        recorded_at INTEGER NOT NULL);
                    CREATE TABLE series (
                        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, meter TEXT NOT NULL, interval_s INTEGER NOT NULL,
                        phase_ns INTEGER NOT NULL, UNIQUE (kind, meter, interval_s, phase_ns));
                    CREATE TABLE reading_day (
                        series INTEGER NOT NULL REFERENCES series(id), day INTEGER NOT NULL, present INTEGER NOT NULL,
                        version INTEGER NOT NULL, input INTEGER NOT NULL REFERENCES input(id), readings BLOB NOT NULL,
                        PRIMARY KEY (series, day)) WITHOUT ROWID;
                    CREATE TABLE reading_version (
                        series INTEGER NOT NULL, day INTEGER NOT NULL, version INTEGER NOT NULL, present INTEGER NOT NULL,
                        input INTEGER NOT NULL, replaced_by INTEGER NOT NULL REFERENCES input(id), readings BLOB NOT NULL,
                        PRIMARY KEY (series, day, version)) WITHOUT ROWID;
                    CREATE TRIGGER reading_version_kept BEFORE DELETE ON reading_version
                        BEGIN SELECT RAISE(ABORT, 'old readings are kept'); END;
                    CREATE TRIGGER reading_version_fixed BEFORE UPDATE ON reading_version
                        BEGIN SELECT RAISE(ABORT, 'old readings are kept'); END;
                    """)
        }
        migrator.registerMigration("2026-11-23 readings in segment files") { db in
            try db.execute(
                sql: """
                    ALTER TABLE input ADD COLUMN meter_days INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE input ADD COLUMN replaced_days INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE input ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE series ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
                    CREATE TABLE setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL, seal INTEGER NOT NULL)
                        WITHOUT ROWID;
                    CREATE TABLE segment (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,
                        record_version INTEGER NOT NULL, bytes INTEGER NOT NULL, blocks INTEGER NOT NULL,
                        rows INTEGER NOT NULL, readings INTEGER NOT NULL, low_day INTEGER NOT NULL,
                        high_day INTEGER NOT NULL, list_checksum INTEGER NOT NULL, seal INTEGER NOT NULL);
                    CREATE TABLE upkeep (
                        id INTEGER PRIMARY KEY, what TEXT NOT NULL, before_day INTEGER, rows INTEGER NOT NULL,
                        recorded_at INTEGER NOT NULL, seal INTEGER NOT NULL);
                    """)
            try db.execute(
                sql: "INSERT INTO setting (name, value, seal) VALUES ('offset_s', ?, ?)",
                arguments: [place.offset, Seal.of("setting offset_s \(place.offset)")])
            try VersionOne.move(db, place)
            try db.execute(sql: "DROP TABLE reading_version; DROP TABLE reading_day")
        }
        return migrator
    }
}
