/// Registers beside sites and links, and the graph that they and the results make.
extension CasebookSchema {
    /// Each import that changed something is a revision with the digest of its file. Rows of versioned tables are
    /// retired under a later revision; leads are only added.
    static let registers = """
        CREATE TABLE register_import (
            revision INTEGER PRIMARY KEY, kind TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
            rows_sha256 TEXT NOT NULL, counts TEXT NOT NULL, recorded_at INTEGER NOT NULL);
        CREATE TABLE assignment (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, address TEXT NOT NULL, realm TEXT NOT NULL, port_low INTEGER,
            port_high INTEGER, inside TEXT, line TEXT, device TEXT, device_key TEXT,
            holder TEXT NOT NULL, from_ns INTEGER NOT NULL, to_ns INTEGER, since_rev INTEGER NOT NULL,
            until_rev INTEGER);
        CREATE UNIQUE INDEX assignment_now ON assignment (id) WHERE until_rev IS NULL;
        CREATE INDEX assignment_when ON assignment (address, realm, from_ns, to_ns, port_low, port_high)
            WHERE until_rev IS NULL;
        CREATE INDEX assignment_line ON assignment (line) WHERE until_rev IS NULL AND line IS NOT NULL;
        CREATE INDEX assignment_inside ON assignment (inside) WHERE until_rev IS NULL AND inside IS NOT NULL;
        CREATE TABLE party (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, since_rev INTEGER NOT NULL,
            until_rev INTEGER);
        CREATE TABLE party_role (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, since_rev INTEGER NOT NULL,
            until_rev INTEGER);
        CREATE TABLE exemption (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, since_rev INTEGER NOT NULL,
            until_rev INTEGER);
        CREATE TABLE application (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, since_rev INTEGER NOT NULL,
            until_rev INTEGER);
        CREATE UNIQUE INDEX party_now ON party (id) WHERE until_rev IS NULL;
        CREATE UNIQUE INDEX party_role_now ON party_role (id) WHERE until_rev IS NULL;
        CREATE UNIQUE INDEX exemption_now ON exemption (id) WHERE until_rev IS NULL;
        CREATE UNIQUE INDEX application_now ON application (id) WHERE until_rev IS NULL;
        CREATE TABLE lead_detail (
            lead TEXT PRIMARY KEY REFERENCES lead(id), receipt TEXT NOT NULL UNIQUE, dedupe TEXT NOT NULL,
            subject_kind TEXT, subject TEXT, port INTEGER, body TEXT NOT NULL, since_rev INTEGER NOT NULL)
            WITHOUT ROWID;
        CREATE INDEX lead_detail_dedupe ON lead_detail (dedupe);
        CREATE INDEX lead_detail_subject ON lead_detail (subject_kind, subject);
        CREATE INDEX lead_twin ON lead (duplicate_of) WHERE duplicate_of IS NOT NULL;
        CREATE INDEX lead_case_case ON lead_case (case_id);

        """

