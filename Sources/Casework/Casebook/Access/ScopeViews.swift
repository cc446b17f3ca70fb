import GRDB
import Vocabulary

/// The rows one person may see, for one action, as SQL.
///
/// A scoped connection has temporary views under the names of the tables, and SQLite looks there first: a query that is
/// written as if for the whole store gets the rows in scope and no others. What is in scope stands in temporary tables,
/// filled inside the reading that asks, so it is never older than the rows.
enum ScopeViews {
    /// One filling: the cells of one action that grant something.
    struct Scope: Hashable {
        var everything = false
        /// Units whose subtrees are seen whole, and those where only the person's own cases are.
        var units: Set<String> = []
        var desks: Set<String> = []
        var handed: Set<String> = []
        var cases: Set<String> = []
        var links: Set<String> = []
        var meters: Set<String> = []
        var people = false

        init(_ cells: [AccessCell.Reach: [String]], _ identity: Identity) {
            everything = cells[.all] != nil
            units = Set(cells[.own] ?? [])
            desks = Set(cells[.assigned] ?? [])
            handed = Set(cells[.handed] ?? [])
            cases = cells[.assigned] == nil ? [] : identity.cases
            links = cells[.links] == nil ? [] : identity.links
            meters = cells[.meters] == nil ? [] : identity.meters
        }

        var text: String {
            get throws {
                let lists = [units, desks, handed, cases, links, meters].map { $0.sorted() }
                return "\(everything) \(people) " + (try Canonical.text(lists))
            }
        }

        /// Of which only numbers leave the store.
        static let counts: Scope = {
            var scope = Scope([:], Identity(person: "", name: ""))
            scope.everything = true
            return scope
        }()
    }

