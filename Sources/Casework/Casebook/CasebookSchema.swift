import GRDB

/// The steps by which a casebook came to its present shape. Append, never edit (house habit 20).
///
/// What was once said stays: rows of the register, findings and assessments are retired (`until_run`, `until_rev`),
/// never changed or removed; events and audit rows are only appended. Triggers refuse anything else.
enum CasebookSchema {
    /// `CMCB`.
    static let applicationID: Int32 = 0x434D_4342

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("2026-11-23 casebook") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: register + results + cases + keeping)
        }
        migrator.registerMigration("2026-11-23 lifecycle and figures") { db in
            try db.execute(sql: lifecycle + figures + keepingLifecycle)
            try CaseFacts.rebuild(db)
        }
        migrator.registerMigration("2026-11-23 graph") { db in
            try db.execute(sql: registers + ties + edges + keepingRegisters)
        }
        migrator.registerMigration("2026-11-23 keeping") { db in
            try db.execute(sql: people + evidence + scope + keepingPeople)
        }
        migrator.registerMigration("2026-11-24 rank") { db in try db.execute(sql: rank) }
        migrator.registerMigration("2026-11-24 comments") { db in try db.execute(sql: comments) }
        return migrator
    }

    /// Sites are listed by how likely they are.
    private static let rank = """
        CREATE INDEX assessment_rank ON assessment (body ->> '$.probability' DESC, id) WHERE until_run IS NULL;
        """

    private static let register = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE unit (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, since_rev INTEGER NOT NULL, until_rev INTEGER);
        CREATE TABLE site (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, since_rev INTEGER NOT NULL, until_rev INTEGER);
        CREATE TABLE link (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, since_rev INTEGER NOT NULL, until_rev INTEGER);
        CREATE UNIQUE INDEX unit_now ON unit (id) WHERE until_rev IS NULL;
        CREATE UNIQUE INDEX site_now ON site (id) WHERE until_rev IS NULL;
        CREATE UNIQUE INDEX link_now ON link (id) WHERE until_rev IS NULL;
        CREATE TABLE input (
            sha256 TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL,
            last_event INTEGER, recorded_at INTEGER NOT NULL, PRIMARY KEY (sha256, path)) WITHOUT ROWID;
        CREATE TABLE lease (
            name TEXT PRIMARY KEY, owner TEXT NOT NULL, fencing INTEGER NOT NULL, held INTEGER NOT NULL,
            taken_at INTEGER NOT NULL, heartbeat_at INTEGER NOT NULL) WITHOUT ROWID;

        """

    private static let results = """
        CREATE TABLE run (
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL, result_sha256 TEXT NOT NULL, counts TEXT NOT NULL,
            models TEXT NOT NULL, prior REAL NOT NULL, started INTEGER NOT NULL, finished INTEGER NOT NULL);
        CREATE TABLE finding (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, since_run INTEGER NOT NULL, until_run INTEGER);
        CREATE TABLE assessment (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, since_run INTEGER NOT NULL, until_run INTEGER);
        CREATE UNIQUE INDEX finding_now ON finding (id) WHERE until_run IS NULL;
        CREATE UNIQUE INDEX assessment_now ON assessment (id) WHERE until_run IS NULL;
        CREATE TABLE curve (
            site TEXT PRIMARY KEY, start INTEGER NOT NULL, interval_s INTEGER NOT NULL, kilowatts BLOB NOT NULL)
            WITHOUT ROWID;

        """

    private static let cases = """
        CREATE TABLE case_record (
            id TEXT PRIMARY KEY, episode INTEGER NOT NULL, site TEXT NOT NULL, unit TEXT NOT NULL, state TEXT NOT NULL,
            holder TEXT NOT NULL, due TEXT, event_time INTEGER, recorded_at INTEGER NOT NULL, version INTEGER NOT NULL,
            UNIQUE (site, episode)) WITHOUT ROWID;
        CREATE TABLE case_event (
            seq INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES case_record(id), transition TEXT NOT NULL,
            from_state TEXT, to_state TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, version INTEGER NOT NULL,
            event_time INTEGER, recorded_at INTEGER NOT NULL);
        CREATE TABLE case_evidence (
            case_id TEXT NOT NULL REFERENCES case_record(id), run INTEGER NOT NULL, assessment_sha256 TEXT NOT NULL,
            PRIMARY KEY (case_id, run)) WITHOUT ROWID;
        CREATE TABLE audit (
            seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,
            detail TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL);

        """

    private static var keeping: String {
        var sql = ""
        for table in ["case_event", "case_evidence", "audit", "run"] {
            sql +=
                "CREATE TRIGGER \(table)_fixed BEFORE UPDATE ON \(table) BEGIN SELECT RAISE(ABORT, 'append only'); END;\n"
        }
        for table in [
            "case_event", "case_evidence", "audit", "run", "finding", "assessment", "unit", "site", "link",
            "case_record",
        ] {
            sql +=
                "CREATE TRIGGER \(table)_kept BEFORE DELETE ON \(table) BEGIN SELECT RAISE(ABORT, 'append only'); END;\n"
        }
        for table in ["finding", "assessment", "unit", "site", "link"] {
            sql +=
                "CREATE TRIGGER \(table)_fixed BEFORE UPDATE OF id, body ON \(table) "
                + "BEGIN SELECT RAISE(ABORT, 'append only'); END;\n"
        }
        return sql
    }
}