    /// What findings and assessments point at, by columns. Both follow from the JSON bodies and are kept by triggers,
    /// so no writer can forget them.
    static var ties: String {
        """
        CREATE TABLE finding_tie (
            finding INTEGER PRIMARY KEY, id TEXT NOT NULL, subject_kind TEXT NOT NULL, subject TEXT NOT NULL,
            pool TEXT, pool_name TEXT, account TEXT, client TEXT, port INTEGER, seen_ns INTEGER,
            from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, model TEXT NOT NULL);
        CREATE INDEX finding_tie_id ON finding_tie (id);
        CREATE INDEX finding_tie_subject ON finding_tie (subject_kind, subject);
        CREATE INDEX finding_tie_pool ON finding_tie (pool) WHERE pool IS NOT NULL;
        CREATE INDEX finding_tie_account ON finding_tie (account) WHERE account IS NOT NULL;
        CREATE INDEX finding_tie_client ON finding_tie (client, seen_ns) WHERE client IS NOT NULL;
        CREATE TABLE assessment_tie (
            row INTEGER PRIMARY KEY, assessment INTEGER NOT NULL, site TEXT NOT NULL, finding TEXT NOT NULL,
            address TEXT, link_kind TEXT NOT NULL, first_day TEXT, last_day TEXT, basis TEXT NOT NULL);
        CREATE INDEX assessment_tie_site ON assessment_tie (site, finding);
        CREATE INDEX assessment_tie_finding ON assessment_tie (finding, site);
        CREATE INDEX assessment_tie_assessment ON assessment_tie (assessment);
        CREATE INDEX assessment_tie_address ON assessment_tie (address) WHERE address IS NOT NULL;
        INSERT INTO finding_tie \(findingTie(of: "f")) FROM finding f WHERE json_valid(f.body);
        INSERT INTO assessment_tie (assessment, site, finding, address, link_kind, first_day, last_day, basis)
            \(assessmentTie(of: "a")) FROM assessment a, json_each(a.body, '$.terms') t WHERE json_valid(a.body);
        CREATE TRIGGER finding_tied AFTER INSERT ON finding WHEN json_valid(NEW.body) BEGIN
            INSERT INTO finding_tie \(findingTie(of: "NEW")); END;
        CREATE TRIGGER assessment_tied AFTER INSERT ON assessment WHEN json_valid(NEW.body) BEGIN
            INSERT INTO assessment_tie (assessment, site, finding, address, link_kind, first_day, last_day, basis)
                \(assessmentTie(of: "NEW")) FROM json_each(NEW.body, '$.terms') t; END;

        """
    }

    /// The subject is an enumeration in JSON, `{"meter":{"_0":"M1"}}`; ports and addresses are of one session.
    private static func findingTie(of row: String) -> String {
        let server = "\(row).body ->> '$.network.server.ip'"
        return """
            SELECT \(row).row, \(row).id, coalesce((SELECT key FROM json_each(\(row).body, '$.subject') LIMIT 1), ''),
                coalesce((SELECT value ->> '$._0' FROM json_each(\(row).body, '$.subject') LIMIT 1), ''),
                CASE WHEN instr(\(server), ':') THEN '[' || (\(server)) || ']' ELSE \(server) END
                    || ':' || (\(row).body ->> '$.network.server.port'), \(row).body ->> '$.network.poolName',
                nullif(trim(\(row).body ->> '$.network.account', '* '), '') AS account,
                \(row).body ->> '$.network.client.ip', \(row).body ->> '$.network.client.port',
                coalesce(\(row).body ->> '$.network.firstSeen.nanoseconds', \(row).body ->> '$.from.nanoseconds'),
                coalesce(\(row).body ->> '$.from.nanoseconds', 0), coalesce(\(row).body ->> '$.to.nanoseconds', 0),
                coalesce(\(row).body ->> '$.model', '')
            """
    }

    private static func assessmentTie(of row: String) -> String {
        """
        SELECT \(row).row, \(row).id, t.value ->> '$.findingID', t.value ->> '$.subject.address._0',
            coalesce(t.value ->> '$.link.kind', ''), t.value ->> '$.link.from', t.value ->> '$.link.to',
            coalesce(t.value ->> '$.link.basis', '')
        """
    }

    static var keepingRegisters: String {
        let refuse = "BEGIN SELECT RAISE(ABORT, 'append only'); END;\n"
        let versioned = ["party", "party_role", "exemption", "application"]
        let added = ["register_import", "lead_detail"]
        let columns =
            "id, address, realm, port_low, port_high, inside, line, device, device_key, holder, from_ns, to_ns"
        return versioned.map { "CREATE TRIGGER \($0)_fixed BEFORE UPDATE OF id, body, since_rev ON \($0) \(refuse)" }
            .joined()
            + added.map { "CREATE TRIGGER \($0)_fixed BEFORE UPDATE ON \($0) \(refuse)" }.joined()
            + "CREATE TRIGGER assignment_fixed BEFORE UPDATE OF \(columns), since_rev ON assignment \(refuse)"
            + (versioned + added + ["assignment"]).map {
                "CREATE TRIGGER \($0)_kept BEFORE DELETE ON \($0) \(refuse)"
            }.joined()
    }

