import GRDB

/// What people do to cases, and what the figures are made from.
extension CasebookSchema {
    /// `case_act` says by whom and with what an event was done. A step of the machine (`T00`) has none: its due day and
    /// desk stand in `case_opening`. `case_fact` follows from events and acts; it is kept so that pages need not add
    /// up.
    static let lifecycle = """
        CREATE TABLE case_opening (
            case_id TEXT PRIMARY KEY REFERENCES case_record(id), due TEXT, holder TEXT NOT NULL) WITHOUT ROWID;
        INSERT INTO case_opening SELECT id, due, holder FROM case_record;
        CREATE TABLE case_act (
            seq INTEGER PRIMARY KEY REFERENCES case_event(seq), role TEXT NOT NULL, unit TEXT NOT NULL,
            second TEXT, holder TEXT NOT NULL, due TEXT, suspended_until TEXT, undoes INTEGER, previous TEXT,
            category TEXT, exclusion TEXT, class_a1 TEXT, class_a2 TEXT, machines INTEGER, baseline_kw REAL,
            after_kw REAL, low_kw REAL, high_kw REAL, power_basis TEXT, fields TEXT NOT NULL);
        CREATE UNIQUE INDEX case_act_undoes ON case_act (undoes) WHERE undoes IS NOT NULL;
        CREATE UNIQUE INDEX case_act_previous ON case_act (previous) WHERE previous IS NOT NULL;
        CREATE INDEX case_event_when ON case_event (to_state, coalesce(event_time, recorded_at));
        CREATE INDEX case_event_case ON case_event (
            case_id, seq, recorded_at, transition, from_state, to_state, event_time, version);
        CREATE INDEX assessment_every ON assessment (id);
        CREATE INDEX finding_every ON finding (id);
        CREATE TABLE case_fact (
            case_id TEXT PRIMARY KEY REFERENCES case_record(id), site TEXT NOT NULL, episode INTEGER NOT NULL,
            unit TEXT NOT NULL, state TEXT NOT NULL, open INTEGER NOT NULL, holder TEXT NOT NULL, due TEXT,
            suspended_until TEXT, version INTEGER NOT NULL, detected_at INTEGER NOT NULL, left_detected_at INTEGER,
            triage_due TEXT, assigned_at INTEGER, determined_at INTEGER, standing TEXT, confirmed_at INTEGER,
            closed_at INTEGER, stopped_at INTEGER, recurred_at INTEGER, successor TEXT, successor_at INTEGER,
            category TEXT, exclusion TEXT, class_a1 TEXT, class_a2 TEXT, machines INTEGER,
            known_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX case_fact_due ON case_fact (due, holder, unit, open) WHERE open = 1;
        CREATE INDEX case_fact_age ON case_fact (detected_at, unit, open) WHERE open = 1;
        CREATE INDEX case_fact_found ON case_fact (determined_at, standing, unit);
        CREATE INDEX case_fact_assigned ON case_fact (assigned_at, determined_at, unit);
        CREATE INDEX case_fact_triage ON case_fact (triage_due, left_detected_at, unit);
        CREATE INDEX case_fact_closed ON case_fact (closed_at, detected_at, successor_at, unit)
            WHERE closed_at IS NOT NULL;
        CREATE INDEX case_fact_stopped ON case_fact (stopped_at, unit) WHERE stopped_at IS NOT NULL;
        CREATE INDEX case_fact_class ON case_fact (class_a1, class_a2, confirmed_at, closed_at, unit, standing)
            WHERE standing = 'confirmed';
        CREATE INDEX case_fact_known ON case_fact (known_at);
        CREATE INDEX case_fact_list ON case_fact (state, due);

        """

