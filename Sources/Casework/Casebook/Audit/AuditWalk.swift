import Crypto
import FoundationEssentials
import GRDB
import GRDBSQLite
import Vocabulary

/// The check of the chain, row by row in the order of the rows. What a row seals in another table is held against that
/// table on the way, by cursors that go along, so that memory does not grow with the chain.
enum AuditWalk {
    static func verify(_ db: Database, heads: [AuditHead], keys: AuditKeys?) throws -> AuditVerdict {
        var walk = try Walk(db, heads: heads, keys: keys)
        let statement = try db.makeStatement(
            sql: "SELECT seq, at, actor, action, object, detail, prev, hash FROM main.audit ORDER BY seq")
        let raw = statement.sqliteStatement
        defer { sqlite3_reset(raw) }
        while true {
            let code = sqlite3_step(raw)
            if code == SQLITE_DONE { break }
            guard code == SQLITE_ROW else {
                throw DatabaseError(
                    resultCode: ResultCode(rawValue: code),
                    message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
            }
            if let why = try walk.lack(raw) { return .broken(firstBadRow: walk.rows + 1, why: why) }
            walk.rows += 1
        }
        return try walk.end(db)
    }
}

private struct Walk {
    /// Number of the last row that was found good.
    var rows = 0
    private var prev = Array(AuditChain.genesis.utf8)
    private let keys: AuditKeys?
    private let keyedFrom: AuditHead?
    private var key: (id: String, secret: SymmetricKey)?
    private var heads: ArraySlice<AuditHead>
    private var tables: [Follower]
    private var resultSet: (row: Int, digest: String)?
    private var registerSet: (row: Int, detail: String)?
    private var message = SealedFields()
    private var hex = [UInt8](repeating: 0, count: 64)

    init(_ db: Database, heads: [AuditHead], keys: AuditKeys?) throws {
        self.keys = keys
        keyedFrom = try keys?.keyedFrom
        self.heads = heads.sorted { $0.rows < $1.rows }[...]
        tables = try SealedTable.allCases.filter { try db.tableExists($0.name) }.map { try Follower(db, $0) }
    }

    /// What is wrong with the row the statement stands on; nil when nothing is.
    mutating func lack(_ row: SQLiteStatement) throws -> String? {
        let expected = rows + 1
        guard sqlite3_column_type(row, 0) == SQLITE_INTEGER, sqlite3_column_int64(row, 0) == Int64(expected) else {
            return "row missing or out of order"
        }
        guard sqlite3_column_type(row, 1) == SQLITE_INTEGER,
            (Int32(2)...7).allSatisfy({ sqlite3_column_type(row, $0) == SQLITE_TEXT }), same(text(row, 6), prev)
        else { return "content does not match its seal" }
        if same(text(row, 3), Self.keyAction) {
            // From here on with this key; the row is sealed with it already, and nobody without it could do that.
            let name = String(decoding: text(row, 4), as: UTF8.self).dropFirst(Self.keyAction.count + 1)
            guard let keys else {
                throw CasebookError.auditKey("the chain is sealed with \(name), which this program was not given")
            }
            guard let secret = keys.key(String(name)) else { return "sealed with an unknown key \(name)" }
            key = (String(name), secret)
        }
        message.removeAll()
        message.add(Int64(expected))
        message.add(sqlite3_column_int64(row, 1))
        for column in Int32(2)...6 { message.add(text(row, column)) }
        if let key {
            write(HMAC<SHA256>.authenticationCode(for: message.bytes, using: key.secret))
        } else {
            write(SHA256.hash(data: message.bytes))
        }
        guard same(text(row, 7), hex) else { return "content does not match its seal" }
        swap(&prev, &hex)
        if let keyedFrom, keyedFrom.rows == expected, key == nil || !prev.elementsEqual(keyedFrom.hash.utf8) {
            return "the chain was rewritten without the key"
        }
        while let head = heads.first, head.rows <= expected {
            if head.rows == expected, !prev.elementsEqual(head.hash.utf8) { return "differs from the exported head" }
            heads.removeFirst()
        }
        return try contents(row, expected)
    }

    /// What the row says about another table.
    private mutating func contents(_ row: SQLiteStatement, _ number: Int) throws -> String? {
        let action = text(row, 3)
        if same(action, Self.publish) {
            resultSet = (number, String(decoding: text(row, 5), as: UTF8.self))
            return nil
        }
        if same(action, Self.register) {
            let detail = String(decoding: text(row, 5), as: UTF8.self)
            if RegisterSet.tells(detail) { registerSet = (number, detail) }
            return nil
        }
        for index in tables.indices where same(action, tables[index].action) {
            return try tables[index].lack(object: text(row, 4), digest: text(row, 5))
        }
        return nil
    }