    // MARK: Edges

    /// A view, so that it can never say other things than the tables do. One row an edge: two nodes, what the one is
    /// to the other, from when to when, on what ground (`basis`), and where the evidence for it is (`finding:<id>`,
    /// `revision:<number>`, `event:<number>`, `lead:<id>`). Days are Beijing days.
    static var edges: String {
        indexes + "CREATE VIEW edge AS\n" + arms.joined(separator: "\nUNION ALL\n") + ";\n"
    }

    private static let indexes = """
        CREATE INDEX link_subject ON link (body ->> '$.subject') WHERE until_rev IS NULL;
        CREATE INDEX link_site ON link (body ->> '$.site') WHERE until_rev IS NULL;
        CREATE INDEX site_unit ON site (body ->> '$.unit') WHERE until_rev IS NULL;
        CREATE INDEX unit_parent ON unit (body ->> '$.parent') WHERE until_rev IS NULL;
        CREATE INDEX party_role_party ON party_role (body ->> '$.party') WHERE until_rev IS NULL;
        CREATE INDEX party_role_site ON party_role (body ->> '$.site') WHERE until_rev IS NULL;
        CREATE INDEX party_number ON party (body ->> '$.register.key') WHERE until_rev IS NULL;
        CREATE INDEX exemption_site ON exemption (body ->> '$.site') WHERE until_rev IS NULL;
        CREATE INDEX exemption_subject ON exemption (body ->> '$.subject') WHERE until_rev IS NULL;
        CREATE INDEX application_site ON application (body ->> '$.site') WHERE until_rev IS NULL;
        CREATE INDEX application_party ON application (body ->> '$.party') WHERE until_rev IS NULL;
        CREATE INDEX application_number ON application (body ->> '$.register.key') WHERE until_rev IS NULL;
        CREATE INDEX application_unit ON application (body ->> '$.unit') WHERE until_rev IS NULL;
        CREATE INDEX case_fact_site ON case_fact (site);
        CREATE INDEX case_fact_unit ON case_fact (unit);
        CREATE INDEX case_fact_holder ON case_fact (holder);
        CREATE INDEX case_act_exemption ON case_act (fields ->> '$.exemption.id');

        """

    private static func starts(_ day: String) -> String {
        "(CAST(strftime('%s', \(day)) AS INTEGER) - 28800) * 1000000000"
    }

    private static func ends(_ day: String) -> String {
        "(CAST(strftime('%s', \(day)) AS INTEGER) + 57600) * 1000000000"
    }

    private static func arm(
        _ from: (kind: String, id: String), _ to: (kind: String, id: String), _ kind: String,
        _ first: String = "NULL", _ last: String = "NULL", basis: String = "''", evidence: String, _ tables: String
    ) -> String {
        """
        SELECT \(from.kind) AS a_kind, \(from.id) AS a, \(to.kind) AS b_kind, \(to.id) AS b, \(kind) AS kind,
            \(first) AS first_ns, \(last) AS last_ns, \(basis) AS basis, \(evidence) AS evidence FROM \(tables)
        """
    }

    private static var arms: [String] { results + network + register + casework }