    /// Leads, hand-overs, lists, energy, rates, coverage: what the figures need beside the cases. All are only
    /// appended; a correction is a later row with the same key, and the newest that was known on a day counts.
    static let figures = """
        CREATE TABLE lead (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, unit TEXT NOT NULL,
            received_at INTEGER NOT NULL, duplicate_of TEXT, recorded_at INTEGER NOT NULL);
        CREATE TABLE lead_case (
            lead TEXT NOT NULL REFERENCES lead(id), case_id TEXT NOT NULL REFERENCES case_record(id),
            recorded_at INTEGER NOT NULL, PRIMARY KEY (lead, case_id)) WITHOUT ROWID;
        CREATE TABLE handover (
            id TEXT PRIMARY KEY, case_id TEXT NOT NULL REFERENCES case_record(id), receiver TEXT NOT NULL,
            sent_at INTEGER NOT NULL, due TEXT NOT NULL, recorded_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE handover_reply (
            handover TEXT PRIMARY KEY REFERENCES handover(id), replied_at INTEGER NOT NULL,
                recorded_at INTEGER NOT NULL)
            WITHOUT ROWID;
        CREATE TABLE list_item (
            list TEXT NOT NULL, case_id TEXT NOT NULL REFERENCES case_record(id), recorded_at INTEGER NOT NULL,
            PRIMARY KEY (list, case_id)) WITHOUT ROWID;
        CREATE TABLE measured_energy (
            row INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES case_record(id), first_day TEXT NOT NULL,
            last_day TEXT NOT NULL, mining_kwh REAL NOT NULL, account_kwh REAL, low_kwh REAL, high_kwh REAL,
            recorded_at INTEGER NOT NULL);
        CREATE INDEX measured_energy_cycle ON measured_energy (case_id, first_day, last_day, row);
        CREATE TABLE emission_factor (
            unit TEXT NOT NULL, year INTEGER NOT NULL, tonnes_per_mwh REAL NOT NULL, recorded_at INTEGER NOT NULL,
            PRIMARY KEY (unit, year, recorded_at)) WITHOUT ROWID;
        CREATE TABLE surcharge_rate (
            row INTEGER PRIMARY KEY, unit TEXT NOT NULL, yuan_per_kwh REAL NOT NULL, first_day TEXT NOT NULL,
            last_day TEXT, whole_account INTEGER NOT NULL, basis TEXT NOT NULL, recorded_at INTEGER NOT NULL);
        CREATE TABLE meter_coverage (
            row INTEGER PRIMARY KEY, meter TEXT NOT NULL, unit TEXT NOT NULL, day TEXT NOT NULL,
            expected INTEGER NOT NULL, present INTEGER NOT NULL, hours REAL NOT NULL, recorded_at INTEGER NOT NULL);
        CREATE INDEX meter_coverage_day ON meter_coverage (day, meter, row);
        CREATE TABLE link_coverage (
            row INTEGER PRIMARY KEY, link TEXT NOT NULL, unit TEXT NOT NULL, day TEXT NOT NULL,
            scope_hours REAL NOT NULL, watched_hours REAL NOT NULL, packets INTEGER NOT NULL, lost INTEGER NOT NULL,
            unreadable INTEGER NOT NULL, recorded_at INTEGER NOT NULL);
        CREATE INDEX link_coverage_day ON link_coverage (day, link, row);
        CREATE TABLE source_seen (
            row INTEGER PRIMARY KEY, source TEXT NOT NULL, cadence_s INTEGER NOT NULL, newest_event INTEGER NOT NULL,
            recorded_at INTEGER NOT NULL);
        CREATE INDEX source_seen_at ON source_seen (source, recorded_at);
        CREATE TABLE weekly_return (
            number INTEGER PRIMARY KEY, week_end INTEGER NOT NULL, as_of INTEGER NOT NULL, corrects INTEGER,
            reason TEXT NOT NULL, body TEXT NOT NULL, diff TEXT NOT NULL, sha256 TEXT NOT NULL,
            recorded_at INTEGER NOT NULL);
        CREATE UNIQUE INDEX weekly_return_first ON weekly_return (week_end) WHERE corrects IS NULL;

        """

    static var keepingLifecycle: String {
        let tables = [
            "case_opening", "case_act", "lead", "lead_case", "handover", "handover_reply", "list_item",
            "measured_energy", "emission_factor", "surcharge_rate", "meter_coverage", "link_coverage", "source_seen",
            "weekly_return",
        ]
        let refuse = "BEGIN SELECT RAISE(ABORT, 'append only'); END;\n"
        return tables.map { table in
            "CREATE TRIGGER \(table)_fixed BEFORE UPDATE ON \(table) \(refuse)"
                + "CREATE TRIGGER \(table)_kept BEFORE DELETE ON \(table) \(refuse)"
        }.joined()
    }
}
