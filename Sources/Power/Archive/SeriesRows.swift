import GRDB
import GRDBSQLite

/// Rows of the table `series`, read and written by SQLite's own interface: a delivery asks for millions of them, and a
/// Swift value for each would cost more than all else that is done for a meter. The only use of that interface here.
struct SeriesRows {
    let kind: Archive.Kind
    let grid: SeriesBook.Grid
    private var seal: SeriesSeal

    init(kind: Archive.Kind, grid: SeriesBook.Grid) {
        self.kind = kind
        self.grid = grid
        seal = SeriesSeal(kind: kind, grid: grid)
    }

    /// Series as they follow each other in the catalogue.
    struct Stretch {
        private(set) var numbers: [UInt32] = []
        private var bounds: [Int] = [0]
        private var arena: [UInt8] = []

        func name(_ index: Int) -> ArraySlice<UInt8> { arena[bounds[index]..<bounds[index + 1]] }

        mutating func removeAll() {
            numbers.removeAll(keepingCapacity: true)
            bounds.removeAll(keepingCapacity: true)
            bounds.append(0)
            arena.removeAll(keepingCapacity: true)
        }

        fileprivate mutating func add(_ number: UInt32, _ name: UnsafeRawBufferPointer) {
            numbers.append(number)
            arena.append(contentsOf: name)
            bounds.append(arena.count)
        }
    }

    func exist(_ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT 1 FROM series WHERE kind = ? AND interval_s = ? AND phase_ns = ? LIMIT 1",
            arguments: [kind.rawValue, grid.interval, grid.phase]) ?? false
    }

    /// Puts up to `limit` series of this grid into the stretch, from those after `number` on, each held against its seal.
    mutating func read(after number: UInt32, limit: Int, into stretch: inout Stretch, _ db: Database) throws {
        stretch.removeAll()
        let statement = try statement(
            db,
            "SELECT id, meter, seal FROM series NOT INDEXED WHERE id > ?1 AND kind = ?2 AND interval_s = ?3 "
                + "AND phase_ns = ?4 ORDER BY id LIMIT ?5")
        defer { end(statement) }
        sqlite3_bind_int64(statement, 1, Int64(number))
        try bind(statement, text: kind.rawValue.utf8.map { $0 }, at: 2)
        sqlite3_bind_int64(statement, 3, Int64(grid.interval))
        sqlite3_bind_int64(statement, 4, grid.phase)
        sqlite3_bind_int64(statement, 5, Int64(limit))
        while try step(statement) {
            guard sqlite3_column_type(statement, 1) == SQLITE_TEXT, let text = sqlite3_column_text(statement, 1),
                let number = UInt32(exactly: sqlite3_column_int64(statement, 0))
            else { throw damaged(sqlite3_column_int64(statement, 0)) }
            let name = UnsafeRawBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, 1)))
            guard seal.of(number, name) == sqlite3_column_int64(statement, 2) else { throw damaged(Int64(number)) }
            stretch.add(number, name)
        }
    }

    /// The number of a series; nil when it is not in the catalogue.
    func find(_ name: ArraySlice<UInt8>, _ db: Database) throws -> UInt32? {
        let statement = try statement(
            db, "SELECT id FROM series WHERE kind = ?1 AND meter = ?2 AND interval_s = ?3 AND phase_ns = ?4")
        defer { end(statement) }
        try bind(statement, text: kind.rawValue.utf8.map { $0 }, at: 1)
        sqlite3_bind_int64(statement, 3, Int64(grid.interval))
        sqlite3_bind_int64(statement, 4, grid.phase)
        try bind(statement, text: name, at: 2)
        guard try step(statement) else { return nil }
        guard let number = UInt32(exactly: sqlite3_column_int64(statement, 0)) else {
            throw damaged(sqlite3_column_int64(statement, 0))
        }
        return number
    }

    /// Adds series with their seals.
    mutating func insert(_ numbers: [UInt32], names: (Int) -> ArraySlice<UInt8>, _ db: Database) throws {
        let statement = try statement(
            db, "INSERT INTO series (id, kind, meter, interval_s, phase_ns, seal) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        defer { end(statement) }
        try bind(statement, text: kind.rawValue.utf8.map { $0 }, at: 2)
        sqlite3_bind_int64(statement, 4, Int64(grid.interval))
        sqlite3_bind_int64(statement, 5, grid.phase)
        for (index, number) in numbers.enumerated() {
            let name = names(index)
            sqlite3_bind_int64(statement, 1, Int64(number))
            sqlite3_bind_int64(statement, 6, name.withUnsafeBytes { seal.of(number, $0) })
            try bind(statement, text: name, at: 3)
            _ = try step(statement)
            sqlite3_reset(statement)
        }
    }

    // MARK: SQLite

    private func statement(_ db: Database, _ sql: String) throws -> SQLiteStatement {
        let statement = try db.cachedStatement(sql: sql).sqliteStatement
        sqlite3_reset(statement)
        return statement
    }

    private func end(_ statement: SQLiteStatement) {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    /// True: a row; false: the end.
    private func step(_ statement: SQLiteStatement) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "series")
        }
    }

    /// SQLite keeps a copy of the bytes.
    private func bind(_ statement: SQLiteStatement, text: some Collection<UInt8>, at index: Int32) throws {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code = text.withContiguousStorageIfAvailable { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                sqlite3_bind_text(statement, index, bytes.baseAddress, Int32(clamping: bytes.count), copied)
            }
        }
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: .SQLITE_NOMEM, message: "series") }
    }

    private func damaged(_ number: Int64) -> ArchiveError {
        .damaged(file: "catalogue", offset: 0, what: "the entry of series \(number) is damaged")
    }
}

/// The seal of a series, made without a text for each.
struct SeriesSeal {
    private var bytes = Array("series ".utf8)
    private let rest: [UInt8]

    init(kind: Archive.Kind, grid: SeriesBook.Grid) {
        rest = Array(" \(kind.rawValue) \(grid.interval) \(grid.phase) ".utf8)
    }

    mutating func of(_ number: UInt32, _ name: UnsafeRawBufferPointer) -> Int64 {
        bytes.removeSubrange(7...)
        var power: UInt32 = 1
        while power <= number / 10 { power *= 10 }
        while power > 0 {
            bytes.append(UInt8(truncatingIfNeeded: 0x30 + number / power % 10))
            power /= 10
        }
        bytes.append(contentsOf: rest)
        bytes.append(contentsOf: name)
        return Int64(checksum(bytes))
    }
}