    /// What can only be said once all rows were seen.
    mutating func end(_ db: Database) throws -> AuditVerdict {
        let hash = String(decoding: prev, as: UTF8.self)
        if let keyedFrom, keyedFrom.rows > rows {
            return .broken(firstBadRow: rows + 1, why: "rows missing at the end (keyed from row \(keyedFrom.rows))")
        }
        if let head = heads.last, head.rows > rows {
            return .broken(firstBadRow: rows + 1, why: "rows missing at the end (exported head)")
        }
        var head = "\(rows) \(hash)"
        if let key {
            head += " \(key.id) "
            write(HMAC<SHA256>.authenticationCode(for: SealedFields.head("\(rows) \(hash)").bytes, using: key.secret))
            head += String(decoding: hex, as: UTF8.self)
        }
        guard try Meta.get(db, AuditChain.headKey) ?? "0 \(AuditChain.genesis)" == head else {
            return .broken(firstBadRow: rows + 1, why: "rows missing at the end")
        }
        for index in tables.indices {
            if let surplus = try tables[index].surplus() {
                return .broken(firstBadRow: rows + 1, why: "\(surplus) is in the store but was never sealed")
            }
        }
        if let resultSet, try ResultSet.digest(db) != resultSet.digest {
            return .broken(firstBadRow: resultSet.row, why: "findings or assessments differ from what was published")
        }
        if let registerSet, try !RegisterSet.holds(db, detail: registerSet.detail) {
            return .broken(firstBadRow: registerSet.row, why: "units, places or links differ from what was registered")
        }
        return try StandingRows.lack(db) ?? .intact(head: hash, rows: rows)
    }

    private mutating func write(_ digest: some Sequence<UInt8>) {
        var at = 0
        for byte in digest where at < 64 {
            hex[at] = Self.digits[Int(byte >> 4)]
            hex[at + 1] = Self.digits[Int(byte & 15)]
            at += 2
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
    private static let keyAction = Array(AuditChain.keyAction.utf8)
    private static let publish = Array("publish".utf8)
    private static let register = Array(RegisterSet.action.utf8)
}

/// One table's rows, taken one by one as the chain tells of them.
private struct Follower {
    let action: [UInt8]
    private let table: SealedTable
    private let rows: RowCursor
    private let eventColumns: Int
    private let prefix: [UInt8]

    init(_ db: Database, _ table: SealedTable) throws {
        self.table = table
        action = Array(table.action.utf8)
        prefix = Array("\(table.name):".utf8)
        // Before the second step of the schema there were no acts.
        let bare = try table == .caseEvent && !db.tableExists("case_act")
        rows = try Row.fetchCursor(db, sql: bare ? "SELECT * FROM case_event ORDER BY seq" : table.everything)
        eventColumns = table == .caseEvent ? try db.columns(in: table.name).count : .max
    }

    func lack(object: UnsafeRawBufferPointer, digest: UnsafeRawBufferPointer) throws -> String? {
        guard let row = try rows.next() else {
            return "\(String(decoding: object, as: UTF8.self)) is missing from the store"
        }
        var hash = FieldHash()
        var number = ""
        for (column, value) in row.databaseValues.enumerated() {
            // An event without an act: the act's columns are all empty and were not sealed.
            if column == eventColumns, value.isNull { break }
            if column == 0 { number = Int64.fromDatabaseValue(value).map { "\($0)" } ?? "" }
            hash.add(value)
        }
        guard same(object, prefix + Array(number.utf8)) else {
            return "\(String(decoding: object, as: UTF8.self)) is missing from the store, or \(number) was put in"
        }
        return same(digest, Array(hash.hex().utf8)) ? nil : "\(table.name) \(number) was altered"
    }

    /// Name of a row that the chain does not tell of; nil when there is none.
    func surplus() throws -> String? {
        try rows.next().map { "\(table.name) \($0.databaseValues.first.map { "\($0)" } ?? "")" }
    }
}

/// What follows from sealed rows and must agree with them.
private enum StandingRows {
    static func lack(_ db: Database) throws -> AuditVerdict? {
        let moved = """
            SELECT c.id FROM case_record c LEFT JOIN case_event e ON e.case_id = c.id AND e.version = c.version
            WHERE e.to_state IS NOT c.state OR substr(c.id, 1, length(c.unit) + 1) <> c.unit || '-' ORDER BY c.id
            """
        if let id = try String.fetchOne(db, sql: moved) {
            return .broken(
                firstBadRow: try place(db, "case:\(id)"), why: "case \(id) is not in the state of its last event")
        }
        let evidence = """
            SELECT v.case_id FROM case_evidence v WHERE NOT EXISTS (SELECT 1 FROM audit a
                WHERE a.object = 'case:' || v.case_id AND a.action = 'evidence' AND a.detail = v.assessment_sha256)
            UNION ALL SELECT substr(a.object, 6) FROM audit a WHERE a.object >= 'case:' AND a.object < 'case;'
                AND a.action = 'evidence' AND NOT EXISTS (SELECT 1 FROM case_evidence v
                    WHERE v.case_id = substr(a.object, 6) AND v.assessment_sha256 = a.detail)
            """
        if let id = try String.fetchOne(db, sql: evidence) {
            return .broken(firstBadRow: try place(db, "case:\(id)"), why: "the evidence of case \(id) was altered")
        }
        return nil
    }

    private static func place(_ db: Database, _ object: String) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT seq FROM audit WHERE object = ? ORDER BY seq DESC LIMIT 1", arguments: [object]) ?? 1
    }
}

/// The bytes of a text column; valid until the next step.
private func text(_ row: SQLiteStatement, _ column: Int32) -> UnsafeRawBufferPointer {
    // In this order: the length is of the text that the first call made.
    let start = sqlite3_column_text(row, column)
    return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(row, column)))
}

private func same(_ field: UnsafeRawBufferPointer, _ bytes: [UInt8]) -> Bool {
    field.count == bytes.count && bytes.withUnsafeBytes { $0.elementsEqual(field) }
}
