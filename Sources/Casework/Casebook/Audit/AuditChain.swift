import Crypto
import FoundationEssentials
import GRDB
import Vocabulary

/// What the check of the chain found.
package enum AuditVerdict: Hashable, Sendable {
    /// Every row follows from the one before. `head` is the last hash (64 zeros for an empty chain).
    case intact(head: String, rows: Int)
    /// `row` is the first that does not; the rows before it are as they were written.
    case broken(firstBadRow: Int, why: String)
}

/// A head that was exported earlier: how many rows there were and the hash of the last. It catches a cut tail even when
/// whoever cut it mended the rest of the store.
package struct AuditHead: Hashable, Sendable, Codable {
    package var rows: Int
    package var hash: String

    package init(rows: Int, hash: String) {
        self.rows = rows
        self.hash = hash
    }
}

/// Append-only rows, each sealed over the seal before it and its own fields: with plain SHA-256 until the store has a
/// key, from the row `audit-key` on with HMAC-SHA256. The key never comes into the store; a connection that has it
/// offers it to SQL as `audit_mac`.
enum AuditChain {
    static let genesis = String(repeating: "0", count: 64)
    static let keyAction = "audit-key"
    static let headKey = "audit_head"

    /// Makes a connection able to seal; without keys it can only say so.
    static func prepare(_ db: Database, keys: AuditKeys?) {
        let key = keys.flatMap { $0.key($0.id) }
        db.add(function: DatabaseFunction("audit_key_id", argumentCount: 0) { _ in keys?.id })
        db.add(
            function: DatabaseFunction("audit_key_held", argumentCount: 1) { values in
                String.fromDatabaseValue(values[0]).flatMap { keys?.key($0) } != nil
            })
        db.add(
            function: DatabaseFunction("audit_mac", argumentCount: 1) { values in
                guard let key, case .blob(let message) = values[0].storage else { return nil }
                return Canonical.hex(HMAC<SHA256>.authenticationCode(for: message, using: key))
            })
    }

    static func append(
        _ db: Database, at: Instant, actor: String, action: String, object: String, detail: String
    ) throws {
        let key = try keyed(db, at: at)
        try write(db, at: at, actor: actor, action: action, object: object, detail: detail, key: key)
    }

    /// Appends entries in their order.
    static func append(_ db: Database, at: Instant, _ entries: some Collection<AuditEntry>) throws {
        let key = try keyed(db, at: at)
        try write(db, at: at, entries, key: key)
    }

    /// Name of the key that seals the last row; nil while the chain is plain.
    static func sealedWith(_ db: Database) throws -> String? {
        let head = (try Meta.get(db, headKey) ?? "").split(separator: " ")
        return head.count == 4 ? String(head[2]) : nil
    }

    /// The chain goes over to the connection's key now, if it has not yet. A chain goes on only with the key it is
    /// sealed with, or from that one to a newer one of the same ring.
    ///
    /// - Returns: The key that the next row is sealed with.
    @discardableResult
    static func keyed(_ db: Database, at: Instant) throws -> String? {
        let theirs = try sealedWith(db)
        if let theirs {
            let held = try Bool.fetchOne(db.cachedStatement(sql: "SELECT audit_key_held(?)"), arguments: [theirs])
            guard held == true else {
                throw CasebookError.auditKey("the chain is sealed with \(theirs), which this program was not given")
            }
        }
        let mine = try String.fetchOne(db.cachedStatement(sql: "SELECT audit_key_id()"))
        guard let mine, mine != theirs else { return mine }
        try write(
            db, at: at, actor: "system", action: keyAction, object: "\(keyAction):\(mine)",
            detail: "hmac-sha256 from this row on", key: mine)
        return mine
    }

    /// Where the chain went over to a key; nil while it has not.
    static func keyedFrom(_ db: Database) throws -> AuditHead? {
        try Row.fetchOne(
            db,
            sql: "SELECT seq, hash FROM audit WHERE object >= ? AND object < ? AND action = ? ORDER BY seq LIMIT 1",
            arguments: ["\(keyAction):", "\(keyAction);", keyAction]
        ).map { AuditHead(rows: $0["seq"], hash: $0["hash"]) }
    }

    private static func write(
        _ db: Database, at: Instant, actor: String, action: String, object: String, detail: String, key: String?
    ) throws {
        let entry = AuditEntry(actor: actor, action: action, object: object, detail: detail)
        try write(db, at: at, CollectionOfOne(entry), key: key)
    }

    /// The head is looked up before and kept after: once, however many rows there are.
    private static func write(
        _ db: Database, at: Instant, _ entries: some Collection<AuditEntry>, key: String?
    ) throws {
        let last = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"))
        var prev: String = last?["hash"] ?? genesis
        var seq: Int64 = last?["seq"] ?? 0
        let insert = try db.cachedStatement(
            sql:
                "INSERT INTO audit (seq, at, actor, action, object, detail, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        for entry in entries {
            seq += 1
            var message = SealedFields()
            message.add(seq)
            message.add(at.nanoseconds)
            for field in [entry.actor, entry.action, entry.object, entry.detail, prev] { message.add(field) }
            let hash = try seal(db, message, key: key)
            try insert.execute(arguments: [
                seq, at.nanoseconds, entry.actor, entry.action, entry.object, entry.detail, prev, hash,
            ])
            prev = hash
        }
        var head = "\(seq) \(prev)"
        if let key { head += " \(key) " + (try seal(db, .head(head), key: key)) }
        try Meta.set(db, headKey, head)
    }