    /// What was seen, and what it speaks for.
    private static var results: [String] {
        let seen = "finding f JOIN finding_tie t ON t.finding = f.row WHERE f.until_run IS NULL"
        let evidence = "'finding:' || t.id"
        let weighed = """
            assessment_tie w JOIN assessment s ON s.row = w.assessment AND s.until_run IS NULL
            JOIN finding_tie t ON t.id = w.finding JOIN finding f ON f.row = t.finding AND f.until_run IS NULL
            """
        return [
            arm(
                ("'finding'", "t.id"), ("t.subject_kind", "t.subject"), "'observed-on'", "t.from_ns", "t.to_ns",
                basis: "t.model", evidence: evidence, seen),
            arm(
                ("'finding'", "t.id"), ("'pool'", "t.pool"), "'talked-to'", "t.from_ns", "t.to_ns",
                basis: "t.model", evidence: evidence, seen + " AND t.pool IS NOT NULL"),
            arm(
                ("'finding'", "t.id"), ("'account'", "t.account"), "'logged-in-as'", "t.from_ns", "t.to_ns",
                basis: "t.model", evidence: evidence, seen + " AND t.account IS NOT NULL"),
            arm(
                ("'finding'", "t.id"), ("'site'", "w.site"), "'speaks-for'", "t.from_ns", "t.to_ns",
                basis: "w.basis", evidence: evidence, weighed),
            arm(
                ("'address'", "w.address"), ("'site'", "w.site"), "'serves'", starts("w.first_day"),
                ends("w.last_day"), basis: "w.basis", evidence: evidence,
                weighed + " WHERE w.address IS NOT NULL AND w.link_kind = 'address-range'"),
            arm(
                ("'case'", "c.case_id"), ("'finding'", "w.finding"), "'rests-on'", "t.from_ns", "t.to_ns",
                basis: "'assessment:' || c.assessment_sha256", evidence: evidence,
                """
                case_evidence c JOIN case_record r ON r.id = c.case_id JOIN assessment_tie w ON w.site = r.site
                JOIN assessment s ON s.row = w.assessment AND s.since_run <= c.run
                    AND (s.until_run IS NULL OR s.until_run > c.run)
                JOIN finding_tie t ON t.id = w.finding JOIN finding f ON f.row = t.finding
                    AND f.since_run <= c.run AND (f.until_run IS NULL OR f.until_run > c.run)
                """),
        ]
    }

    /// Who held the address and port of a session when it began. A shared address is tied to nobody by itself, and
    /// what logs contradict one another about is tied to nobody at all.
    private static var network: [String] {
        func held(_ row: String) -> String {
            "\(row).until_rev IS NULL AND \(row).from_ns <= t.seen_ns "
                + "AND (\(row).to_ns IS NULL OR \(row).to_ns > t.seen_ns)"
        }
        func undisputed(_ row: String, _ port: String?) -> String {
            let same = port.map { " AND (d.port_low IS NULL OR \($0) BETWEEN d.port_low AND d.port_high)" } ?? ""
            return """
                NOT EXISTS (SELECT 1 FROM assignment d WHERE d.address = \(row).address AND d.realm = \(row).realm
                    AND d.holder <> \(row).holder AND \(held("d"))\(same))
                """
        }
        let session = "finding_tie t JOIN finding f ON f.row = t.finding AND f.until_run IS NULL"
        let evidence = "'finding:' || t.id"
        return [
            arm(
                ("'address'", "n.address"), ("'line'", "n.line"), "'held-by'", "n.from_ns", "n.to_ns",
                basis: "'address-assignment'", evidence: "'revision:' || n.since_rev",
                """
                assignment n WHERE n.until_rev IS NULL AND n.port_low IS NULL AND n.line IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM assignment d WHERE d.address = n.address AND d.realm = n.realm
                        AND d.until_rev IS NULL AND d.holder <> n.holder AND (n.to_ns IS NULL OR d.from_ns < n.to_ns)
                        AND (d.to_ns IS NULL OR d.to_ns > n.from_ns))
                """),
            arm(
                ("'finding'", "t.id"), ("'line'", "n.line"), "'held-by'", "t.from_ns", "t.to_ns",
                basis: "'address-assignment:' || n.since_rev", evidence: evidence,
                """
                \(session) JOIN assignment n ON n.address = t.client AND n.realm = '' AND n.line IS NOT NULL
                    AND \(held("n")) AND (n.port_low IS NULL OR t.port BETWEEN n.port_low AND n.port_high)
                WHERE \(undisputed("n", "t.port"))
                """),
            arm(
                ("'finding'", "t.id"), ("'line'", "i.line"), "'held-by'", "t.from_ns", "t.to_ns",
                basis: "'address-assignment:' || n.since_rev || ',' || i.since_rev", evidence: evidence,
                """
                \(session) JOIN assignment n ON n.address = t.client AND n.line IS NULL AND n.inside IS NOT NULL
                    AND n.realm = '' AND \(held("n")) AND t.port BETWEEN n.port_low AND n.port_high
                JOIN assignment i ON i.address = n.inside AND i.realm = n.realm AND i.port_low IS NULL
                    AND i.line IS NOT NULL AND \(held("i"))
                WHERE \(undisputed("n", "t.port")) AND \(undisputed("i", nil))
                """),
        ]
    }

