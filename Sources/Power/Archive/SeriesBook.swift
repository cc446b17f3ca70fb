import GRDB

/// Series numbers of identifiers during one delivery. New ones become part of the catalogue with the delivery's commit.
struct SeriesBook {
    struct Grid: Hashable {
        var interval: Int
        /// Start of a slot modulo the interval, local time, ns.
        var phase: Int64
    }
    private struct Page {
        var names = IdentifierTable()
        var numbers: [UInt32] = []
    }
    struct New {
        var number: UInt32
        var meter: String
        var grid: Grid
    }

    let kind: Archive.Kind
    private var pages: [Grid: Page] = [:]
    private(set) var added: [New] = []
    /// Series below it are in the catalogue.
    let firstNew: UInt32
    private var next: UInt32

    init(_ kind: Archive.Kind, _ db: Database) throws {
        self.kind = kind
        let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM series") ?? 0
        guard last >= 0, last < Int64(ArchiveLimits.series) else {
            throw ArchiveError.badBatch(what: "too many series")
        }
        firstNew = UInt32(last) + 1
        next = firstNew
    }

    mutating func number(
        _ identifier: some Collection<UInt8>, grid: Grid, _ pool: DatabasePool
    ) throws -> UInt32 {
        if pages[grid] == nil { pages[grid] = try pool.read { db in try SeriesBook.load(kind, grid, db) } }
        let count = pages[grid]?.names.count ?? 0
        let index = pages[grid]?.names.add(identifier) ?? 0
        if index < count { return pages[grid]?.numbers[index] ?? 0 }
        guard identifier.count >= 1, identifier.count <= ArchiveLimits.identifierBytes,
            let meter = String(validating: identifier, as: UTF8.self)
        else {
            throw ArchiveError.badBatch(
                what: "an identifier is empty, not UTF-8 or longer than \(ArchiveLimits.identifierBytes) bytes")
        }
        guard next < ArchiveLimits.series else { throw ArchiveError.badBatch(what: "too many series") }
        pages[grid]?.numbers.append(next)
        added.append(New(number: next, meter: meter, grid: grid))
        next += 1
        return next - 1
    }

    private static func load(_ kind: Archive.Kind, _ grid: Grid, _ db: Database) throws -> Page {
        var page = Page()
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, meter FROM series WHERE kind = ? AND interval_s = ? AND phase_ns = ? ORDER BY id",
            arguments: [kind.rawValue, grid.interval, grid.phase])
        while let row = try rows.next() {
            page.names.add(try row.text("meter").utf8)
            page.numbers.append(UInt32(clamping: try row.integer("id")))
            guard page.names.count == page.numbers.count else {
                throw ArchiveError.damaged(file: "catalogue", offset: 0, what: "an identifier stands there twice")
            }
        }
        return page
    }

    func save(_ db: Database) throws {
        let insert = try db.cachedStatement(
            sql: "INSERT INTO series (id, kind, meter, interval_s, phase_ns, seal) VALUES (?, ?, ?, ?, ?, ?)")
        for one in added {
            let seal = Seal.series(
                Int64(one.number), kind: kind.rawValue, meter: one.meter, interval: one.grid.interval,
                phase: one.grid.phase)
            try insert.execute(arguments: [
                Int64(one.number), kind.rawValue, one.meter, one.grid.interval, one.grid.phase, seal,
            ])
        }
    }
}

extension Seal {
    static func series(_ id: Int64, kind: String, meter: String, interval: Int, phase: Int64) -> Int64 {
        of("series \(id) \(kind) \(interval) \(phase) \(meter)")
    }
}