    private static func seal(_ db: Database, _ message: SealedFields, key: String?) throws -> String {
        guard let key else { return Canonical.hex(SHA256.hash(data: message.bytes)) }
        let mac = try String.fetchOne(
            db.cachedStatement(sql: "SELECT audit_mac(?)"), arguments: [Data(message.bytes)])
        guard let mac else { throw CasebookError.auditKey("\(key) does not seal") }
        return mac
    }

    /// An audit row about a row that was just appended, sealing all its columns.
    static func append(_ db: Database, sealing table: SealedTable, row: Int64, at: Instant, actor: String) throws {
        let sql = "SELECT * FROM \(table.name) WHERE \(table.key) = ?"
        guard let there = try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [row]) else {
            throw CasebookError.corruptRow(table: table.name, row: "\(row)")
        }
        try append(
            db, at: at, actor: actor, action: table.action, object: "\(table.name):\(row)", detail: digest(of: there))
    }

    /// An event and its act are sealed together; an event of the machine has no act.
    static func digest(of row: Row, and act: Row? = nil) -> String {
        var hash = FieldHash()
        for value in row.databaseValues { hash.add(value) }
        if let act { for value in act.databaseValues { hash.add(value) } }
        return hash.hex()
    }
}

/// Tables whose rows are each sealed by an audit row of their own, in the order in which they were appended.
enum SealedTable: CaseIterable {
    case caseEvent, person, grant, evidenceItem, custody, review, comment

    var action: String {
        switch self {
        case .caseEvent: "case-event"
        case .person: "person"
        case .grant: "grant"
        case .evidenceItem: "evidence-item"
        case .custody: "custody"
        case .review: "evidence-review"
        case .comment: "case-comment"
        }
    }

    var name: String {
        switch self {
        case .caseEvent: "case_event"
        case .person: "person"
        case .grant: "role_grant"
        case .evidenceItem: "evidence_item"
        case .custody: "custody_event"
        case .review: "evidence_review"
        case .comment: "case_comment"
        }
    }

    var key: String { self == .caseEvent ? "seq" : "row" }

    /// All rows, first column the key. Of an event the act's columns follow, its number nil where there is none.
    var everything: String {
        self == .caseEvent
            ? "SELECT e.*, a.* FROM case_event e LEFT JOIN case_act a ON a.seq = e.seq ORDER BY e.seq"
            : "SELECT * FROM \(name) ORDER BY \(key)"
    }
}

/// What is sealed: fields, each as `<byte length>:<bytes>`, so that no two lists of fields are the same bytes. The
/// buffer is kept from row to row.
struct SealedFields {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func add(_ field: UnsafeRawBufferPointer) {
        add(decimal: Int64(field.count))
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: field)
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    /// A number is sealed as its decimal digits.
    mutating func add(_ number: Int64) {
        let start = bytes.count
        add(decimal: number)
        let length = bytes.count - start
        // At most 20 digits: its own length has one or two.
        let head: [UInt8] =
            length > 9 ? [0x30 + UInt8(length / 10), 0x30 + UInt8(length % 10)] : [0x30 + UInt8(length)]
        bytes.insert(UInt8(ascii: ":"), at: start)
        bytes.insert(contentsOf: head, at: start)
    }

    private mutating func add(decimal number: Int64) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var left = number.magnitude
        let start = bytes.count
        repeat {
            bytes.append(0x30 + UInt8(left % 10))
            left /= 10
        } while left > 0
        bytes[start...].reverse()
    }

    static func head(_ text: String) -> SealedFields {
        var fields = SealedFields()
        fields.add("head")
        fields.add(text)
        return fields
    }
}

/// Digest of the findings and assessments that stand now.
enum ResultSet {
    static func digest(_ db: Database) throws -> String {
        try StandingDigest.of(db, ["finding", "assessment"], until: "until_run")
    }
}

/// Digest of the units, places and links that stand now, as it stands in the audit row of the register.
enum RegisterSet {
    static let action = "register"
    private static let mark = " sha256:"

    static func detail(_ db: Database, changed: Int) throws -> String {
        "\(changed) rows" + mark + (try StandingDigest.of(db, ["unit", "site", "link"], until: "until_rev"))
    }

    /// Rows from before digests were written tell of none.
    static func tells(_ detail: String) -> Bool { detail.contains(mark) }

    /// Whether the rows are still those that the audit row tells of.
    static func holds(_ db: Database, detail: String) throws -> Bool {
        guard let found = detail.firstRange(of: mark) else { return true }
        return try detail[found.upperBound...] == StandingDigest.of(db, ["unit", "site", "link"], until: "until_rev")
    }
}

private enum StandingDigest {
    static func of(_ db: Database, _ tables: [String], until: String) throws -> String {
        var hash = FieldHash()
        for table in tables {
            hash.add(table)
            let rows = try Row.fetchCursor(db, sql: "SELECT id, body FROM \(table) WHERE \(until) IS NULL ORDER BY id")
            while let row = try rows.next() { for value in row.databaseValues { hash.add(value) } }
        }
        return hash.hex()
    }
}

enum Meta {
    static func get(_ db: Database, _ key: String) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key])
    }

    static func set(_ db: Database, _ key: String, _ value: String) throws {
        try db.execute(
            sql: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            arguments: [key, value])
    }
}