    /// What the registers say.
    private static var register: [String] {
        func versioned(_ table: String) -> String { "\(table) r WHERE r.until_rev IS NULL" }
        let evidence = "'revision:' || r.since_rev"
        let dates = (starts("r.body ->> '$.from'"), ends("r.body ->> '$.to'"))
        var found = [
            arm(
                (
                    "CASE r.body ->> '$.kind' WHEN 'address-range' THEN 'range' ELSE r.body ->> '$.kind' END",
                    "r.body ->> '$.subject'"
                ), ("'site'", "r.body ->> '$.site'"), "'serves'", dates.0, dates.1,
                basis: "r.body ->> '$.basis'", evidence: evidence, versioned("link")),
            arm(
                ("'party'", "r.body ->> '$.party'"), ("'site'", "r.body ->> '$.site'"), "r.body ->> '$.role'",
                dates.0, dates.1, basis: "r.body ->> '$.basis'", evidence: evidence, versioned("party_role")),
            arm(
                ("'unit'", "r.id"), ("'unit'", "r.body ->> '$.parent'"), "'part-of'",
                starts("r.body ->> '$.validFrom'"), ends("r.body ->> '$.validTo'"), evidence: evidence,
                versioned("unit") + " AND r.body ->> '$.parent' IS NOT NULL"),
            arm(
                ("'exemption'", "r.id"), ("'site'", "r.body ->> '$.site'"), "'covers'", dates.0, dates.1,
                basis: "r.body ->> '$.licence'", evidence: evidence,
                versioned("exemption") + " AND r.body ->> '$.site' IS NOT NULL"),
            arm(
                ("'exemption'", "r.id"),
                (
                    "substr(r.body ->> '$.subject', 1, instr(r.body ->> '$.subject', ':') - 1)",
                    "substr(r.body ->> '$.subject', instr(r.body ->> '$.subject', ':') + 1)"
                ), "'covers'", dates.0,
                dates.1, basis: "r.body ->> '$.licence'", evidence: evidence,
                versioned("exemption") + " AND r.body ->> '$.subject' IS NOT NULL"),
            arm(
                ("'application'", "r.id"), ("'party'", "p.id"), "'applied-by'", evidence: evidence,
                """
                application r JOIN party p ON p.until_rev IS NULL
                    AND (p.id = r.body ->> '$.party' OR p.body ->> '$.register.key' = r.body ->> '$.register.key')
                WHERE r.until_rev IS NULL
                """),
        ]
        for (kind, column) in [("site", "site"), ("unit", "unit")] {
            found.append(
                arm(
                    ("'application'", "r.id"), ("'\(kind)'", "r.body ->> '$.\(column)'"), "'asked-for'",
                    evidence: evidence,
                    versioned("application") + " AND r.body ->> '$.\(column)' IS NOT NULL"))
        }
        // A place lies in its county and in all that the county is part of, so that each of them is one step away.
        var tables = "site r JOIN unit u1 ON u1.id = r.body ->> '$.unit' AND u1.until_rev IS NULL"
        for rung in 1...4 {
            if rung > 1 {
                tables +=
                    " JOIN unit u\(rung) ON u\(rung).id = u\(rung - 1).body ->> '$.parent' "
                    + "AND u\(rung).until_rev IS NULL"
            }
            found.append(
                arm(
                    ("'site'", "r.id"), ("'unit'", "u\(rung).id"), "'within'", evidence: evidence,
                    tables + " WHERE r.until_rev IS NULL"))
        }
        return found
    }