    static func install(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TEMP TABLE scope_flag (
                    everything INTEGER NOT NULL, people INTEGER NOT NULL, filled TEXT NOT NULL);
                CREATE TEMP TABLE scope_unit (code TEXT PRIMARY KEY) WITHOUT ROWID;
                CREATE TEMP TABLE scope_desk (code TEXT PRIMARY KEY) WITHOUT ROWID;
                CREATE TEMP TABLE scope_case (id TEXT PRIMARY KEY) WITHOUT ROWID;
                CREATE TEMP TABLE scope_site (id TEXT PRIMARY KEY) WITHOUT ROWID;
                CREATE TEMP TABLE scope_finding (id TEXT PRIMARY KEY) WITHOUT ROWID;
                CREATE TEMP TABLE scope_link (id TEXT PRIMARY KEY) WITHOUT ROWID;
                CREATE TEMP TABLE scope_meter (id TEXT PRIMARY KEY) WITHOUT ROWID;
                CREATE TEMP TABLE scope_whole (isWhole INTEGER NOT NULL, checked TEXT NOT NULL);
                INSERT INTO temp.scope_whole VALUES (0, '');
                """)
        try view(db, whole: false)
    }

    /// Makes the views, or makes them anew where the scope became the whole store or ceased to be.
    private static func view(_ db: Database, whole: Bool) throws {
        for name in try String.fetchAll(db, sql: "SELECT name FROM temp.sqlite_master WHERE type = 'view'") {
            try db.execute(sql: "DROP VIEW temp.\(name.quotedDatabaseIdentifier)")
        }
        let known = Dictionary(
            filters(whole: whole).map { ($0.table, $0.filter) }, uniquingKeysWith: { first, _ in first })
        let views = try Row.fetchAll(db, sql: "SELECT name, sql FROM main.sqlite_master WHERE type = 'view'")
        // Of a table that nobody thought of here nothing is seen.
        for table in try tables(db) where !open.contains(table) {
            let name = table.quotedDatabaseIdentifier
            try db.execute(
                sql: "CREATE TEMP VIEW \(name) AS SELECT * FROM main.\(name) WHERE \(known[table] ?? "0")")
        }
        // A view of the store would look at its tables; made again here it looks at the rows in scope.
        for view in views {
            let (name, text): (String, String) = (view["name"], view["sql"])
            guard let body = text.firstRange(of: " AS\n") ?? text.firstRange(of: " AS ") else {
                throw CasebookError.corruptRow(table: "sqlite_master", row: name)
            }
            try db.execute(sql: "CREATE TEMP VIEW \(name.quotedDatabaseIdentifier) AS \(text[body.upperBound...])")
        }
    }

    private static func tables(_ db: Database) throws -> [String] {
        try String.fetchAll(
            db,
            sql: "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    }

    /// Tables that say nothing about a place, a person or a case.
    static let open: Set<String> = [
        "emission_factor", "grdb_migrations", "lease", "meta", "run", "source_seen", "surcharge_rate", "unit",
    ]

    private static let everything = "(SELECT everything FROM temp.scope_flag)"
    private static let inUnits = "IN (SELECT code FROM temp.scope_unit)"
    private static let wholeStore =
        "\(everything) OR (SELECT value FROM main.meta WHERE key = 'province') \(inUnits)"

    /// Tables of which every row is about one case or one place, and the log of what was done with them: where all of
    /// these are in scope, so are all of those.
    private static let plain: Set<String> = [
        "case_record", "case_fact", "case_event", "case_opening", "case_evidence", "lead_case", "list_item",
        "measured_energy", "evidence_item", "handover", "case_act", "handover_reply", "custody_event",
        "evidence_review", "case_comment", "site", "link", "assessment", "curve", "party_role", "assessment_tie",
        "audit",
    ]

    /// What is seen of every table that says something about a place, a person or a case.
    /// - Parameter whole: Every case and every place is in scope. Nothing is asked of them row by row then.
    static func filters(whole: Bool) -> [(table: String, filter: String)] {
        filters(
            caseIDs: whole ? "IS NOT NULL" : "IN (SELECT id FROM temp.scope_case)",
            inSites: whole ? "IS NOT NULL" : "IN (SELECT id FROM temp.scope_site)",
            cases: whole ? "SELECT id FROM main.case_record" : "SELECT id FROM temp.scope_case",
            sites: whole ? "SELECT id FROM main.site" : "SELECT id FROM temp.scope_site"
        ).map { whole && plain.contains($0.table) ? ($0.table, "1") : $0 }
    }

    private static func filters(
        caseIDs: String, inSites: String, cases: String, sites: String
    ) -> [(table: String, filter: String)] {
        // Lines in scope, and those that lead to a place in scope.
        let inLines = """
            IN (SELECT id FROM temp.scope_link UNION SELECT body ->> '$.subject' FROM main.link
                WHERE until_rev IS NULL AND body ->> '$.kind' = 'line' AND body ->> '$.site' \(inSites))
            """
        return [
            ("case_record", "id \(caseIDs)"),
            ("case_fact", "case_id \(caseIDs)"),
            ("case_event", "case_id \(caseIDs)"),
            ("case_opening", "case_id \(caseIDs)"),
            ("case_evidence", "case_id \(caseIDs)"),
            ("lead_case", "case_id \(caseIDs)"),
            ("list_item", "case_id \(caseIDs)"),
            ("measured_energy", "case_id \(caseIDs)"),
            ("evidence_item", "case_id \(caseIDs)"),
            ("handover", "case_id \(caseIDs)"),
            ("case_comment", "case_id \(caseIDs)"),
            ("case_act", "seq IN (SELECT seq FROM main.case_event WHERE case_id \(caseIDs))"),
            ("handover_reply", "handover IN (SELECT id FROM main.handover WHERE case_id \(caseIDs))"),
            ("custody_event", "item IN (SELECT id FROM main.evidence_item WHERE case_id \(caseIDs))"),
            ("evidence_review", "item IN (SELECT id FROM main.evidence_item WHERE case_id \(caseIDs))"),
            ("site", "id \(inSites)"),
            ("link", "body ->> '$.site' \(inSites)"),
            ("assessment", "id \(inSites)"),
            ("curve", "site \(inSites)"),
            ("finding", "id IN (SELECT id FROM temp.scope_finding)"),
            (
                "lead",
                "\(everything) OR unit \(inUnits) OR id IN (SELECT lead FROM main.lead_case WHERE case_id \(caseIDs))"
            ),
            ("meter_coverage", "\(everything) OR unit \(inUnits) OR meter IN (SELECT id FROM temp.scope_meter)"),
            ("link_coverage", "\(everything) OR unit \(inUnits) OR link IN (SELECT id FROM temp.scope_link)"),
            // Who held an address is told to whom the line is; what stands behind a shared address to nobody here.
            ("assignment", "\(everything) OR line \(inLines)"),
            ("party_role", "body ->> '$.site' \(inSites)"),
            // These look at the views of the tables they name.
            (
                "party",
                "id IN (SELECT body ->> '$.party' FROM temp.party_role UNION "
                    + "SELECT body ->> '$.party' FROM temp.application)"
            ),
            ("application", "\(everything) OR body ->> '$.unit' \(inUnits) OR body ->> '$.site' \(inSites)"),
            ("exemption", "\(everything) OR body ->> '$.site' \(inSites)"),
            ("lead_detail", "lead IN (SELECT id FROM temp.lead)"),
            ("finding_tie", "finding IN (SELECT row FROM temp.finding)"),
            ("assessment_tie", "site \(inSites)"),
            ("register_import", wholeStore),
            ("weekly_return", wholeStore),
            ("input", wholeStore),
            ("person", "(SELECT people FROM temp.scope_flag)"),
            ("role_grant", "(SELECT people FROM temp.scope_flag)"),
            (
                "audit",
                """
                \(everything) OR object IN (SELECT 'case:' || id FROM (\(cases)))
                OR object IN (SELECT 'site:' || id FROM (\(sites)))
                OR object IN (SELECT 'case_event:' || seq FROM main.case_event WHERE case_id \(caseIDs))
                OR object IN (SELECT 'evidence_item:' || row FROM main.evidence_item WHERE case_id \(caseIDs))
                OR object IN (SELECT 'case_comment:' || row FROM main.case_comment WHERE case_id \(caseIDs))
                OR actor IN (SELECT person FROM main.role_grant WHERE unit \(inUnits))
                """
            ),
        ]
    }

    /// The subtree of some units. It ends where another unit of the province level begins, for that answers for itself
    /// (the Corps inside Xinjiang); only the nation's goes on.
    private static func subtree(into table: String) -> String {
        """
        WITH RECURSIVE tree(code, nation) AS (
            SELECT value, value = 'CN' FROM json_each(?) UNION
            SELECT u.id, t.nation FROM tree t JOIN main.unit u ON u.body ->> '$.parent' = t.code
            WHERE u.until_rev IS NULL AND (u.body ->> '$.level' <> 'province' OR t.nation))
        INSERT OR IGNORE INTO temp.\(table) SELECT code FROM tree
        """
    }

    /// Does nothing when the same scope was filled last and nobody has written to the store since.
    static func fill(_ db: Database, _ scope: Scope) throws {
        let version = try Int64.fetchOne(db, sql: "PRAGMA main.data_version") ?? 0
        let filled = "\(version) \(try scope.text)"
        if try String.fetchOne(db, sql: "SELECT filled FROM temp.scope_flag") == filled {
            return try db.cachedStatement(sql: "DELETE FROM temp.scope_finding").execute()
        }
        for table in ["flag", "unit", "desk", "case", "site", "finding", "link", "meter"] {
            try db.cachedStatement(sql: "DELETE FROM temp.scope_\(table)").execute()
        }
        func list(_ set: Set<String>) throws -> String { try Canonical.text(set.sorted()) }
        func done() throws { try run("UPDATE temp.scope_flag SET filled = ?", [filled]) }
        func run(_ sql: String, _ arguments: StatementArguments) throws {
            try db.cachedStatement(sql: sql).execute(arguments: arguments)
        }
        // What follows asks for it; that the filling is whole is said last.
        try run("INSERT INTO temp.scope_flag VALUES (?, ?, '')", [scope.everything, scope.people])
        try run(subtree(into: "scope_unit"), [try list(scope.units)])
        try run(subtree(into: "scope_desk"), [try list(scope.desks)])
        try run("INSERT INTO temp.scope_link SELECT value FROM json_each(?)", [try list(scope.links)])
        try run("INSERT INTO temp.scope_meter SELECT value FROM json_each(?)", [try list(scope.meters)])
        if try isWhole(db, scope) { return try done() }
        let desk = "IN (SELECT code FROM temp.scope_desk)"
        try run(
            """
            INSERT INTO temp.scope_case
            SELECT id FROM main.case_record WHERE \(everything)
            UNION SELECT id FROM main.case_record WHERE unit \(inUnits)
            UNION SELECT id FROM main.case_record WHERE holder \(inUnits)
            UNION SELECT case_id FROM main.handover WHERE receiver \(inUnits)
            UNION SELECT case_id FROM main.handover WHERE receiver IN (SELECT value FROM json_each(?))
            UNION SELECT c.id FROM json_each(?) own JOIN main.case_record c ON c.id = own.value
                WHERE c.unit \(desk) OR c.holder \(desk)
                    OR c.id IN (SELECT case_id FROM main.handover WHERE receiver \(desk))
            """, [try list(scope.handed), try list(scope.cases)])
        // A place lies where it lies: it is seen by its own unit, by who has its case, and by whose meter or line it
        // has.
        try run(
            """
            INSERT INTO temp.scope_site
            SELECT id FROM main.site WHERE until_rev IS NULL AND \(everything)
            UNION SELECT id FROM main.site WHERE until_rev IS NULL AND body ->> '$.unit' \(inUnits)
            UNION SELECT site FROM main.case_record WHERE id IN (SELECT id FROM temp.scope_case)
            UNION SELECT l.body ->> '$.site' FROM main.link l WHERE l.until_rev IS NULL AND (
                l.body ->> '$.kind' = 'meter'
                    AND l.body ->> '$.subject' IN (SELECT id FROM temp.scope_meter)
                OR l.body ->> '$.kind' = 'line'
                    AND l.body ->> '$.subject' IN (SELECT id FROM temp.scope_link))
                AND EXISTS (SELECT 1 FROM temp.scope_meter UNION ALL SELECT 1 FROM temp.scope_link)
            """, [])
        try done()
    }

    /// Whether every case and every place, now and before, belongs to a unit in scope; makes the views fit the answer.
    /// Places change with the register alone, so they are looked through once for each of its revisions.
    private static func isWhole(_ db: Database, _ scope: Scope) throws -> Bool {
        func none(_ sql: String) throws -> Bool { try Bool.fetchOne(db, sql: "SELECT NOT EXISTS (\(sql))") ?? false }
        let stood = try Row.fetchOne(db, sql: "SELECT isWhole, checked FROM temp.scope_whole")
        let was: Bool = stood?["isWhole"] ?? false
        let mark = "\(try Meta.get(db, "revision") ?? "") \(try scope.text)"
        var whole = scope.everything
        if !whole, !scope.units.isEmpty {
            whole = try none("SELECT 1 FROM main.case_record WHERE unit NOT \(inUnits)")
            if whole, !(was && stood?["checked"] == mark) {
                whole = try none("SELECT 1 FROM main.site WHERE body ->> '$.unit' NOT \(inUnits)")
            }
        }
        if whole != was { try view(db, whole: whole) }
        try db.execute(sql: "UPDATE temp.scope_whole SET isWhole = ?, checked = ?", arguments: [whole, mark])
        return whole
    }
}
