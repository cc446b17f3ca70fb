import GRDB

/// People and what they may do, evidence with its custody, and the indexes by which scope and audit are asked for.
extension CasebookSchema {
    /// A grant is never changed: a later row about the same thing counts (`given` 0 takes it back).
    static let people = """
        CREATE TABLE person (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, made_by TEXT NOT NULL,
            recorded_at INTEGER NOT NULL);
        CREATE TABLE role_grant (
            row INTEGER PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), kind TEXT NOT NULL,
            value TEXT NOT NULL, unit TEXT NOT NULL, given INTEGER NOT NULL, given_by TEXT NOT NULL,
            reason TEXT NOT NULL, recorded_at INTEGER NOT NULL);
        CREATE INDEX role_grant_person ON role_grant (person, kind, value, unit, row);
        CREATE INDEX role_grant_unit ON role_grant (unit, person);

        """

    static let evidence = """
        CREATE TABLE evidence_item (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, case_id TEXT NOT NULL REFERENCES case_record(id),
            bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, sm3 TEXT NOT NULL, source TEXT NOT NULL,
            origin TEXT NOT NULL, collected_by TEXT NOT NULL, collected_at INTEGER NOT NULL, note TEXT NOT NULL,
            recorded_at INTEGER NOT NULL);
        CREATE INDEX evidence_item_case ON evidence_item (case_id, row);
        CREATE TABLE custody_event (
            row INTEGER PRIMARY KEY, item TEXT NOT NULL REFERENCES evidence_item(id), act TEXT NOT NULL,
            by TEXT NOT NULL, at INTEGER NOT NULL, seal TEXT NOT NULL, note TEXT NOT NULL,
            recorded_at INTEGER NOT NULL);
        CREATE INDEX custody_event_item ON custody_event (item, row);
        CREATE TABLE evidence_review (
            row INTEGER PRIMARY KEY, item TEXT NOT NULL REFERENCES evidence_item(id), kind TEXT NOT NULL,
            reviewer TEXT NOT NULL, sound INTEGER NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL,
            recorded_at INTEGER NOT NULL);
        CREATE INDEX evidence_review_item ON evidence_review (item, kind, row);

        """

    /// Scope is asked of every row, so what it asks is indexed. The graph asks for some of the same.
    static let scope = """
        CREATE INDEX IF NOT EXISTS unit_parent ON unit (body ->> '$.parent') WHERE until_rev IS NULL;
        CREATE INDEX IF NOT EXISTS site_unit ON site (body ->> '$.unit') WHERE until_rev IS NULL;
        CREATE INDEX IF NOT EXISTS link_site ON link (body ->> '$.site') WHERE until_rev IS NULL;
        CREATE INDEX IF NOT EXISTS case_record_unit ON case_record (unit);
        CREATE INDEX IF NOT EXISTS case_record_holder ON case_record (holder);
        CREATE INDEX IF NOT EXISTS handover_receiver ON handover (receiver, case_id);
        CREATE INDEX IF NOT EXISTS audit_object ON audit (object);

        """

    static var keepingPeople: String {
        let refuse = "BEGIN SELECT RAISE(ABORT, 'append only'); END;\n"
        return ["person", "role_grant", "evidence_item", "custody_event", "evidence_review"].map { table in
            "CREATE TRIGGER \(table)_fixed BEFORE UPDATE ON \(table) \(refuse)"
                + "CREATE TRIGGER \(table)_kept BEFORE DELETE ON \(table) \(refuse)"
        }.joined()
    }
}