    /// What people did.
    private static var casework: [String] {
        let opened = "'event:' || (SELECT min(seq) FROM case_event e WHERE e.case_id = c.case_id)"
        let begun = "coalesce(r.event_time, c.detected_at)"
        let both = "case_fact c JOIN case_record r ON r.id = c.case_id"
        let sent = "lead l LEFT JOIN lead_detail d ON d.lead = l.id"
        // A lead of before this table has no file of its own; the row itself is what there is.
        let letter = "coalesce('revision:' || d.since_rev, 'lead:' || l.id)"
        return [
            arm(
                ("'case'", "c.case_id"), ("'site'", "c.site"), "'about'", begun, "c.closed_at", evidence: opened, both),
            arm(("'case'", "c.case_id"), ("'unit'", "c.unit"), "'answered-by'", evidence: opened, "case_fact c"),
            arm(("'case'", "c.case_id"), ("'unit'", "c.holder"), "'held-at'", evidence: opened, "case_fact c"),
            arm(
                ("'case'", "e.case_id"), ("'case'", "x.previous"), "'follows'", "e.recorded_at",
                evidence: "'event:' || e.seq",
                "case_act x JOIN case_event e ON e.seq = x.seq WHERE x.previous IS NOT NULL"),
            arm(
                ("'case'", "e.case_id"), ("'exemption'", "x.fields ->> '$.exemption.id'"), "'exempted-by'",
                "e.recorded_at", evidence: "'event:' || e.seq",
                "case_act x JOIN case_event e ON e.seq = x.seq WHERE x.fields ->> '$.exemption.id' IS NOT NULL"),
            arm(
                ("'lead'", "k.lead"), ("'case'", "k.case_id"), "'told-of'", evidence: letter,
                "lead_case k JOIN lead l ON l.id = k.lead LEFT JOIN lead_detail d ON d.lead = l.id"),
            arm(("'lead'", "l.id"), ("'unit'", "l.unit"), "'sent-to'", "l.received_at", evidence: letter, sent),
            arm(
                ("'lead'", "l.id"), ("d.subject_kind", "d.subject"), "'names'", evidence: letter,
                sent + " WHERE d.subject IS NOT NULL"),
            // With its port a session is found even behind a shared address, and a server by the sessions with it.
            arm(
                ("'lead'", "d.lead"), ("'finding'", "t.id"), "'names'", "t.from_ns", "t.to_ns",
                evidence: "'finding:' || t.id",
                """
                lead_detail d JOIN finding_tie t ON t.client = d.subject AND t.port = d.port
                JOIN finding f ON f.row = t.finding AND f.until_run IS NULL WHERE d.subject_kind = 'address'
                """),
            arm(
                ("'lead'", "d.lead"), ("'finding'", "t.id"), "'names'", "t.from_ns", "t.to_ns",
                evidence: "'finding:' || t.id",
                """
                lead_detail d JOIN finding_tie t
                    ON t.pool = CASE WHEN instr(d.subject, ':') THEN '[' || d.subject || ']' ELSE d.subject END
                        || ':' || d.port
                JOIN finding f ON f.row = t.finding AND f.until_run IS NULL WHERE d.subject_kind = 'address'
                """),
            arm(
                ("'lead'", "l.id"), ("'lead'", "l.duplicate_of"), "'repeats'", evidence: letter,
                sent + " WHERE l.duplicate_of IS NOT NULL"),
        ]
    }
}
